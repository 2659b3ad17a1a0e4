//! History: evaluations seal what they change, and what is read back is what was the case, as far as the log knew.

use crate::sandbox::{REGION, Sandbox, copy, example};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;

/// What a run of the samples sees of one patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sees {
    Missing,
    Installed,
    Failed,
    Denied,
    /// Another patch is missing as well.
    Another,
}

const PATCH: &str = "ssm.DescribeInstancePatches@mi-0aaaaaaaaaaaaaaaa";

/// A recording of a day in November 2026.
fn record(sandbox: &Sandbox, day: usize, sees: Sees) -> String {
    let folder = format!("day-{day:02}");
    copy(&sandbox.path("rec"), &sandbox.path(&folder));
    let region = REGION.replacen("rec", &folder, 1);
    let about = format!("observed_at = \"2026-11-{day:02}T06:00:00Z\"\ncollector = \"test\"\n");
    sandbox.write(&format!("{folder}/recording.toml"), &about);
    let scan = format!(
        r#"{{"InstancePatchStates": [{{"InstanceId": "mi-0aaaaaaaaaaaaaaaa", "PatchGroup": "", "BaselineId": "pb-0aaaaaaaaaaaaaaaa",
            "OperationStartTime": "2026-11-{day:02}T04:00:00+00:00", "OperationEndTime": "2026-11-{day:02}T04:05:00+00:00", "Operation": "Scan",
            "MissingCount": {missing}, "FailedCount": {failed}, "InstalledCount": 1, "NotApplicableCount": 0, "SecurityNonCompliantCount": {missing}}}]}}"#,
        missing = match sees {
            Sees::Missing | Sees::Denied => 1,
            Sees::Another => 2,
            Sees::Installed | Sees::Failed => 0,
        },
        failed = u8::from(sees == Sees::Failed),
    );
    sandbox.write(&format!("{region}/ssm.DescribeInstancePatchStates@mi-0aaaaaaaaaaaaaaaa.json"), &scan);
    let path = format!("{region}/{PATCH}.json");
    let row = |name: &str, state: &str| {
        format!(
            r#"{{"Title": "{name}:amd64:7.81.0-1ubuntu1.19", "KBId": "{name}.amd64", "Classification": "Security", "Severity": "Important",
                "State": "{state}", "InstalledTime": "2026-11-01T00:00:00+00:00"}}"#
        )
    };
    let rows = match sees {
        Sees::Missing => row("curl", "Missing"),
        Sees::Installed => row("curl", "Installed"),
        Sees::Failed => row("curl", "Failed"),
        Sees::Another => format!("{}, {}", row("curl", "Missing"), row("openssl", "Missing")),
        Sees::Denied => {
            std::fs::remove_file(sandbox.path(&path)).unwrap();
            let denied = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
            sandbox.write(&format!("{region}/{PATCH}.http400.json"), denied);
            return folder;
        }
    };
    sandbox.write(&path, &format!("{{\"Patches\": [{rows}]}}"));
    folder
}

fn assess(sandbox: &Sandbox, folder: &str, store: &str) {
    let ran = sandbox.run(&["assess", folder, "--store", store, "-q"]);
    assert!(matches!(ran.code, 0 | 1 | 3), "{}", ran.stderr);
}

fn check(sandbox: &Sandbox, store: &str, as_of: &str, more: &[&str]) {
    let ran = sandbox.run(&[&["check", "--store", store, "--as-of", as_of, "-q"], more].concat());
    assert!(matches!(ran.code, 0 | 1 | 3), "{}", ran.stderr);
}

/// Every span of every table, without where and when it was recorded.
fn spans(sandbox: &Sandbox, store: &str) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    for table in ["scopes", "assets", "exposures", "verdicts"] {
        let ran = sandbox.run(&["query", table, "--store", store, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        for row in document["rows"].as_array_mut().unwrap() {
            let row = row.as_object_mut().unwrap();
            for member in ["recorded", "recorded_at", "restated"] {
                assert!(row.remove(member).is_some());
            }
            all.push(serde_json::Value::Object(std::mem::take(row)));
        }
    }
    all
}

fn days() -> impl Strategy<Value = Vec<(usize, Sees)>> {
    let sees = prop_oneof![
        Just(Sees::Missing),
        Just(Sees::Installed),
        Just(Sees::Failed),
        Just(Sees::Denied),
        Just(Sees::Another)
    ];
    let days = prop::collection::vec(sees, 2..6)
        .prop_map(|all| all.into_iter().enumerate().map(|(n, s)| (n + 1, s)).collect::<Vec<_>>());
    days.prop_shuffle()
}

/// Whatever the order in which runs come in, history reads the same as if all had been there before anything was evaluated.
#[test]
fn increments_equal_a_replay() {
    let mut runner = TestRunner::new(Config { cases: 10, failure_persistence: None, ..Config::default() });
    let result = runner.run(&days(), |days| {
        let sandbox = Sandbox::new();
        let newest = |upto: usize| days[..=upto].iter().map(|(day, _)| *day).max().unwrap();
        for (step, (day, sees)) in days.iter().enumerate() {
            let folder = record(&sandbox, *day, *sees);
            sandbox.run(&["import", &folder, "--store", "step", "-q"]);
            sandbox.run(&["import", &folder, "--store", "replay", "-q"]);
            check(&sandbox, "step", &format!("2026-11-{:02}T06:00:00Z", newest(step)), &[]);
        }
        check(&sandbox, "replay", &format!("2026-11-{:02}T06:00:00Z", days.len()), &[]);
        let (step, replay) = (spans(&sandbox, "step"), spans(&sandbox, "replay"));
        prop_assert!(!replay.is_empty());
        prop_assert_eq!(step, replay);
        let again = sandbox.run(&["reperform", "--store", "step"]);
        prop_assert_eq!(again.code, 0, "{}", again.stdout);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// A step of a life: what is recorded, by whom, and under which policy it is judged.
#[derive(Clone, Copy, Debug)]
struct Step {
    day: usize,
    sees: Sees,
    other_collector: bool,
    policy: usize,
}

/// Policies that judge the same observations differently, and one of them reads them differently too.
const POLICIES: [&str; 3] = [
    "profile = \"industry-default\"\n",
    "profile = \"industry-default\"\n[evidence]\nscan_max_age = \"24h\"\n",
    "profile = \"pci-4.0.1\"\n",
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let policies = prop::collection::vec((0..POLICIES.len(), any::<bool>()), 6);
    (days(), policies).prop_map(|(days, policies)| {
        let with = |((day, sees), (policy, other_collector))| Step { day, sees, other_collector, policy };
        days.into_iter().zip(policies).map(with).collect()
    })
}

/// Whatever comes in, in whatever order, from whom and under whichever policy: to go on from where an evaluation ended
/// comes to the same as to read every answer again.
#[test]
fn going_on_equals_reading_everything_again() {
    let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |steps| {
        let sandbox = Sandbox::new();
        for (number, policy) in POLICIES.iter().enumerate() {
            sandbox.write(&format!("policy-{number}.toml"), policy);
        }
        for step in steps {
            let Step { day, sees, other_collector, policy } = step;
            let folder = record(&sandbox, day, sees);
            if other_collector {
                let about = format!("observed_at = \"2026-11-{day:02}T07:00:00Z\"\ncollector = \"other\"\n");
                sandbox.write(&format!("{folder}/recording.toml"), &about);
            }
            let policy = format!("policy-{policy}.toml");
            for store in ["on", "again"] {
                sandbox.run(&["import", &folder, "--config", &policy, "--store", store, "-q"]);
                if store == "again" {
                    let _ = std::fs::remove_dir_all(sandbox.path("again/carried"));
                }
                check(&sandbox, store, "2026-11-10T00:00:00Z", &["--config", &policy]);
            }
            let (on, again) = (spans(&sandbox, "on"), spans(&sandbox, "again"));
            prop_assert!(!on.is_empty());
            prop_assert_eq!(on, again);
        }
        let again = sandbox.run(&["reperform", "--store", "on"]);
        prop_assert_eq!(again.code, 0, "{}", again.stdout);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// A day reads what came in since: without the packs of earlier days it comes to its result, and without what was left it
/// does not.
#[test]
fn a_day_reads_what_came_in_since() {
    let sandbox = Sandbox::new();
    assess(&sandbox, &record(&sandbox, 1, Sees::Missing), "store");
    let store = patchseal_log::Store::open(sandbox.path("store")).unwrap();
    let leaves = (0..store.checkpoint().size).map(|index| store.leaf(index).unwrap());
    let parsed = leaves.map(|leaf| serde_json::from_slice::<serde_json::Value>(&leaf).unwrap());
    let batch = parsed.into_iter().find(|leaf| leaf["type"] == "batch/v1").unwrap();
    let digest = batch["pack"].as_str().unwrap();
    let batch = sandbox.path(&format!("store/packs/{}/{digest}.pack", &digest[..2]));
    // Before the import of the second day: what lies in a pack that is not there is stored again.
    std::fs::rename(&batch, sandbox.path("aside")).unwrap();
    sandbox.run(&["import", &record(&sandbox, 2, Sees::Another), "--store", "store", "-q"]);
    check(&sandbox, "store", "2026-11-02T06:00:00Z", &[]);
    std::fs::remove_dir_all(sandbox.path("store/carried")).unwrap();
    let ran = sandbox.run(&["check", "--store", "store", "--as-of", "2026-11-02T06:00:00Z", "-q"]);
    assert!(!matches!(ran.code, 0 | 1 | 3), "{}{}", ran.stdout, ran.stderr);
    std::fs::rename(sandbox.path("aside"), batch).unwrap();
    assert_eq!(sandbox.run(&["reperform", "--store", "store"]).code, 0);
}

/// What an evaluation left is no evidence: altered, it is passed over, and the result is the same.
#[test]
fn what_was_left_and_altered_since_is_passed_over() {
    let sandbox = Sandbox::new();
    assess(&sandbox, &record(&sandbox, 1, Sees::Missing), "store");
    copy(&sandbox.path("store"), &sandbox.path("plain"));
    let left = crate::sandbox::files(&sandbox.path("store/carried"));
    let [left] = left.as_slice() else { panic!("one file is left, not {left:?}") };
    let mut bytes = std::fs::read(left).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(left, &bytes).unwrap();
    let folder = record(&sandbox, 2, Sees::Another);
    for store in ["store", "plain"] {
        assess(&sandbox, &folder, store);
    }
    assert_eq!(spans(&sandbox, "store"), spans(&sandbox, "plain"));
    assert_eq!(sandbox.run(&["verify", "--store", "store"]).code, 0);
    assert_eq!(sandbox.run(&["reperform", "--store", "store"]).code, 0);
}

/// What was asked yesterday has the same bytes today, whatever came in late.
#[test]
fn a_late_import_changes_the_past_and_never_what_was_known() {
    let sandbox = Sandbox::new();
    assess(&sandbox, &record(&sandbox, 1, Sees::Missing), "store");
    assess(&sandbox, &record(&sandbox, 3, Sees::Missing), "store");
    let size = patchseal_log::Store::open(sandbox.path("store")).unwrap().checkpoint().size.to_string();
    let ask = |known: &[&str]| {
        let mut all = String::new();
        for table in ["verdicts", "exposures", "scopes"] {
            let ran = sandbox.run(&[&["query", table, "--store", "store", "--format", "csv"], known].concat());
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            all += &ran.stdout;
        }
        all
    };
    let yesterday = ask(&[]);
    assert!(!yesterday.contains(",yes,"), "nothing is restated yet: {yesterday}");
    let ran = sandbox.run(&["import", &record(&sandbox, 2, Sees::Installed), "--store", "store", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    check(&sandbox, "store", "2026-11-03T06:00:00Z", &[]);
    let today = ask(&[]);
    assert_ne!(today, yesterday);
    assert_eq!(ask(&["--known-at", &size]), yesterday);
    let exposures = sandbox.run(&["query", "exposures", "--store", "store"]).stdout;
    assert!(exposures.contains("2026-11-02 06:00Z to 2026-11-03 06:00Z  high  curl"), "{exposures}");
    assert!(exposures.contains("(restated)"), "{exposures}");
}

/// Rules and policy of today judge what comes; only `--restate` judges what was, and says so.
#[test]
fn only_restating_changes_what_was_judged() {
    let sandbox = Sandbox::new();
    for day in [1, 2] {
        assess(&sandbox, &record(&sandbox, day, Sees::Missing), "store");
    }
    let due = |sandbox: &Sandbox| {
        let ran = sandbox.run(&["query", "exposures", "--store", "store", "--format", "csv", "--at", "2026-11-02"]);
        ran.stdout.lines().nth(1).unwrap().split(',').nth(15).unwrap().to_owned()
    };
    let before = due(&sandbox);
    sandbox.write("patchseal.toml", "[sla]\nhigh = \"2d\"\n");
    check(&sandbox, "store", "2026-11-03T06:00:00Z", &[]);
    assert_eq!(due(&sandbox), before);
    check(&sandbox, "store", "2026-11-03T06:00:00Z", &["--restate"]);
    assert_ne!(due(&sandbox), before);
    let shown = sandbox.run(&["query", "exposures", "--store", "store"]).stdout;
    assert!(shown.contains("(restated)"), "{shown}");
    assert_eq!(sandbox.run(&["reperform", "--store", "store", "-q"]).code, 0);
}

/// A run with the same answers adds next to nothing.
#[test]
fn the_same_answers_add_no_rows() {
    let sandbox = Sandbox::new();
    copy(&example().join("2026-11-24"), &sandbox.path("shop"));
    let text = std::fs::read_to_string(sandbox.path("shop/recording.toml")).unwrap();
    assess(&sandbox, "shop", "store");
    let bytes = |sandbox: &Sandbox| -> u64 {
        let all = crate::sandbox::files(&sandbox.path("store/packs"));
        all.iter().map(|file| std::fs::metadata(file).unwrap().len()).sum()
    };
    let first = bytes(&sandbox);
    sandbox.write("shop/recording.toml", &text.replace("2026-11-24T06:00:00Z", "2026-11-24T06:00:01Z"));
    sandbox.run(&["import", "shop", "--store", "store", "-q"]);
    let imported = bytes(&sandbox);
    check(&sandbox, "store", "2026-11-24T06:00:01Z", &[]);
    let added = bytes(&sandbox) - imported;
    assert!(added < 1024, "{first} bytes at first, {added} for the same once more");
}

#[test]
fn the_report_names_what_changed_by_owner() {
    let sandbox = Sandbox::new();
    for (day, sees) in [(1, Sees::Missing), (2, Sees::Installed), (3, Sees::Another), (4, Sees::Failed)] {
        assess(&sandbox, &record(&sandbox, day, sees), "store");
    }
    let changed = |since: &str, until: &str| -> BTreeSet<(String, String)> {
        let ran = sandbox.run(&["report", "--since", since, "--until", until, "--store", "store", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let all = document["findings"].as_array().unwrap().iter();
        all.map(|one| (text(&one["change"]), text(&one["rule"]))).collect()
    };
    let pair = |change: &str, rule: &str| (change.to_owned(), rule.to_owned());
    let failed = changed("2026-11-03T06:00:00Z", "2026-11-04T06:00:00Z");
    assert!(failed.contains(&pair("new", "patch-failed")), "{failed:?}");
    assert!(changed("2026-11-04T06:00:00Z", "2026-11-04T06:00:00Z").is_empty());
    for (format, says) in [("human", "due soon  overdue"), ("markdown", "| owner | new |"), ("csv", "change,id,rule")] {
        let ran = sandbox.run(&["report", "--since", "2026-11-01T06:00:00Z", "--store", "store", "--format", format]);
        assert!(ran.code == 0 && ran.stdout.contains(says), "{}{}", ran.stdout, ran.stderr);
    }
    let imported = sandbox.run(&["import", "day-03", "--store", "store", "--format", "json"]).stdout;
    let imported: serde_json::Value = serde_json::from_str(&imported).unwrap();
    let run = &imported["runs"][0]["run"].as_str().unwrap()[..8];
    let by_run = sandbox.run(&["report", "--since", run, "--store", "store"]).stdout;
    assert!(by_run.starts_with("from 2026-11-03 06:00Z to 2026-11-04 06:00Z\n"), "{by_run}");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let sandbox = Sandbox::new();
    let said = |arguments: &[&str], code, says: &str| {
        let ran = sandbox.run(arguments);
        assert!(ran.code == code && ran.stderr.contains(says), "{arguments:?}: {} {}", ran.code, ran.stderr);
    };
    said(&["query", "--store", "nowhere"], 5, "there is no store");
    sandbox.run(&["import", "rec", "--store", "store", "-q"]);
    said(&["query", "--store", "store"], 2, "there is no history yet: `patchseal check`");
    said(&["report", "--since", "2026-11-01", "--store", "store"], 2, "there is no history yet");
    assess(&sandbox, "rec", "store");
    said(&["query", "assets", "--cve", "CVE-2026-1", "--store", "store"], 2, "--cve filters exposures");
    said(&["query", "assets", "--rule", "patch-overdue", "--store", "store"], 2, "--rule filters verdicts");
    said(&["query", "--at", "yesterday", "--store", "store"], 2, "--at \"yesterday\" is no time");
    said(
        &["report", "--since", "2020-01-01", "--store", "store"],
        2,
        "the first evaluation is of 2026-11-24T06:00:00Z",
    );
    said(&["report", "--since", "abcdef0", "--store", "store"], 2, "no run has an id that begins like this");
    said(&["query", "--known-at", "99", "--store", "store"], 2, "99");
}
