//! Virtual machines as ARM lists them, as `az` prints them, or one by one with their instance view.

use crate::azure::machine;
use crate::codec::arm;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, HostKind};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "compute.VirtualMachines",
    permissions: &["Microsoft.Compute/virtualMachines/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/list-all",
    reach: Reach::Account,
    when: When::Extra,
    instead: &["resource-graph.Resources"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let path = "/providers/Microsoft.Compute/virtualMachines?api-version=2025-04-01";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        if row.kind != "microsoft.compute/virtualmachines" {
            rows.without("resource that is no virtual machine");
            continue;
        }
        let (host, _) = machine::host(&pointer, raw, row, HostKind::AzureVm, true)?;
        rows.fact(pointer, Fact::Host(host));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [{"name": "web-1", "id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/RG-SHOP/providers/Microsoft.Compute/virtualMachines/web-1",
  "type": "Microsoft.Compute/virtualMachines", "location": "westeurope", "tags": {"environment": "production"},
  "properties": {"vmId": "fd560bf4-0000-4000-8000-00000000000a", "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "UbuntuServer", "sku": "18.04-LTS", "version": "latest", "exactVersion": "18.04.202101290"},
   "osDisk": {"osType": "Linux"}}, "osProfile": {"computerName": "web-1", "linuxConfiguration": {"patchSettings": {"patchMode": "ImageDefault"}}}},
  "resources": [{"id": "/subscriptions/s/resourceGroups/RG-SHOP/providers/Microsoft.Compute/virtualMachines/web-1/extensions/OmsAgentForLinux"}]}],
 "nextLink": "https://management.azure.com/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.Compute/virtualMachines?api-version=2025-04-01&$skiptoken=b"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: true },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "az vm list --show-details",
        body: r#"[{"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/db-1", "location": "westeurope", "name": "db-1",
  "osProfile": {"computerName": "db-1", "windowsConfiguration": {"enableAutomaticUpdates": true, "patchSettings": {"assessmentMode": "ImageDefault", "patchMode": "AutomaticByOS", "enableHotpatching": false}}},
  "powerState": "VM deallocated", "publicIps": "", "resourceGroup": "rg-shop", "storageProfile": {"imageReference": null, "osDisk": {"osType": "Windows"}}, "tags": null,
  "timeCreated": "2024-02-01T10:00:00+00:00", "type": "Microsoft.Compute/virtualMachines", "virtualMachineScaleSet": null,
  "resources": [{"id": "/subscriptions/s/x/extensions/mma", "name": "mma", "type": "Microsoft.Compute/virtualMachines/extensions", "typePropertiesType": "MicrosoftMonitoringAgent"}]}]"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "one machine with its instance view",
        body: r#"{"name": "vm1", "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1", "type": "Microsoft.Compute/virtualMachines", "location": "westus", "tags": {},
 "properties": {"storageProfile": {"osDisk": {"osType": "Linux"}}, "instanceView": {"osName": "ubuntu", "osVersion": "16.04",
   "vmAgent": {"vmAgentVersion": "Unknown", "statuses": [{"code": "ProvisioningState/Unavailable", "displayStatus": "Not Ready", "time": "2021-03-10T05:47:38+00:00"}]},
   "extensions": [{"name": "oms", "type": "Microsoft.EnterpriseCloud.Monitoring.OmsAgentForLinux"}],
   "statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running", "displayStatus": "VM running"}]}}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error",
        body: r#"{"error": {"code": "AuthorizationFailed", "message": "The client does not have authorization."}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;
    use patchseal_core::fact::{Family, Host, Power};

    fn host(fixture: &str) -> Host {
        match facts_of(&OPERATION, fixture, None).swap_remove(0) {
            Fact::Host(host) => host,
            other => panic!("not a host: {other:?}"),
        }
    }

    #[test]
    fn a_list_has_no_power_state() {
        let host = host("answered");
        assert_eq!((host.power, host.agent_status, host.public_address), (Power::Unknown, None, None));
        assert_eq!(host.patch_settings.unwrap().legacy_extensions.unwrap(), ["OmsAgentForLinux"]);
    }

    #[test]
    fn az_moves_the_properties_up() {
        let host = host("az vm list --show-details");
        assert_eq!((host.power, host.family, host.public_address), (Power::Stopped, Family::Windows, Some(false)));
        assert!(host.launched.is_some() && host.image.is_none() && host.group.is_none());
        let settings = host.patch_settings.unwrap();
        assert_eq!((settings.patch_mode.as_deref(), settings.automatic_updates), (Some("AutomaticByOS"), Some(true)));
        assert_eq!(settings.legacy_extensions.unwrap(), ["MicrosoftMonitoringAgent"]);
    }

    /// Trap 10: a machine without an OS profile has settings that nobody can read.
    #[test]
    fn an_instance_view_tells_of_the_agent() {
        let host = host("one machine with its instance view");
        assert_eq!((host.power, host.agent_status.as_deref()), (Power::Running, Some("Not Ready")));
        assert_eq!((host.os_name.as_str(), host.os_version.as_str()), ("ubuntu", "16.04"));
        let settings = host.patch_settings.unwrap();
        assert!(!settings.has_os_profile);
        assert_eq!(settings.legacy_extensions.unwrap(), ["OmsAgentForLinux"]);
    }
}
