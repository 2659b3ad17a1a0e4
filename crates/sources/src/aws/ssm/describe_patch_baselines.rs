//! Baselines, the provider's own among them, which print as ARNs. Of those only the defaults decide anything.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{BaselineListed, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribePatchBaselines",
    permissions: &["ssm:DescribePatchBaselines"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribePatchBaselines.html",
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
    let members = serde_json::json!({ "MaxResults": 100 });
    super::request(ask, "AmazonSSM.DescribePatchBaselines", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.baseline_identities {
        if row.default_baseline || row.baseline_id.starts_with("pb-") {
            asks.about("ssm.GetPatchBaseline", answer.exchange.scope.clone(), row.baseline_id);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    baseline_identities: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    baseline_id: String,
    #[serde(default)]
    baseline_name: String,
    #[serde(default)]
    operating_system: String,
    default_baseline: bool,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.baseline_identities.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/BaselineIdentities", number as u32),
            Fact::BaselineListed(BaselineListed {
                id: row.baseline_id,
                name: row.baseline_name,
                os: row.operating_system,
                default: row.default_baseline,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "BaselineIdentities": [
    {"BaselineId": "arn:aws:ssm:eu-west-1:075727635805:baseline/pb-0aaaaaaaaaaaaaaaa", "BaselineName": "AWS-AmazonLinux2023DefaultPatchBaseline",
     "OperatingSystem": "AMAZON_LINUX_2023", "BaselineDescription": "Default Patch Baseline", "DefaultBaseline": true},
    {"BaselineId": "arn:aws:ssm:eu-west-1:075727635805:baseline/pb-0bbbbbbbbbbbbbbbb", "BaselineName": "AWS-DefaultPatchBaseline",
     "OperatingSystem": "WINDOWS", "DefaultBaseline": false},
    {"BaselineId": "pb-0cccccccccccccccc", "BaselineName": "prod-windows", "OperatingSystem": "WINDOWS", "DefaultBaseline": true},
    {"BaselineId": "pb-0dddddddddddddddd", "BaselineName": "prod-linux", "OperatingSystem": "AMAZON_LINUX_2023", "DefaultBaseline": false}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 4, facts: 4, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"BaselineIdentities": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "no word of the default",
        body: r#"{"BaselineIdentities": [{"BaselineId": "pb-0cccccccccccccccc", "OperatingSystem": "WINDOWS"}]}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InternalServerError", "Message": "try again"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    /// Trap 11: each operating system has a default of its own, the provider's or the customer's.
    #[test]
    fn defaults_are_told_apart_from_the_rest() {
        let facts = facts_of(&OPERATION, "answered", None);
        let defaults: Vec<_> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::BaselineListed(listed) if listed.default => Some((listed.os.as_str(), listed.name.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(
            defaults,
            [("AMAZON_LINUX_2023", "AWS-AmazonLinux2023DefaultPatchBaseline"), ("WINDOWS", "prod-windows")]
        );
    }

    #[test]
    fn the_providers_own_are_asked_about_where_they_decide() {
        let asks = asks_of(&OPERATION, "answered", None);
        let subjects: Vec<_> = asks.iter().map(|ask| ask.subject.as_deref().unwrap()).collect();
        assert!(asks.iter().all(|ask| ask.operation == "ssm.GetPatchBaseline"));
        assert_eq!(
            subjects,
            [
                "arn:aws:ssm:eu-west-1:075727635805:baseline/pb-0aaaaaaaaaaaaaaaa",
                "pb-0cccccccccccccccc",
                "pb-0dddddddddddddddd"
            ]
        );
    }
}
