//! When alarms fired and when they went back. CloudWatch keeps this for a month or so, and knows no acknowledgement.

use super::names;
use crate::codec::json::Time;
use crate::codec::xml;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{AlertEvent, AlertStep, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "cloudwatch.DescribeAlarmHistory",
    permissions: &["cloudwatch:DescribeAlarmHistory"],
    docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html",
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
        ("Action", "DescribeAlarmHistory"),
        ("Version", "2010-08-01"),
        ("HistoryItemType", "StateUpdate"),
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

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    alarm_history_items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    alarm_name: String,
    timestamp: Time,
    history_item_type: String,
    #[serde(default)]
    history_summary: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = xml::read(answer, names)?;
    let mut rows = Rows::into_sink(sink);
    for (number, item) in body.alarm_history_items.into_iter().enumerate() {
        if item.history_item_type != "StateUpdate" {
            rows.without("history of a setting or an action");
            continue;
        }
        // `Alarm updated from OK to ALARM`
        let step = match item.history_summary.trim_end().rsplit(' ').next() {
            Some("ALARM") => AlertStep::Fired,
            Some("OK") => AlertStep::Closed,
            _ => {
                rows.without("change to a state that says nothing");
                continue;
            }
        };
        let Some(at) = item.timestamp.0 else {
            rows.without("history without a time");
            continue;
        };
        let event = AlertEvent { watcher: item.alarm_name, alert: String::new(), at, step };
        rows.fact(Pointer::Row(&"/AlarmHistoryItems", number as u32), Fact::AlertEvent(event));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"AlarmHistoryItems": [
  {"AlarmName": "patch-runs", "AlarmType": "MetricAlarm", "Timestamp": "2026-11-23T05:00:00.123000+00:00", "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from ALARM to OK", "HistoryData": "{}"},
  {"AlarmName": "patch-runs", "AlarmType": "MetricAlarm", "Timestamp": "2026-11-23T03:00:00.123000+00:00", "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from OK to ALARM", "HistoryData": "{}"},
  {"AlarmName": "patch-runs", "Timestamp": "2026-11-01T03:00:00+00:00", "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from OK to INSUFFICIENT_DATA"},
  {"AlarmName": "patch-runs", "Timestamp": "2026-11-01T02:00:00+00:00", "HistoryItemType": "ConfigurationUpdate", "HistorySummary": "Alarm \"patch-runs\" created"}]}"#,
        expect: Expect::Read { rows: 4, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"AlarmHistoryItems": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeAlarmHistoryResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmHistoryResult><AlarmHistoryItems><member>
  <AlarmName>patch-runs</AlarmName><Timestamp>2026-11-23T03:00:00.123Z</Timestamp><HistoryItemType>StateUpdate</HistoryItemType><HistorySummary>Alarm updated from OK to ALARM</HistorySummary>
 </member></AlarmHistoryItems><NextToken>page-2</NextToken></DescribeAlarmHistoryResult></DescribeAlarmHistoryResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: true },
    },
    Fixture { name: "error document", body: r#"{"Error": {"Code": "AccessDenied"}}"#, expect: Expect::Refused },
];
