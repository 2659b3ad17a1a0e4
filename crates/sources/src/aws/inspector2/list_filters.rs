//! Filters that hide findings: exclusions that no patch tool shows.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Suppression};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "inspector2.ListFilters",
    permissions: &["inspector2:ListFilters"],
    docs: "https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListFilters.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "maxResults": 100 });
    super::request(ask, "/filters/list", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Body {
    filters: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    arn: String,
    name: String,
    action: String,
    reason: Option<String>,
    #[serde(default)]
    created_at: Time,
    #[serde(default)]
    criteria: BTreeMap<String, serde_json::Value>,
}

impl Row {
    /// Criteria in words, sorted, so that the same filter reads the same whatever the order.
    fn criteria(&self) -> Vec<String> {
        let one = |name: &str, criterion: &serde_json::Value| {
            let text = |member: &str| criterion.get(member).and_then(|value| value.as_str()).map(str::to_owned);
            match (text("comparison"), text("value")) {
                (Some(comparison), Some(value)) => match text("key") {
                    Some(key) => format!("{name} {key} {comparison} {value}"),
                    None => format!("{name} {comparison} {value}"),
                },
                _ => format!("{name} {criterion}"),
            }
        };
        let mut words: Vec<String> = Vec::new();
        for (name, criteria) in &self.criteria {
            match criteria.as_array() {
                Some(list) => words.extend(list.iter().map(|criterion| one(name, criterion))),
                None => words.push(one(name, criteria)),
            }
        }
        words.sort();
        words
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.filters.into_iter().enumerate() {
        let fact = Suppression {
            criteria: row.criteria(),
            id: row.arn,
            name: row.name,
            suppresses: row.action == "SUPPRESS",
            reason: row.reason.unwrap_or_default().trim().to_owned(),
            created: row.created_at.0,
        };
        rows.fact(Pointer::Row("/filters", number as u32), Fact::Suppression(fact));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"filters": [
  {"arn": "arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/0aaaaaaaaaaaaaaa", "ownerId": "111122223333", "name": "noise",
   "action": "SUPPRESS", "createdAt": "2025-01-01T00:00:00+00:00", "updatedAt": "2025-01-01T00:00:00+00:00",
   "criteria": {"vulnerabilityId": [{"comparison": "EQUALS", "value": "CVE-2026-90001"}],
                "resourceTags": [{"comparison": "EQUALS", "key": "tier", "value": "db"}]}},
  {"arn": "arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/0bbbbbbbbbbbbbbb", "ownerId": "111122223333", "name": "view",
   "action": "NONE", "createdAt": 1735689600.0, "updatedAt": 1735689600.0, "criteria": {}, "reason": " for the weekly review "}
]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"filters": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "denied", body: r#"{"message": "not authorized"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    #[test]
    fn a_saved_view_hides_nothing() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Suppression(noise) = &facts[0] else { panic!("not a filter: {facts:?}") };
        assert!(noise.suppresses && noise.reason.is_empty());
        assert_eq!(noise.criteria, ["resourceTags tier EQUALS db", "vulnerabilityId EQUALS CVE-2026-90001"]);
        let Fact::Suppression(view) = &facts[1] else { panic!("not a filter: {facts:?}") };
        assert_eq!((view.suppresses, view.reason.as_str()), (false, "for the weekly review"));
    }
}
