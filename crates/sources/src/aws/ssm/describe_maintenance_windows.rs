//! Maintenance windows. Times are text here, also on the wire, and the next execution prints without seconds.

use crate::codec::json::{self, Count, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Window};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeMaintenanceWindows",
    permissions: &["ssm:DescribeMaintenanceWindows"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeMaintenanceWindows.html",
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
    super::request(ask, "AmazonSSM.DescribeMaintenanceWindows", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.window_identities {
        for operation in [
            "ssm.DescribeMaintenanceWindowTargets",
            "ssm.DescribeMaintenanceWindowTasks",
            "ssm.DescribeMaintenanceWindowExecutions",
        ] {
            asks.about(operation, answer.exchange.scope.clone(), row.window_id.as_str());
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    window_identities: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    window_id: String,
    #[serde(default)]
    name: String,
    enabled: bool,
    #[serde(default)]
    duration: Count,
    #[serde(default)]
    cutoff: Count,
    #[serde(default)]
    schedule: String,
    schedule_timezone: Option<String>,
    #[serde(default)]
    start_date: Time,
    #[serde(default)]
    end_date: Time,
    #[serde(default)]
    next_execution_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    let minutes = |hours: Count| hours.0.and_then(|hours| hours.checked_mul(60));
    for (number, row) in body.window_identities.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/WindowIdentities", number as u32),
            Fact::Window(Box::new(Window {
                key: row.window_id.clone(),
                id: row.window_id,
                name: row.name,
                account: None,
                region: None,
                enabled: row.enabled,
                schedule: row.schedule,
                zone: row.schedule_timezone.filter(|zone| !zone.is_empty()),
                starts: row.start_date.0,
                ends: row.end_date.0,
                recurrence: None,
                next: row.next_execution_time.0,
                duration_minutes: minutes(row.duration),
                cutoff_minutes: minutes(row.cutoff),
                install: None,
                maintenance_scope: None,
            })),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "WindowIdentities": [
    {"WindowId": "mw-0aaaaaaaaaaaaaaaa", "Name": "prod-weekly", "Enabled": true, "Duration": 4, "Cutoff": 1,
     "Schedule": "cron(0 2 ? * SAT *)", "ScheduleTimezone": "Europe/Berlin", "StartDate": "2026-01-01T00:00:00+01:00",
     "NextExecutionTime": "2026-11-28T02:00+01:00"},
    {"WindowId": "mw-0bbbbbbbbbbbbbbbb", "Name": "legacy", "Enabled": false, "Duration": 2, "Cutoff": 0,
     "Schedule": "rate(7 days)", "EndDate": "2026-03-31", "NextExecutionTime": "2026-11-28T02:00Z"}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"WindowIdentities": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "no word of the switch",
        body: r#"{"WindowIdentities": [{"WindowId": "mw-0aaaaaaaaaaaaaaaa", "Schedule": "rate(7 days)"}]}"#,
        expect: Expect::Refused,
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
    use crate::testing::{asks_of, facts_of, time};

    fn windows() -> Vec<Window> {
        facts_of(&OPERATION, "answered", None)
            .into_iter()
            .map(|fact| match fact {
                Fact::Window(window) => *window,
                other => panic!("not a window: {other:?}"),
            })
            .collect()
    }

    /// Trap 16: the switch, the end of validity and the cutoff all keep a window from working.
    #[test]
    fn switch_end_and_cutoff() {
        let windows = windows();
        assert_eq!(
            (windows[0].enabled, windows[0].duration_minutes, windows[0].cutoff_minutes),
            (true, Some(240), Some(60))
        );
        assert_eq!((windows[1].enabled, windows[1].ends), (false, Some(time("2026-03-31T00:00:00Z"))));
        assert_eq!((windows[0].zone.as_deref(), windows[1].zone.as_deref()), (Some("Europe/Berlin"), None));
    }

    #[test]
    fn times_without_seconds() {
        let windows = windows();
        assert_eq!(windows[0].next, Some(time("2026-11-28T01:00:00Z")));
        assert_eq!(windows[1].next, Some(time("2026-11-28T02:00:00Z")));
        assert_eq!(windows[0].starts, Some(time("2025-12-31T23:00:00Z")));
    }

    #[test]
    fn every_window_is_asked_for_targets_tasks_and_executions() {
        let asks = asks_of(&OPERATION, "answered", None);
        assert_eq!(asks.len(), 6);
        assert_eq!(asks.iter().filter(|ask| ask.subject.as_deref() == Some("mw-0bbbbbbbbbbbbbbbb")).count(), 3);
    }
}
