use crate::sample::{Sample, written};
use patchseal_core::engine::Keep;
use patchseal_core::example::{HIGH, World};
use patchseal_core::fact::{PatchPresence, Ping};
use patchseal_core::op;
use patchseal_render::{csv, json, ndjson};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn the_whole_document() {
    let sample = Sample::new();
    insta::assert_snapshot!(written(json::write, &sample.report()));
}

fn adds_up(world: World, keep: Keep) {
    let sample = Sample::of(world, keep);
    let document: Value = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
    let number = |pointer: &str| document.pointer(pointer).and_then(Value::as_u64).unwrap();
    let kinds = ["pass", "fail", "unknown", "inherited", "not_applicable"];
    let sum: u64 = kinds.iter().map(|kind| number(&format!("/summary/{kind}"))).sum();
    assert_eq!(sum, number("/summary/total"));
    let by_severity = document["summary"]["by_severity"].as_object().unwrap();
    assert_eq!(by_severity.values().filter_map(Value::as_u64).sum::<u64>(), number("/summary/fail"));
    assert_eq!(number("/coverage/evaluated") + number("/coverage/unknown"), number("/coverage/assets"));
    let findings = document["findings"].as_array().unwrap();
    let expected = match keep {
        Keep::All => number("/summary/total"),
        Keep::Findings => number("/summary/fail") + number("/summary/unknown"),
    };
    assert_eq!(findings.len() as u64, expected);
    let rows = written(csv::findings, &sample.report());
    assert_eq!(::csv::Reader::from_reader(rows.as_bytes()).records().count(), findings.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_numbers_add_up(
        hosts in prop::collection::vec((0..5_u8, 0..3_u8, 1..90_i64), 0..12),
        denied in prop::sample::subsequence(vec![op::AGENTS, op::PATCHES, op::PATCH_STATES, op::EC2_INSTANCES], 0..3),
        all in any::<bool>(),
    ) {
        let mut world = World::new();
        for (at, (kind, missing, days)) in hosts.into_iter().enumerate() {
            let name = format!("h{at}");
            world = match kind {
                0 => world.host(&name).agent(Ping::Online).scanned(days * 24),
                1 => world.host(&name),
                2 => world.vm(&name).scanned(days),
                3 => world.node(&name),
                _ => world.host(&name).terminated(),
            };
            for fix in 0..missing {
                world = world.patch(&format!("curl{fix}-8.5.0-1.x86_64"), PatchPresence::Missing, HIGH);
            }
        }
        for operation in denied {
            world = world.denied(operation);
        }
        adds_up(world, if all { Keep::All } else { Keep::Findings });
    }
}

/// Only `log`, `known_at` and `evidence` may tell in which order the input came.
#[test]
fn the_order_of_sealing_shows_in_evidence_alone() {
    let documents = [Sample::new(), Sample::new().resealed()].map(|sample| {
        let mut document: Value = serde_json::from_str(&written(json::write, &sample.report())).unwrap();
        document["findings"].as_array_mut().unwrap().iter_mut().map(|finding| finding["evidence"].take()).count();
        document
    });
    assert_eq!(documents[0], documents[1]);
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
