//! Records that say more than is true, and fixes that come undone.

use super::{Fault, changes, lacks, state};
use crate::storefront::azure::{VM, missing, vm_id};
use crate::storefront::{Done, Estate, SHOP, SUBSCRIPTION};
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "contradicted-command",
        cloud: "aws",
        about: "a command that reports success, and the kernel that it was sent for is still missing the next morning",
        findings: &[("claim-contradicted", "sf-web-su-11", "fail")],
        apply: |e| {
            lacks(e, "sf-web-su-11", "kernel-6.1.150-174.273.amzn2023.x86_64", "CVE-2026-90020")?;
            commanded(e, "sf-web-su-11", 1, "2026-11-23", "Success")
        },
    },
    Fault {
        id: "unverified-command",
        cloud: "aws",
        about: "a command that reports success, on a host that nobody has scanned since",
        findings: &[("claim-unverified", "sf-cart-su-12", "fail")],
        apply: |e| {
            state(e, "sf-cart-su-12", "OperationStartTime", "2026-11-19T03:00:00+00:00")?;
            state(e, "sf-cart-su-12", "OperationEndTime", "2026-11-19T03:02:00+00:00")?;
            commanded(e, "sf-cart-su-12", 2, "2026-11-20", "Success")
        },
    },
    Fault {
        id: "incomplete-command",
        cloud: "aws",
        about: "a command that timed out, and the fix is missing",
        findings: &[("install-incomplete", "sf-search-su-13", "fail"), ("patch-without-change", "CHG0041013", "fail")],
        apply: |e| {
            lacks(e, "sf-search-su-13", "openssh-8.7p1-8.amzn2023.0.11.x86_64", "CVE-2026-90021")?;
            commanded(e, "sf-search-su-13", 3, "2026-11-23", "ExecutionTimedOut")
        },
    },
    Fault {
        id: "image-rolled-back",
        cloud: "aws",
        about: "a group whose template went back to the image of the month before",
        findings: &[("fix-regressed", "sf-asg-cart", "fail")],
        apply: |e| {
            let back = e.day == "2026-11-24";
            let place = e.place(SHOP, "us-east-1")?;
            let new = place.images[0]["ImageId"].clone();
            place.images.push(json!({"ImageId": "ami-0100000000000003", "Name": "sf-golden-su-2026-10", "CreationDate": "2026-10-05T00:00:00.000Z",
                "State": "available", "OwnerId": SHOP}));
            place.groups.push(json!({"AutoScalingGroupName": "sf-asg-cart", "AutoScalingGroupARN": format!("arn:aws:autoscaling:us-east-1:{SHOP}:autoScalingGroup:0aaaaaaa-0000-4000-8000-000000000000:autoScalingGroupName/sf-asg-cart"),
                "LaunchTemplate": {"LaunchTemplateId": "lt-0100000000000001", "LaunchTemplateName": "sf-cart", "Version": "$Latest"}, "Instances": [], "Tags": []}));
            let version = |number: u32, made: &str, image: Value| {
                json!({"LaunchTemplateId": "lt-0100000000000001", "LaunchTemplateName": "sf-cart", "VersionNumber": number, "DefaultVersion": number == 1,
                "CreateTime": made, "LaunchTemplateData": {"ImageId": image}})
            };
            let mut versions = vec![version(1, "2026-11-06T00:00:00.000Z", new)];
            if back {
                versions.push(version(2, "2026-11-23T10:00:00.000Z", "ami-0100000000000003".into()));
            }
            place.templates.insert("lt-0100000000000001".into(), versions);
            Ok(())
        },
    },
    Fault {
        id: "unverified-installation",
        cloud: "azure",
        about: "an installation run that succeeded, on a machine that nobody has assessed since",
        findings: &[("claim-unverified", "sf-az-23", "fail")],
        apply: |e| {
            let assessed = &mut e.assessment("sf-az-23")?["properties"];
            assessed["startDateTime"] = "2026-11-19T01:00:00Z".into();
            assessed["lastModifiedDateTime"] = "2026-11-19T01:01:30Z".into();
            e.installations.push(installation("sf-az-23", "b", "2026-11-20", |_| {}));
            e.changes.push(changes::on("2026-11-20", "CHG0041014", "sf-az-23"));
            Ok(())
        },
    },
    Fault {
        id: "incomplete-installation",
        cloud: "azure",
        about: "an installation run that says succeeded, whose window closed before it was done",
        findings: &[("install-incomplete", "sf-az-24", "fail"), ("exploited-unpatched", "sf-az-24", "unknown")],
        apply: |e| {
            if e.day > "2026-11-23" {
                e.installations.push(installation("sf-az-24", "c", "2026-11-23", |run| {
                    run["maintenanceWindowExceeded"] = true.into();
                    run["pendingPatchCount"] = 1.into();
                }));
            }
            if e.day > "2026-11-23" {
                e.changes.push(changes::on("2026-11-23", "CHG0041015", "sf-az-24"));
            }
            let day = e.day;
            e.assessment("sf-az-24")?["properties"]["availablePatchCountByClassification"] =
                json!({"critical": 0, "security": 1, "other": 0});
            e.assessments.push(missing(day, &vm_id("sf-az-24"), VM, "libtiff6", Some("2026-11-18T00:00:00Z"), None));
            Ok(())
        },
    },
    Fault {
        id: "scale-set-rolled-back",
        cloud: "azure",
        about: "a scale set whose model went back to the image of the month before",
        findings: &[("fix-regressed", "sf-vmss", "fail")],
        apply: |e| {
            let version = if e.day == "2026-11-24" { "24.04.202610010" } else { "24.04.202611010" };
            e.resources.push(json!({"id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachineScaleSets/sf-vmss"),
                "name": "sf-vmss", "type": "microsoft.compute/virtualmachinescalesets", "subscriptionId": SUBSCRIPTION, "location": "westeurope",
                "resourceGroup": "rg-shop", "tags": {}, "properties": {"orchestrationMode": "Uniform", "upgradePolicy": {"mode": "Automatic"},
                "virtualMachineProfile": {"storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server",
                    "version": version}, "osDisk": {"osType": "Linux"}}}}}));
            Ok(())
        },
    },
];

/// A patch command to one host at two in the morning, and the change for it.
fn commanded(e: &mut Estate, host: &str, number: u32, day: &str, status: &str) -> Done {
    if e.day > day {
        e.changes.push(changes::on(day, &format!("CHG004101{number}"), host));
    }
    sent(e, host, number, day, status)
}

/// A patch command to one host at two in the morning, on record from that day on.
pub(super) fn sent(e: &mut Estate, host: &str, number: u32, day: &str, status: &str) -> Done {
    if e.day < day {
        return Ok(());
    }
    let id = e.host(host)?.id.clone();
    let command = format!("66666666-0000-4000-8000-00000000000{number}");
    let outcome = if status == "Success" { "Success" } else { "TimedOut" };
    let at = format!("{day}T02:00:00+00:00");
    let region = if host.contains("-se-") { "eu-west-1" } else { "us-east-1" };
    let place = e.place(SHOP, region)?;
    place.commands.push(json!({"CommandId": command, "DocumentName": "AWS-RunPatchBaseline", "DocumentVersion": "$DEFAULT",
        "Parameters": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}, "InstanceIds": [id], "Targets": [],
        "RequestedDateTime": at, "Status": outcome, "StatusDetails": status, "TargetCount": 1, "CompletedCount": 1,
        "ErrorCount": u32::from(outcome != "Success")}));
    place.invocations.push(json!({"CommandId": command, "InstanceId": id, "DocumentName": "AWS-RunPatchBaseline",
        "RequestedDateTime": at, "Status": outcome, "StatusDetails": status}));
    Ok(())
}

/// An installation run at two in the morning.
pub(super) fn installation(host: &str, digit: &str, day: &str, change: fn(&mut Value)) -> Value {
    let id = format!("cfc8b1b5-0000-4000-8000-00000000000{digit}");
    let mut run = json!({"installationActivityId": id, "maintenanceWindowExceeded": false, "notSelectedPatchCount": 0, "installedPatchCount": 4,
        "excludedPatchCount": 0, "pendingPatchCount": 0, "failedPatchCount": 0, "patchServiceUsed": "APT", "startDateTime": format!("{day}T02:00:00Z"),
        "lastModifiedDateTime": format!("{day}T02:20:00Z"), "rebootStatus": "NotNeeded", "startedBy": "User", "status": "Succeeded", "osType": "Linux",
        "errorDetails": null, "maintenanceRunId": ""});
    change(&mut run);
    json!({"id": format!("{}/patchInstallationResults/{id}", vm_id(host)), "name": id, "type": "microsoft.compute/virtualmachines/patchinstallationresults", "properties": run})
}
