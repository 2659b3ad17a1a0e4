use super::*;
use crate::changes::Patching;
use crate::testing::{exchange, facts_of, time};
use patchseal_core::fact::{ChangeKind, ChangeOutcome};

#[derive(Default)]
struct Keep(Vec<ChangeRecord>);

impl Sink for Keep {
    fn fact(&mut self, _: Pointer, fact: Fact<'_>) {
        let Fact::Change(record) = fact else { panic!("not a change: {fact:?}") };
        self.0.push(*record);
    }
}

fn read(body: &str, mapping: &Mapping) -> Result<Vec<ChangeRecord>, Reject> {
    let exchange = exchange(&OPERATION, None);
    let mut keep = Keep::default();
    rows_with(&Answer { exchange: &exchange, body: body.as_bytes() }, mapping, &mut keep)?;
    Ok(keep.0)
}

fn fixture(name: &str) -> Vec<ChangeRecord> {
    let facts = facts_of(&OPERATION, name, None);
    let record = |fact| match fact {
        Fact::Change(record) => *record,
        other => panic!("not a change: {other:?}"),
    };
    facts.into_iter().map(record).collect()
}

fn texts(list: &[&str]) -> Said<Vec<String>> {
    Said::Value(list.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn the_table_api_with_both_faces_of_a_value() {
    let records = fixture("answered");
    let first = &records[0];
    assert_eq!((&*first.id, first.kind, first.approval), ("CHG0030192", ChangeKind::Emergency, Approval::Approved));
    // Times as the system has them, which are UTC; names as people read them.
    assert_eq!(first.approved_at, Said::Value(time("2026-11-22T09:00:00Z")));
    assert_eq!(first.requester, Said::Value("platform-engineer".into()));
    assert_eq!((&first.assets, first.outcome), (&texts(&["web-1"]), ChangeOutcome::Done));
    assert_eq!(first.fixes, ["CVE-2026-1234"]);
    assert_eq!(first.reviewed_at, Said::Unsaid);
    let second = &records[1];
    assert_eq!((second.approval, second.outcome), (Approval::Missing, ChangeOutcome::Open));
    assert_eq!((&second.requester, &second.deployed_at), (&Said::Nothing, &Said::Nothing));
    assert_eq!(second.approved_at, Said::Unsaid);
}

#[test]
fn issues_with_the_names_of_their_fields() {
    let records = fixture("issues");
    let first = &records[0];
    assert_eq!((&*first.id, first.kind, first.outcome), ("OPS-7", ChangeKind::Standard, ChangeOutcome::Done));
    assert_eq!((&first.requester, &first.deployer), (&Said::Value("store-engineer".into()), &Said::Nothing));
    // Who was asked and has not decided is no approver.
    assert_eq!((&first.approvers, first.approval), (&texts(&["change-manager"]), Approval::Approved));
    assert_eq!(first.approved_at, Said::Value(time("2026-11-20T09:00:00Z")));
    assert_eq!(first.deployed_at, Said::Value(time("2026-11-21T02:00:00Z")));
    assert_eq!((&first.assets, first.fixes.as_slice()), (&texts(&["till-1", "till-2"]), &["KB5031364".to_owned()][..]));
    assert_eq!(records[1].deployed_at, Said::Nothing);
}

#[test]
fn a_table_names_what_is_wrong_and_where() {
    let records = fixture("a list as a spreadsheet saves it");
    // Row breaks inside quotes count as lines of the file; the first record is contradicted further down.
    assert_eq!((records[0].line, &*records[0].id), (Some(2), "CHG1"));
    assert_eq!(records[0].problems, ["lines 2, 6 say different things of it"]);
    assert_eq!(
        records[1].problems,
        [
            "`approved_at` is 2027-01-01 00:00:00, which is later than the export",
            "`deployed_at` is no time that can be read: `soon`"
        ]
    );
    assert!(records[2].problems[0].contains("more cells than the header"), "{:?}", records[2].problems);
}

#[test]
fn issues_in_a_table() {
    let record = &fixture("issues in a table")[0];
    assert_eq!((record.kind, record.outcome), (ChangeKind::Emergency, ChangeOutcome::Done));
    assert_eq!(record.categories, texts(&["store", "patching"]));
    assert_eq!(record.deployed_at, Said::Value(time("2026-11-20T02:03:00Z")));
    assert_eq!(record.approval, Approval::Unsaid);
}

#[test]
fn the_policy_maps_columns_and_words() {
    let columns = [("id", "Ticket"), ("approvers", "CAB"), ("deployed_at", "Done at"), ("kind", "Class")];
    let mapping = Mapping {
        columns: columns.map(|(member, column)| (member.to_owned(), column.to_owned())).into(),
        words: [(("kind".into(), "emergency".into()), vec!["P0".into()])].into(),
        patching: Some(Patching { column: "Work".into(), values: vec!["patches".into()] }),
        zone: Some(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()),
        ..Mapping::default()
    };
    let table = "Ticket\tCAB\tDone at\tClass\tWork\nA-1\tops-1, ops-2\t2026-11-20 02:00:00\tp0\tPatches\nA-2\tOne, Person\t\tp1\tother\n";
    let records = read(table, &mapping).unwrap();
    assert_eq!((records[0].kind, records[0].patching), (ChangeKind::Emergency, Some(true)));
    assert_eq!(records[0].approvers, texts(&["ops-1", "ops-2"]));
    assert_eq!(records[0].deployed_at, Said::Value(time("2026-11-20T01:00:00Z")));
    assert_eq!((&records[1].approvers, records[1].patching), (&texts(&["One, Person"]), Some(false)));

    let reject = read("Ticket,CAB\nA-1,ops-1\n", &mapping).unwrap_err();
    assert_eq!(reject.position, Some((1, 1)));
    assert_eq!(
        reject.message,
        "the policy maps `deployed_at` to column `Done at`, and the columns are `Ticket`, `CAB`"
    );
    let reject = read(r#"{"result": [{"Ticket": "A-1"}]}"#, &mapping).unwrap_err();
    assert!(reject.message.contains("`approvers` to column `CAB`"), "{}", reject.message);
}

#[test]
fn a_member_of_a_document_is_named_by_its_path() {
    let columns = [("id", "ref.no"), ("environment", "target.env")];
    let mapping = Mapping {
        columns: columns.map(|(member, column)| (member.to_owned(), column.to_owned())).into(),
        ..Mapping::default()
    };
    let records = read(r#"[{"ref": {"no": 7}, "target": {"env": "prod"}}]"#, &mapping).unwrap();
    assert_eq!((&*records[0].id, &records[0].environment), ("7", &Said::Value("prod".into())));
}

#[test]
fn what_a_record_lacks_is_marked_and_kept() {
    let records = read("id,title,deployed_at\n,Patches,2026-11-20 02:00:00\n", &Mapping::default()).unwrap();
    assert_eq!((&*records[0].id, records[0].problems.as_slice()), ("line-2", &["it has no id".to_owned()][..]));
    // The same record twice is one.
    let twice = read("id,title\nA-1,Patches\nA-1,Patches\n", &Mapping::default()).unwrap();
    assert!(twice.len() == 1 && twice[0].problems.is_empty(), "{twice:?}");
}

#[test]
fn an_export_that_may_have_been_cut_says_so() {
    let may_be_cut = |count: usize, shape: &str| {
        let row = |number: usize| format!("{{\"{shape}\": \"CHG{number}\", \"title\": \"x\"}}");
        let rows: Vec<String> = (0..count).map(row).collect();
        let exchange = exchange(&OPERATION, None);
        let body = format!("[{}]", rows.join(","));
        let answer = Answer { exchange: &exchange, body: body.as_bytes() };
        rows_with(&answer, &Mapping::default(), &mut Keep::default()).unwrap().signs.unwrap().more
    };
    for count in [100, 1_000, 10_000, 15_000] {
        assert!(may_be_cut(count, "number"), "{count}");
    }
    for count in [0, 1, 99, 101, 9_999] {
        assert!(!may_be_cut(count, "number"), "{count}");
    }
    // A table of one's own has no limit that anybody knows of.
    assert!(!may_be_cut(1_000, "id"));
    let header = "number,short_description\n";
    let table: String = (0..1_000).map(|number| format!("CHG{number},x\n")).collect();
    let exchange = exchange(&OPERATION, None);
    let body = format!("{header}{table}");
    let answer = Answer { exchange: &exchange, body: body.as_bytes() };
    assert!(rows_with(&answer, &Mapping::default(), &mut Keep::default()).unwrap().signs.unwrap().more);
}
