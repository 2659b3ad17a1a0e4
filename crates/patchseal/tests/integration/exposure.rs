//! `exposure` on the bundled example: what it says, and that less input never makes more hosts safe.

use crate::sandbox::{Sandbox, copy, example, files};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const AS_OF: &str = "2026-11-24T06:00:00Z";

fn ask(sandbox: &Sandbox, store: &str, what: &str) -> (i32, Value) {
    let policy = example().join("patchseal.toml");
    let policy = policy.to_str().unwrap();
    let ran = sandbox
        .run(&["exposure", what, "--store", store, "--config", policy, "--as-of", AS_OF, "--format", "json", "-q"]);
    (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr)))
}

fn import(sandbox: &Sandbox, folder: &str, store: &str) {
    let ran = sandbox.run(&["import", folder, "--store", store, "-q"]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
}

/// Names of the hosts that are not in danger, as far as the answer goes.
fn safe(answer: &Value) -> BTreeSet<String> {
    let hosts = answer["hosts"].as_array().unwrap().iter();
    let safe = hosts.filter(|host| matches!(host["standing"].as_str(), Some("fixed" | "not-affected")));
    safe.map(|host| host["id"].as_str().unwrap().to_owned()).collect()
}

fn exposed(answer: &Value) -> Vec<&str> {
    let hosts = answer["hosts"].as_array().unwrap().iter();
    hosts.filter(|host| host["standing"] == "exposed").map(|host| host["name"].as_str().unwrap()).collect()
}

#[test]
fn who_is_affected_and_since_when_that_is_known() {
    let sandbox = Sandbox::new();
    import(&sandbox, example().to_str().unwrap(), "store");
    let (code, answer) = ask(&sandbox, "store", "cve-2026-90001");
    assert_eq!((code, exposed(&answer)), (1, vec!["sf-cart-pu-2"]));
    assert_eq!(answer["hosts"][0]["seen_at"], "2026-11-24T03:02:00Z");
    let (code, answer) = ask(&sandbox, "store", "KB5099999");
    assert_eq!((code, exposed(&answer)), (1, vec!["sf-az-7"]));
    // Nobody lacks it, and some hosts cannot tell.
    let (code, answer) = ask(&sandbox, "store", "no-such-package");
    assert_eq!((code, exposed(&answer)), (3, vec![]));
    assert!(answer["summary"]["unknown"].as_u64() > Some(0) && answer["summary"]["not_affected"].as_u64() > Some(0));
    let ran = sandbox.run(&["exposure", "CVE-26-1", "--store", "store"]);
    assert!(ran.code == 2 && ran.stderr.contains("write it as CVE-2026-1234"), "{}", ran.stderr);
    let ran = sandbox.run(&["exposure", "curl", "--store", "nowhere"]);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
}

/// What only feeds tell: which update removes a weakness, of which date the feed is, and what an old one is worth.
#[test]
fn a_feed_that_relates_weaknesses_to_fixes() {
    let sandbox = Sandbox::new();
    import(&sandbox, example().to_str().unwrap(), "store");
    let standing = |answer: &Value, name: &str| {
        let host = answer["hosts"].as_array().unwrap().iter().find(|host| host["name"] == name).unwrap().clone();
        (host["standing"].as_str().unwrap().to_owned(), host)
    };
    let (code, answer) = ask(&sandbox, "store", "CVE-2026-90050");
    assert_eq!((code, exposed(&answer)), (1, vec!["sf-az-7"]));
    let feed = &answer["hosts"][0]["feed"];
    assert_eq!(
        (&feed["name"], &feed["fix"], &feed["advisory"]),
        (&"msrc".into(), &"KB5099999".into(), &"2026-Sep".into())
    );
    assert_eq!(feed["dated"], "2026-11-24T02:00:00Z");
    // The update of November is in place, and takes the place of the one that fixed it.
    assert_eq!(standing(&answer, "sf-az-27").0, "fixed");
    // That of November is missing: the one of September may be there.
    assert_eq!(standing(&answer, "sf-az-26").0, "unknown");
    let (_, answer) = ask(&sandbox, "store", "CVE-2026-90053");
    assert_eq!(standing(&answer, "sf-till-1").0, "fixed");
    let (_, answer) = ask(&sandbox, "store", "CVE-2026-90052");
    let (standing, host) = standing(&answer, "sf-search-pe-3");
    assert!(
        standing == "unknown" && host["because"].as_str().unwrap().contains("the feed amazon is of 2026-10-02"),
        "{host}"
    );
}

/// An answer for the first day of knowledge stays the same when more is known later.
#[test]
fn what_the_log_knew_stays_what_it_knew() {
    let sandbox = Sandbox::new();
    let first = example().join("2026-11-17");
    copy(&first, &sandbox.path("first"));
    import(&sandbox, "first", "store");
    let policy = example().join("patchseal.toml");
    let ask = |size: &str| {
        let ran = sandbox.run(&[
            "exposure",
            "openssl-libs",
            "--store",
            "store",
            "--config",
            policy.to_str().unwrap(),
            "--as-of",
            AS_OF,
            "--known-at",
            size,
            "--format",
            "csv",
        ]);
        assert!(matches!(ran.code, 1 | 3), "{}", ran.stderr);
        ran.stdout
    };
    let before = ask("1");
    assert!(before.lines().count() > 10, "{before}");
    copy(&example().join("2026-11-24"), &sandbox.path("later"));
    import(&sandbox, "later", "store");
    assert_eq!(ask("1"), before);
    assert_ne!(ask("2"), before);
}

#[test]
fn less_input_never_makes_more_hosts_safe() {
    let sandbox = Sandbox::new();
    // The last three are what feeds tell: of an update missing and in place, and of a package.
    let wanted = ["CVE-2026-90001", "KB5099999", "libxml2", "CVE-2026-90050", "CVE-2026-90051", "CVE-2026-90053"];
    import(&sandbox, example().to_str().unwrap(), "store");
    let full: BTreeMap<&str, BTreeSet<String>> =
        wanted.iter().map(|what| (*what, safe(&ask(&sandbox, "store", what).1))).collect();
    let name = |file: &std::path::Path| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if file.components().any(|part| part.as_os_str() == "feeds") {
            return name;
        }
        name.split('@').next().unwrap().split('.').take(2).collect::<Vec<_>>().join(".")
    };
    let operations: BTreeSet<String> = files(&example())
        .iter()
        .map(|file| name(file))
        .filter(|name| {
            let feed = ["msrc", "USN", "al2023", "kev"].iter().any(|feed| name.starts_with(feed));
            feed || name.contains(".Describe") || name.contains(".List") || name.contains("graph.")
        })
        .collect();
    assert!(operations.len() > 20, "{operations:?}");
    for (number, operation) in operations.iter().enumerate() {
        let (folder, store) = (format!("without-{number}"), format!("store-{number}"));
        copy(&example(), &sandbox.path(&folder));
        for file in files(&sandbox.path(&folder)).iter().filter(|file| name(file) == *operation) {
            std::fs::remove_file(file).unwrap();
        }
        import(&sandbox, &folder, &store);
        let feed = !operation.contains(".Describe") && !operation.contains(".List");
        for what in wanted.iter().take(if feed { wanted.len() } else { 3 }).copied() {
            let (code, answer) = ask(&sandbox, &store, what);
            assert_ne!(code, 0, "{what} without {operation}");
            let more: Vec<_> = safe(&answer).difference(&full[what]).cloned().collect();
            assert_eq!(more, Vec::<String>::new(), "{what} without {operation}");
        }
    }
}
