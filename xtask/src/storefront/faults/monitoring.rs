//! Failures that nobody would hear of, and alerts that nobody acted on.

use super::Fault;
use crate::storefront::monitoring::alert;
use crate::storefront::{PLATFORM, SHOP};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "unheard-failure",
        cloud: "aws",
        about: "a region whose only subscription to failures was never confirmed",
        findings: &[("failure-unalerted", "aws 444455556666/us-east-1", "fail")],
        apply: |e| {
            for one in &mut e.place(PLATFORM, "us-east-1")?.monitoring.subscriptions {
                one["SubscriptionArn"] = "PendingConfirmation".into();
            }
            Ok(())
        },
    },
    Fault {
        id: "unheard-failure-azure",
        cloud: "azure",
        about: "a subscription in which the alert on failed maintenance runs is off",
        findings: &[("failure-unalerted", "azure 0aaaaaaa-0000-4000-8000-000000000001", "fail")],
        apply: |e| {
            let off = e.monitoring.queries.iter_mut().filter(|rule| rule["name"] == "sf-windows");
            off.for_each(|rule| rule["properties"]["enabled"] = false.into());
            Ok(())
        },
    },
    Fault {
        id: "unactioned-alarm",
        cloud: "aws",
        about: "an alarm on failed patch runs that fired four days before, and is still on",
        findings: &[("alert-unactioned", "aws 111122223333/us-east-1", "fail")],
        apply: |e| {
            e.place(SHOP, "us-east-1")?.monitoring.history.push(json!({"AlarmName": "sf-runs", "AlarmType": "MetricAlarm",
                "Timestamp": "2026-11-20T03:10:00+00:00", "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from OK to ALARM", "HistoryData": "{}"}));
            Ok(())
        },
    },
    Fault {
        id: "unactioned-alert",
        cloud: "azure",
        about: "an alert on a failed installation that nobody acknowledged",
        findings: &[("alert-unactioned", "azure 0aaaaaaa-0000-4000-8000-000000000001", "fail")],
        apply: |e| {
            e.monitoring.alerts.push(alert("sf-runs", 1, "2026-11-18T02:25:00Z", "New", "2026-11-18T03:25:00Z"));
            Ok(())
        },
    },
];
