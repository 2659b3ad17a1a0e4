//! Machines, scale sets and maintenance configurations of a subscription in one list, told apart by each row's `type`.
//! Read as whole rows, and as the projection that inventories of Update Manager use.

use crate::azure::{machine, scale_set, window};
use crate::codec::{arm, resource_graph};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, HostKind};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.Resources",
    permissions: &[
        "Microsoft.Compute/virtualMachineScaleSets/read",
        "Microsoft.Compute/virtualMachines/extensions/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.HybridCompute/machines/extensions/read",
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.Maintenance/maintenanceConfigurations/read",
        "Microsoft.ResourceGraph/resources/read",
    ],
    docs: "https://learn.microsoft.com/en-us/rest/api/azureresourcegraph/resourcegraph/resources/resources",
    reach: Reach::Account,
    when: When::Start,
    // Nothing else lists Arc machines and scale sets: a list of virtual machines alone would hide them.
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

const QUERY: &str = "resources \
| where type in~ ('microsoft.compute/virtualmachines','microsoft.hybridcompute/machines',\
'microsoft.compute/virtualmachinescalesets','microsoft.maintenance/maintenanceconfigurations') \
| extend rid=tolower(id) \
| join kind=leftouter (resources \
| where type in~ ('microsoft.compute/virtualmachines/extensions','microsoft.hybridcompute/machines/extensions') \
| where tostring(properties.type) in~ ('MicrosoftMonitoringAgent','OmsAgentForLinux') \
| extend rid=tostring(split(tolower(id),'/extensions/')[0]) \
| summarize legacyExtensions=make_set(tostring(properties.type)) by rid) on rid \
| project id, name, type, subscriptionId, resourceGroup, location, tags, properties, legacyExtensions \
| order by id asc";

fn request(ask: &Ask) -> Request {
    super::request(ask, QUERY)
}

fn page(answer: &Answer<'_>) -> Page {
    resource_graph::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut table = String::new();
    let (signs, listed) = resource_graph::rows(answer, &mut table)?;
    rows.signs(signs);
    for (pointer, raw) in listed {
        let row = arm::resource(&pointer, raw)?;
        match row.kind.as_str() {
            kind @ ("microsoft.compute/virtualmachines" | "microsoft.hybridcompute/machines") => {
                let kind = if kind.starts_with("microsoft.hybrid") { HostKind::ArcMachine } else { HostKind::AzureVm };
                let (host, state) = machine::host(&pointer, raw, row, kind, false)?;
                rows.fact(pointer.clone(), Fact::Host(host));
                if let Some(state) = state {
                    rows.more(pointer, Fact::PatchState(state));
                }
            }
            "microsoft.compute/virtualmachinescalesets" => {
                let group = scale_set::group(&pointer, row)?;
                rows.fact(pointer, Fact::Group(group));
            }
            "microsoft.maintenance/maintenanceconfigurations" => {
                let window = window::window(&pointer, row)?;
                rows.fact(pointer, Fact::Window(Box::new(window)));
            }
            "" => rows.without("row whose type neither `type` nor `id` tells"),
            _ => rows.without("resource type that is neither a machine, a scale set nor a maintenance configuration"),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 5, "count": 5, "data": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/Rg-Shop/providers/Microsoft.Compute/virtualMachines/Web-1",
   "name": "Web-1", "type": "microsoft.compute/virtualmachines", "subscriptionId": "0aaaaaaa-0000-4000-8000-000000000001",
   "location": "westeurope", "tags": {"environment": "production"}, "legacyExtensions": ["OmsAgentForLinux"],
   "properties": {"timeCreated": "2026-01-05T08:00:00.1Z",
    "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest", "exactVersion": "22.04.202601010"},
     "osDisk": {"osType": "Linux"}},
    "osProfile": {"computerName": "web-1", "linuxConfiguration": {"patchSettings": {"patchMode": "AutomaticByPlatform", "assessmentMode": "AutomaticByPlatform",
     "automaticByPlatformSettings": {"bypassPlatformSafetyChecksOnUserSchedule": true, "rebootSetting": "Never"}}}},
    "virtualMachineScaleSet": {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachineScaleSets/Web"},
    "extended": {"instanceView": {"osName": "ubuntu", "osVersion": "22.04", "powerState": {"code": "PowerState/running", "displayStatus": "VM running"}}}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.HybridCompute/machines/till-7",
   "name": "till-7", "type": "microsoft.hybridcompute/machines", "subscriptionId": "0aaaaaaa-0000-4000-8000-000000000001",
   "location": "westeurope", "tags": null, "legacyExtensions": null,
   "properties": {"status": "Disconnected", "lastStatusChange": "2026-03-02T04:05:06.7Z", "osType": "linux", "osName": "linux", "osSku": "Ubuntu 20.04.6 LTS",
    "osVersion": "5.4.0-190-generic", "osProfile": {"linuxConfiguration": {"patchSettings": {"assessmentMode": "ImageDefault"}}}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachineScaleSets/Web",
   "name": "Web", "type": "microsoft.compute/virtualmachinescalesets", "location": "westeurope", "tags": {},
   "properties": {"orchestrationMode": "Flexible", "upgradePolicy": {"mode": "Manual", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": false}},
    "virtualMachineProfile": {"osProfile": {"linuxConfiguration": {}}, "storageProfile": {"imageReference": {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/golden/images/web/versions/1.0.3"}}}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-patch/providers/Microsoft.Maintenance/maintenanceConfigurations/Prod-Linux",
   "name": "Prod-Linux", "type": "microsoft.maintenance/maintenanceconfigurations", "location": "westeurope",
   "properties": {"maintenanceScope": "InGuestPatch", "extensionProperties": {"InGuestPatchMode": "User"},
    "maintenanceWindow": {"startDateTime": "2026-05-02 02:00", "duration": "03:55", "timeZone": "W. Europe Standard Time", "recurEvery": "Month Second Tuesday", "expirationDateTime": null},
    "installPatches": {"rebootSetting": "IfRequired", "linuxParameters": {"classificationsToInclude": ["Critical", "Security"], "packageNameMasksToExclude": ["kernel*"]},
     "windowsParameters": {"classificationsToInclude": ["Security"], "kbNumbersToExclude": ["KB234567"], "excludeKbsRequiringReboot": true}}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Network/publicIPAddresses/web",
   "name": "web", "type": "microsoft.network/publicipaddresses", "location": "westeurope", "properties": {}}
 ], "facets": [], "resultTruncated": "false", "$skipToken": "ew0KICAi"}"#,
        expect: Expect::Read { rows: 5, facts: 4, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "projected, az graph query",
        body: r#"{"count": 2, "data": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/db-1",
   "subscriptionId": "0AAAAAAA-0000-4000-8000-000000000001", "resourceGroup": "rg", "name": "db-1", "location": "West Europe", "tags": {"service": "orders"},
   "os": "Windows", "patchMode": "Manual", "assessmentMode": "", "bypass": null, "hotpatch": false, "autoUpd": true,
   "img": {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2019-datacenter", "version": "latest", "exactVersion": "17763.6414.241006"},
   "power": "PowerState/deallocated", "vmss": "",
   "a": {"rebootPending": true, "osType": "Windows", "status": "Succeeded", "startDateTime": "2026-11-23T01:00:00Z", "lastModifiedDateTime": "2026-11-23T01:02:00Z",
         "errorDetails": null, "availablePatchCountByClassification": {"critical": 1, "security": 2, "updateRollup": 3, "other": 4}}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/till-8",
   "name": "till-8", "location": "westeurope", "os": "linux", "patchMode": "", "assessmentMode": "", "bypass": null, "hotpatch": null, "autoUpd": null,
   "img": null, "power": "", "vmss": "", "a": null}
 ], "skip_token": null, "total_records": 2}"#,
        expect: Expect::Read { rows: 2, facts: 3, more: false },
    },
    Fixture {
        name: "table of 2019-04-01",
        body: r#"{"totalRecords": 1, "count": 1, "data": {"columns": [{"name": "type", "type": "string"}, {"name": "id", "type": "string"},
   {"name": "name", "type": "string"}, {"name": "tags", "type": "object"}, {"name": "properties", "type": "object"}],
  "rows": [["microsoft.compute/virtualmachines", "/subscriptions/s/resourceGroups/test_vm/providers/Microsoft.Compute/virtualMachines/vm", "vm",
   {"service": "orders"}, {"storageProfile": {"osDisk": {"osType": "Linux"}}, "osProfile": {"linuxConfiguration": {}}}]]},
 "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "table row too short",
        body: r#"{"data": {"columns": [{"name": "id"}, {"name": "name"}], "rows": [["/subscriptions/s"]]}}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error",
        body: r#"{"error": {"code": "BadRequest", "message": "Please provide below info when asking for support",
 "details": [{"code": "ParserFailure", "message": "Query is invalid.", "line": 1, "characterPositionInLine": 9}]}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::{Family, Host, Power};

    fn host(fixture: &str, number: usize) -> Host {
        match facts_of(&OPERATION, fixture, None).swap_remove(number) {
            Fact::Host(host) => host,
            other => panic!("not a host: {other:?}"),
        }
    }

    /// §1.0 trap 7: ids join in lower case.
    #[test]
    fn a_whole_row_has_everything() {
        let host = host("answered", 0);
        assert!(host.key.ends_with("/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1"));
        assert!(host.id.ends_with("/resourceGroups/Rg-Shop/providers/Microsoft.Compute/virtualMachines/Web-1"));
        assert!(host.group.as_deref().is_some_and(|set| set.ends_with("/virtualmachinescalesets/web")));
        assert_eq!((host.power, host.family), (Power::Running, Family::Linux));
        assert_eq!(host.image.as_deref(), Some("Canonical/0001-com-ubuntu-server-jammy/22_04-lts/latest"));
        assert_eq!(host.image_version.as_deref(), Some("22.04.202601010"));
        assert_eq!((host.os_name.as_str(), host.os_version.as_str()), ("ubuntu", "22.04"));
        let settings = host.patch_settings.unwrap();
        assert_eq!(settings.patch_mode.as_deref(), Some("AutomaticByPlatform"));
        assert_eq!((settings.bypass, settings.has_os_profile), (Some(true), true));
        // Trap 12: the machine's own reboot setting wins over the configuration's.
        assert_eq!(settings.reboot_setting.as_deref(), Some("Never"));
        assert_eq!(settings.legacy_extensions.unwrap(), ["OmsAgentForLinux"]);
    }

    #[test]
    fn an_arc_machine_tells_of_its_agent_and_its_kernel() {
        let host = host("answered", 1);
        assert_eq!((host.kind, host.power), (HostKind::ArcMachine, Power::Unknown));
        assert_eq!(host.agent_status.as_deref(), Some("Disconnected"));
        assert_eq!(host.agent_seen, Some(time("2026-03-02T04:05:06.7Z")));
        assert_eq!((host.os_name.as_str(), host.os_version.as_str()), ("Ubuntu 20.04.6 LTS", "5.4.0-190-generic"));
        assert_eq!(host.patch_settings.unwrap().assessment_mode.as_deref(), Some("ImageDefault"));
    }

    #[test]
    fn a_scale_set_and_a_window() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Group(set) = &facts[2] else { panic!("not a group: {facts:?}") };
        assert_eq!((set.upgrade_mode.as_deref(), set.automatic_os_upgrade), (Some("Manual"), Some(false)));
        assert_eq!((set.orchestration.as_deref(), set.family), (Some("Flexible"), Family::Linux));
        assert!(set.image.as_deref().is_some_and(|image| image.ends_with("/versions/1.0.3")));
        let Fact::Window(window) = &facts[3] else { panic!("not a window: {facts:?}") };
        // Trap 13: a wall clock in a zone with a Windows name; no expiry is no end.
        assert_eq!((window.starts, window.ends), (Some(time("2026-05-02T00:00:00Z")), None));
        assert_eq!((window.schedule.as_str(), window.duration_minutes), ("Month Second Tuesday", Some(235)));
        let install = window.install.as_ref().unwrap();
        assert_eq!(
            (install.linux_excluded.as_slice(), install.windows_excluded.as_slice()),
            (&["kernel*".into()][..], &["234567".into()][..])
        );
    }

    /// Trap 10: an absent mode is the default, and a projection shows it as empty text.
    #[test]
    fn a_projected_row_is_the_same_machine() {
        let first = host("projected, az graph query", 0);
        assert_eq!((first.power, first.family, first.group), (Power::Stopped, Family::Windows, None));
        assert_eq!(
            (first.region.as_deref(), first.account.as_deref()),
            (Some("westeurope"), Some("0aaaaaaa-0000-4000-8000-000000000001"))
        );
        let settings = first.patch_settings.unwrap();
        assert_eq!((settings.patch_mode.as_deref(), settings.assessment_mode), (Some("Manual"), None));
        assert_eq!(
            (settings.automatic_updates, settings.hotpatch, settings.has_os_profile),
            (Some(true), Some(false), true)
        );
        let facts = facts_of(&OPERATION, "projected, az graph query", None);
        let Fact::PatchState(state) = &facts[1] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.counts.missing, state.reboot_pending), (Some(10), Some(true)));
        // Nothing shows whether the second one has an OS profile: its settings cannot be read.
        assert!(!host("projected, az graph query", 2).patch_settings.unwrap().has_os_profile);
        // Null is what the query's join gives a machine without legacy extensions; no column says nothing.
        assert_eq!(host("projected, az graph query", 0).patch_settings.unwrap().legacy_extensions, None);
        assert_eq!(host("answered", 1).patch_settings.unwrap().legacy_extensions, Some(Vec::new()));
    }

    /// §1.0 trap 2: the older API prints a table.
    #[test]
    fn a_table_is_read_as_a_list() {
        let host = host("table of 2019-04-01", 0);
        assert_eq!((host.name.as_str(), host.family), ("vm", Family::Linux));
        assert_eq!(host.tags["service"], "orders");
    }
}
