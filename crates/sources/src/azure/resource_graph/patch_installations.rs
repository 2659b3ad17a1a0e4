//! What installation runs did in the last 30 days. Runs are history: what a machine lacks now is the assessment's to say.

use crate::azure::patching::{self, PatchRow};
use crate::codec::arm::{self, Text};
use crate::codec::resource_graph;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::Fact;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.PatchInstallations",
    permissions: &[
        "Microsoft.Compute/virtualMachines/patchInstallationResults/read",
        "Microsoft.Compute/virtualMachines/patchInstallationResults/softwarePatches/read",
        "Microsoft.HybridCompute/machines/patchInstallationResults/read",
        "Microsoft.HybridCompute/machines/patchInstallationResults/softwarePatches/read",
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

const QUERY: &str = "patchinstallationresources \
| where type in~ ('microsoft.compute/virtualmachines/patchinstallationresults',\
'microsoft.compute/virtualmachines/patchinstallationresults/softwarepatches',\
'microsoft.hybridcompute/machines/patchinstallationresults',\
'microsoft.hybridcompute/machines/patchinstallationresults/softwarepatches') \
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
        let Some((machine, run)) = arm::split_at(&row.id, "patchInstallationResults") else {
            rows.without("row whose id is not that of an installation");
            continue;
        };
        let host = arm::key(machine);
        if arm::split_at(run, "softwarePatches").is_none() {
            let run = patching::installation(&pointer, row.properties, host, run.trim_end_matches('/'))?;
            rows.fact(pointer, Fact::Installation(run));
            continue;
        }
        let patch: PatchRow<'_> = arm::part(&pointer, row.properties)?;
        match patch.installed() {
            Ok(presence) => rows.fact(pointer, Fact::Patch(patch.patch(&host, row.name.0, presence))),
            Err(reason) => rows.without(reason),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 4, "count": 4, "data": [
  {"id": "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Web-1/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000a",
   "name": "cfc8b1b5-0000-4000-8000-00000000000a", "type": "microsoft.compute/virtualmachines/patchinstallationresults",
   "properties": {"installationActivityId": "cfc8b1b5-0000-4000-8000-00000000000a", "maintenanceWindowExceeded": true, "notSelectedPatchCount": 11, "installedPatchCount": 32,
    "excludedPatchCount": 1, "pendingPatchCount": 2, "failedPatchCount": 1, "patchServiceUsed": "APT", "startDateTime": "2026-11-20T01:00:00Z", "lastModifiedDateTime": "2026-11-20T02:30:00Z",
    "rebootStatus": "Required", "startedBy": "Platform", "status": "CompletedWithWarnings", "osType": "Linux", "errorDetails": {"code": "Success", "message": "0 error/s reported.", "details": []},
    "maintenanceRunId": "/subscriptions/s/resourcegroups/rg/providers/microsoft.maintenance/maintenanceconfigurations/prod/providers/microsoft.maintenance/applyupdates/20261120010000"}},
  {"id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000a/softwarePatches/1",
   "name": "1", "properties": {"patchName": "linux-tools-common", "version": "5.15.0-125.135", "classifications": ["Security"], "installationState": "Installed", "lastModifiedDateTime": "2026-11-20T01:20:00Z"}},
  {"id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000a/softwarePatches/2",
   "name": "2", "properties": {"patchName": "linux-tools-common", "version": "5.15.0-126.136", "classifications": ["Other"], "installationState": "NotSelected", "lastModifiedDateTime": "2026-11-20T01:20:00Z"}},
  {"id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000a/softwarePatches/3",
   "name": "3", "properties": {"patchName": "grub-pc", "version": "2.06-2ubuntu7.2", "classifications": ["Critical"], "installationState": "Failed", "lastModifiedDateTime": "2026-11-20T01:21:00Z"}}
 ], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 4, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "error",
        body: r#"{"error": {"code": "RateLimiting", "message": "Please provide below info when asking for support"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::PatchPresence;

    /// Traps 4 and 14: a code of `Success` is no error, and the counts tell that the run is not done.
    #[test]
    fn a_run_is_judged_by_its_counts() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Installation(run) = &facts[0] else { panic!("not a run: {facts:?}") };
        assert_eq!(run.host, "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web-1");
        assert_eq!((run.installed, run.failed, run.pending, run.excluded, run.not_selected), (32, 1, 2, 1, 11));
        assert_eq!((run.window_exceeded, run.reboot_status.as_str(), run.error.as_str()), (true, "Required", ""));
        assert!(run.maintenance_run.ends_with("20261120010000"));
    }

    /// Trap 8: one package twice in a run, in two versions and two states.
    #[test]
    fn a_package_can_stand_there_twice() {
        let facts = facts_of(&OPERATION, "answered", None);
        let patches: Vec<_> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Patch(patch) => Some((&*patch.title, patch.presence, patch.installed)),
                _ => None,
            })
            .collect();
        assert_eq!(
            patches,
            [
                ("linux-tools-common", PatchPresence::Installed, Some(time("2026-11-20T01:20:00Z"))),
                ("grub-pc", PatchPresence::Failed, None)
            ]
        );
    }
}
