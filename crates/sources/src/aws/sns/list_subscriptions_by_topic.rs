//! Subscriptions of a topic. People's addresses are cut out before the answer is sealed: that there is one, and whether it
//! was confirmed, is all that counts.

use crate::codec::xml::{self, Kind};
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Receiver};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "sns.ListSubscriptionsByTopic",
    permissions: &["sns:ListSubscriptionsByTopic"],
    docs: "https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html",
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
    let topic = ask.subject.as_deref().unwrap_or_default();
    let mut members = vec![("Action", "ListSubscriptionsByTopic"), ("Version", "2010-03-31"), ("TopicArn", topic)];
    if let Some(token) = &ask.token {
        members.push(("NextToken", token));
    }
    Request { service: "sns", protocol: Protocol::AwsQuery, body: crate::aws::form(&members) }
}

fn names(wire: &str) -> Option<Kind> {
    (wire == "Subscriptions").then_some(Kind::List("Subscriptions"))
}

fn page(answer: &Answer<'_>) -> Page {
    xml::page_by_next_token(answer, OPERATION.id, names)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    subscriptions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    subscription_arn: String,
    protocol: String,
    #[serde(default)]
    endpoint: String,
    topic_arn: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = xml::read(answer, names)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.subscriptions.into_iter().enumerate() {
        let way = row.protocol.to_ascii_lowercase();
        let hook = matches!(way.as_str(), "https" | "http" | "lambda" | "sqs" | "firehose");
        let receiver = Receiver {
            channel: row.topic_arn,
            number: answer.exchange.page.saturating_mul(1000).saturating_add(number as u32),
            // Both kinds of mail reach a person.
            way: if way == "email-json" { "email".to_owned() } else { way },
            address: if hook { row.endpoint.split('?').next().unwrap_or_default().to_owned() } else { String::new() },
            ready: row.subscription_arn.starts_with("arn:"),
        };
        rows.fact(Pointer::Row(&"/Subscriptions", number as u32), Fact::Receiver(receiver));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Subscriptions": [
  {"SubscriptionArn": "arn:aws:sns:eu-west-1:111122223333:patching:8a21d249-0000-4000-8000-000000000001", "Owner": "111122223333", "Protocol": "email", "Endpoint": "[redacted]", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:patching"},
  {"SubscriptionArn": "PendingConfirmation", "Owner": "111122223333", "Protocol": "email-json", "Endpoint": "[redacted]", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:patching"},
  {"SubscriptionArn": "arn:aws:sns:eu-west-1:111122223333:patching:8a21d249-0000-4000-8000-000000000002", "Owner": "111122223333", "Protocol": "https", "Endpoint": "https://events.pagerduty.com/integration/0a/enqueue?x=1", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:patching"}]}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"Subscriptions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions><member>
  <TopicArn>arn:aws:sns:eu-west-1:111122223333:patching</TopicArn><Protocol>email</Protocol><SubscriptionArn>PendingConfirmation</SubscriptionArn><Owner>111122223333</Owner><Endpoint>[redacted]</Endpoint>
 </member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "error document", body: r#"{"Error": {"Code": "AuthorizationError"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    #[test]
    fn who_hears_it() {
        let facts = facts_of(&OPERATION, "answered", Some("t"));
        let heard: Vec<_> = facts
            .iter()
            .map(|fact| match fact {
                Fact::Receiver(one) => (&*one.way, &*one.address, one.ready),
                other => panic!("{other:?}"),
            })
            .collect();
        let hook = "https://events.pagerduty.com/integration/0a/enqueue";
        assert_eq!(heard, [("email", "", true), ("email", "", false), ("https", hook, true)]);
    }
}
