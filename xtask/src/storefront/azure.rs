//! The healthy part of Azure and of the data centre behind Arc.

use super::{Done, Estate, SUBSCRIPTION, aws};
use serde_json::{Value, json};

/// Type of a virtual machine.
pub(super) const VM: &str = "microsoft.compute/virtualmachines";
/// Type of an Arc machine.
pub(super) const ARC: &str = "microsoft.hybridcompute/machines";

pub(super) fn build(estate: &mut Estate) {
    for number in 1..=32 {
        let name = format!("sf-az-{number}");
        estate.resources.push(vm(&name));
        estate.assessments.push(assessment(estate.day, &vm_id(&name), VM));
    }
    for number in 1..=4 {
        let name = format!("sf-store-{number}");
        estate.resources.push(arc(estate.day, &name));
        estate.assessments.push(assessment(estate.day, &arc_id(&name), ARC));
        estate.cmdb.push(aws::row(&format!("CI-20{number}"), &name));
    }
    // The one of Windows has the update of the month, which brings that of September.
    if windows(estate, "sf-az-27").is_ok() {
        let title = "2026-11 Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5088888)";
        estate.installations.push(installed("sf-az-27", title, "5088888"));
    }
    estate.resources.push(configuration("sf-mc-weekly"));
    estate.maintenance.push(assignment("sf-mc-weekly", "weekly"));
    estate.maintenance.push(ran("sf-mc-weekly", "sf-az-1"));
}

/// Makes a virtual machine one of Windows Server 2022.
pub(super) fn windows(estate: &mut Estate, name: &str) -> Done {
    let one = estate.resource(name)?;
    one["properties"]["storageProfile"] = json!({"imageReference": {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2022-datacenter-g2", "version": "latest",
        "exactVersion": "20348.4294.261101"}, "osDisk": {"osType": "Windows"}});
    one["properties"]["osProfile"] = json!({"computerName": name, "windowsConfiguration": {"provisionVMAgent": true, "enableAutomaticUpdates": true, "patchSettings": {"patchMode": "AutomaticByPlatform",
        "assessmentMode": "AutomaticByPlatform", "automaticByPlatformSettings": {"bypassPlatformSafetyChecksOnUserSchedule": true}}}});
    one["properties"]["extended"]["instanceView"] = json!({"osName": "Windows Server 2022 Datacenter", "osVersion": "10.0.20348.4294", "powerState": {"code": "PowerState/running"}});
    estate.assessment(name)?["properties"]["osType"] = "Windows".into();
    Ok(())
}

/// An update that a run installed.
fn installed(name: &str, title: &str, kb: &str) -> Value {
    let run = format!("{}/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000b", vm_id(name));
    json!({"id": format!("{run}/softwarePatches/{kb}"), "name": kb, "type": "microsoft.compute/virtualmachines/patchinstallationresults/softwarepatches",
        "properties": {"patchName": title, "kbId": kb, "classifications": ["Security"], "installationState": "Installed", "lastModifiedDateTime": "2026-11-18T02:20:00Z"}})
}

/// What requires machines of the subscription to be checked for updates.
pub(super) fn policy_assignment() -> Value {
    json!({"id": assignment_id(), "name": "sf-updates", "type": "microsoft.authorization/policyassignments", "subscriptionId": SUBSCRIPTION,
        "properties": {"displayName": "sf-updates", "scope": format!("/subscriptions/{SUBSCRIPTION}"),
            "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/f85bf3e0-d513-442e-89c3-1784ad63382b"}})
}

fn assignment_id() -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/sf-updates")
}

/// An exemption of a machine from it that nothing ends.
pub(super) fn exemption(name: &str, machine: &str) -> Value {
    json!({"id": format!("{}/providers/Microsoft.Authorization/policyExemptions/{name}", vm_id(machine)), "name": name,
        "type": "microsoft.authorization/policyexemptions", "subscriptionId": SUBSCRIPTION,
        "properties": {"policyAssignmentId": assignment_id(), "policyDefinitionReferenceIds": [], "exemptionCategory": "Waiver", "displayName": name,
            "description": "the supplier of the software has not released it for new kernels"},
        "systemData": {"createdBy": "engineer-9", "createdByType": "User", "createdAt": "2026-10-02T08:00:00.1234567Z"}})
}

/// What Defender makes of an exemption.
pub(super) fn exempt(machine: &str) -> Value {
    let key = "e1145ab1-eb4f-43d8-911b-36ddf771d13f";
    json!({"id": format!("{}/providers/Microsoft.Security/assessments/{key}", vm_id(machine)), "name": key, "type": "microsoft.security/assessments",
        "properties": {"displayName": "System updates should be installed on your machines (powered by Azure Update Manager)",
            "resourceDetails": {"Source": "Azure", "Id": vm_id(machine)},
            "status": {"code": "NotApplicable", "cause": "Exempt", "description": "Exempt", "statusChangeDate": "2026-10-02T09:00:00Z"}}})
}

fn group() -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop")
}

pub(super) fn vm_id(name: &str) -> String {
    format!("{}/providers/Microsoft.Compute/virtualMachines/{name}", group())
}

pub(super) fn arc_id(name: &str) -> String {
    format!("{}/providers/Microsoft.HybridCompute/machines/{name}", group())
}

fn configuration_id(name: &str) -> String {
    format!("{}/providers/Microsoft.Maintenance/maintenanceConfigurations/{name}", group())
}

fn tags(facing: Option<&str>) -> Value {
    let mut tags = json!({"service": "sf-checkout", "owner": "payments", "environment": "production", "data-class": "internal", "patch-window": "weekly"});
    if let Some(facing) = facing {
        tags["internet-facing"] = facing.into();
    }
    tags
}

fn vm(name: &str) -> Value {
    json!({"id": vm_id(name), "name": name, "type": VM, "subscriptionId": SUBSCRIPTION, "location": "westeurope",
        "resourceGroup": "rg-shop", "tags": tags(Some("false")), "legacyExtensions": [],
        "properties": {"timeCreated": "2026-11-06T09:00:00Z",
            "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest",
                "exactVersion": "24.04.202611010"}, "osDisk": {"osType": "Linux"}},
            "osProfile": {"computerName": name, "linuxConfiguration": {"provisionVMAgent": true, "patchSettings": {"patchMode": "AutomaticByPlatform",
                "assessmentMode": "AutomaticByPlatform", "automaticByPlatformSettings": {"bypassPlatformSafetyChecksOnUserSchedule": true, "rebootSetting": "IfRequired"}}}},
            "extended": {"instanceView": {"osName": "ubuntu", "osVersion": "24.04", "powerState": {"code": "PowerState/running", "displayStatus": "VM running"}}}}})
}

fn arc(day: &str, name: &str) -> Value {
    json!({"id": arc_id(name), "name": name, "type": ARC, "subscriptionId": SUBSCRIPTION, "location": "westeurope",
        "resourceGroup": "rg-shop", "tags": tags(None), "legacyExtensions": null,
        "properties": {"status": "Connected", "lastStatusChange": format!("{day}T05:50:00Z"), "osType": "linux", "osName": "linux", "osSku": "Ubuntu 22.04.5 LTS",
            "osVersion": "5.15.0-1050-generic", "osProfile": {"computerName": name, "linuxConfiguration": {"patchSettings": {"assessmentMode": "AutomaticByPlatform", "patchMode": "AutomaticByPlatform"}}}}})
}

fn assessment(day: &str, id: &str, kind: &str) -> Value {
    json!({"id": format!("{id}/patchAssessmentResults/latest"), "name": "1f0c2d3e-0000-4000-8000-00000000000a", "type": format!("{kind}/patchassessmentresults"),
        "properties": {"rebootPending": false, "patchServiceUsed": "APT", "osType": "Linux", "startDateTime": format!("{day}T01:00:00Z"),
            "lastModifiedDateTime": format!("{day}T01:01:30Z"), "startedBy": "Platform", "status": "Succeeded", "errorDetails": null,
            "availablePatchCountByClassification": {"critical": 0, "security": 0, "other": 0},
            "configurationStatus": {"vmGuestPatchReadiness": {"detectedVMGuestPatchSupportState": "Supported"}}}})
}

/// A patch that an assessment found missing.
pub(super) fn missing(
    day: &str,
    id: &str,
    kind: &str,
    package: &str,
    published: Option<&str>,
    kb: Option<&str>,
) -> Value {
    json!({"id": format!("{id}/patchAssessmentResults/latest/softwarePatches/{}", package.replace(' ', "-")), "name": package, "type": format!("{kind}/patchassessmentresults/softwarepatches"),
        "properties": {"patchName": package, "version": "1.0.1", "kbId": kb, "classifications": ["Security"], "rebootRequired": false, "msrcSeverity": kb.map(|_| "Critical"),
            "publishedDateTime": published, "lastModifiedDateTime": format!("{day}T01:01:30Z")}})
}

pub(super) fn configuration(name: &str) -> Value {
    json!({"id": configuration_id(name), "name": name, "type": "microsoft.maintenance/maintenanceconfigurations", "subscriptionId": SUBSCRIPTION, "location": "westeurope",
        "properties": {"maintenanceScope": "InGuestPatch", "extensionProperties": {"InGuestPatchMode": "User"},
            "maintenanceWindow": {"startDateTime": "2026-05-06 02:00", "duration": "03:00", "timeZone": "UTC", "recurEvery": "2Weeks", "expirationDateTime": null},
            "installPatches": {"rebootSetting": "IfRequired", "linuxParameters": {"classificationsToInclude": ["Critical", "Security"]},
                "windowsParameters": {"classificationsToInclude": ["Critical", "Security", "UpdateRollup"], "excludeKbsRequiringReboot": false}}}})
}

/// An assignment of everything in the subscription with a value of the tag `patch-window`.
pub(super) fn assignment(configuration: &str, value: &str) -> Value {
    json!({"id": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Maintenance/configurationAssignments/{configuration}"), "name": configuration,
        "type": "microsoft.maintenance/configurationassignments",
        "properties": {"maintenanceConfigurationId": configuration_id(configuration), "resourceId": format!("/subscriptions/{SUBSCRIPTION}"),
            "filter": {"resourceTypes": ["Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines"], "osTypes": ["Linux", "Windows"], "locations": [], "resourceGroups": [],
                "tagSettings": {"filterOperator": "Any", "tags": {"patch-window": [value]}}}}})
}

/// An assignment of one machine by its id.
pub(super) fn assigned(configuration: &str, machine: &str) -> Value {
    json!({"id": format!("{}/providers/Microsoft.Maintenance/configurationAssignments/{configuration}", vm_id(machine)), "name": configuration,
        "type": "microsoft.maintenance/configurationassignments",
        "properties": {"maintenanceConfigurationId": configuration_id(configuration), "resourceId": vm_id(machine)}})
}

/// A run of a configuration on a machine that succeeded.
pub(super) fn ran(configuration: &str, machine: &str) -> Value {
    json!({"id": format!("{}/providers/Microsoft.Maintenance/applyUpdates/20261118020000", vm_id(machine)), "name": "20261118020000",
        "type": "microsoft.maintenance/applyupdates",
        "properties": {"maintenanceConfigurationId": configuration_id(configuration), "maintenanceScope": "InGuestPatch", "resourceId": vm_id(machine),
            "status": "Succeeded", "startDateTime": "2026-11-18T02:00:00Z", "endDateTime": "2026-11-18T02:30:00Z"}})
}
