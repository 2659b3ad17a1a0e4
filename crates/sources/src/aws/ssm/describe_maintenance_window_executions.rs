//! The times a window ran. Success says that no task failed; it says nothing of how many machines were reached.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, WindowExecution};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeMaintenanceWindowExecutions",
    permissions: &["ssm:DescribeMaintenanceWindowExecutions"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeMaintenanceWindowExecutions.html",
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
    super::request(
        ask,
        "AmazonSSM.DescribeMaintenanceWindowExecutions",
        members.as_object().cloned().unwrap_or_default(),
    )
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    window_executions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    window_id: String,
    window_execution_id: String,
    status: String,
    #[serde(default)]
    status_details: String,
    #[serde(default)]
    start_time: Time,
    #[serde(default)]
    end_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.window_executions.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/WindowExecutions", number as u32),
            Fact::WindowExecution(WindowExecution {
                window: row.window_id,
                id: row.window_execution_id,
                status: row.status,
                details: row.status_details,
                started: row.start_time.0,
                ended: row.end_time.0,
                host: None,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "WindowExecutions": [
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowExecutionId": "33333333-0000-4000-8000-000000000002", "Status": "SKIPPED_OVERLAPPING",
     "StartTime": "2026-11-21T02:00:00.123000+01:00"},
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowExecutionId": "33333333-0000-4000-8000-000000000001", "Status": "FAILED",
     "StatusDetails": "One or more tasks in the orchestration failed.",
     "StartTime": "2026-11-14T02:00:00+01:00", "EndTime": "2026-11-14T02:41:30+01:00"}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"WindowExecutions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"WindowExecutions": [{"WindowId": "mw-0a", "WindowExecutionId": "3", "Status": "SUCCESS", "StartTime": 1795564800.0, "EndTime": 1795566000.25}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn executions(fixture: &str) -> Vec<WindowExecution> {
        facts_of(&OPERATION, fixture, Some("mw-0aaaaaaaaaaaaaaaa"))
            .into_iter()
            .map(|fact| match fact {
                Fact::WindowExecution(execution) => execution,
                other => panic!("not an execution: {other:?}"),
            })
            .collect()
    }

    /// Trap 16: a window that was skipped has a row and no end.
    #[test]
    fn a_skipped_window_has_a_row() {
        let executions = executions("answered");
        assert_eq!((executions[0].status.as_str(), executions[0].ended), ("SKIPPED_OVERLAPPING", None));
        assert_eq!(executions[1].started, Some(time("2026-11-14T01:00:00Z")));
        assert_eq!(executions[1].details, "One or more tasks in the orchestration failed.");
    }

    #[test]
    fn wire_times_are_seconds() {
        assert_eq!(executions("wire")[0].ended, Some(time("2026-11-25T00:20:00.25Z")));
    }
}
