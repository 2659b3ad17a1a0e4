//! What a window is aimed at. Tags are looked up when it runs, so that a window can be aimed at nothing.

use super::targets::{self, TargetRow};
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, WindowTarget};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeMaintenanceWindowTargets",
    permissions: &["ssm:DescribeMaintenanceWindowTargets"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeMaintenanceWindowTargets.html",
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
    let members = serde_json::json!({ "WindowId": ask.subject, "MaxResults": 100 });
    super::request(ask, "AmazonSSM.DescribeMaintenanceWindowTargets", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    targets: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    window_id: String,
    window_target_id: String,
    targets: Vec<TargetRow>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.targets.into_iter().enumerate() {
        // A list that has to match as a whole and is empty would match everything.
        if row.targets.is_empty() {
            rows.without("window target that names nothing");
            continue;
        }
        rows.fact(
            Pointer::Row(&"/Targets", number as u32),
            Fact::WindowTarget(WindowTarget {
                window: row.window_id,
                id: row.window_target_id,
                targets: targets::read(row.targets),
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Targets": [
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTargetId": "11111111-0000-4000-8000-000000000001", "ResourceType": "INSTANCE",
     "Targets": [{"Key": "tag:Environment", "Values": ["prod"]}, {"Key": "tag-key", "Values": ["Patch Group"]}],
     "OwnerInformation": "platform", "Name": "prod"},
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTargetId": "11111111-0000-4000-8000-000000000002", "ResourceType": "RESOURCE_GROUP",
     "Targets": [{"Key": "resource-groups:Name", "Values": ["shops"]}]}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Targets": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "target that names nothing",
        body: r#"{"Targets": [{"WindowId": "mw-0a", "WindowTargetId": "1", "Targets": []}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "DoesNotExistException", "Message": "Maintenance window mw-0a does not exist"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;
    use patchseal_core::fact::Target;

    /// Trap 16: tags that no production machine carries make a window that runs for nothing.
    #[test]
    fn targets_keep_their_keys_and_values() {
        let facts = facts_of(&OPERATION, "answered", Some("mw-0aaaaaaaaaaaaaaaa"));
        let Fact::WindowTarget(target) = &facts[0] else { panic!("not a target: {facts:?}") };
        assert_eq!(
            (target.window.as_str(), target.id.as_str()),
            ("mw-0aaaaaaaaaaaaaaaa", "11111111-0000-4000-8000-000000000001")
        );
        assert_eq!(
            target.targets,
            [
                Target::Tag { key: "Environment".into(), values: vec!["prod".into()] },
                Target::Tag { key: "Patch Group".into(), values: Vec::new() },
            ]
        );
        let Fact::WindowTarget(group) = &facts[1] else { panic!("not a target: {facts:?}") };
        assert_eq!(group.targets, [Target::Opaque("resource-groups:Name=shops".into())]);
    }
}
