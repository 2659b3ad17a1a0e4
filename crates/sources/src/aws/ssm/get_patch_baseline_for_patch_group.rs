//! The baseline a patch group gets for one operating system, Windows where the question names none.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, PatchGroup};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.GetPatchBaselineForPatchGroup",
    permissions: &["ssm:GetPatchBaselineForPatchGroup"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetPatchBaselineForPatchGroup.html",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "PatchGroup": ask.subject });
    super::request(ask, "AmazonSSM.GetPatchBaselineForPatchGroup", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    baseline_id: String,
    patch_group: Option<String>,
    #[serde(default)]
    operating_system: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    match body.patch_group.or_else(|| answer.exchange.subject.as_deref().map(str::to_owned)) {
        Some(group) => rows.fact(
            Pointer::Whole,
            Fact::PatchGroup(PatchGroup { group, os: body.operating_system, baseline: body.baseline_id }),
        ),
        None => rows.without("the answer does not say which patch group it is about: name the file …@GROUP.json"),
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"PatchGroup": "prod", "BaselineId": "pb-0cccccccccccccccc", "OperatingSystem": "WINDOWS"}"#,
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

    #[test]
    fn the_group_is_the_answers_own_or_the_one_asked_about() {
        let group = |fixture, subject| match facts_of(&OPERATION, fixture, subject).pop() {
            Some(Fact::PatchGroup(group)) => Some(group.group),
            None => None,
            other => panic!("not a patch group: {other:?}"),
        };
        assert_eq!(group("answered", Some("dev")).as_deref(), Some("prod"));
        assert_eq!(group("empty", Some("dev")).as_deref(), Some("dev"));
        assert_eq!(group("empty", None), None);
    }
}
