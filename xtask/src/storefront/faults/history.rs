//! Settings that somebody changed quietly.

use super::Fault;
use crate::storefront::{PLATFORM, SUBSCRIPTION};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "window-moved",
        cloud: "aws",
        about: "a maintenance window shortened by somebody without a change",
        findings: &[("patch-setting-changed-unapproved", "UpdateMaintenanceWindow mw-02000000000000001", "fail")],
        apply: |e| {
            let event = json!({"userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::{PLATFORM}:assumed-role/sf-platform/engineer-7")},
                "eventName": "UpdateMaintenanceWindow", "requestParameters": {"windowId": "mw-02000000000000001", "duration": 1, "cutoff": 0},
                "responseElements": {"windowId": "mw-02000000000000001"}});
            e.place(PLATFORM, "eu-west-1")?.events.push(json!({"EventId": "66666666-0000-4000-8000-0000000000e1",
                "EventName": "UpdateMaintenanceWindow", "ReadOnly": "false", "EventTime": "2026-11-20T10:15:00+00:00",
                "EventSource": "ssm.amazonaws.com", "Username": "engineer-7", "Resources": [], "CloudTrailEvent": event.to_string()}));
            Ok(())
        },
    },
    Fault {
        id: "tag-taken",
        cloud: "azure",
        about: "the tag that decides when a machine is patched, written by somebody without a change",
        findings: &[("patch-setting-changed-unapproved", "Microsoft.Resources/tags/write sf-az-22", "fail")],
        apply: |e| {
            let vm = format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/sf-az-22"
            );
            let body = json!({"operation": "Merge", "properties": {"tags": {"patch-window": "never"}}});
            e.events.push(json!({"eventDataId": "66666666-0000-4000-8000-0000000000e2", "correlationId": "66666666-0000-4000-8000-0000000000c2",
                "caller": "engineer-8", "eventTimestamp": "2026-11-20T11:00:00.1234567Z", "category": {"value": "Administrative"},
                "operationName": {"value": "Microsoft.Resources/tags/write", "localizedValue": "Write tags"},
                "resourceId": format!("{vm}/providers/Microsoft.Resources/tags/default"), "status": {"value": "Succeeded"},
                "properties": {"requestbody": body.to_string()}}));
            Ok(())
        },
    },
    Fault {
        id: "left-production",
        cloud: "aws",
        about: "a production host that was tagged as staging between the two recordings",
        findings: &[("classification-downgraded", "sf-loyalty-pe-15", "fail")],
        apply: |e| {
            if e.day != "2026-11-24" {
                return Ok(());
            }
            let host = e.host("sf-loyalty-pe-15")?;
            let tags = host.instance.as_mut().and_then(|instance| instance["Tags"].as_array_mut());
            for tag in tags.into_iter().flatten().filter(|tag| tag["Key"] == "environment") {
                tag["Value"] = "staging".into();
            }
            Ok(())
        },
    },
];
