//! Patch groups that are registered with a baseline. A tag value that is not among them falls back to the default
//! baseline without a word.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, PatchGroup};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribePatchGroups",
    permissions: &["ssm:DescribePatchGroups"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribePatchGroups.html",
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
    super::request(ask, "AmazonSSM.DescribePatchGroups", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    mappings: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    patch_group: String,
    baseline_identity: Identity,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    baseline_id: String,
    #[serde(default)]
    operating_system: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.mappings.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/Mappings", number as u32),
            Fact::PatchGroup(PatchGroup {
                group: row.patch_group,
                os: row.baseline_identity.operating_system,
                baseline: row.baseline_identity.baseline_id,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Mappings": [
    {"PatchGroup": "prod", "BaselineIdentity": {"BaselineId": "pb-0cccccccccccccccc", "BaselineName": "prod-windows",
     "OperatingSystem": "WINDOWS", "DefaultBaseline": true}},
    {"PatchGroup": "prod", "BaselineIdentity": {"BaselineId": "pb-0dddddddddddddddd", "BaselineName": "prod-linux",
     "OperatingSystem": "AMAZON_LINUX_2023", "DefaultBaseline": false}},
    {"PatchGroup": "Prod", "BaselineIdentity": {"BaselineId": "pb-0eeeeeeeeeeeeeeee", "OperatingSystem": "AMAZON_LINUX_2023"}}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"Mappings": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: ssm:DescribePatchGroups"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 11: case counts, and one group has a baseline per operating system.
    #[test]
    fn groups_differ_by_case_and_operating_system() {
        let facts = facts_of(&OPERATION, "answered", None);
        let groups: Vec<_> = facts
            .iter()
            .map(|fact| match fact {
                Fact::PatchGroup(group) => (group.group.as_str(), group.os.as_str(), group.baseline.as_str()),
                other => panic!("not a patch group: {other:?}"),
            })
            .collect();
        assert_eq!(
            groups,
            [
                ("prod", "WINDOWS", "pb-0cccccccccccccccc"),
                ("prod", "AMAZON_LINUX_2023", "pb-0dddddddddddddddd"),
                ("Prod", "AMAZON_LINUX_2023", "pb-0eeeeeeeeeeeeeeee"),
            ]
        );
    }
}
