//! One machine as it runs: its agent, its last assessment and its last installation. Here the flag for a pending reboot
//! sits in the summary of available patches.

use crate::azure::machine::VmAgent;
use crate::azure::patching;
use crate::codec::arm::{self, Text};
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Agent, Fact, Ping};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "compute.InstanceView",
    permissions: &["Microsoft.Compute/virtualMachines/instanceView/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/instance-view",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &["resource-graph.PatchAssessments"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let (group, name) = ask.subject.as_deref().and_then(|subject| subject.split_once('~')).unwrap_or_default();
    let vm = crate::azure::vm_path(&ask.scope.account, group, name);
    crate::azure::get(ask, format!("{vm}/instanceView?api-version=2025-04-01"))
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    #[serde(rename = "statuses")]
    _statuses: Vec<IgnoredAny>,
    #[serde(borrow, default)]
    computer_name: Text<'a>,
    #[serde(borrow, default)]
    os_name: Text<'a>,
    #[serde(borrow, default)]
    os_version: Text<'a>,
    #[serde(borrow)]
    vm_agent: Option<VmAgent<'a>>,
    #[serde(borrow)]
    patch_status: Option<PatchStatus<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatchStatus<'a> {
    #[serde(borrow)]
    available_patch_summary: Option<&'a RawValue>,
    #[serde(borrow)]
    last_patch_installation_summary: Option<&'a RawValue>,
}

/// The view itself, or that of the machine which `az vm get-instance-view` prints around it.
fn view<'a>(body: &'a RawValue) -> Result<(&'static str, View<'a>), Reject> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Around<'a> {
        #[serde(borrow)]
        instance_view: Option<&'a RawValue>,
        #[serde(borrow)]
        properties: Option<Inner<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Inner<'a> {
        #[serde(borrow)]
        instance_view: Option<&'a RawValue>,
    }
    let around: Around<'a> = arm::part(&Pointer::Whole, body)?;
    let (at, raw) = match (around.instance_view, around.properties.and_then(|inner| inner.instance_view)) {
        (Some(view), _) => ("/instanceView", view),
        (None, Some(view)) => ("/properties/instanceView", view),
        (None, None) => ("", body),
    };
    Ok((at, arm::part(&Pointer::path(at), raw)?))
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let (at, view) = view(json::read(answer)?)?;
    let mut rows = Rows::into_sink(sink);
    let scope = &answer.exchange.scope;
    let Some(host) = crate::azure::vm_key(&scope.account, answer.exchange.subject.as_deref()) else {
        rows.without(crate::azure::NO_SUBJECT);
        return Ok(rows.tally());
    };
    let place = |member: &str| Pointer::path(format!("{at}{member}"));
    match view.vm_agent.as_ref().map(|agent| agent.statuses.first()) {
        Some(Some(status)) => {
            let agent = Agent {
                host: host.clone().into(),
                account: Some(scope.account.to_ascii_lowercase()),
                region: None,
                ping: Some(match &*status.display_status {
                    "Ready" => Ping::Online,
                    "Not Ready" => Ping::Lost,
                    _ => Ping::Other,
                }),
                last_ping: arm::known(status.time),
                resource_type: "".into(),
                family: arm::family(&view.os_name),
                platform_name: view.os_name.0.into_owned().into(),
                platform_version: view.os_version.0.into_owned().into(),
                name: "".into(),
                computer_name: view.computer_name.0.into_owned().into(),
                address: "".into(),
                registered: None,
                terminated: false,
                tags: BTreeMap::new(),
            };
            rows.fact(place("/vmAgent/statuses/0"), Fact::Agent(agent));
        }
        Some(None) => rows.without("guest agent without a status"),
        None => rows.without("view of a machine without its guest agent"),
    }
    let Some(patches) = view.patch_status else { return Ok(rows.tally()) };
    if let Some(summary) = patches.available_patch_summary {
        let pointer = place("/patchStatus/availablePatchSummary");
        match patching::assessment(&pointer, summary, host.clone())? {
            Some(state) => rows.fact(pointer, Fact::PatchState(state)),
            None => rows.without("assessment status that is not documented"),
        }
    }
    if let Some(summary) = patches.last_patch_installation_summary {
        let pointer = place("/patchStatus/lastPatchInstallationSummary");
        let run = patching::installation(&pointer, summary, host, "")?;
        rows.fact(pointer, Fact::Installation(run));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"computerName": "web-1", "osName": "Windows Server 2016 Datacenter", "osVersion": "Microsoft Windows NT 10.0.14393.0",
 "vmAgent": {"vmAgentVersion": "2.7.41491.949", "statuses": [{"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready", "time": "2026-11-24T05:11:22+00:00"}]},
 "patchStatus": {
  "availablePatchSummary": {"status": "Succeeded", "assessmentActivityId": "68f8b292-0000-4000-8000-00000000000a", "rebootPending": true, "criticalAndSecurityPatchCount": 1, "otherPatchCount": 2,
   "startTime": "2026-11-23T21:02:04.2556154Z", "lastModifiedTime": "2026-11-23T21:02:04.2556154Z", "error": null},
  "lastPatchInstallationSummary": {"status": "Succeeded", "installationActivityId": "68f8b292-0000-4000-8000-00000000000b", "maintenanceWindowExceeded": false, "notSelectedPatchCount": 1,
   "excludedPatchCount": 1, "pendingPatchCount": 1, "installedPatchCount": 1, "failedPatchCount": 1, "startTime": "2026-11-20T21:02:04.2556154Z", "lastModifiedTime": "2026-11-20T21:42:04Z", "error": null}},
 "statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running", "displayStatus": "VM running"}]}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"statuses": [{"code": "PowerState/deallocated", "displayStatus": "VM deallocated"}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "az vm get-instance-view",
        body: r#"{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1", "name": "vm1", "instanceView":
 {"statuses": [], "osName": "ubuntu", "osVersion": "22.04", "vmAgent": {"statuses": [{"displayStatus": "Not Ready", "time": "2026-11-24T05:47:38+00:00"}]}}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "ResourceNotFound"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    const VM: Option<&str> = Some("RG-Shop~Web-1");

    /// Traps 4 and 14: the flag sits in the summary, and a run can be `Succeeded` with failures.
    #[test]
    fn agent_assessment_and_run() {
        let facts = facts_of(&OPERATION, "answered", VM);
        let Fact::Agent(agent) = &facts[0] else { panic!("not an agent: {facts:?}") };
        let key = "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1";
        assert_eq!((&*agent.host, agent.ping), (key, Some(Ping::Online)));
        let Fact::PatchState(state) = &facts[1] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.reboot_pending, state.counts.missing), (Some(true), Some(3)));
        assert_eq!((state.counts.critical_non_compliant, state.counts.security_non_compliant), (None, Some(1)));
        assert_eq!(state.ended, Some(time("2026-11-23T21:02:04.2556154Z")));
        let Fact::Installation(run) = &facts[2] else { panic!("not a run: {facts:?}") };
        assert_eq!((run.status.as_str(), run.failed, run.pending), ("Succeeded", 1, 1));
    }

    #[test]
    fn a_file_without_its_machine_states_nothing() {
        assert!(facts_of(&OPERATION, "answered", None).is_empty());
        let facts = facts_of(&OPERATION, "az vm get-instance-view", VM);
        assert!(matches!(&facts[0], Fact::Agent(Agent { ping: Some(Ping::Lost), .. })));
    }
}
