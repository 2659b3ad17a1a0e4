use crate::sample::{Sample, written};
use patchseal_core::rules::{RULES, rule};
use patchseal_render::explain;

#[test]
fn a_rule_its_page_a_control_and_a_finding() {
    let overdue = rule("patch-overdue").unwrap();
    let sample = Sample::new();
    let report = sample.report();
    let late = report.evaluation.findings.iter().find(|f| *f.subject.name == *"orders-db-1").unwrap();
    let blind = report.evaluation.findings.iter().find(|f| *f.subject.name == *"pos-sql").unwrap();
    insta::assert_snapshot!("rule", written(|_, out| explain::rule(overdue, out), &report));
    insta::assert_snapshot!("page", written(|_, out| explain::rule_markdown(overdue, out), &report));
    let control = written(|_, out| explain::control(overdue.controls[0], out), &report);
    insta::assert_snapshot!("control", control);
    insta::assert_snapshot!("finding", written(|report, out| explain::finding(report, late, out), &report));
    insta::assert_snapshot!("finding_unknown", written(|report, out| explain::finding(report, blind, out), &report));
}

#[test]
fn every_rule_is_listed_with_its_examples() {
    let sample = Sample::new();
    let text = written(|_, out| explain::rules_json(out), &sample.report());
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rules = document["rules"].as_array().unwrap();
    assert_eq!(rules.len(), RULES.len());
    for (row, rule) in rules.iter().zip(RULES) {
        assert_eq!(row["id"], rule.id);
        assert_eq!(row["examples"].as_array().unwrap().len(), rule.examples.len());
    }
}
