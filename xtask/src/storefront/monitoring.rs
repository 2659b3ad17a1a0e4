//! Who would hear of a failure, in the healthy example: an alarm for failed runs and lost agents and a rule for windows in each
//! region, queries and an action group on Azure.

use super::{Place, SUBSCRIPTION};
use serde_json::{Value, json};

/// Monitoring of a region.
pub struct Region {
    /// Alarms.
    pub alarms: Vec<Value>,
    /// When they fired.
    pub history: Vec<Value>,
    /// Event rules with their targets.
    pub rules: Vec<(Value, Vec<Value>)>,
    /// Subscriptions of the topic.
    pub subscriptions: Vec<Value>,
}

/// Monitoring of the subscription.
pub struct Subscription {
    /// Alert rules over queries.
    pub queries: Vec<Value>,
    /// Alert rules over the activity log.
    pub activity: Vec<Value>,
    /// Action groups.
    pub groups: Vec<Value>,
    /// Alerts that fired.
    pub alerts: Vec<Value>,
}

fn topic(account: &str, region: &str) -> String {
    format!("arn:aws:sns:{region}:{account}:sf-patching")
}

pub(super) fn healthy(account: &str, region: &str) -> Region {
    let topic = topic(account, region);
    let alarm = |name: &str, metric: &str| {
        json!({"AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}"), "ActionsEnabled": true,
            "OKActions": [], "AlarmActions": [topic], "InsufficientDataActions": [], "StateValue": "OK", "MetricName": metric,
            "Namespace": "AWS/SSM-RunCommand", "Statistic": "Sum", "Dimensions": [], "Period": 300, "EvaluationPeriods": 1,
            "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"})
    };
    let pattern = json!({"source": ["aws.ssm"], "detail-type": ["Maintenance Window Execution State-change Notification"],
        "detail": {"status": ["FAILED", "TIMED_OUT"]}});
    let rule = json!({"Name": "sf-windows", "Arn": format!("arn:aws:events:{region}:{account}:rule/sf-windows"), "State": "ENABLED",
        "EventBusName": "default", "EventPattern": pattern.to_string()});
    Region {
        alarms: vec![alarm("sf-runs", "CommandsFailed"), alarm("sf-agents", "CommandsDeliveryTimedOut")],
        history: Vec::new(),
        rules: vec![(rule, vec![json!({"Id": "1", "Arn": topic})])],
        subscriptions: vec![
            json!({"SubscriptionArn": format!("{topic}:8a21d249-0000-4000-8000-000000000001"), "Owner": account,
            "Protocol": "email", "Endpoint": "[redacted]", "TopicArn": topic}),
        ],
    }
}

pub(super) fn region(place: &Place, file: &mut dyn FnMut(&str, Value)) {
    let one = &place.monitoring;
    file("cloudwatch.DescribeAlarms", json!({"MetricAlarms": one.alarms, "CompositeAlarms": []}));
    file("cloudwatch.DescribeAlarmHistory", json!({"AlarmHistoryItems": one.history}));
    file("events.ListRules", json!({"Rules": one.rules.iter().map(|(rule, _)| rule).collect::<Vec<_>>()}));
    for (rule, targets) in &one.rules {
        let name = rule["Name"].as_str().unwrap_or_default();
        file(&format!("events.ListTargetsByRule@{name}"), json!({"Targets": targets}));
    }
    let topic = topic(place.account, place.region);
    // Not every file system can have a colon in a name.
    let subject = topic.replace(':', "%3A");
    file(&format!("sns.ListSubscriptionsByTopic@{subject}"), json!({"Subscriptions": one.subscriptions}));
}

/// Id of a resource of Azure Monitor.
pub(super) fn id(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Insights/{kind}/{name}")
}

pub(super) fn subscription() -> Subscription {
    let query = |name: &str, query: &str| {
        json!({"id": id("scheduledQueryRules", name), "type": "Microsoft.Insights/scheduledQueryRules", "name": name, "location": "westeurope",
            "properties": {"severity": 1, "enabled": true, "evaluationFrequency": "PT15M", "windowSize": "PT15M",
                "criteria": {"allOf": [{"query": query, "timeAggregation": "Count", "operator": "GreaterThan", "threshold": 0}]},
                "actions": {"actionGroups": [id("actionGroups", "sf-on-call")]}}})
    };
    let group = json!({"id": id("actionGroups", "sf-on-call"), "type": "Microsoft.Insights/ActionGroups", "name": "sf-on-call", "location": "Global",
        "properties": {"groupShortName": "oncall", "enabled": true, "emailReceivers": [{"name": "on-call", "emailAddress": "[redacted]", "status": "Enabled"}]}});
    Subscription {
        queries: vec![
            query("sf-runs", "arg(\"\").patchinstallationresources | where properties.status =~ 'Failed'"),
            query("sf-windows", "arg(\"\").maintenanceresources | where properties.status =~ 'Failed'"),
            query("sf-agents", "Heartbeat | summarize last = max(TimeGenerated) by Computer | where last < ago(1h)"),
        ],
        activity: Vec::new(),
        groups: vec![group],
        alerts: Vec::new(),
    }
}

/// An alert that fired.
pub(super) fn alert(rule: &str, number: u32, fired: &str, state: &str, changed: &str) -> Value {
    let own = format!("66114d64-0000-4000-8000-00000000000{number}");
    json!({"id": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/{own}"), "type": "Microsoft.AlertsManagement/alerts", "name": rule,
        "properties": {"essentials": {"severity": "Sev1", "signalType": "Log", "alertState": state, "monitorCondition": "Fired", "monitorService": "Log Analytics",
            "alertRule": id("scheduledQueryRules", rule), "startDateTime": fired, "lastModifiedDateTime": changed}}})
}

pub(super) fn write(one: &Subscription, base: &str, put: &mut dyn FnMut(String, Value)) {
    for (name, rows) in [
        ("insights.ScheduledQueryRules", &one.queries),
        ("insights.ActivityLogAlerts", &one.activity),
        ("insights.ActionGroups", &one.groups),
        ("alerts-management.Alerts", &one.alerts),
    ] {
        put(format!("{base}/{name}.json"), json!({"value": rows}));
    }
}
