//! The committed schemas against what is printed. The walker knows just the keywords that the schemas use, and refuses
//! any other, so that no constraint is skipped unseen.

use crate::sample::{Sample, world, written};
use patchseal_core::engine::Keep;
use patchseal_render::{affected, json, ndjson};
use serde_json::Value;

const ANNOTATIONS: [&str; 7] = ["$schema", "$id", "$defs", "title", "description", "format", "minimum"];

struct Schemas {
    result: Value,
    line: Value,
    exposure: Value,
}

fn read(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A document against a schema that stands alone; and that it would notice a member that is not in it.
pub(crate) fn assert_fits(name: &str, document: &Value) {
    let (schemas, schema) = (Schemas::committed(), read(name));
    assert_eq!(schemas.errors(&schema, document, ""), Vec::<String>::new());
    let mut bad = document.clone();
    bad["extra"] = Value::from(1);
    assert_eq!(schemas.errors(&schema, &bad, ""), [": extra is not in the schema"]);
}

impl Schemas {
    fn committed() -> Schemas {
        Schemas {
            result: read("result.v1.json"),
            line: read("finding-line.v1.json"),
            exposure: read("exposure.v1.json"),
        }
    }

    /// What is wrong with a value, by place.
    fn errors(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let mut errors = Vec::new();
        let mut say = |what: String| errors.push(format!("{at}: {what}"));
        let mut deeper = Vec::new();
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "$ref" => {
                    let (_, pointer) = rule.as_str().unwrap().split_once('#').unwrap();
                    deeper.push((self.result.pointer(pointer).unwrap(), value, at.to_owned()));
                }
                "type" => {
                    let words: Vec<&str> = match rule {
                        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
                        word => vec![word.as_str().unwrap()],
                    };
                    if !words.iter().any(|word| is(word, value)) {
                        say(format!("{value} is not {rule}"));
                    }
                }
                "const" if rule != value => say(format!("{value} is not {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => say(format!("{value} is none of {rule}")),
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            say(format!("{name} is missing"));
                        }
                    }
                }
                "properties" => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if let Some(value) = value.get(name) {
                            deeper.push((rule, value, format!("{at}/{name}")));
                        }
                    }
                }
                "additionalProperties" => {
                    assert_eq!(rule, false, "the schemas are closed");
                    for name in value.as_object().into_iter().flat_map(|members| members.keys()) {
                        if schema["properties"].get(name).is_none() {
                            say(format!("{name} is not in the schema"));
                        }
                    }
                }
                "items" => {
                    for (number, value) in value.as_array().into_iter().flatten().enumerate() {
                        deeper.push((rule, value, format!("{at}/{number}")));
                    }
                }
                "minItems" if (value.as_array().map_or(0, Vec::len) as u64) < rule.as_u64().unwrap() => {
                    say(format!("fewer than {rule}"));
                }
                "oneOf" => {
                    let all = rule.as_array().unwrap();
                    let fitting = all.iter().filter(|one| self.errors(one, value, at).is_empty()).count();
                    if fitting != 1 {
                        say(format!("fits {fitting} of {} alternatives", all.len()));
                    }
                }
                "allOf" => deeper.extend(rule.as_array().unwrap().iter().map(|one| (one, value, at.to_owned()))),
                "if" => {
                    if self.errors(rule, value, at).is_empty() {
                        deeper.push((&schema["then"], value, at.to_owned()));
                    }
                }
                "const" | "enum" | "minItems" | "then" => {}
                other => assert!(ANNOTATIONS.contains(&other), "the walker does not know {other}"),
            }
        }
        errors.extend(deeper.into_iter().flat_map(|(schema, value, at)| self.errors(schema, value, &at)));
        errors
    }
}

fn is(word: &str, value: &Value) -> bool {
    match word {
        "string" => value.is_string(),
        "null" => value.is_null(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the walker does not know the type {other}"),
    }
}

#[test]
fn what_is_printed_is_what_the_schemas_say() {
    let schemas = Schemas::committed();
    for keep in [Keep::Findings, Keep::All] {
        let sample = Sample::of(world(), keep);
        let document = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
        assert_eq!(schemas.errors(&schemas.result, &document, ""), Vec::<String>::new());
        for line in written(ndjson::write, &sample.report()).lines() {
            let line = serde_json::from_str(line).unwrap();
            assert_eq!(schemas.errors(&schemas.line, &line, ""), Vec::<String>::new());
        }
    }
}

#[test]
fn an_exposure_is_what_its_schema_says() {
    let schemas = Schemas::committed();
    for what in ["CVE-2026-0001", "curl", "openssl-libs"] {
        let document: Value = serde_json::from_str(&crate::affected::written(what, affected::json)).unwrap();
        assert_eq!(schemas.errors(&schemas.exposure, &document, ""), Vec::<String>::new());
        let mut bad = document;
        bad["hosts"][0]["standing"] = "fine".into();
        assert_eq!(schemas.errors(&schemas.exposure, &bad, "").len(), 1);
    }
}

#[test]
fn the_schemas_notice_a_change() {
    let schemas = Schemas::committed();
    let sample = Sample::of(world(), Keep::All);
    let good: Value = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
    let pass = good["findings"].as_array().unwrap().iter().position(|finding| finding["verdict"] == "pass").unwrap();
    for (pointer, bad) in [
        ("/schema", Value::from("patchseal.result/v2")),
        ("/summary/pass", Value::from("8")),
        ("/coverage/scopes/0/status", Value::from("fine")),
        ("/findings/0/severity", Value::Null),
        ("/findings/0/subject", serde_json::json!({"file": "main.tf"})),
        (&format!("/findings/{pass}/evidence"), Value::Array(Vec::new())),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = bad;
        assert!(!schemas.errors(&schemas.result, &document, "").is_empty(), "{pointer}");
    }
    let mut document = good;
    document["log"]["extra"] = Value::from(1);
    assert_eq!(schemas.errors(&schemas.result, &document, ""), ["/log: extra is not in the schema"]);
}
