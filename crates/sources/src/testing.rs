//! What the operations' tests share, and the checks that hold for every operation.

use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Sink, Tally, operations};
use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::scope::{Cloud, Scope};

/// A time in a test.
pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An exchange that answered, in account 111122223333, eu-west-1, or its like elsewhere.
pub(crate) fn exchange(operation: &Operation, subject: Option<&str>) -> Exchange {
    let cloud = if operation.docs.contains("microsoft") || operation.id.starts_with("resource-graph") {
        Cloud::Azure
    } else if operation.id.starts_with("feeds.") {
        Cloud::Feeds
    } else if operation.id.starts_with("inventory.") {
        Cloud::Inventory
    } else if operation.id.starts_with("changes.") {
        Cloud::Changes
    } else {
        Cloud::Aws
    };
    let (account, region) = match cloud {
        Cloud::Azure => ("0aaaaaaa-0000-4000-8000-000000000001", Scope::GLOBAL),
        Cloud::Feeds | Cloud::Inventory | Cloud::Changes => (operation.id, Scope::GLOBAL),
        _ => ("111122223333", "eu-west-1"),
    };
    Exchange {
        leaf: 0,
        index: 0,
        run: 0,
        operation: operation.id.into(),
        scope: Scope::new(cloud, account, region),
        subject: subject.map(Into::into),
        page: 1,
        observed_at: time("2026-11-24T06:00:00Z"),
        outcome: Outcome::Answer {
            status: 200,
            media_type: "application/json".into(),
            body: Digest([0; 32]),
            bytes: 0,
            redactions: Box::default(),
        },
    }
}

/// What a question about one resource is about.
fn subject(operation: &Operation) -> &'static str {
    match operation.id {
        "ssm.GetMaintenanceWindowTask" => "mw-0aaaaaaaaaaaaaaaa~22222222-0000-4000-8000-000000000002",
        _ if operation.docs.contains("microsoft") => "rg-shop~web-1",
        _ => "i-0abc",
    }
}

/// Keeps facts, as text with their pointers and as owned values where a test looks inside.
#[derive(Default)]
struct Keep(Vec<(String, Fact<'static>)>);

impl Sink for Keep {
    fn fact(&mut self, pointer: Pointer, fact: Fact<'_>) {
        self.0.push((pointer.to_string(), fact.into_static()));
    }
}

/// Reads a body as an answer of the operation.
pub(crate) fn read(
    operation: &Operation,
    subject: Option<&str>,
    body: &[u8],
) -> Result<(Tally, Vec<(String, Fact<'static>)>), crate::Reject> {
    let exchange = exchange(operation, subject);
    let mut keep = Keep::default();
    let tally = (operation.rows)(&Answer { exchange: &exchange, body }, &mut keep)?;
    Ok((tally, keep.0))
}

/// The facts of a fixture.
pub(crate) fn facts_of(operation: &Operation, fixture: &str, subject: Option<&str>) -> Vec<Fact<'static>> {
    let fixture = operation.fixtures.iter().find(|f| f.name == fixture).unwrap();
    read(operation, subject, fixture.body.as_bytes()).unwrap().1.into_iter().map(|(_, fact)| fact).collect()
}

/// What a fixture makes worth asking.
pub(crate) fn asks_of(operation: &Operation, fixture: &str, subject: Option<&str>) -> Vec<Ask> {
    let fixture = operation.fixtures.iter().find(|f| f.name == fixture).unwrap();
    let exchange = exchange(operation, subject);
    let mut asks = Asks::default();
    (operation.asks)(&Answer { exchange: &exchange, body: fixture.body.as_bytes() }, &mut asks);
    asks.into_asks()
}

#[test]
fn every_fixture_reads_as_it_says() {
    for operation in operations() {
        for name in ["answered", "empty"] {
            assert!(operation.fixtures.iter().any(|f| f.name == name), "{} has no fixture `{name}`", operation.id);
        }
        assert!(operation.fixtures.iter().any(|f| f.expect == Expect::Refused), "{} refuses nothing", operation.id);
        for fixture in operation.fixtures {
            let subject = (operation.reach == crate::Reach::Resource).then_some(subject(operation));
            let exchange = exchange(operation, subject);
            let answer = Answer { exchange: &exchange, body: fixture.body.as_bytes() };
            let got = match read(operation, subject, fixture.body.as_bytes()) {
                Err(_) => Expect::Refused,
                Ok((tally, facts)) => {
                    assert_eq!(tally.facts, facts.len() as u64, "{} {}", operation.id, fixture.name);
                    let more = match (operation.page)(&answer) {
                        Page::Last => false,
                        Page::Next(_) => true,
                        Page::Unreadable => {
                            panic!("{} {}: rows can be read and the page cannot", operation.id, fixture.name)
                        }
                    };
                    assert!(tally.signs.is_none_or(|signs| signs.more == more), "{}: {}", operation.id, fixture.name);
                    Expect::Read { rows: tally.rows, facts: tally.facts, more }
                }
            };
            assert_eq!(got, fixture.expect, "{} {}", operation.id, fixture.name);
        }
    }
}

/// Invariant 1: an answer cut anywhere is refused, never read as a shorter one.
#[test]
fn a_truncated_answer_is_never_a_shorter_one() {
    for operation in operations() {
        let is_whole = |f: &&Fixture| f.name == "answered" || f.body.starts_with('<') && f.expect != Expect::Refused;
        for fixture in operation.fixtures.iter().filter(is_whole) {
            let whole = fixture.body.trim_end();
            for end in (0..whole.len()).step_by(7) {
                if !whole.is_char_boundary(end) || operation.lines_stand_alone() {
                    continue;
                }
                let (id, name) = (operation.id, fixture.name);
                let read = read(operation, Some("i-0abc"), &whole.as_bytes()[..end]);
                assert!(read.is_err(), "{id} {name} cut at {end} was read");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_documented() {
    let all = operations();
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id), "two operations share an id");
    for operation in all {
        assert!(operation.docs.starts_with("https://"), "{} has no documentation", operation.id);
    }
}

/// Foreign bytes: whatever comes, readers answer or refuse, and never panic.
mod foreign {
    use super::*;
    use proptest::prelude::*;

    /// A sample answer with a piece of it replaced, so that most of its shape survives.
    fn broken() -> impl Strategy<Value = (usize, Vec<u8>)> {
        let pieces = prop_oneof![
            Just("null"),
            Just("[]"),
            Just("{}"),
            Just("-1"),
            Just("1e308"),
            Just("\"\""),
            Just("true"),
            Just("\\"),
            Just("\""),
            Just(","),
            Just(";"),
            Just("9999-12-31 00:00"),
            Just("/"),
            Just("\u{feff}"),
            Just("é"),
        ];
        let all = operations();
        (0..all.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..12usize, pieces).prop_map(
            move |(number, fixture, at, length, piece)| {
                let fixtures = operations()[number].fixtures;
                let body = fixture.get(fixtures).body.as_bytes();
                let start = at.index(body.len() + 1);
                let end = (start + length).min(body.len());
                (number, [&body[..start], piece.as_bytes(), &body[end..]].concat())
            },
        )
    }

    fn all_of(operation: &Operation, body: &[u8]) {
        for subject in [None, Some(subject(operation)), Some("~"), Some("")] {
            let exchange = exchange(operation, subject);
            let answer = Answer { exchange: &exchange, body };
            let _ = read(operation, subject, body);
            let _ = (operation.page)(&answer);
            (operation.asks)(&answer, &mut crate::Asks::default());
        }
    }

    proptest! {
        #[test]
        fn bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..64)) {
            for operation in operations() {
                all_of(operation, &body);
            }
        }

        #[test]
        fn a_broken_answer_is_read_or_refused((number, body) in broken()) {
            all_of(operations()[number], &body);
        }
    }
}
