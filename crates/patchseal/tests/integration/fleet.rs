//! Synthetic fleets: an evaluation comes to what the generator, which shares nothing with it, says that it must.

use crate::sandbox::{Sandbox, files};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use xtask::fleet::{Options, generate};

fn fleet(sandbox: &Sandbox, arguments: &str) -> (Options, Value) {
    let folder = sandbox.path("fleet");
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend(["-o", folder.to_str().unwrap()]);
    let options = Options::parse(&arguments).unwrap();
    generate(&options).unwrap();
    let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    (options, serde_json::from_str(&text).unwrap())
}

fn count(value: &Value, member: &str) -> i64 {
    value[member].as_i64().unwrap_or_default()
}

/// Verdicts of a result by rule, in the truth's words.
fn by_rule(result: &Value) -> BTreeMap<String, Value> {
    let zero = json!({"pass": 0, "fail": 0, "unknown": 0, "not_applicable": 0, "inherited": 0});
    let ids = patchseal_core::rules::RULES.iter().map(|rule| rule.id.to_owned());
    let mut rules: BTreeMap<String, Value> = ids.map(|id| (id, zero.clone())).collect();
    for finding in result["findings"].as_array().unwrap() {
        let verdict = finding["verdict"].as_str().unwrap().replace('-', "_");
        let counts = rules.get_mut(finding["rule"].as_str().unwrap()).unwrap();
        counts[&verdict] = (count(counts, &verdict) + 1).into();
    }
    rules
}

fn evaluates_to_its_truth(arguments: &str) {
    let sandbox = Sandbox::new();
    let (_, truth) = fleet(&sandbox, arguments);
    let ran = sandbox.run(&["assess", "fleet", "--store", "store", "--format", "json", "--all", "-q"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let mut differences = String::new();
    let truths: &Map<String, Value> = truth["by_rule"].as_object().unwrap();
    let found = by_rule(&result);
    assert!(truths.keys().eq(found.keys()), "the truth knows other rules: {:?}", truths.keys());
    for (rule, counts) in found {
        if counts != truths[&rule] {
            let _ = writeln!(differences, "{rule}: found {counts}, must be {}", truths[&rule]);
        }
    }
    assert!(differences.is_empty(), "fleet {arguments}:\n{differences}");
    assert_eq!(result["summary"], truth["summary"], "fleet {arguments}");
    assert_eq!(result["coverage"]["assets"], truth["assets"]);
    let findings = result["findings"].as_array().unwrap().iter();
    let hosts = findings.filter(|finding| finding["rule"] == "asset-unowned");
    let lineages: BTreeSet<&str> = hosts.filter_map(|finding| finding["subject"]["lineage"].as_str()).collect();
    assert_eq!(truth["lineages"], lineages.len());
}

#[test]
fn one_day_of_a_fleet_evaluates_to_its_truth() {
    evaluates_to_its_truth("--assets 250 --patches 10 --days 1 --seed 1");
}

#[test]
fn three_days_of_a_fleet_evaluate_to_their_truth() {
    evaluates_to_its_truth("--assets 160 --patches 20 --days 3 --seed 2");
}

#[test]
fn one_day_of_one_account_evaluates_to_its_truth() {
    evaluates_to_its_truth("--assets 200 --patches 30 --days 1 --seed 3 --one-account");
}

#[test]
fn two_days_of_one_account_evaluate_to_their_truth() {
    evaluates_to_its_truth("--assets 150 --patches 15 --days 2 --seed 4 --one-account");
}

/// So few hosts that some places have nothing wrong.
#[test]
fn small_fleets_evaluate_to_their_truth() {
    for seed in 10..14 {
        evaluates_to_its_truth(&format!("--assets 24 --patches 10 --days 2 --seed {seed}"));
    }
}

#[test]
fn equal_options_give_equal_bytes_and_another_seed_others() {
    let texts = |seed: u64| {
        let sandbox = Sandbox::new();
        let (options, _) = fleet(&sandbox, &format!("--assets 40 --patches 10 --days 2 --seed {seed}"));
        let read = |file: std::path::PathBuf| {
            (file.strip_prefix(&options.folder).unwrap().to_owned(), std::fs::read_to_string(&file).unwrap())
        };
        files(&options.folder).into_iter().map(read).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(texts(5), texts(5));
    assert_ne!(texts(5), texts(6));
}
