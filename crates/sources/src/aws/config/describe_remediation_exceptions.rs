//! Resources that a rule's remediation leaves alone. Config itself writes such an exception where a remediation failed:
//! either way nobody corrects the resource until it ends, which it need not.

use crate::aws::said;
use crate::codec::json::{self, Time};
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, HeldException, HeldKind};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "config.DescribeRemediationExceptions",
    permissions: &["config:DescribeRemediationExceptions"],
    docs: "https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeRemediationExceptions.html",
    reach: Reach::Resource,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// The subject is the rule's name.
fn request(ask: &Ask) -> Request {
    let mut body = serde_json::json!({
        "ConfigRuleName": ask.subject.as_deref().unwrap_or_default(),
        "Limit": 100,
    });
    if let Some(token) = &ask.token {
        body["NextToken"] = token.as_str().into();
    }
    let target = "StarlingDoveService.DescribeRemediationExceptions";
    Request { service: "config", protocol: Protocol::AwsJson { target }, body: body.to_string().into_bytes() }
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    remediation_exceptions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    config_rule_name: String,
    resource_type: String,
    resource_id: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    expiration_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.remediation_exceptions.into_iter().enumerate() {
        let rule = super::rule_key(&answer.exchange.scope, &row.config_rule_name);
        let held = HeldException {
            id: format!("{rule}/{}/{}", row.resource_type, row.resource_id),
            kind: HeldKind::RemediationException,
            name: format!("{} of {}", row.config_rule_name, row.resource_id),
            may_mean_hosts: super::may_mean_hosts(&row.resource_type),
            on: format!("{} {}", row.resource_type, row.resource_id),
            patching: false,
            basis: Some(rule),
            parts: Vec::new(),
            selectors: String::new(),
            category: String::new(),
            created_by: None,
            created: None,
            expires: row.expiration_time.0,
            reason: said(row.message).unwrap_or_default(),
        };
        rows.fact(Pointer::Row(&"/RemediationExceptions", number as u32), Fact::Held(Box::new(held)));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"RemediationExceptions": [
  {"ConfigRuleName": "patched", "ResourceType": "AWS::EC2::Instance", "ResourceId": "i-0a1", "Message": "until the new image is there", "ExpirationTime": "2026-12-24T00:00:00+00:00"},
  {"ConfigRuleName": "patched", "ResourceType": "AWS::EC2::Instance", "ResourceId": "i-0a2", "ExpirationTime": 1795564800.0},
  {"ConfigRuleName": "patched", "ResourceType": "AWS::S3::Bucket", "ResourceId": "logs"}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"RemediationExceptions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InvalidParameterValueException", "message": "One or more of the specified parameters are not valid."}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn an_exception_says_what_is_left_alone_and_until_when() {
        let facts = facts_of(&OPERATION, "answered", Some("patched"));
        let held = |number: usize| if let Fact::Held(held) = &facts[number] { held } else { panic!("{facts:?}") };
        assert_eq!(held(0).id, "111122223333/eu-west-1/patched/AWS::EC2::Instance/i-0a1");
        assert_eq!(held(0).basis.as_deref(), Some("111122223333/eu-west-1/patched"));
        assert_eq!(
            (held(0).expires, held(0).reason.as_str()),
            (Some(time("2026-12-24T00:00:00Z")), "until the new image is there")
        );
        assert_eq!((held(2).expires, held(2).may_mean_hosts), (None, false));
        assert_ne!(held(0).terms(), held(1).terms());
    }
}
