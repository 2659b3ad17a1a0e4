//! Run Commands, which the service forgets after a while. Parameters can hold secrets: none is read but the one that
//! says scan or install.

use super::patch_documents::{self, Parameters};
use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Command, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListCommands",
    permissions: &["ssm:ListCommands"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommands.html",
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
    let members = serde_json::json!({ "MaxResults": 50 });
    super::request(ask, "AmazonSSM.ListCommands", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    commands: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    command_id: String,
    document_name: String,
    #[serde(default)]
    parameters: Parameters,
    #[serde(default)]
    requested_date_time: Time,
    status: String,
    target_count: u32,
    error_count: u32,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.commands.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/Commands", number as u32),
            Fact::Command(Command {
                id: row.command_id,
                action: patch_documents::action(&row.document_name, &row.parameters),
                document: row.document_name,
                status: row.status,
                requested: row.requested_date_time.0,
                target_count: row.target_count,
                error_count: row.error_count,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Commands": [
    {"CommandId": "66666666-0000-4000-8000-000000000001", "DocumentName": "AWS-RunPatchBaseline", "DocumentVersion": "$DEFAULT", "Comment": "",
     "ExpiresAfter": "2026-11-23T05:00:00+00:00", "Parameters": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}, "InstanceIds": [],
     "Targets": [{"Key": "tag:Environment", "Values": ["prod"]}], "RequestedDateTime": "2026-11-23T02:00:00.500000+00:00", "Status": "Failed",
     "StatusDetails": "Failed", "MaxErrors": "0", "TargetCount": 42, "CompletedCount": 42, "ErrorCount": 2, "DeliveryTimedOutCount": 1},
    {"CommandId": "66666666-0000-4000-8000-000000000002", "DocumentName": "AWS-RunShellScript",
     "Parameters": {"commands": ["echo not-read"], "Operation": ["Install"]}, "RequestedDateTime": "2026-11-23T03:00:00+00:00",
     "Status": "Success", "TargetCount": 0, "CompletedCount": 0, "ErrorCount": 0}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Commands": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "wire",
        body: r#"{"Commands": [{"CommandId": "66666666-0000-4000-8000-000000000003", "DocumentName": "AWS-RunPatchBaseline",
            "Parameters": {"Operation": ["Scan"]}, "RequestedDateTime": 1795564800.089, "Status": "Success", "TargetCount": 3, "ErrorCount": 0}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "no count of targets",
        body: r#"{"Commands": [{"CommandId": "6", "DocumentName": "AWS-RunPatchBaseline", "Status": "Success", "ErrorCount": 0}]}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: ssm:ListCommands"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::PatchAction;

    fn commands(fixture: &str) -> Vec<Command> {
        facts_of(&OPERATION, fixture, None)
            .into_iter()
            .map(|fact| match fact {
                Fact::Command(command) => command,
                other => panic!("not a command: {other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_a_command_did_and_to_how_many() {
        let command = &commands("answered")[0];
        assert_eq!((command.action, command.status.as_str()), (Some(PatchAction::Install), "Failed"));
        assert_eq!((command.target_count, command.error_count), (42, 2));
        let wire = &commands("wire")[0];
        assert_eq!((wire.action, wire.requested), (Some(PatchAction::Scan), Some(time("2026-11-25T00:00:00.089Z"))));
    }

    /// Trap 16, for commands: success can mean that there was nothing to fail on.
    #[test]
    fn success_can_have_no_targets_and_a_script_does_not_patch() {
        let script = &commands("answered")[1];
        assert_eq!((script.status.as_str(), script.target_count, script.action), ("Success", 0, None));
    }
}
