//! Alerts that fired. Their state is what people made of them; that the condition went away by itself is no action.

use crate::codec::arm::{self, Text};
use crate::codec::json::Time;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{AlertEvent, AlertStep, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "alerts-management.Alerts",
    permissions: &["Microsoft.AlertsManagement/alerts/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/monitor/alertsmanagement/alerts/get-all",
    reach: Reach::Account,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let path = "/providers/Microsoft.AlertsManagement/alerts?api-version=2019-03-01&timeRange=30d";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Alert<'a> {
    #[serde(borrow)]
    essentials: Essentials<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Essentials<'a> {
    #[serde(borrow)]
    alert_state: Text<'a>,
    #[serde(borrow, default)]
    alert_rule: Text<'a>,
    start_date_time: Time,
    #[serde(default)]
    last_modified_date_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        if row.kind != "microsoft.alertsmanagement/alerts" {
            rows.without("resource that is no alert");
            continue;
        }
        let Essentials { alert_state, alert_rule, start_date_time, last_modified_date_time } =
            arm::part::<Alert<'_>>(&pointer, row.properties)?.essentials;
        let Some(at) = start_date_time.0 else {
            rows.without("alert without a time");
            continue;
        };
        let event = |at, step| {
            Fact::AlertEvent(AlertEvent { watcher: arm::key(&alert_rule), alert: arm::key(&row.id), at, step })
        };
        rows.fact(pointer.clone(), event(at, AlertStep::Fired));
        let step = match alert_state.to_ascii_lowercase().as_str() {
            "acknowledged" => AlertStep::Acknowledged,
            "closed" => AlertStep::Closed,
            _ => continue,
        };
        // Not before the last change, and not later: an alert that was changed again was acted on earlier still.
        rows.more(pointer, event(last_modified_date_time.0.unwrap_or(at), step));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"properties": {"essentials": {"severity": "Sev1", "signalType": "Log", "alertState": "Acknowledged", "monitorCondition": "Fired", "targetResource": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001", "monitorService": "Log Analytics",
    "alertRule": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/scheduledQueryRules/failed-updates", "startDateTime": "2026-11-23T03:00:00.1Z", "lastModifiedDateTime": "2026-11-23T05:00:00Z", "lastModifiedUserName": "[redacted]"}},
   "id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.AlertsManagement/alerts/66114d64-0000-4000-8000-000000000001", "type": "Microsoft.AlertsManagement/alerts", "name": "failed-updates"},
  {"properties": {"essentials": {"alertState": "New", "monitorCondition": "Resolved", "alertRule": "/subscriptions/x/providers/microsoft.insights/scheduledqueryrules/failed-updates", "startDateTime": "2026-11-20T03:00:00Z", "lastModifiedDateTime": "2026-11-20T04:00:00Z"}},
   "id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.AlertsManagement/alerts/66114d64-0000-4000-8000-000000000002", "type": "Microsoft.AlertsManagement/alerts", "name": "failed-updates"}]}"#,
        expect: Expect::Read { rows: 2, facts: 3, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];
