//! What a window does. `TaskParameters` is deprecated and can be empty for a task that has parameters: what it does is
//! then for `GetMaintenanceWindowTask` to say.

use super::window_tasks::Row;
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::Fact;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeMaintenanceWindowTasks",
    permissions: &["ssm:DescribeMaintenanceWindowTasks"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeMaintenanceWindowTasks.html",
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
    super::request(ask, "AmazonSSM.DescribeMaintenanceWindowTasks", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// A task that patches and does not say here what it does says so elsewhere.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.tasks.iter().filter(|row| row.is_silent()) {
        let subject = patchseal_core::op::window_task(&row.window_id, &row.window_task_id);
        asks.about(patchseal_core::op::WINDOW_TASK, answer.exchange.scope.clone(), subject);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    tasks: Vec<Row>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.tasks.into_iter().enumerate() {
        rows.fact(Pointer::Row(&"/Tasks", number as u32), Fact::WindowTask(row.task()));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Tasks": [
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTaskId": "22222222-0000-4000-8000-000000000001", "TaskArn": "AWS-RunPatchBaseline",
     "Type": "RUN_COMMAND", "Targets": [{"Key": "WindowTargetIds", "Values": ["11111111-0000-4000-8000-000000000001"]}],
     "TaskParameters": {"Operation": {"Values": ["Scan"]}, "RebootOption": {"Values": ["NoReboot"]}},
     "Priority": 1, "MaxConcurrency": "10", "MaxErrors": "1", "Name": "patch"},
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTaskId": "22222222-0000-4000-8000-000000000002", "TaskArn": "AWS-RunPatchBaseline",
     "Type": "RUN_COMMAND", "Targets": [{"Key": "InstanceIds", "Values": ["i-0a1"]}], "TaskParameters": {}, "Priority": 1},
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTaskId": "22222222-0000-4000-8000-000000000003",
     "TaskArn": "arn:aws:lambda:eu-west-1:111122223333:function:notify", "Type": "LAMBDA", "TaskParameters": {}, "Priority": 2}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"Tasks": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "invocation parameters",
        body: r#"{"Tasks": [{"WindowId": "mw-0a", "WindowTaskId": "2", "TaskArn": "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
            "Type": "RUN_COMMAND", "TaskParameters": {},
            "TaskInvocationParameters": {"RunCommand": {"Parameters": {"Operation": ["Install"]}, "TimeoutSeconds": 600}}}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
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
    use patchseal_core::fact::{PatchAction, Target, WindowTask};

    fn tasks(fixture: &str) -> Vec<WindowTask> {
        facts_of(&OPERATION, fixture, Some("mw-0aaaaaaaaaaaaaaaa"))
            .into_iter()
            .map(|fact| match fact {
                Fact::WindowTask(task) => task,
                other => panic!("not a task: {other:?}"),
            })
            .collect()
    }

    /// Trap 16: a task that only scans is told apart from one that installs, and from one that does not say.
    #[test]
    fn scanning_is_not_installing() {
        let actions = |fixture| tasks(fixture).into_iter().map(|task| task.action).collect::<Vec<_>>();
        assert_eq!(actions("answered"), [Some(PatchAction::Scan), None, None]);
        assert_eq!(actions("invocation parameters"), [Some(PatchAction::Install)]);
    }

    #[test]
    fn registered_targets_and_direct_ones() {
        let tasks = tasks("answered");
        assert_eq!(tasks[0].target_ids, ["11111111-0000-4000-8000-000000000001"]);
        assert!(tasks[0].targets.is_empty());
        assert_eq!(tasks[1].targets, [Target::Hosts(vec!["i-0a1".into()])]);
        assert!(tasks[2].target_ids.is_empty() && tasks[2].targets.is_empty());
    }
}
