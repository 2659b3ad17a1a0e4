//! The result of an assessment that somebody asked for. Asking makes the machine work, so this is never asked: recorded
//! results are read, nothing more.

use crate::azure::patching::{self, PatchRow};
use crate::codec::arm::{self, Text};
use crate::codec::json;
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, PatchPresence};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "compute.AssessPatches",
    permissions: &[],
    docs: "https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/assess-patches",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &["resource-graph.PatchAssessments"],
    request: crate::azure::file,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow, default)]
    assessment_activity_id: Text<'a>,
    #[serde(borrow)]
    available_patches: Option<Vec<&'a RawValue>>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let (at, result) = super::output(json::read(answer)?)?;
    let body: Body<'_> = arm::part(&at, result)?;
    let mut rows = Rows::into_sink(sink);
    if body.assessment_activity_id.is_empty() && body.available_patches.is_none() {
        rows.without(match &*body.status {
            "InProgress" => "assessment that was still going on",
            _ => "operation without its result: record the body that its `Location` answers",
        });
        return Ok(rows.tally());
    }
    let Some(host) = crate::azure::vm_key(&answer.exchange.scope.account, answer.exchange.subject.as_deref()) else {
        rows.without(crate::azure::NO_SUBJECT);
        body.available_patches.iter().flatten().for_each(|_| rows.without(crate::azure::NO_SUBJECT));
        return Ok(rows.tally());
    };
    match patching::assessment(&at, result, host.clone())? {
        Some(state) => rows.fact(at.clone(), Fact::PatchState(state)),
        None => rows.without("assessment status that is not documented"),
    }
    for (number, raw) in body.available_patches.unwrap_or_default().into_iter().enumerate() {
        let pointer = super::within(&at, "availablePatches", number);
        let patch: PatchRow<'_> = arm::part(&pointer, raw)?;
        match &*patch.assessment_state {
            "" | "Available" => {
                rows.fact(pointer, Fact::Patch(patch.patch(&host, Cow::Borrowed(""), PatchPresence::Missing)));
            }
            _ => rows.without("patch of an assessment that is not available"),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"status": "Succeeded", "assessmentActivityId": "68f8b292-0000-4000-8000-00000000000a", "rebootPending": true, "criticalAndSecurityPatchCount": 1, "otherPatchCount": 1,
 "startDateTime": "2026-11-23T21:02:04Z", "availablePatches": [
  {"patchId": "35428702-5784-4ba4-a6e0-5222258b5411", "name": "Definition Update for Windows Defender Antivirus - KB2267602", "version": "", "kbId": "KB2267602",
   "classifications": ["Definition"], "rebootBehavior": "NeverReboots", "activityId": "68f8b292-0000-4000-8000-00000000000a", "publishedDate": "2026-11-22T06:01:46Z",
   "lastModifiedDateTime": "2026-11-23T21:02:04Z", "assessmentState": "Available"},
  {"patchId": "curl_7.81.0-1ubuntu1.19_Ubuntu_22.04", "name": "curl", "version": "7.81.0-1ubuntu1.19", "classifications": ["Security"], "assessmentState": "Unknown"}],
 "error": {"code": "0", "message": "0 error/s reported.", "details": []}}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"status": "Succeeded", "assessmentActivityId": "68f8b292-0000-4000-8000-00000000000a", "criticalAndSecurityPatchCount": 0, "otherPatchCount": 0, "availablePatches": []}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "still going on",
        body: r#"{"startTime": "2026-11-23T21:02:04Z", "status": "InProgress", "name": "cfc8b1b5-0000-4000-8000-00000000000a"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "OperationNotAllowed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Traps 8 and 14: the KB loses its prefix, and a code of 0 is no error.
    #[test]
    fn counts_and_patches() {
        let facts = facts_of(&OPERATION, "answered", Some("rg~vm"));
        let Fact::PatchState(state) = &facts[0] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.counts.missing, &*state.error), (Some(2), ""));
        let Fact::Patch(patch) = &facts[1] else { panic!("not a patch: {facts:?}") };
        assert_eq!((patch.kb.as_deref(), patch.version.as_deref()), (Some("2267602"), None));
        assert_eq!(patch.published, Some(time("2026-11-22T06:01:46Z")));
        assert!(facts_of(&OPERATION, "answered", None).is_empty());
    }
}
