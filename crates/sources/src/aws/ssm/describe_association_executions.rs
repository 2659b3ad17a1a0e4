//! The times an association ran.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{AssociationExecution, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeAssociationExecutions",
    permissions: &["ssm:DescribeAssociationExecutions"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAssociationExecutions.html",
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
    let members = serde_json::json!({ "AssociationId": ask.subject, "MaxResults": 50 });
    super::request(ask, "AmazonSSM.DescribeAssociationExecutions", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    association_executions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    association_id: String,
    execution_id: String,
    status: String,
    #[serde(default)]
    created_time: Time,
    #[serde(default)]
    resource_count_by_status: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.association_executions.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/AssociationExecutions", number as u32),
            Fact::AssociationExecution(AssociationExecution {
                association: row.association_id,
                id: row.execution_id,
                status: row.status,
                created: row.created_time.0,
                resources: row.resource_count_by_status,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "AssociationExecutions": [
    {"AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "3", "ExecutionId": "55555555-0000-4000-8000-000000000002",
     "Status": "Failed", "DetailedStatus": "Failed", "CreatedTime": "2026-11-23T03:00:00.123000+00:00", "ResourceCountByStatus": "{Failed=2, Success=40}"},
    {"AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "3", "ExecutionId": "55555555-0000-4000-8000-000000000001",
     "Status": "Success", "DetailedStatus": "Success", "CreatedTime": "2026-11-22T03:00:00+00:00", "ResourceCountByStatus": "{Success=42}"}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"AssociationExecutions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"AssociationExecutions": [{"AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "3",
            "ExecutionId": "55555555-0000-4000-8000-000000000003", "Status": "Success", "DetailedStatus": "NoTarget", "CreatedTime": 1795564800.123}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AssociationDoesNotExist", "Message": ""}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn executions_keep_their_status_and_counts() {
        let executions = |fixture| {
            facts_of(&OPERATION, fixture, Some("44444444-0000-4000-8000-000000000001"))
                .into_iter()
                .map(|fact| match fact {
                    Fact::AssociationExecution(execution) => execution,
                    other => panic!("not an execution: {other:?}"),
                })
                .collect::<Vec<_>>()
        };
        let answered = executions("answered");
        assert_eq!((answered[0].status.as_str(), answered[0].resources.as_str()), ("Failed", "{Failed=2, Success=40}"));
        assert_eq!(answered[1].created, Some(time("2026-11-22T03:00:00Z")));
        let wire = executions("wire");
        assert_eq!((wire[0].created, wire[0].resources.as_str()), (Some(time("2026-11-25T00:00:00.123Z")), ""));
    }
}
