//! One task of a window with its parameters, which the list of tasks leaves out. The subject is `<window>~<task>`.

use super::window_tasks::Row;
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::Fact;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.GetMaintenanceWindowTask",
    permissions: &["ssm:GetMaintenanceWindowTask"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetMaintenanceWindowTask.html",
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
    let subject = ask.subject.as_deref().unwrap_or_default();
    let (window, task) = subject.split_once('~').unwrap_or((subject, ""));
    let members = serde_json::json!({ "WindowId": window, "WindowTaskId": task });
    super::request(ask, "AmazonSSM.GetMaintenanceWindowTask", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let row: Row = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    // A file under another task's name must not say what that one does.
    let own = patchseal_core::op::window_task(&row.window_id, &row.window_task_id);
    if answer.exchange.subject.as_deref().is_some_and(|subject| subject != own) {
        rows.without("task of another window or id than the question was about");
    } else {
        rows.fact(Pointer::Whole, Fact::WindowTask(row.task()));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTaskId": "22222222-0000-4000-8000-000000000002",
  "TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "Targets": [{"Key": "WindowTargetIds", "Values": ["11111111-0000-4000-8000-000000000001"]}],
  "TaskParameters": {},
  "TaskInvocationParameters": {"RunCommand": {"DocumentVersion": "$DEFAULT", "Parameters": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}, "TimeoutSeconds": 600}},
  "Priority": 1, "MaxConcurrency": "10", "MaxErrors": "1", "Name": "patch"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"WindowId": "mw-0aaaaaaaaaaaaaaaa", "WindowTaskId": "22222222-0000-4000-8000-000000000002",
            "TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "TaskInvocationParameters": {}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "not a task", body: r#"{"Tasks": []}"#, expect: Expect::Refused },
    Fixture {
        name: "error document",
        body: r#"{"__type": "DoesNotExistException", "Message": "Maintenance window task does not exist"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, read};
    use patchseal_core::fact::{PatchAction, WindowTask};

    const SUBJECT: &str = "mw-0aaaaaaaaaaaaaaaa~22222222-0000-4000-8000-000000000002";

    fn task(operation: &Operation, fixture: &str, subject: &str, number: usize) -> WindowTask {
        match facts_of(operation, fixture, Some(subject)).into_iter().nth(number) {
            Some(Fact::WindowTask(task)) => task,
            other => panic!("not a task: {other:?}"),
        }
    }

    /// What the list leaves out stands here, and outweighs the list in either order: the greater fact of a key stays.
    #[test]
    fn the_task_says_what_the_list_does_not() {
        let list = crate::operation(patchseal_core::op::WINDOW_TASKS).unwrap();
        let listed = task(list, "answered", "mw-0aaaaaaaaaaaaaaaa", 1);
        let own = task(&OPERATION, "answered", SUBJECT, 0);
        assert_eq!((listed.action, own.action), (None, Some(PatchAction::Install)));
        assert_eq!((&listed.window, &listed.id, &listed.document), (&own.window, &own.id, &own.document));
        assert!(own > listed && own > task(&OPERATION, "empty", SUBJECT, 0));
        let asks = asks_of(list, "answered", None);
        assert_eq!(asks.iter().filter_map(|ask| ask.subject.as_deref()).collect::<Vec<_>>(), [SUBJECT]);
        let body = request(&asks[0]).body;
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"WindowId":"mw-0aaaaaaaaaaaaaaaa","WindowTaskId":"22222222-0000-4000-8000-000000000002"}"#
        );
    }

    #[test]
    fn a_task_of_another_name_states_nothing() {
        let (tally, facts) = read(&OPERATION, Some("mw-0b~2"), OPERATION.fixtures[0].body.as_bytes()).unwrap();
        assert!(facts.is_empty() && tally.without.len() == 1, "{tally:?}");
    }
}
