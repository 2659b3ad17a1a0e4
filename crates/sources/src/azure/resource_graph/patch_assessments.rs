//! What each machine lacks. Summaries and single patches share one table, and the patches vanish when nothing is
//! pending: only a fresh summary that succeeded says that nothing is missing.

use crate::azure::patching::{self, PatchRow};
use crate::codec::arm::{self, Text};
use crate::codec::resource_graph;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, PatchPresence};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.PatchAssessments",
    permissions: &[
        "Microsoft.Compute/virtualMachines/patchAssessmentResults/read",
        "Microsoft.Compute/virtualMachines/patchAssessmentResults/softwarePatches/read",
        "Microsoft.HybridCompute/machines/patchAssessmentResults/read",
        "Microsoft.HybridCompute/machines/patchAssessmentResults/softwarePatches/read",
        "Microsoft.ResourceGraph/resources/read",
    ],
    docs: "https://learn.microsoft.com/en-us/azure/update-manager/query-logs",
    reach: Reach::Account,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

const QUERY: &str = "patchassessmentresources \
| where type in~ ('microsoft.compute/virtualmachines/patchassessmentresults',\
'microsoft.compute/virtualmachines/patchassessmentresults/softwarepatches',\
'microsoft.hybridcompute/machines/patchassessmentresults',\
'microsoft.hybridcompute/machines/patchassessmentresults/softwarepatches') \
| project id, name, type, properties | order by id asc";

fn request(ask: &Ask) -> Request {
    super::request(ask, QUERY)
}

fn page(answer: &Answer<'_>) -> Page {
    resource_graph::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    properties: &'a RawValue,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut table = String::new();
    let (signs, listed) = resource_graph::rows::<Row<'_>>(answer, &mut table)?;
    rows.signs(signs);
    for (pointer, row) in listed {
        let Some((machine, rest)) = arm::split_at(&row.id, "patchAssessmentResults") else {
            rows.without("row whose id is not that of an assessment");
            continue;
        };
        let host = arm::key(machine);
        match arm::split_at(rest, "softwarePatches") {
            None => match patching::assessment(&pointer, row.properties, host)? {
                Some(state) => rows.fact(pointer, Fact::PatchState(state)),
                None => rows.without("assessment status that is not documented"),
            },
            Some(_) => {
                let patch: PatchRow<'_> = arm::part(&pointer, row.properties)?;
                rows.fact(pointer, Fact::Patch(patch.patch(&host, row.name.0, PatchPresence::Missing)));
            }
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 6, "count": 4, "data": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1/patchAssessmentResults/latest",
   "name": "1f0c2d3e-0000-4000-8000-00000000000a", "type": "microsoft.compute/virtualmachines/patchassessmentresults",
   "properties": {"rebootPending": false, "patchServiceUsed": "APT", "osType": "Linux", "startDateTime": "2026-11-24T01:00:00.5Z", "lastModifiedDateTime": "2026-11-24T01:01:30Z",
    "startedBy": "Platform", "status": "Succeeded", "errorDetails": null, "availablePatchCountByClassification": {"critical": 0, "security": 3, "other": 11},
    "configurationStatus": {"vmGuestPatchReadiness": {"detectedVMGuestPatchSupportState": "Supported"}}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-1/patchAssessmentResults/latest/softwarePatches/0b1c",
   "name": "0b1c", "type": "microsoft.compute/virtualmachines/patchassessmentresults/softwarepatches",
   "properties": {"patchName": "curl", "version": "7.81.0-1ubuntu1.19", "classifications": ["Security"], "rebootRequired": false, "lastModifiedDateTime": "2026-11-24T01:01:30Z"}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.HybridCompute/machines/till-9/patchAssessmentResults/latest/softwarePatches/7d2e",
   "name": "7d2e", "type": "microsoft.hybridcompute/machines/patchassessmentresults/softwarepatches",
   "properties": {"patchName": "2026-11 Cumulative Update for Windows Server 2019 (KB5046615)", "kbId": "5046615", "classifications": ["UpdateRollup"], "msrcSeverity": "Critical",
    "rebootRequired": true, "publishedDateTime": "2026-11-10T00:00:00Z", "lastModifiedDateTime": "2026-11-24T01:01:30Z"}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.HybridCompute/machines/till-9/patchAssessmentResults/latest",
   "name": "2f0c", "type": "microsoft.hybridcompute/machines/patchassessmentresults",
   "properties": {"rebootPending": null, "osType": "Windows", "lastModifiedDateTime": "2026-11-24T01:01:30Z", "status": "Failed",
    "errorDetails": {"code": "1", "message": "2 error/s reported", "details": [{"code": "WU_E_NO_SERVICE", "message": "Windows Update Agent was unable to provide the service."}]}}}
 ], "facets": [], "resultTruncated": "false", "$skipToken": "ew0KICAi"}"#,
        expect: Expect::Read { rows: 4, facts: 4, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "documented rows have no status",
        body: r#"{"count": 3, "data": [
  {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/a/patchAssessmentResults/latest", "properties": {"lastModifiedDateTime": "2026-11-24T01:01:30Z", "errorDetails": {"code": "Success", "details": []}}},
  {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/b/patchAssessmentResults/latest", "properties": {"errorDetails": {"code": "5", "message": "disk full"}}},
  {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/c/patchAssessmentResults/latest", "properties": {"status": "Sleeping"}}
 ], "skip_token": null, "total_records": 3}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: false },
    },
    Fixture {
        name: "error",
        body: r#"{"error": {"code": "BadRequest", "details": [{"code": "InvalidQuery", "message": "Query is invalid."}]}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::ScanStatus;

    const WEB: &str = "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1";

    /// Trap 2: a summary and its patches are one machine's, in whatever case, and are not counted together.
    #[test]
    fn summaries_and_patches_are_told_apart() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::PatchState(state) = &facts[0] else { panic!("not a state: {facts:?}") };
        assert_eq!((&*state.host, state.status), (WEB, ScanStatus::Succeeded));
        assert_eq!(state.ended, Some(time("2026-11-24T01:01:30Z")));
        let counts = &state.counts;
        assert_eq!((counts.missing, counts.critical_non_compliant), (Some(14), Some(0)));
        assert_eq!((counts.security_non_compliant, counts.other_non_compliant), (Some(3), Some(11)));
        assert_eq!((state.reboot_pending, state.support.as_deref()), (Some(false), Some("Supported")));
        let Fact::Patch(curl) = &facts[1] else { panic!("not a patch: {facts:?}") };
        assert_eq!((&*curl.host, &*curl.title, curl.version.as_deref()), (WEB, "curl", Some("7.81.0-1ubuntu1.19")));
        assert_eq!((curl.presence, curl.security, curl.installed), (PatchPresence::Missing, true, None));
        // Trap 9: Linux patches have no date of publication, and the time of the assessment is none.
        assert_eq!(curl.published, None);
    }

    /// Traps 5 and 8: a cumulative update can come as a roll-up, and a KB with or without its prefix.
    #[test]
    fn a_windows_patch_is_known_by_its_kb() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Patch(patch) = &facts[2] else { panic!("not a patch: {facts:?}") };
        assert_eq!((patch.kb.as_deref(), patch.security), (Some("5046615"), false));
        assert_eq!(patch.published, Some(time("2026-11-10T00:00:00Z")));
    }

    /// Trap 3: a failed assessment has no counts, and an error without a status is a failure.
    #[test]
    fn failures_are_not_zero_missing() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::PatchState(state) = &facts[3] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.status, state.counts.missing), (ScanStatus::Failed, None));
        assert_eq!(&*state.error, "1: 2 error/s reported");
        let facts = facts_of(&OPERATION, "documented rows have no status", None);
        let states: Vec<_> = facts
            .iter()
            .map(|fact| match fact {
                Fact::PatchState(state) => (state.status, &*state.error),
                other => panic!("not a state: {other:?}"),
            })
            .collect();
        assert_eq!(states, [(ScanStatus::Succeeded, ""), (ScanStatus::Failed, "5: disk full")]);
    }
}
