//! The default baseline. Asked without an operating system it answers for Windows alone; the other defaults are marked
//! in the list of baselines.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{DefaultBaseline, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.GetDefaultPatchBaseline",
    permissions: &["ssm:GetDefaultPatchBaseline"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDefaultPatchBaseline.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    super::request(ask, "AmazonSSM.GetDefaultPatchBaseline", serde_json::Map::new())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    baseline_id: String,
    #[serde(default)]
    operating_system: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    rows.fact(
        Pointer::Whole,
        Fact::DefaultBaseline(DefaultBaseline { os: body.operating_system, baseline: body.baseline_id }),
    );
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "BaselineId": "arn:aws:ssm:eu-west-1:075727635805:baseline/pb-0bbbbbbbbbbbbbbbb",
  "OperatingSystem": "WINDOWS"
}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"BaselineId": "pb-0cccccccccccccccc"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InternalServerError", "Message": "try again"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 11: a default holds for one operating system.
    #[test]
    fn a_default_names_its_operating_system() {
        let default = |fixture| match facts_of(&OPERATION, fixture, None).remove(0) {
            Fact::DefaultBaseline(default) => (default.os, default.baseline),
            other => panic!("not a default: {other:?}"),
        };
        assert_eq!(default("answered").0, "WINDOWS");
        assert_eq!(default("empty"), (String::new(), "pb-0cccccccccccccccc".into()));
    }
}
