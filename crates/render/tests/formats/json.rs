use crate::sample::{Sample, world, written};
use patchseal_core::engine::Keep;
use patchseal_render::{json, ndjson};
use serde_json::Value;

#[test]
fn the_whole_document() {
    let sample = Sample::new();
    insta::assert_snapshot!(written(json::write, &sample.report()));
}

#[test]
fn the_numbers_add_up() {
    for keep in [Keep::Findings, Keep::All] {
        let sample = Sample::of(world(), keep);
        let document: Value = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
        let number = |pointer: &str| document.pointer(pointer).and_then(Value::as_u64).unwrap();
        let kinds = ["pass", "fail", "unknown", "inherited", "not_applicable"];
        let sum: u64 = kinds.iter().map(|kind| number(&format!("/summary/{kind}"))).sum();
        assert_eq!(sum, number("/summary/total"));
        let by_severity = document["summary"]["by_severity"].as_object().unwrap();
        assert_eq!(by_severity.values().filter_map(Value::as_u64).sum::<u64>(), number("/summary/fail"));
        assert_eq!(number("/coverage/evaluated") + number("/coverage/unknown"), number("/coverage/assets"));
        let findings = document["findings"].as_array().unwrap().len() as u64;
        let expected = match keep {
            Keep::All => number("/summary/total"),
            Keep::Findings => number("/summary/fail") + number("/summary/unknown"),
        };
        assert_eq!(findings, expected);
    }
}

#[test]
fn lines_say_what_the_document_says() {
    let sample = Sample::new();
    let document: Value = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
    let text = written(ndjson::write, &sample.report());
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut whole = lines.next().unwrap();
    whole["findings"] = Value::Array(lines.collect());
    assert_eq!(whole, document);
}

#[test]
fn the_order_of_what_is_shown_does_not_matter() {
    let sample = Sample::new();
    let mut backwards = sample.report().shown.to_vec();
    backwards.reverse();
    let report = patchseal_render::Report { shown: &backwards, ..sample.report() };
    assert_eq!(written(json::write, &report), written(json::write, &sample.report()));
}
