//! The result of an installation that somebody asked for. Asking changes the machine, so this is never asked: recorded
//! results are read, nothing more. The polled operation nests the result in `properties.output`.

use crate::azure::patching::{self, PatchRow};
use crate::codec::arm::{self, Text};
use crate::codec::json;
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::fact::Fact;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "compute.InstallPatches",
    permissions: &[],
    docs: "https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/install-patches",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &["resource-graph.PatchInstallations"],
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
    installation_activity_id: Text<'a>,
    #[serde(borrow)]
    patches: Option<Vec<&'a RawValue>>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let (at, result) = super::output(json::read(answer)?)?;
    let body: Body<'_> = arm::part(&at, result)?;
    let mut rows = Rows::into_sink(sink);
    if body.installation_activity_id.is_empty() {
        rows.without(match &*body.status {
            "InProgress" => "installation that was still going on",
            _ => "operation without its result: record the body that its `Location` answers",
        });
        return Ok(rows.tally());
    }
    let Some(host) = crate::azure::vm_key(&answer.exchange.scope.account, answer.exchange.subject.as_deref()) else {
        rows.without(crate::azure::NO_SUBJECT);
        body.patches.iter().flatten().for_each(|_| rows.without(crate::azure::NO_SUBJECT));
        return Ok(rows.tally());
    };
    let run = patching::installation(&at, result, host.clone(), "")?;
    rows.fact(at.clone(), Fact::Installation(run));
    for (number, raw) in body.patches.unwrap_or_default().into_iter().enumerate() {
        let pointer = super::within(&at, "patches", number);
        let patch: PatchRow<'_> = arm::part(&pointer, raw)?;
        match patch.installed() {
            Ok(presence) => rows.fact(pointer, Fact::Patch(patch.patch(&host, Cow::Borrowed(""), presence))),
            Err(reason) => rows.without(reason),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"status": "Succeeded", "installationActivityId": "cfc8b1b5-0000-4000-8000-00000000000a", "rebootStatus": "Completed", "maintenanceWindowExceeded": false, "excludedPatchCount": 0,
 "notSelectedPatchCount": 1, "pendingPatchCount": 0, "installedPatchCount": 1, "failedPatchCount": 0, "patches": [
  {"patchId": "curl_7.81.0-1ubuntu1.19_Ubuntu_22.04", "name": "curl", "version": "7.81.0-1ubuntu1.19", "classifications": ["Security"], "installationState": "Installed"},
  {"patchId": "sosreport_4.7.2-0ubuntu1_Ubuntu_22.04", "name": "sosreport", "version": "4.7.2-0ubuntu1", "classifications": ["Other"], "installationState": "NotSelected"}],
 "startDateTime": "2024-11-23T01:35:07.2163321+00:00", "maintenanceRunId": "", "error": {"details": [], "code": "0", "message": "0 error/s reported."}}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"status": "Succeeded", "installationActivityId": "cfc8b1b5-0000-4000-8000-00000000000a", "rebootStatus": "NotNeeded", "patches": []}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "polled operation",
        body: r#"{"startTime": "2024-11-23T01:35:07Z", "endTime": "2024-11-23T02:01:07Z", "status": "Succeeded", "name": "cfc8b1b5", "properties": {"output":
 {"status": "Failed", "installationActivityId": "cfc8b1b5-0000-4000-8000-00000000000a", "failedPatchCount": 1, "patches": [
  {"name": "grub-pc", "version": "2.06", "classifications": ["Critical"], "installationState": "Failed"}], "error": {"code": "1", "message": "1 error/s reported.", "details": []}}}}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "OperationNotAllowed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, read};

    /// Trap 14: success carries an error whose code is 0.
    #[test]
    fn a_code_of_zero_is_no_error() {
        let facts = facts_of(&OPERATION, "answered", Some("rg~vm"));
        let Fact::Installation(run) = &facts[0] else { panic!("not a run: {facts:?}") };
        assert_eq!((run.error.as_str(), run.installed, run.maintenance_run.as_str()), ("", 1, ""));
        assert!(facts_of(&OPERATION, "answered", None).is_empty());
    }

    #[test]
    fn a_polled_operation_nests_its_result() {
        let body = OPERATION.fixtures[2].body.as_bytes();
        let (_, facts) = read(&OPERATION, Some("rg~vm"), body).unwrap();
        let Fact::Installation(run) = &facts[0].1 else { panic!("not a run: {facts:?}") };
        assert_eq!((run.status.as_str(), run.error.as_str()), ("Failed", "1: 1 error/s reported."));
        assert_eq!(facts[1].0, "/properties/output/patches/0");
    }
}
