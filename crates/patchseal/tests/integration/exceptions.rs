//! Exceptions from the first line of their file to the finding after their end.

use crate::sandbox::{REGION, Sandbox, copy, example, files};
use jiff::{SignedDuration, Timestamp};
use patchseal::exceptions::{envelope, key};
use serde_json::Value;
use std::collections::BTreeSet;

const SEEDS: [(&str, &str, &str, u8); 4] = [
    ("team-lead", "person-2", "team-lead", 2),
    ("security-head", "person-3", "security-head", 3),
    ("ciso", "person-4", "ciso", 4),
    ("business-owner", "person-5", "business-owner", 5),
];

/// A sandbox observed an hour ago, whose agent was lost days before, with approvers and their keys.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let observed = Timestamp::now() - SignedDuration::from_hours(1);
    sandbox.write("rec/recording.toml", &format!("observed_at = \"{observed}\"\ncollector = \"test\"\n"));
    let agents = format!("{REGION}/ssm.DescribeInstanceInformation.json");
    let lost = (observed - SignedDuration::from_hours(4 * 24)).to_string();
    let told = std::fs::read_to_string(sandbox.path(&agents)).unwrap();
    sandbox.write(&agents, &told.replace("Online", "ConnectionLost").replace("2026-11-24T05:59:00+00:00", &lost));
    let mut policy = String::from("[exceptions.people]\nweb-engineer = \"person-1\"\nsecurity-deputy = \"person-3\"\n");
    for (id, person, role, seed) in SEEDS {
        let key = key::from_seed(&[seed; 32]);
        sandbox.write(&format!("{id}.pem"), &key::text(&key));
        policy.push_str(&format!(
            "\n[[approvers]]\nid = \"{id}\"\nperson = \"{person}\"\nrole = \"{role}\"\nkey = \"{}\"\n",
            key::public(&key)
        ));
    }
    sandbox.write("patchseal.toml", &policy);
    sandbox
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> (i32, Value) {
    let ran = sandbox.run(arguments);
    (
        ran.code,
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr)),
    )
}

fn check(sandbox: &Sandbox, more: &[&str]) -> (i32, Value) {
    json(sandbox, &[&["check", "--format", "json", "-q"], more].concat())
}

/// Rules and subjects of failures.
fn failures(result: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = result["findings"].as_array().unwrap().iter().filter(|finding| finding["verdict"] == "fail");
    all.map(|finding| (text(&finding["rule"]), text(&finding["subject"]["id"]))).collect()
}

fn own_failures(result: &Value) -> Vec<String> {
    let all = failures(result).into_iter().map(|(rule, _)| rule);
    all.filter(|rule| rule.starts_with("exception-") || rule.starts_with("compensating-")).collect()
}

/// An exception over every failure there is.
fn write(sandbox: &Sandbox, id: &str, more: &[&str]) {
    let (_, result) = json(sandbox, &["assess", "rec", "--format", "json", "-q"]);
    let mut arguments = vec!["exception", "new", id, "--owner", "shop-owner", "--justification", "till swap in March"];
    for finding in result["findings"].as_array().unwrap() {
        let rule = finding["rule"].as_str().unwrap();
        if finding["verdict"] == "fail" && !rule.starts_with("exception-") {
            arguments.extend(["--finding", finding["id"].as_str().unwrap()]);
        }
    }
    assert!(arguments.len() > 8, "something fails");
    if !more.contains(&"--requester") {
        arguments.extend(["--requester", "web-engineer"]);
    }
    arguments.extend(more);
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Approves as everyone that any tier needs.
fn approve(sandbox: &Sandbox, id: &str) {
    let text = std::fs::read_to_string(sandbox.path(&format!("exceptions/{id}.toml"))).unwrap();
    let by: &[&str] = match text.lines().find(|line| line.starts_with("tier")).unwrap() {
        "tier = \"high\"" => &["security-head"],
        "tier = \"critical\"" | "tier = \"exploited\"" => &["ciso", "business-owner"],
        _ => &["team-lead"],
    };
    for approver in by {
        let ran = sandbox.run(&["exception", "approve", id, "--as", approver, "--key", &format!("{approver}.pem")]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

#[test]
fn an_exception_annotates_while_it_holds_and_is_a_finding_after_it() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &["--expires", "20d"]);
    let (code, draft) = check(&sandbox, &["--fail-on", "low", "--allow-incomplete"]);
    assert_eq!((code, &draft["summary"]["of_fail_excepted"]), (1, &Value::from(0)));
    assert_eq!(own_failures(&draft), ["exception-unapproved"]);
    let before = draft["known_at"].to_string();

    approve(&sandbox, "EX-1");
    let (code, active) = check(&sandbox, &["--fail-on", "low", "--allow-incomplete"]);
    let failed = active["summary"]["fail"].as_u64().unwrap();
    assert_eq!(active["summary"]["of_fail_excepted"], failed, "all that fails is excepted");
    assert_eq!(code, 0, "a gate lets pass what was decided");
    assert_eq!(own_failures(&active), Vec::<String>::new());
    let excepted = active["findings"].as_array().unwrap().iter().find(|one| one["verdict"] == "fail").unwrap();
    assert_eq!(excepted["exception"], "EX-1");
    for format in ["human", "markdown", "csv"] {
        let shown = sandbox.run(&["check", "--format", format, "-q", "--html", "report.html"]).stdout;
        assert!(shown.contains("EX-1"), "{format}: {shown}");
    }
    assert!(std::fs::read_to_string(sandbox.path("report.html")).unwrap().contains("EX-1"));

    // What the log knew before the approval is as it was.
    let (code, earlier) = check(&sandbox, &["--known-at", &before, "--fail-on", "low", "--allow-incomplete"]);
    assert_eq!((code, &earlier["summary"]["of_fail_excepted"]), (1, &Value::from(0)));

    let later = (Timestamp::now() + SignedDuration::from_hours(21 * 24)).to_string();
    let (code, over) = check(&sandbox, &["--as-of", &later]);
    assert_eq!((code, &over["summary"]["of_fail_excepted"]), (1, &Value::from(0)));
    assert!(own_failures(&over).contains(&"exception-expired".to_owned()), "{:?}", own_failures(&over));
    let ran = sandbox.run(&["reperform", "-q"]);
    assert!(ran.code == 0 && ran.stdout.contains("0 different"), "{}", ran.stdout);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn taking_a_file_away_adds_no_pass_and_hides_nothing() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &[]);
    for approved in [false, true] {
        if approved {
            approve(&sandbox, "EX-1");
        }
        let (_, with) = check(&sandbox, &[]);
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(sandbox.path("exceptions")).unwrap() {
            let path = entry.unwrap().path();
            kept.push((path.clone(), std::fs::read(&path).unwrap()));
            std::fs::remove_file(path).unwrap();
        }
        let (_, without) = check(&sandbox, &[]);
        let of_others = |result: &Value| -> BTreeSet<(String, String)> {
            failures(result).into_iter().filter(|(rule, _)| !rule.starts_with("exception-")).collect()
        };
        assert_eq!(of_others(&with), of_others(&without));
        assert!(without["summary"]["pass"].as_u64() <= with["summary"]["pass"].as_u64());
        assert_eq!(without["summary"]["of_fail_excepted"], 0);
        if approved {
            assert_eq!(own_failures(&without), ["exception-unapproved"], "its end was not approved");
        }
        for (path, bytes) in kept {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[test]
fn a_revocation_holds_at_once_and_is_to_be_approved() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &[]);
    approve(&sandbox, "EX-1");
    let ran = sandbox.run(&["exception", "revoke", "EX-1", "--reason", "moved to March"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (_, revoked) = check(&sandbox, &[]);
    assert_eq!(revoked["summary"]["of_fail_excepted"], 0);
    assert_eq!(own_failures(&revoked), ["exception-unapproved"]);
    assert_eq!(sandbox.run(&["exception", "check"]).code, 0);
    approve(&sandbox, "EX-1");
    assert_eq!(own_failures(&check(&sandbox, &[]).1), Vec::<String>::new());
    let listed = sandbox.run(&["exception", "list", "--format", "csv"]).stdout;
    assert!(listed.contains("EX-1,2,revoked,"), "{listed}");
}

#[test]
fn a_renewal_is_a_new_version_and_ends_nothing_until_it_is_approved() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &["--expires", "2d"]);
    approve(&sandbox, "EX-1");
    let ran = sandbox.run(&["exception", "renew", "EX-1", "--expires", "9d"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (_, waiting) = check(&sandbox, &[]);
    assert_eq!(waiting["summary"]["of_fail_excepted"], waiting["summary"]["fail"].as_u64().unwrap() - 1);
    assert_eq!(own_failures(&waiting), ["exception-unapproved"]);
    approve(&sandbox, "EX-1");
    let in_five_days = (Timestamp::now() + SignedDuration::from_hours(5 * 24)).to_string();
    let listed = json(&sandbox, &["exception", "list", "--format", "json", "--as-of", &in_five_days]).1;
    let row = &listed["exceptions"][0];
    assert_eq!((&row["version"], &row["renewals"], &row["state"]), (&2.into(), &1.into(), &"expiring".into()));
    for _ in 0..2 {
        sandbox.run(&["exception", "renew", "EX-1", "--expires", "20d"]);
    }
    let ran = sandbox.run(&["exception", "renew", "EX-1", "--expires", "30d"]);
    assert!(ran.code == 2 && ran.stderr.contains("EX-1.toml"), "{}", ran.stderr);
}

/// Replaces a part of an exception's file.
fn edit(sandbox: &Sandbox, from: &str, to: &str) {
    let path = sandbox.path("exceptions/EX-1.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Signs as somebody, whatever the tool thinks of it.
fn sign(sandbox: &Sandbox, approver: &str, at: Timestamp, seed: u8) {
    let text = std::fs::read_to_string(sandbox.path("exceptions/EX-1.toml")).unwrap();
    let record = patchseal::config::exception::parse(&text, "exceptions/EX-1.toml").unwrap();
    let signed = envelope::sign(&record, approver, at, &key::from_seed(&[seed; 32]));
    sandbox.write(&format!("exceptions/EX-1.{approver}.dsse.json"), &signed);
}

fn line_of(sandbox: &Sandbox, key: &str) -> usize {
    let text = std::fs::read_to_string(sandbox.path("exceptions/EX-1.toml")).unwrap();
    1 + text.lines().position(|line| line.starts_with(key)).unwrap()
}

/// What is wrong is named with file and line by `exception check`, which exits 2, and is a finding of `check`.
fn wrong(prepare: impl FnOnce(&Sandbox), key: &str, says: &str, rule: &str) {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &["--expires", "20d"]);
    sign(&sandbox, "security-head", Timestamp::now(), 3);
    prepare(&sandbox);
    let ran = sandbox.run(&["exception", "check"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let place = format!("exceptions/EX-1.toml:{}: ", line_of(&sandbox, key));
    assert!(ran.stdout.contains(&place) && ran.stdout.contains(says), "{place}{says}: {}", ran.stdout);
    let (_, result) = check(&sandbox, &[]);
    assert!(own_failures(&result).iter().any(|own| own == rule), "{rule}: {:?}", own_failures(&result));
    assert_eq!(result["summary"]["of_fail_excepted"], 0, "{rule}");
}

#[test]
fn approved_by_its_requester() {
    let by_alias = |sandbox: &Sandbox| {
        edit(sandbox, "requester = \"web-engineer\"", "requester = \"security-deputy\"");
        sign(sandbox, "security-head", Timestamp::now(), 3);
    };
    wrong(by_alias, "requester", "both are one person", "exception-self-approved");
    // The tool does not even sign it.
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &["--requester", "security-deputy"]);
    let ran = sandbox.run(&["exception", "approve", "EX-1", "--as", "security-head", "--key", "security-head.pem"]);
    let place = format!("exceptions/EX-1.toml:{}:1: ", line_of(&sandbox, "requester"));
    assert!(ran.code == 2 && ran.stderr.contains(&place), "{}", ran.stderr);
}

#[test]
fn approved_after_the_fact() {
    let week = SignedDuration::from_hours(7 * 24);
    let late = |sandbox: &Sandbox| {
        let start = format!("created = \"{}\"\nstart = \"{}\"", Timestamp::now() - week, Timestamp::now() - week);
        let text = std::fs::read_to_string(sandbox.path("exceptions/EX-1.toml")).unwrap();
        let created = text.lines().find(|line| line.starts_with("created")).unwrap().to_owned();
        edit(sandbox, &created, &start);
        sign(sandbox, "security-head", Timestamp::now(), 3);
    };
    let sandbox = self::sandbox();
    write(&sandbox, "EX-1", &["--expires", "20d"]);
    late(&sandbox);
    let ran = sandbox.run(&["exception", "check"]);
    let place = format!("exceptions/EX-1.toml:{}: approved after the fact", line_of(&sandbox, "start"));
    assert!(ran.code == 2 && ran.stdout.contains(&place), "{}", ran.stdout);
    let (_, now) = check(&sandbox, &[]);
    assert_eq!(own_failures(&now), ["exception-retroactive"]);
    let before = (Timestamp::now() - SignedDuration::from_mins(30)).to_string();
    let (_, before) = check(&sandbox, &["--as-of", &before]);
    assert_eq!(before["summary"]["of_fail_excepted"], 0, "no approval reaches back");
}

#[test]
fn approved_for_too_long() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &[]);
    let expires = std::fs::read_to_string(sandbox.path("exceptions/EX-1.toml")).unwrap();
    let expires = expires.lines().find(|line| line.starts_with("expires")).unwrap().to_owned();
    edit(&sandbox, &expires, "expires = \"2099-01-01T00:00:00Z\"");
    sign(&sandbox, "security-head", Timestamp::now(), 3);
    let ran = sandbox.run(&["exception", "check"]);
    let place = format!("exceptions/EX-1.toml:{}: it lasts", line_of(&sandbox, "expires"));
    assert!(ran.code == 2 && ran.stdout.contains(&place), "{}", ran.stdout);
    assert_eq!(own_failures(&check(&sandbox, &[]).1), ["exception-too-long"]);
}

#[test]
fn over_a_changed_scope() {
    wrong(
        |sandbox| edit(sandbox, "production = true", "production = false"),
        "members_sha256",
        "it was changed after security-head approved it",
        "exception-scope-grown",
    );
    // Signed again by whoever changed it: the list is another one all the same.
    wrong(
        |sandbox| {
            edit(sandbox, "production = true", "production = false");
            sign(sandbox, "security-head", Timestamp::now(), 3);
        },
        "members_sha256",
        "the members were changed",
        "exception-scope-grown",
    );
}

#[test]
fn signed_with_another_key_or_tampered_with() {
    let says = "it is not signed with the key of";
    wrong(|sandbox| sign(sandbox, "security-head", Timestamp::now(), 9), "requester", says, "exception-unapproved");
    let flipped = |sandbox: &Sandbox| {
        let path = sandbox.path("exceptions/EX-1.security-head.dsse.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let at = text.find("\"sig\": \"").unwrap() + 20;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        std::fs::write(path, format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();
    };
    wrong(flipped, "requester", says, "exception-unapproved");
}

#[test]
fn an_unknown_key_stops_every_command_that_reads_it() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &[]);
    edit(&sandbox, "requester =", "requestor =");
    for arguments in [&["exception", "check"][..], &["exception", "list"], &["check"], &["assess", "rec"]] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains("EX-1.toml") && said.contains("requester is missing"), "{said}");
    }
    edit(&sandbox, "requestor =", "tenant = \"a\"\nrequester =");
    let ran = sandbox.run(&["assess", "rec"]);
    let place = format!("exceptions/EX-1.toml:{}:1: no key is called \"tenant\"", line_of(&sandbox, "tenant"));
    assert!(ran.code == 2 && ran.stderr.contains(&place), "{}", ran.stderr);
    let ran = sandbox.run(&["exception", "new", "EX-2", "--owner", "a", "--requester", "b", "--justification", "c"]);
    assert!(ran.code == 2 && ran.stderr.contains("say what to cover"), "{}", ran.stderr);
}

/// In whatever order, and in however many runs, exceptions come into the log: what is found is the same.
#[test]
fn the_order_of_sealing_does_not_matter() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    let found = |store: &str| {
        let arguments = ["assess", "shop", "--store", store, "--format", "json", "--all", "-q"];
        let (_, mut result) = json(&sandbox, &arguments);
        for finding in result["findings"].as_array_mut().unwrap() {
            finding.as_object_mut().unwrap().remove("evidence");
        }
        (result["findings"].take(), result["summary"].take())
    };
    let at_once = found("at-once");
    assert_eq!(at_once.1["of_fail_excepted"], 4, "one that holds, one that adopts, one late, one long");
    let mut kept = Vec::new();
    for (at, file) in files(&sandbox.path("shop/exceptions")).into_iter().enumerate() {
        // Later halves come first: every second exception, without its approvals.
        if file.extension().is_some_and(|kind| kind == "json") || at % 4 == 0 {
            kept.push((file.clone(), std::fs::read(&file).unwrap()));
            std::fs::remove_file(file).unwrap();
        }
    }
    found("in-parts");
    for (file, bytes) in kept {
        std::fs::write(file, bytes).unwrap();
    }
    assert_eq!(found("in-parts"), at_once);
}

/// Leaves hold ids, no people and no reasons.
#[test]
fn a_leaf_holds_no_personal_data() {
    let sandbox = sandbox();
    write(&sandbox, "EX-1", &[]);
    approve(&sandbox, "EX-1");
    let store = patchseal::store::read(&sandbox.path(".patchseal")).unwrap();
    let leaves = store.leaves(0..store.checkpoint().size).map(|leaf| String::from_utf8(leaf.unwrap()).unwrap());
    let own: Vec<String> = leaves.filter(|leaf| leaf.contains("exception/v1")).collect();
    assert!(!own.is_empty());
    for leaf in own {
        assert!(!leaf.contains("person-") && !leaf.contains("till swap") && !leaf.contains("web-engineer"), "{leaf}");
    }
}
