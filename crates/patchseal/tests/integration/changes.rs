//! Change records and histories as users hand them over: every mistake is named with its place, and whatever is taken away
//! adds no pass.

use crate::sandbox::{REGION, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RULES: [&str; 7] = [
    "backup-stale-before-patch",
    "change-self-approved",
    "change-unapproved",
    "change-untested",
    "classification-downgraded",
    "emergency-change-unreviewed",
    "patch-setting-changed-unapproved",
];

/// Verdicts of the rules of this topic: rule, subject's name, verdict, message.
fn verdicts(sandbox: &Sandbox, folder: &str, store: &str) -> (i32, Vec<[String; 4]>) {
    let html = format!("{store}.html");
    let ran = sandbox.run(&["assess", folder, "--store", store, "--html", &html, "--format", "json", "--all", "-q"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = result["findings"].as_array().unwrap().iter();
    let own = all.filter(|finding| RULES.contains(&finding["rule"].as_str().unwrap()));
    let row = |f: &Value| [text(&f["rule"]), text(&f["subject"]["name"]), text(&f["verdict"]), text(&f["message"])];
    (ran.code, own.map(row).collect())
}

fn message(verdicts: &[[String; 4]], rule: &str, subject: &str) -> String {
    let found = verdicts.iter().find(|[one, name, ..]| one == rule && name == subject);
    let [.., verdict, message] = found.unwrap_or_else(|| panic!("no {rule} on {subject}: {verdicts:#?}"));
    format!("{verdict}: {message}")
}

fn passes(verdicts: &[[String; 4]]) -> BTreeSet<String> {
    let passed = verdicts.iter().filter(|[.., verdict, _]| verdict == "pass");
    passed.map(|[rule, subject, ..]| format!("{rule} on {subject}")).collect()
}

/// A window that somebody shortened.
fn shortened() -> Value {
    let event = json!({"userIdentity": {"arn": "arn:aws:iam::111122223333:user/engineer-7"},
        "requestParameters": {"windowId": "mw-0a", "duration": 1}});
    json!({"Events": [{"EventId": "e-1", "EventName": "UpdateMaintenanceWindow", "EventTime": "2026-11-20T10:15:00Z",
        "CloudTrailEvent": event.to_string()}]})
}

/// A host, changes of all kinds, and a history.
fn estate() -> Sandbox {
    let sandbox = Sandbox::new();
    let tags = |environment: &str| {
        json!({"Reservations": [{"OwnerId": "111122223333", "ReservationId": "r-1", "Instances": [{"InstanceId": "i-0abc", "State": {"Name": "running"},
            "Tags": [{"Key": "Name", "Value": "orders-db-1"}, {"Key": "environment", "Value": environment}]}]}]})
    };
    sandbox.write("all/early/recording.toml", "observed_at = \"2026-11-22T06:00:00Z\"\ncollector = \"test\"\n");
    sandbox.write("all/late/recording.toml", "observed_at = \"2026-11-24T06:00:00Z\"\ncollector = \"test\"\n");
    let place = "aws/111122223333/eu-west-1";
    for (folder, environment) in [("early", "production"), ("late", "production")] {
        sandbox.write(&format!("all/{folder}/{place}/ec2.DescribeInstances.json"), &tags(environment).to_string());
    }
    sandbox.write(&format!("all/early/{place}/cloudtrail.LookupEvents.json"), &shortened().to_string());
    sandbox.write(
        "all/late/changes/remedy.csv",
        "\u{feff}id;title;kind;requester;approval;approvers;approved_at;deployer;window_start;window_end;deployed_at;closed_at;outcome;assets;test_environment;tested_at;reviewed_at;backup_at\r\n\
         C-1;Patches;Emergency;a;approved;b;2026-11-19 08:00:00;c;2026-11-20 08:00:00;2026-11-20 12:00:00;2026-11-20 09:00:00;2026-11-20 11:00:00;done;orders-db-1,mw-0a;staging;2026-11-19 09:00:00;2026-11-21 09:00:00;2026-11-20 08:00:00\r\n\
         C-2;Window;Normal;a;approved;b;2026-11-19 08:00:00;c;2026-11-20 08:00:00;2026-11-20 12:00:00;2026-11-20 09:00:00;2026-11-20 11:00:00;done;mw-0a;;;;\r\n",
    );
    sandbox
}

#[test]
fn a_change_record_vouches_for_what_it_covers() {
    let sandbox = estate();
    let (_, found) = verdicts(&sandbox, "all", "store");
    for rule in ["change-self-approved", "emergency-change-unreviewed"] {
        assert!(message(&found, rule, "C-1").starts_with("pass"), "{found:#?}");
    }
    // The log of the early recording is still known in the late one, and C-2 names the window.
    let rule = "patch-setting-changed-unapproved";
    assert!(message(&found, rule, "UpdateMaintenanceWindow mw-0a").starts_with("pass"), "{found:#?}");
    // A window is no machine, and no stranger either.
    assert!(message(&found, "change-unapproved", "C-1").starts_with("pass"), "{found:#?}");
    // The late run read no log of its own region, and says so.
    assert!(message(&found, rule, "aws 111122223333/eu-west-1").starts_with("unknown"), "{found:#?}");
}

#[test]
fn taking_any_file_away_adds_no_pass_and_ends_not_clean() {
    let sandbox = estate();
    let (code, whole) = verdicts(&sandbox, "all", "store");
    assert_ne!(code, 0);
    for (number, file) in crate::sandbox::files(&sandbox.path("all")).into_iter().enumerate() {
        if file.ends_with("recording.toml") {
            continue;
        }
        let kept = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let (code, less) = verdicts(&sandbox, "all", &format!("store-{number}"));
        assert_ne!(code, 0, "without {}", file.display());
        let (less, whole) = (passes(&less), passes(&whole));
        let added: Vec<_> = less.difference(&whole).collect();
        assert!(added.is_empty(), "without {}: {added:?}", file.display());
        // A file that was cut short is as little as none.
        std::fs::write(&file, &kept[..kept.len() / 2]).unwrap();
        let (_, cut) = verdicts(&sandbox, "all", &format!("store-cut-{number}"));
        let added: Vec<_> = passes(&cut).difference(&whole).cloned().collect();
        assert!(added.is_empty(), "{} cut short: {added:?}", file.display());
        std::fs::write(&file, kept).unwrap();
    }
}

#[test]
fn bad_records_are_named_with_their_line_and_the_rest_counts() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "rec/changes/servicenow.csv",
        "number;type;short_description;work_start;approval;approval_set;cmdb_ci\r\n\
         CHG1;Normal;Patches;2026-11-20 02:00:00;Approved;2026-11-19 10:00:00;till-1\r\n\
         CHG2;Normal;Patches;soon;Approved;2026-11-19 10:00:00;till-1\r\n\
         CHG3;Normal;Patches;2027-11-20 02:00:00;Approved;2026-11-19 10:00:00;till-1\r\n\
         CHG4;Normal;Patches;2026-11-20 02:00:00;Approved;2026-11-19 10:00:00;till-1\r\n\
         CHG4;Normal;Other;2026-11-20 02:00:00;Approved;2026-11-21 10:00:00;till-1\r\n\
         CHG5;Normal;Patches;2026-11-20 02:00:00;Approved;2026-11-19 10:00:00;till-9\r\n",
    );
    sandbox.write(&format!("{REGION}/ec2.DescribeInstances.json"), r#"{"Reservations": []}"#);
    let (code, found) = verdicts(&sandbox, "rec", "store");
    assert_ne!(code, 0);
    let check = |subject: &str, expected: &str| {
        let message = message(&found, "change-unapproved", subject);
        assert!(message.contains(expected), "{message}");
    };
    check("CHG1", "pass: ");
    check("CHG2", "unknown: CHG2 (changes/servicenow line 3): `deployed_at` is no time that can be read: `soon`");
    check("CHG3", "line 4): `deployed_at` is 2027-11-20 02:00:00, which is later than the export");
    check("CHG4", "line 5): lines 5, 6 say different things of it");
    check("CHG5", "line 7): it names till-9, which no list of machines has");
}

#[test]
fn a_column_that_is_mapped_and_missing_refuses_the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("rec/changes/remedy.csv", "Ticket,CAB\nA-1,ops-1\n");
    sandbox.write("rec/patchseal.toml", "[changes.remedy]\nid = \"Ticket\"\ndeployed_at = \"Done at\"\n");
    let ran = sandbox.run(&["import", "rec"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let expected = "changes/remedy.csv:1:1: not an answer of changes.Records: the policy maps `deployed_at` to column `Done at`, \
                    and the columns are `Ticket`, `CAB`";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    let (_, found) = verdicts(&sandbox, "rec", "store");
    assert!(message(&found, "change-unapproved", "remedy").starts_with("unknown"), "{found:#?}");
}

#[test]
fn without_records_and_history_nobody_can_tell() {
    let sandbox = Sandbox::new();
    let (_, found) = verdicts(&sandbox, "rec", "store");
    for rule in ["change-unapproved", "change-untested", "emergency-change-unreviewed"] {
        assert!(
            message(&found, rule, "change records").starts_with("unknown: no change records were read"),
            "{found:#?}"
        );
    }
    let history = message(&found, "patch-setting-changed-unapproved", "changes of settings");
    assert!(history.starts_with("unknown: no history of settings was read"), "{history}");
}

#[test]
fn a_setting_that_nobody_approved_names_who_and_when() {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{REGION}/cloudtrail.LookupEvents.json"), &shortened().to_string());
    sandbox.write("rec/changes/jira.json", r#"{"issues": []}"#);
    let (code, found) = verdicts(&sandbox, "rec", "store");
    let said = message(&found, "patch-setting-changed-unapproved", "UpdateMaintenanceWindow mw-0a");
    assert_eq!(
        said,
        "fail: arn:aws:iam::111122223333:user/engineer-7 changed the maintenance window of mw-0a to duration 1 at 2026-11-20 10:15Z, \
         and no approved change covers it"
    );
    assert_eq!(code, 1);
}
