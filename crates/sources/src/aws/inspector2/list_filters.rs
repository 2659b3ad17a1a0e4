//! Filters over findings. Those that suppress hide findings from every list that is not asked for suppressed ones.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Suppression};
use serde::Deserialize;
use serde_json::{Map, Value};

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
    super::request(ask, "/filters/list", serde_json::json!({ "maxResults": 100 }))
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
    #[serde(default)]
    name: String,
    action: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    created_at: Time,
    criteria: Map<String, Value>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.filters.into_iter().enumerate() {
        let mut criteria = Vec::new();
        for (name, value) in &row.criteria {
            words(name, value, &mut criteria);
        }
        criteria.sort_unstable();
        rows.fact(
            Pointer::Row(&"/filters", number as u32),
            Fact::Suppression(Suppression {
                id: row.arn,
                name: row.name,
                suppresses: row.action == "SUPPRESS",
                reason: row.reason.unwrap_or_default(),
                created: row.created_at.0,
                criteria,
            }),
        );
    }
    Ok(rows.tally())
}

/// A criterion in words. There are five shapes of them, and each new service brings members of its own: text and tags
/// have a comparison, times, numbers and ports have bounds, and packages hold criteria again.
fn words(name: &str, value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| words(name, one, out)),
        Value::Object(members) => {
            if let Some(comparison) = members.get("comparison") {
                let parts = [members.get("key"), Some(comparison), members.get("value")];
                let parts: Vec<String> = parts.into_iter().flatten().map(plain).collect();
                out.push(format!("{name} {}", parts.join(" ")));
                return;
            }
            let mut bounds = Vec::new();
            for (member, inner) in members {
                if inner.is_object() || inner.is_array() {
                    words(&format!("{name}.{member}"), inner, out);
                } else {
                    bounds.push(format!("{member} {}", plain(inner)));
                }
            }
            if !bounds.is_empty() {
                out.push(format!("{name} {}", bounds.join(" ")));
            }
        }
        other => out.push(format!("{name} {}", plain(other))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"filters": [
  {"arn": "arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/0a", "ownerId": "111122223333", "name": "accepted",
   "action": "SUPPRESS", "reason": "accepted until the next release", "createdAt": "2026-09-01T00:00:00+00:00", "updatedAt": "2026-09-01T00:00:00+00:00",
   "criteria": {"vulnerabilityId": [{"comparison": "EQUALS", "value": "CVE-2026-1"}, {"comparison": "EQUALS", "value": "CVE-2026-2"}],
     "resourceTags": [{"comparison": "EQUALS", "key": "env", "value": "dev"}], "inspectorScore": [{"lowerInclusive": 0.0, "upperInclusive": 6.9}],
     "vulnerablePackages": [{"name": {"comparison": "PREFIX", "value": "kernel"}}]}},
  {"arn": "arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/0b", "ownerId": "111122223333", "name": "view",
   "action": "NONE", "createdAt": 1795564800.0, "updatedAt": 1795564800.0, "criteria": {}}
], "nextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"filters": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "message": "Invoking account does not have access to the Inspector2 service"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 21: a filter hides findings, and a saved view does not.
    #[test]
    fn a_suppression_says_what_it_hides() {
        let facts = facts_of(&OPERATION, "answered", None);
        let filter = |number: usize| if let Fact::Suppression(s) = &facts[number] { s } else { panic!("{facts:?}") };
        assert_eq!(
            filter(0).criteria,
            [
                "inspectorScore lowerInclusive 0.0 upperInclusive 6.9",
                "resourceTags env EQUALS dev",
                "vulnerabilityId EQUALS CVE-2026-1",
                "vulnerabilityId EQUALS CVE-2026-2",
                "vulnerablePackages.name PREFIX kernel"
            ]
        );
        assert_eq!((filter(0).suppresses, filter(1).suppresses), (true, false));
        assert_eq!((filter(0).reason.as_str(), filter(1).reason.as_str()), ("accepted until the next release", ""));
    }
}
