//! CloudWatch: alarms, and when they fired.

mod describe_alarm_history;
mod describe_alarms;

use crate::Operation;
use crate::codec::xml::Kind;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&describe_alarm_history::OPERATION, &describe_alarms::OPERATION];

/// Lists that can be empty.
fn names(wire: &str) -> Option<Kind> {
    Some(match wire {
        "MetricAlarms" => Kind::List("MetricAlarms"),
        "CompositeAlarms" => Kind::List("CompositeAlarms"),
        "AlarmActions" => Kind::List("AlarmActions"),
        "OKActions" => Kind::List("OKActions"),
        "InsufficientDataActions" => Kind::List("InsufficientDataActions"),
        "Dimensions" => Kind::List("Dimensions"),
        "Metrics" => Kind::List("Metrics"),
        "AlarmHistoryItems" => Kind::List("AlarmHistoryItems"),
        _ => return None,
    })
}

/// Truth as JSON has it, or as XML prints it.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Truth {
    Plain(bool),
    Text(String),
}

impl Truth {
    fn is_true(&self) -> bool {
        match self {
            Truth::Plain(value) => *value,
            Truth::Text(text) => text.trim().eq_ignore_ascii_case("true"),
        }
    }
}
