//! The quarter of the bundled example: what the scenario says must be found is found from that day to that day, and nothing
//! else; an event that is left out takes exactly its findings away, and what it hides appears; a recording that comes late
//! adds what it shows.

use crate::sandbox::{Sandbox, copy, example};
use crate::storefront::{all_expected, assert_same, findings, in_parallel, owned};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use xtask::storefront::quarter::scenario::{Dated, Event};
use xtask::storefront::quarter::{DEPOT, events, folder};
use xtask::storefront::{INHERENT, Variant, rename, write};

/// The first day on which anything but the depot was recorded.
const OTHERS: &str = "2026-11-17";

/// Rule, subject's name, verdict, first and last day.
fn dated([rule, subject, verdict, from]: [&str; 4], to: Option<&str>) -> Dated {
    let owned = str::to_owned;
    Dated { rule: owned(rule), subject: owned(subject), verdict: owned(verdict), from: owned(from), to: to.map(owned) }
}

/// What history says of the quarter, as far as the log knew at a size: findings with their days, and how many rows were
/// given anew. A finding whose words changed is one finding.
fn intervals(sandbox: &Sandbox, store: &str, known_at: Option<&str>, extra: &[String]) -> (BTreeSet<Dated>, usize) {
    let mut arguments = vec!["query", "verdicts", "--store", store, "--format", "json"];
    arguments.extend(known_at.iter().flat_map(|size| ["--known-at", size]));
    let ran = sandbox.run(&arguments);
    let result: serde_json::Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let mut spans: BTreeMap<[&str; 4], Vec<(&str, Option<&str>)>> = BTreeMap::new();
    let mut names: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut restated = 0;
    for row in result["rows"].as_array().unwrap() {
        let subject = &row["subject"];
        let text = |value: &'static str| subject[value].as_str().unwrap();
        let key = [row["rule"].as_str().unwrap(), text("cloud"), text("id"), row["verdict"].as_str().unwrap()];
        let day = |name: &str| row[name].as_str().map(|time| time.strip_suffix("T06:00:00Z").unwrap());
        spans.entry(key).or_default().push((day("from").unwrap(), day("to")));
        names.insert(text("id"), (text("name"), text("account")));
        restated += usize::from(row["restated"] == true);
    }
    let mut found = BTreeSet::new();
    for ([rule, _, id, verdict], mut own) in spans {
        own.sort();
        let mut whole: Vec<(&str, Option<&str>)> = Vec::new();
        for (from, to) in own {
            match whole.last_mut() {
                Some((_, end)) if *end == Some(from) => *end = to,
                _ => whole.push((from, to)),
            }
        }
        let (name, account) = names[id];
        let depot = [id, name, account].iter().any(|word| word.contains("-depot") || word.contains(DEPOT))
            || account == rename(DEPOT);
        let wanted = extra.contains(&format!("{rule} {name}"));
        let rows = whole.into_iter().map(|(from, to)| dated([rule, name, verdict, from], to));
        found.extend(rows.filter(|one| depot || wanted || one.from.as_str() < OTHERS));
    }
    (found, restated)
}

/// Rule and subject of every finding of events: also those of the rest of the storefront.
fn named<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<String> {
    events.flat_map(|event| &event.findings).map(|one| format!("{} {}", one.rule, one.subject)).collect()
}

fn expected<'e>(events: impl Iterator<Item = &'e Event>) -> BTreeSet<Dated> {
    events.flat_map(|event| event.findings.iter().cloned()).collect()
}

fn assert_equal(found: &BTreeSet<Dated>, expected: &BTreeSet<Dated>, what: &str) {
    let missing: Vec<_> = expected.difference(found).collect();
    let extra: Vec<_> = found.difference(expected).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{what}: missing {missing:#?}, extra {extra:#?}");
}

fn assess(sandbox: &Sandbox, folder: &Path) {
    let ran = sandbox.run(&["assess", folder.to_str().unwrap(), "--store", "store", "--html", "report.html", "-q"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
}

#[test]
fn every_event_is_found_with_its_dates_none_extra() {
    let (sandbox, events) = (Sandbox::new(), events().unwrap());
    assess(&sandbox, &example());
    let (found, restated) = intervals(&sandbox, "store", None, &named(events.iter()));
    assert_equal(&found, &expected(events.iter()), "the quarter");
    assert_eq!(restated, 0);
}

#[test]
fn other_names_give_the_same_dates() {
    let (sandbox, events) = (Sandbox::new(), events().unwrap());
    let folder = sandbox.path("renamed");
    write(&folder, Variant { repaired: None, renamed: true }).unwrap();
    assess(&sandbox, &folder);
    let extra: Vec<String> = named(events.iter()).iter().map(|one| rename(one)).collect();
    let (found, _) = intervals(&sandbox, "store", None, &extra);
    let renamed = |mut one: Dated| {
        one.subject = rename(&one.subject);
        one
    };
    assert_equal(&found, &expected(events.iter()).into_iter().map(renamed).collect(), "renamed");
}

#[test]
fn an_event_that_does_not_happen_takes_exactly_its_findings_away() {
    let (sandbox, events) = (Sandbox::new(), events().unwrap());
    let own: Vec<&Event> = events.iter().filter(|event| event.fault.is_none() && event.late.is_none()).collect();
    assert!(own.len() >= 8, "only {} events", own.len());
    in_parallel(&own, |event| {
        let store = format!("store-{}", event.id);
        let folder = sandbox.path(&format!("without-{}", event.id));
        write(&folder, Variant { repaired: Some(&event.id), renamed: false }).unwrap();
        let (_, last) = findings(&sandbox, &folder, &store);
        let open = |one: &&Dated| one.to.is_none();
        let gone = event.findings.iter().filter(open).map(|one| owned((&one.rule, &one.subject, &one.verdict)));
        let mut left = all_expected();
        gone.for_each(|one| {
            left.remove(&one);
        });
        left.extend(event.instead.iter().filter(open).map(|one| owned((&one.rule, &one.subject, &one.verdict))));
        // What is found anyway is found without the event, too.
        left.extend(INHERENT.iter().map(|one| owned((one.rule, one.subject, one.verdict))));
        assert_same(&last, &left, &event.id);
        let others = || events.iter().filter(|other| other.id != event.id);
        let mut extra = named(others());
        extra.extend(event.instead.iter().map(|one| format!("{} {}", one.rule, one.subject)));
        let (found, _) = intervals(&sandbox, &store, None, &extra);
        let mut left = expected(others());
        left.extend(event.instead.iter().cloned());
        assert_equal(&found, &left, &event.id);
        std::fs::remove_dir_all(folder).unwrap();
    });
}

/// One recording is sealed after all the others: what was asked before has the same answer as before, to the byte, and what is
/// asked now knows more.
#[test]
fn a_late_recording_adds_what_it_shows_and_takes_no_answer_back() {
    let (sandbox, events) = (Sandbox::new(), events().unwrap());
    let event = events.iter().find(|event| event.late.is_some()).unwrap();
    let late = folder(event.late.as_ref().unwrap());
    let folder = sandbox.path("example");
    copy(&example(), &folder);
    std::fs::rename(folder.join(&late), sandbox.path("late")).unwrap();
    assess(&sandbox, &folder);
    let size = || {
        let ran = sandbox.run(&["query", "verdicts", "--store", "store", "--format", "json"]);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()["known_at"].to_string()
    };
    let (before, extra) = (size(), named(events.iter()));
    let ask = || {
        let at = |what| sandbox.run(&["query", what, "--store", "store", "--known-at", &before]).stdout;
        ["verdicts", "exposures", "assets", "scopes"].map(at)
    };
    let answers = ask();
    let hidden =
        |one: &Dated| event.before.iter().any(|other| (&other.rule, &other.subject) == (&one.rule, &one.subject));
    let others = events.iter().filter(|other| event.hides.as_ref() != Some(&other.id));
    let mut known: BTreeSet<Dated> = expected(others).into_iter().filter(|one| !hidden(one)).collect();
    known.extend(event.before.iter().cloned());
    let (found, restated) = intervals(&sandbox, "store", None, &extra);
    assert_equal(&found, &known, "before the late recording");
    assert_eq!(restated, 0);
    let policy = folder.join("patchseal.toml");
    let config = ["--config", policy.to_str().unwrap(), "--store", "store", "-q"];
    assert_eq!(sandbox.run(&[&["import", "late"], &config[..]].concat()).code, 0);
    let ran = sandbox.run(&[&["check", "--as-of", "2026-11-24T06:00:00Z"], &config[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let (found, restated) = intervals(&sandbox, "store", None, &extra);
    assert_equal(&found, &expected(events.iter()), "after the late recording");
    assert!(restated > 0);
    assert_eq!(answers, ask());
    assert_equal(&intervals(&sandbox, "store", Some(&before), &extra).0, &known, "as the log knew before");
}
