//! Alert rules over the activity log. Patch runs show there as the operations that start them.

use crate::codec::arm::{self, Text};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, Trouble, Watcher};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "insights.ActivityLogAlerts",
    permissions: &["Microsoft.Insights/activityLogAlerts/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/monitor/activity-log-alerts/list-by-subscription-id",
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
    let path = "/providers/Microsoft.Insights/activityLogAlerts?api-version=2020-10-01";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(borrow, default)]
    scopes: Vec<Text<'a>>,
    #[serde(borrow)]
    condition: Condition<'a>,
    #[serde(borrow, default)]
    actions: Actions<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition<'a> {
    #[serde(borrow)]
    all_of: Vec<Leaf<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Leaf<'a> {
    #[serde(borrow, default)]
    field: Text<'a>,
    #[serde(borrow, default)]
    equals: Text<'a>,
    #[serde(default)]
    any_of: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    contains_any: Option<serde::de::IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actions<'a> {
    #[serde(borrow, default)]
    action_groups: Vec<Called<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Called<'a> {
    #[serde(borrow)]
    action_group_id: Text<'a>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        if row.kind != "microsoft.insights/activitylogalerts" {
            rows.without("resource that is no activity log alert");
            continue;
        }
        let rule: Rule<'_> = arm::part(&pointer, row.properties)?;
        let (covers, unsure) = covers(&rule, &answer.exchange.scope.account);
        let watcher = Watcher {
            id: arm::key(&row.id),
            name: row.name,
            kind: "activity log alert",
            // The API's default is on.
            enabled: rule.enabled.unwrap_or(true),
            covers,
            unsure,
            calls: rule.actions.action_groups.iter().map(|called| arm::key(&called.action_group_id)).collect(),
        };
        rows.fact(pointer, Fact::Watcher(Box::new(watcher)));
    }
    Ok(rows.tally())
}

/// What the conditions let through. The operation that installs patches covers runs, and that of a maintenance
/// configuration's updates covers windows; a resource's health tells when a machine is gone.
fn covers(rule: &Rule<'_>, subscription: &str) -> (Vec<Trouble>, bool) {
    let value = |field: &str| {
        let mut all = rule.condition.all_of.iter().filter(|leaf| leaf.field.eq_ignore_ascii_case(field));
        all.next().map(|leaf| leaf.equals.to_ascii_lowercase())
    };
    let operation = value("operationName").unwrap_or_default();
    let covers = match (value("category").unwrap_or_default().as_str(), operation.as_str()) {
        ("administrative", "microsoft.compute/virtualmachines/installpatches/action")
        | ("administrative", "microsoft.hybridcompute/machines/installpatches/action") => vec![Trouble::PatchRun],
        ("administrative", "microsoft.maintenance/applyupdates/write") => vec![Trouble::Window],
        ("resourcehealth", _) => vec![Trouble::LostAgent],
        // Every failed operation of whatever kind.
        ("administrative", "") => vec![Trouble::PatchRun, Trouble::Window],
        _ => return (Vec::new(), false),
    };
    let hears_failures = value("status").is_none_or(|status| status == "failed")
        && value("level").is_none_or(|level| level == "error" || level == "critical");
    if !hears_failures {
        return (Vec::new(), false);
    }
    let known = ["category", "operationname", "status", "level"];
    let plain = rule.condition.all_of.iter().all(|leaf| {
        leaf.any_of.is_none() && leaf.contains_any.is_none() && known.contains(&&*leaf.field.to_ascii_lowercase())
    });
    let whole = format!("/subscriptions/{}", subscription.to_ascii_lowercase());
    match plain && rule.scopes.iter().any(|scope| arm::key(scope) == whole) {
        true => (covers, false),
        // Of a part of the subscription, or under a condition of its own.
        false => (Vec::new(), true),
    }
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/activityLogAlerts/patch-runs", "type": "Microsoft.Insights/ActivityLogAlerts", "name": "patch-runs", "location": "global", "tags": {},
   "properties": {"scopes": ["/subscriptions/0aaaaaaa-0000-4000-8000-000000000001"], "enabled": true, "description": "",
    "condition": {"allOf": [{"field": "category", "equals": "Administrative"}, {"field": "operationName", "equals": "Microsoft.Compute/virtualMachines/installPatches/action"}, {"field": "status", "equals": "Failed"}]},
    "actions": {"actionGroups": [{"actionGroupId": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/actionGroups/On-Call", "webhookProperties": {}}]}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/activityLogAlerts/part", "type": "Microsoft.Insights/ActivityLogAlerts", "name": "part",
   "properties": {"scopes": ["/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop"], "condition": {"allOf": [{"field": "category", "equals": "ResourceHealth"}]}, "actions": {"actionGroups": []}}}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    #[test]
    fn what_rules_cover() {
        let facts = facts_of(&OPERATION, "answered", None);
        let of = |at: usize| match &facts[at] {
            Fact::Watcher(one) => (one.enabled, one.covers.clone(), one.unsure, one.calls.len()),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(0), (true, vec![Trouble::PatchRun], false, 1));
        assert_eq!(of(1), (true, vec![], true, 0));
    }
}
