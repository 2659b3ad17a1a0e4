//! Alert rules over queries. Update Manager's failures are found by queries over Resource Graph (`arg("")`), and silent machines
//! by the table of heartbeats.

use crate::codec::arm::{self, Text};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, Trouble, Watcher};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "insights.ScheduledQueryRules",
    permissions: &["Microsoft.Insights/scheduledQueryRules/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/monitor/scheduled-query-rules/list-by-subscription",
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
    let path = "/providers/Microsoft.Insights/scheduledQueryRules?api-version=2023-12-01";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Rule<'a> {
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(borrow)]
    criteria: Criteria<'a>,
    #[serde(borrow, default)]
    actions: Actions<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Criteria<'a> {
    #[serde(borrow)]
    all_of: Vec<Criterion<'a>>,
}

#[derive(Deserialize)]
struct Criterion<'a> {
    #[serde(borrow, default)]
    query: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actions<'a> {
    #[serde(borrow, default)]
    action_groups: Vec<Text<'a>>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        if row.kind != "microsoft.insights/scheduledqueryrules" {
            rows.without("resource that is no query alert");
            continue;
        }
        let rule: Rule<'_> = arm::part(&pointer, row.properties)?;
        let mut covers: Vec<Trouble> = Vec::new();
        let mut unsure = false;
        for criterion in &rule.criteria.all_of {
            let (own, doubtful) = covered(&criterion.query);
            covers.extend(own);
            unsure |= doubtful;
        }
        covers.sort();
        covers.dedup();
        // Criteria of which all have to hold may hold less often than each.
        if rule.criteria.all_of.len() > 1 && !covers.is_empty() {
            (covers, unsure) = (Vec::new(), true);
        }
        let watcher = Watcher {
            id: arm::key(&row.id),
            name: row.name,
            kind: "query alert",
            enabled: rule.enabled.unwrap_or(true),
            covers,
            unsure,
            calls: rule.actions.action_groups.iter().map(|id| arm::key(id)).collect(),
        };
        rows.fact(pointer, Fact::Watcher(Box::new(watcher)));
    }
    Ok(rows.tally())
}

/// What a query looks at, by its table. A query that names one of these and no failure may look for something else.
fn covered(query: &str) -> (Vec<Trouble>, bool) {
    let query = query.to_ascii_lowercase();
    let has = |word: &str| query.contains(word);
    let failures = has("fail") || has("timedout") || has("exceeded");
    let mut covers = Vec::new();
    let mut unsure = false;
    for (trouble, tables) in
        [(Trouble::PatchRun, &["patchinstallationresources"][..]), (Trouble::Window, &["maintenanceresources"][..])]
    {
        if tables.iter().any(|table| has(table)) {
            if failures { covers.push(trouble) } else { unsure = true }
        }
    }
    if has("heartbeat") || has("microsoft.hybridcompute/machines") && has("disconnected") {
        covers.push(Trouble::LostAgent);
    }
    (covers, unsure)
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/scheduledQueryRules/failed-updates", "type": "Microsoft.Insights/scheduledQueryRules", "name": "failed-updates", "location": "westeurope",
   "properties": {"severity": 1, "enabled": true, "evaluationFrequency": "PT15M", "windowSize": "PT15M", "scopes": ["/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.OperationalInsights/workspaces/w"],
    "criteria": {"allOf": [{"query": "arg(\"\").patchinstallationresources | where properties.status =~ 'Failed'", "timeAggregation": "Count", "operator": "GreaterThan", "threshold": 0}]},
    "actions": {"actionGroups": ["/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/actionGroups/On-Call"]}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/scheduledQueryRules/silent", "type": "Microsoft.Insights/scheduledQueryRules", "name": "silent",
   "properties": {"enabled": false, "criteria": {"allOf": [{"query": "Heartbeat | summarize last = max(TimeGenerated) by Computer | where last < ago(1h)"}]}}}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_queries_cover() {
        use Trouble::*;
        for (query, expected, unsure) in [
            ("arg(\"\").PatchInstallationResources | where properties.status == \"Failed\"", vec![PatchRun], false),
            ("arg(\"\").maintenanceresources | where properties.status =~ 'Failed'", vec![Window], false),
            ("Heartbeat | where TimeGenerated < ago(1h)", vec![LostAgent], false),
            ("arg(\"\").patchinstallationresources | count", vec![], true),
            ("AppRequests | where success == false", vec![], false),
        ] {
            assert_eq!(covered(query), (expected, unsure), "{query}");
        }
    }
}
