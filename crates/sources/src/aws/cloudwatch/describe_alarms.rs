//! Alarms. What they watch is told by namespace and metric: Run Command counts failed commands, and commands that reached no
//! agent.

use super::{Truth, names};
use crate::codec::xml;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Trouble, Watcher};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "cloudwatch.DescribeAlarms",
    permissions: &["cloudwatch:DescribeAlarms"],
    docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html",
    reach: Reach::Region,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let mut members = vec![
        ("Action", "DescribeAlarms"),
        ("Version", "2010-08-01"),
        ("AlarmTypes.member.1", "MetricAlarm"),
        ("AlarmTypes.member.2", "CompositeAlarm"),
        ("MaxRecords", "100"),
    ];
    if let Some(token) = &ask.token {
        members.push(("NextToken", token));
    }
    Request { service: "monitoring", protocol: Protocol::AwsQuery, body: crate::aws::form(&members) }
}

fn page(answer: &Answer<'_>) -> Page {
    xml::page_by_next_token(answer, OPERATION.id, names)
}

/// Topics that alarms of interest call.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = xml::read::<Body>(answer, names) else { return };
    for alarm in &watchers(&body) {
        if alarm.unsure || !alarm.covers.is_empty() {
            alarm.calls.iter().for_each(|topic| crate::aws::sns::ask(topic, asks));
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    metric_alarms: Vec<Alarm>,
    #[serde(default)]
    composite_alarms: Vec<Alarm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarm {
    alarm_name: String,
    #[serde(default)]
    alarm_arn: String,
    actions_enabled: Truth,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    metric_name: String,
    #[serde(default)]
    alarm_rule: String,
}

/// Metrics of Run Command (source: the Systems Manager user guide, "Monitoring Run Command metrics using CloudWatch").
fn covers(alarm: &Alarm) -> Vec<Trouble> {
    match (alarm.namespace.as_str(), alarm.metric_name.as_str()) {
        ("AWS/SSM-RunCommand", "CommandsFailed") => vec![Trouble::PatchRun],
        ("AWS/SSM-RunCommand", "CommandsDeliveryTimedOut") => vec![Trouble::LostAgent],
        _ => Vec::new(),
    }
}

fn watchers(body: &Body) -> Vec<Watcher> {
    let one = |alarm: &Alarm, covers: Vec<Trouble>, unsure| Watcher {
        id: alarm.alarm_arn.clone(),
        name: alarm.alarm_name.clone(),
        kind: "alarm",
        enabled: alarm.actions_enabled.is_true(),
        covers,
        unsure,
        calls: alarm.alarm_actions.clone(),
    };
    let plain = body.metric_alarms.iter().map(|alarm| one(alarm, covers(alarm), false));
    // `ALARM("a") OR ALARM("b")` covers what its parts do; with any other word it may fire later, or not at all.
    let composite = body.composite_alarms.iter().map(|alarm| {
        let named = |part: &&Alarm| {
            ['"', '\''].iter().any(|quote| alarm.alarm_rule.contains(&format!("{quote}{}{quote}", part.alarm_name)))
        };
        let mut all: Vec<Trouble> = body.metric_alarms.iter().filter(named).flat_map(covers).collect();
        all.sort();
        all.dedup();
        let simple = !["AND", "NOT", "OK(", "INSUFFICIENT_DATA("].iter().any(|word| alarm.alarm_rule.contains(word));
        match simple {
            true => one(alarm, all, false),
            false => {
                let unsure = !all.is_empty();
                one(alarm, Vec::new(), unsure)
            }
        }
    });
    plain.chain(composite).collect()
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = xml::read(answer, names)?;
    let mut rows = Rows::into_sink(sink);
    let plain = body.metric_alarms.len();
    for (number, watcher) in watchers(&body).into_iter().enumerate() {
        let pointer = match number.checked_sub(plain) {
            None => Pointer::Row(&"/MetricAlarms", number as u32),
            Some(number) => Pointer::Row(&"/CompositeAlarms", number as u32),
        };
        rows.fact(pointer, Fact::Watcher(Box::new(watcher)));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"MetricAlarms": [
  {"AlarmName": "patch-runs", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:patch-runs", "ActionsEnabled": true, "OKActions": [], "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:patching"],
   "InsufficientDataActions": [], "StateValue": "OK", "StateUpdatedTimestamp": "2026-11-20T03:00:00+00:00", "MetricName": "CommandsFailed", "Namespace": "AWS/SSM-RunCommand", "Statistic": "Sum", "Dimensions": [], "Period": 300,
   "EvaluationPeriods": 1, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"},
  {"AlarmName": "lost", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:lost", "ActionsEnabled": false, "AlarmActions": [], "StateValue": "OK", "MetricName": "CommandsDeliveryTimedOut", "Namespace": "AWS/SSM-RunCommand"},
  {"AlarmName": "cpu", "ActionsEnabled": true, "MetricName": "CPUUtilization", "Namespace": "AWS/EC2"}],
 "CompositeAlarms": [{"AlarmName": "patching", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:patching", "AlarmRule": "ALARM(\"patch-runs\") OR ALARM(\"lost\")", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:patching"]},
  {"AlarmName": "later", "AlarmRule": "ALARM(\"patch-runs\") AND NOT ALARM(\"cpu\")", "ActionsEnabled": true}], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 5, facts: 5, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"MetricAlarms": [], "CompositeAlarms": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><MetricAlarms><member>
  <AlarmName>patch-runs</AlarmName><AlarmArn>arn:aws:cloudwatch:eu-west-1:111122223333:alarm:patch-runs</AlarmArn><ActionsEnabled>true</ActionsEnabled>
  <AlarmActions><member>arn:aws:sns:eu-west-1:111122223333:patching</member></AlarmActions><Namespace>AWS/SSM-RunCommand</Namespace><MetricName>CommandsFailed</MetricName><Dimensions/>
 </member></MetricAlarms><CompositeAlarms/></DescribeAlarmsResult><ResponseMetadata><RequestId>0a</RequestId></ResponseMetadata></DescribeAlarmsResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Type": "Sender", "Code": "AccessDenied", "Message": "not authorized to perform: cloudwatch:DescribeAlarms"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    #[test]
    fn what_alarms_cover() {
        for fixture in ["answered", "wire"] {
            let facts = facts_of(&OPERATION, fixture, None);
            let Fact::Watcher(first) = &facts[0] else { panic!("{facts:?}") };
            assert_eq!((first.enabled, &first.covers[..]), (true, &[Trouble::PatchRun][..]), "{fixture}");
            assert_eq!(first.calls, ["arn:aws:sns:eu-west-1:111122223333:patching"], "{fixture}");
        }
        let facts = facts_of(&OPERATION, "answered", None);
        let of = |at: usize| match &facts[at] {
            Fact::Watcher(one) => (one.enabled, one.covers.clone(), one.unsure),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(1), (false, vec![Trouble::LostAgent], false));
        assert_eq!(of(2), (true, vec![], false));
        assert_eq!(of(3), (true, vec![Trouble::PatchRun, Trouble::LostAgent], false));
        assert_eq!(of(4), (true, vec![], true));
        assert_eq!(asks_of(&OPERATION, "answered", None).len(), 1);
    }
}
