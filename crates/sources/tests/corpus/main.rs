//! Answers that real clouds gave, and those in the documentation of the AWS command line: every row of them is a fact or
//! counted with a reason, and the rows are as many as an independent count finds.

// A test may stop at the first thing that is not as it should be, and say so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod answers;

use answers::Saved;
use patchseal_core::exchange::{Digest, Exchange, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_sources::{Answer, Asks, Page, Reject, Sink, Tally};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Places {
    facts: u64,
    places: BTreeSet<String>,
}

impl Sink for Places {
    fn fact(&mut self, pointer: Pointer, _: Fact<'_>) {
        self.facts += 1;
        self.places.insert(pointer.to_string());
    }
}

#[derive(Default)]
struct Line {
    files: u64,
    refused: u64,
    rows: u64,
    facts: u64,
    counted: bool,
    without: BTreeMap<&'static str, u64>,
}

#[test]
fn rows_are_as_many_as_an_independent_count_finds() {
    let Some(saved) = answers::all() else { return };
    let mut table: BTreeMap<&str, Line> = BTreeMap::new();
    for one in &saved {
        let line = table.entry(one.operation.id).or_default();
        line.files += 1;
        if one.status != 200 {
            assert!(read(one).is_err(), "{}: an error was read as an answer", one.place);
            line.refused += 1;
            continue;
        }
        let counted = answers::count(one.operation.id, &serde_json::from_slice(&one.body).unwrap());
        if counted == Some(None) {
            // Documentation shows what `--query` leaves of an answer, too.
            assert!(read(one).is_err(), "{}: read without its list", one.place);
            line.refused += 1;
            continue;
        }
        let (tally, places) = match read(one) {
            Ok(read) => read,
            Err(reject) => panic!("{} was refused: {reject:?}", one.place),
        };
        let without: u64 = tally.without.values().sum();
        assert_eq!(tally.facts, places.facts, "{}", one.place);
        assert!(tally.without.keys().all(|reason| !reason.is_empty()), "{}", one.place);
        assert!(tally.rows <= tally.facts + without, "{}: a row states nothing, for no reason", one.place);
        if let Some(Some(expected)) = counted {
            line.counted = true;
            assert_eq!(tally.rows, expected, "{}", one.place);
            assert_eq!(places.places.len() as u64 + without, expected, "{}", one.place);
        }
        line.rows += tally.rows;
        line.facts += tally.facts;
        for (reason, number) in tally.without {
            *line.without.entry(reason).or_default() += number;
        }
    }
    eprintln!("{:44} {:>6} {:>8} {:>6} {:>6}", "operation", "files", "refused", "rows", "facts");
    for (id, line) in table {
        let mark = if line.counted { "" } else { "  (no independent count)" };
        eprintln!("{id:44} {:>6} {:>8} {:>6} {:>6}{mark}", line.files, line.refused, line.rows, line.facts);
        for (reason, number) in line.without {
            eprintln!("    {number} × {reason}");
        }
    }
}

/// Rows and their places; nothing when the bytes are refused.
fn read(saved: &Saved) -> Result<(Tally, Places), Reject> {
    let is_azure = saved.operation.docs.contains("microsoft");
    let scope = if is_azure {
        Scope::new(Cloud::Azure, "0aaaaaaa-0000-4000-8000-000000000001", Scope::GLOBAL)
    } else {
        Scope::new(Cloud::Aws, "111122223333", "eu-west-1")
    };
    let exchange = Exchange {
        leaf: 0,
        index: 0,
        run: 0,
        operation: saved.operation.id.into(),
        scope,
        subject: saved.subject.as_deref().map(Into::into),
        page: saved.number,
        observed_at: "2026-11-24T06:00:00Z".parse().unwrap(),
        outcome: Outcome::Answer {
            status: 200,
            media_type: "application/json".into(),
            body: Digest([0; 32]),
            bytes: saved.body.len() as u64,
            redactions: Box::default(),
        },
    };
    let answer = Answer { exchange: &exchange, body: &saved.body };
    let mut places = Places::default();
    let tally = (saved.operation.rows)(&answer, &mut places)?;
    assert_ne!((saved.operation.page)(&answer), Page::Unreadable, "{}", saved.operation.id);
    (saved.operation.asks)(&answer, &mut Asks::default());
    Ok((tally, places))
}
