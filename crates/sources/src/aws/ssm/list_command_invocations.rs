//! Run Commands, a row per host. The output of plug-ins can hold secrets and is not read.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Invocation};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListCommandInvocations",
    permissions: &["ssm:ListCommandInvocations"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommandInvocations.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// Without details: they are the plug-ins' output.
fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "Details": false, "MaxResults": 50 });
    super::request(ask, "AmazonSSM.ListCommandInvocations", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    command_invocations: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    command_id: String,
    instance_id: String,
    document_name: String,
    #[serde(default)]
    requested_date_time: Time,
    status: String,
    /// Tells `Undeliverable` and timeouts apart, which are all `Failed` or `TimedOut` in the status.
    #[serde(default)]
    status_details: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.command_invocations.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/CommandInvocations", number as u32),
            Fact::Invocation(Invocation {
                command: row.command_id,
                host: row.instance_id,
                document: row.document_name,
                status: if row.status_details.is_empty() { row.status } else { row.status_details },
                requested: row.requested_date_time.0,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "CommandInvocations": [
    {"CommandId": "66666666-0000-4000-8000-000000000001", "InstanceId": "i-0a1", "InstanceName": "", "Comment": "",
     "DocumentName": "AWS-RunPatchBaseline", "DocumentVersion": "$DEFAULT", "RequestedDateTime": "2026-11-23T02:00:00.500000+00:00",
     "Status": "Success", "StatusDetails": "Success", "StandardOutputUrl": "", "StandardErrorUrl": "",
     "CommandPlugins": [{"Name": "PatchLinux", "Status": "Success", "ResponseCode": 0, "Output": "not read"}]},
    {"CommandId": "66666666-0000-4000-8000-000000000001", "InstanceId": "mi-0b2", "DocumentName": "AWS-RunPatchBaseline",
     "RequestedDateTime": "2026-11-23T02:00:00.500000+00:00", "Status": "Failed", "StatusDetails": "Undeliverable", "CommandPlugins": []}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"CommandInvocations": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"CommandInvocations": [{"CommandId": "66666666-0000-4000-8000-000000000003", "InstanceId": "i-0a1",
            "DocumentName": "AWS-RunPatchBaseline", "RequestedDateTime": 1795564800.089, "Status": "InProgress"}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InvalidCommandId", "Message": ""}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Trap 9: a lost node shows as undeliverable, in the details only.
    #[test]
    fn the_detailed_status_counts() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Invocation(lost) = &facts[1] else { panic!("not an invocation: {facts:?}") };
        assert_eq!((lost.host.as_str(), lost.status.as_str()), ("mi-0b2", "Undeliverable"));
        let facts = facts_of(&OPERATION, "wire", None);
        let Fact::Invocation(running) = &facts[0] else { panic!("not an invocation: {facts:?}") };
        assert_eq!(
            (running.status.as_str(), running.requested),
            ("InProgress", Some(time("2026-11-25T00:00:00.089Z")))
        );
    }
}
