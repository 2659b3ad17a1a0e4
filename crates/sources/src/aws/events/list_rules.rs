//! Rules of the default event bus. Schedules have no pattern and hear of nothing.

use super::pattern;
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Watcher};
use patchseal_core::op;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "events.ListRules",
    permissions: &["events:ListRules"],
    docs: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html",
    reach: Reach::Region,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    super::request(ask, "AWSEvents.ListRules", serde_json::json!({ "Limit": 100 }))
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// Targets of the rules that hear of patching.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.rules {
        let (covers, unsure) = pattern::covers(row.event_pattern.as_deref().unwrap_or_default());
        if unsure || !covers.is_empty() {
            asks.about(op::RULE_TARGETS, answer.exchange.scope.clone(), row.name);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    rules: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    name: String,
    #[serde(default)]
    arn: String,
    event_pattern: Option<String>,
    state: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.rules.into_iter().enumerate() {
        let Some(text) = row.event_pattern.as_deref().filter(|text| !text.is_empty()) else {
            rows.without("rule of a schedule");
            continue;
        };
        let (covers, unsure) = pattern::covers(text);
        let watcher = Watcher {
            id: row.arn,
            name: row.name,
            kind: "event rule",
            // `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` is on too.
            enabled: row.state.starts_with("ENABLED"),
            covers,
            unsure,
            calls: Vec::new(),
        };
        rows.fact(Pointer::Row(&"/Rules", number as u32), Fact::Watcher(Box::new(watcher)));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Rules": [
  {"Name": "patch-windows", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/patch-windows", "State": "ENABLED", "EventBusName": "default",
   "EventPattern": "{\"source\":[\"aws.ssm\"],\"detail-type\":[\"Maintenance Window Execution State-change Notification\"],\"detail\":{\"status\":[\"FAILED\"]}}"},
  {"Name": "off", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/off", "State": "DISABLED", "EventPattern": "{\"source\":[\"aws.ssm\"]}", "EventBusName": "default"},
  {"Name": "nightly", "Arn": "arn:aws:events:eu-west-1:111122223333:rule/nightly", "State": "ENABLED", "ScheduleExpression": "rate(1 day)", "EventBusName": "default"}],
 "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Rules": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: events:ListRules"}"#,
        expect: Expect::Refused,
    },
];
