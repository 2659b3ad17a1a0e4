//! `query` and `report` in their formats.

use crate::schema::assert_fits;
use jiff::{SignedDuration, Timestamp};
use patchseal_render::history::{Entry, Row, Table};
use patchseal_render::query::{self, Answer};
use patchseal_render::{LogState, since};

const SUBJECT: &str = r#"{"cloud": "aws", "account": "111122223333", "region": "eu-west-1", "kind": "ec2-instance", "id": "arn:…/i-1", "name": "web-1",
    "lineage": "arn:…/i-1", "owner": "shop"}"#;
const NOBODY: &str = r#"{"cloud": "feeds", "account": "kev", "region": "global", "kind": "feed", "id": "feeds/kev", "name": "kev", "lineage": ""}"#;

fn log() -> LogState<'static> {
    LogState { origin: "example.com/log", size: 9, root: "00ff", assurance: "L1" }
}

fn day(day: u64) -> Timestamp {
    format!("2026-11-{day:02}T06:00:00Z").parse().unwrap()
}

fn entry(table: Table, id: u64, row: &str, from: u64, to: Option<u64>, note: Option<&str>) -> Entry {
    Entry {
        key: (table, id),
        row: Row::parse(table, row).unwrap(),
        note: note.map(str::to_owned),
        from: day(from),
        to: to.map(day),
        recorded: from,
        recorded_at: day(from),
        restated: from == 3,
    }
}

fn verdict(id: u64, rule: &str, verdict: &str, subject: &str, from: u64, to: Option<u64>) -> Entry {
    let more = if verdict == "unknown" { r#""reason": "denied", "# } else { r#""due": "2026-11-09T00:00:00Z", "# };
    let row =
        format!(r#"{{"rule": "{rule}", "verdict": "{verdict}", "severity": "high", {more}"subject": {subject}}}"#);
    entry(Table::Verdict, id, &row, from, to, Some("=what was | said"))
}

fn exposure(id: u64, due: &str, more: &str, from: u64) -> Entry {
    let row = format!(
        r#"{{"lineage": "arn:…/i-1", "fix_line": "curl", "title": "curl-8.5.0-1", "cves": ["CVE-2026-0001"], "severity": "high",
            "exploited": false, "opened": "2026-11-01T06:00:00Z", "clock_start": "2026-10-30T00:00:00Z", "basis": "released", "due": "{due}",
            "reopened": 0, {more}}}"#
    );
    entry(Table::Exposure, id, &row, from, None, None)
}

fn asset() -> Entry {
    let row = format!(
        r#"{{"key": "i-1", "subject": {SUBJECT}, "os": "Amazon Linux", "os_version": "2023", "internet_facing": true, "stateful": false,
            "first_seen": "2026-11-01T06:00:00Z"}}"#
    );
    entry(Table::Asset, 1, &row, 1, None, None)
}

fn gone() -> Entry {
    let subject = SUBJECT.replace("i-1", "i-9").replace("web-1", "web-9");
    let row = format!(
        r#"{{"key": "i-9", "subject": {subject}, "os": "", "os_version": "", "internet_facing": true, "stateful": false,
            "first_seen": "2026-11-01T06:00:00Z"}}"#
    );
    entry(Table::Asset, 9, &row, 1, Some(4), None)
}

fn scope(id: u64, region: &str, status: &str) -> Entry {
    let row = format!(
        r#"{{"cloud": "aws", "account": "111122223333", "region": "{region}", "status": "{status}", "reasons": ["ssm.ListCommands: denied"]}}"#
    );
    entry(Table::Scope, id, &row, 1, None, None)
}

/// One of every change between the 3rd and the 5th.
fn entries() -> Vec<Entry> {
    let unread = SUBJECT.replace("eu-west-1", "us-east-1");
    let went = SUBJECT.replace("i-1", "i-9").replace("web-1", "web-9");
    vec![
        scope(2, "eu-west-1", "complete"),
        scope(3, "us-east-1", "partial"),
        asset(),
        gone(),
        exposure(1, "2026-11-04T06:00:00Z", r#""hosts": ["i-1"]"#, 1),
        exposure(2, "2026-11-10T06:00:00Z", r#""hosts": ["i-1", "i-2"]"#, 2),
        exposure(3, "2026-11-30T06:00:00Z", r#""hosts": ["i-1"]"#, 2),
        exposure(
            4,
            "2026-11-02T06:00:00Z",
            r#""hosts": [], "closed": "2026-11-02T06:00:00Z", "closed_by": "verified""#,
            2,
        ),
        verdict(1, "stays", "fail", SUBJECT, 1, None),
        verdict(2, "is-new", "fail", SUBJECT, 4, None),
        verdict(3, "comes-back", "fail", SUBJECT, 1, Some(2)),
        verdict(3, "comes-back", "fail", SUBJECT, 5, None),
        verdict(4, "changes", "unknown", NOBODY, 1, Some(4)),
        verdict(4, "changes", "fail", NOBODY, 4, None),
        verdict(5, "closes", "fail", SUBJECT, 3, Some(5)),
        verdict(10, "is-seen-no-more", "fail", &unread, 2, Some(4)),
        verdict(11, "was-never-read", "unknown", &unread.replace("us-east-1", "ap-south-1"), 2, Some(4)),
        verdict(6, "goes-with-its-host", "fail", &went, 2, Some(4)),
        verdict(7, "comes-and-goes", "unknown", SUBJECT, 4, Some(5)),
        verdict(8, "was-over", "fail", SUBJECT, 1, Some(3)),
        verdict(9, "is-yet-to-come", "fail", SUBJECT, 6, None),
    ]
}

fn queried(
    entries: &[Entry],
    table: Table,
    write: impl Fn(&Answer<'_>, &mut dyn std::io::Write) -> std::io::Result<()>,
) -> String {
    let shown: Vec<&Entry> = entries.iter().filter(|entry| entry.key.0 == table).collect();
    let evaluations = (6, Some(day(1)), Some(day(6)));
    let answer = Answer { table, entries: &shown, evaluations, known_at: 8, log: log() };
    let mut out = Vec::new();
    write(&answer, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const TABLES: [Table; 4] = [Table::Scope, Table::Asset, Table::Exposure, Table::Verdict];

#[test]
fn a_query_for_reading() {
    let all = entries();
    insta::assert_snapshot!(TABLES.map(|table| queried(&all, table, query::human)).join("\n"));
}

#[test]
fn a_query_as_rows() {
    let all = entries();
    let text = TABLES.map(|table| queried(&all, table, query::table)).join("\n").replace("\r\n", "\n");
    assert!(!text.contains(",=what"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_query_is_what_its_schema_says() {
    let all = entries();
    for table in TABLES {
        let document = serde_json::from_str(&queried(&all, table, query::json)).unwrap();
        assert_fits("query.v1.json", &document);
    }
}

fn reported(write: impl Fn(&since::Changes<'_>, &mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let all = entries();
    let mut out = Vec::new();
    write(&since::changes(&all, day(3), day(5), SignedDuration::from_hours(7 * 24)), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_report_for_reading() {
    insta::assert_snapshot!(reported(since::human));
}

#[test]
fn a_report_for_tickets() {
    let rows = reported(since::table).replace("\r\n", "\n");
    insta::assert_snapshot!(format!("{}\n{rows}", reported(since::markdown)));
}

#[test]
fn a_report_is_what_its_schema_says() {
    let text = reported(|changes, out| since::json(changes, 8, &log(), out));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_fits("changes.v1.json", &document);
    let changes: Vec<_> =
        document["findings"].as_array().unwrap().iter().map(|one| one["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["new", "reopened", "changed", "closed", "unconfirmed", "unconfirmed", "retired", "transient"]);
}
