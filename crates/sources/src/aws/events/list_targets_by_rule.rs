//! What a rule over events calls.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, RuleTarget};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "events.ListTargetsByRule",
    permissions: &["events:ListTargetsByRule"],
    docs: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html",
    reach: Reach::Resource,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    super::request(ask, "AWSEvents.ListTargetsByRule", serde_json::json!({ "Rule": ask.subject, "Limit": 100 }))
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// Who hears the topics among them.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    body.targets.iter().for_each(|row| crate::aws::sns::ask(&row.arn, asks));
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    targets: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    id: String,
    arn: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.targets.into_iter().enumerate() {
        let Some(rule) = answer.exchange.subject.as_deref() else {
            rows.without("the answer does not say which rule it is about: name the file …@<rule>.json");
            continue;
        };
        let target = RuleTarget { rule: rule.to_owned(), id: row.id, calls: row.arn };
        rows.fact(Pointer::Row(&"/Targets", number as u32), Fact::RuleTarget(target));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Targets": [{"Id": "1", "Arn": "arn:aws:sns:eu-west-1:111122223333:patching"}, {"Id": "2", "Arn": "arn:aws:lambda:eu-west-1:111122223333:function:notify"}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"Targets": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "ResourceNotFoundException", "Message": "Rule patch-windows does not exist"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::asks_of;

    #[test]
    fn topics_are_asked_about_where_they_are() {
        let asks = asks_of(&OPERATION, "answered", Some("patch-windows"));
        assert_eq!(asks.len(), 1);
        assert_eq!(asks[0].subject.as_deref(), Some("arn:aws:sns:eu-west-1:111122223333:patching"));
    }
}
