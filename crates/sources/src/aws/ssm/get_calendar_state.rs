//! State of a change calendar at one time. Times are text here, also on the wire.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Calendar, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.GetCalendarState",
    permissions: &["ssm:GetCalendarState"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// One calendar at a time: asked about several, the answer does not say which of them is closed.
fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "CalendarNames": [ask.subject] });
    super::request(ask, "AmazonSSM.GetCalendarState", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    state: String,
    #[serde(default)]
    at_time: Time,
    #[serde(default)]
    next_transition_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    let open = match body.state.as_str() {
        "OPEN" => true,
        "CLOSED" => false,
        _ => {
            rows.without("calendar state that is not documented");
            return Ok(rows.tally());
        }
    };
    match answer.exchange.subject.clone() {
        Some(name) => rows.fact(
            Pointer::Whole,
            Fact::Calendar(Calendar {
                name: name.to_string(),
                open,
                at: body.at_time.0,
                next_transition: body.next_transition_time.0,
            }),
        ),
        None => rows.without("the answer does not say which calendar it is about: name the file …@CALENDAR.json"),
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"State": "CLOSED", "AtTime": "2026-11-24T06:00:00Z", "NextTransitionTime": "2026-12-02T08:00:00Z"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "empty", body: r#"{"State": "OPEN"}"#, expect: Expect::Read { rows: 1, facts: 1, more: false } },
    Fixture {
        name: "undocumented state",
        body: r#"{"State": "AJAR", "AtTime": "2026-11-24T06:00:00Z"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "UnsupportedCalendarException", "Message": ""}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Trap 24: a closed calendar explains a window that did not run, until its next transition.
    #[test]
    fn a_closed_calendar_says_until_when() {
        let facts = facts_of(&OPERATION, "answered", Some("q4-freeze"));
        let Fact::Calendar(calendar) = &facts[0] else { panic!("not a calendar: {facts:?}") };
        assert_eq!((calendar.name.as_str(), calendar.open), ("q4-freeze", false));
        assert_eq!(calendar.at, Some(time("2026-11-24T06:00:00Z")));
        assert_eq!(calendar.next_transition, Some(time("2026-12-02T08:00:00Z")));
        assert!(facts_of(&OPERATION, "answered", None).is_empty());
    }
}
