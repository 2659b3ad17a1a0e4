//! Answers that real clouds gave, beside the repository in `../shared/corpus` or where `PATCHSEAL_CORPUS` says, and a
//! count of their rows without any of the code under test. The tests of the readers and those of the binary share it.

use patchseal_sources::{Operation, Reach, operation};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A saved answer of an operation that is read.
pub(crate) struct Saved {
    /// Where it lies, for messages.
    pub(crate) place: String,
    /// What it answers.
    pub(crate) operation: &'static Operation,
    /// About what.
    pub(crate) subject: Option<String>,
    /// Number among the answers of its operation, from 1.
    pub(crate) number: u32,
    /// HTTP status.
    pub(crate) status: u16,
    /// As it was saved.
    pub(crate) body: Vec<u8>,
}

/// Recordings of Azure hold several interactions, and samples are bodies: where each body lies, what it answers and about
/// which machine.
const AZURE: [(&str, &str, &str, Option<&str>); 12] = [
    ("arg/skip_token_page.json", "/response/body", "resource-graph.Resources", None),
    ("c7n/arg_and_arm_vm_equivalent.json", "/interactions/0/response/body/data", "compute.VirtualMachines", None),
    ("c7n/arg_and_arm_vm_equivalent.json", "/interactions/1/response/body/data", "resource-graph.Resources", None),
    ("c7n/vm_instance_view.json", "/interactions/0/response/body/data", "compute.VirtualMachines", None),
    ("c7n/vm_instance_view.json", "/interactions/1/response/body/data", "compute.VirtualMachines", None),
    (
        "c7n/vm_instance_view.json",
        "/interactions/1/response/body/data",
        "compute.InstanceView",
        Some("TEST_VM~cctestvm"),
    ),
    ("maintenance/config_inguestpatch_windows.json", "", "maintenance.Configurations", None),
    ("vm/install_patches_result_linux.json", "/response", "compute.InstallPatches", Some("rg~vm1")),
    ("vm/instance_view_patch_status_example.json", "", "compute.InstanceView", Some("rg~myVM")),
    ("vm/linux_vm_patch_mode_get_and_instanceview.json", "/0/response", "compute.InstanceView", Some("rg~vm1")),
    ("vm/linux_vm_patch_mode_get_and_instanceview.json", "/0/response", "compute.VirtualMachines", None),
    ("vm/linux_vm_patch_mode_get_and_instanceview.json", "/1/response", "compute.VirtualMachines", None),
];

/// Every answer of a listed operation; `None`, and a line that says so, where there are none.
pub(crate) fn all() -> Option<Vec<Saved>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("PATCHSEAL_CORPUS").map_or(beside, PathBuf::from);
    let mut saved = Vec::new();
    aws(&corpus, &mut saved);
    azure(&corpus.join("azure"), &mut saved);
    if saved.is_empty() {
        eprintln!("skipped: no answers in {}", corpus.display());
        return None;
    }
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    for one in &mut saved {
        let number = numbers.entry(one.operation.id).or_default();
        *number += 1;
        one.number = *number;
    }
    Some(saved)
}

fn aws(corpus: &Path, saved: &mut Vec<Saved>) {
    let mut files = Vec::new();
    for part in ["aws", "aws-cli-docs"] {
        walk(&corpus.join(part), &mut files);
    }
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut parts = name.split('.');
        let id = format!("{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let Some(operation) = operation(&id) else { continue };
        let status = name.split(".http").nth(1).and_then(|rest| rest.split('.').next()?.parse().ok()).unwrap_or(200);
        let subject = match operation.id {
            id if id.contains("MaintenanceWindow") => "mw-0c50858d01EXAMPLE",
            id if id.contains("LaunchTemplate") => "lt-0a1b2c3d4e5f60718",
            id if id.contains("Baseline") => "pb-0123456789abcdef0",
            _ => "i-1234567890abcdef0",
        };
        saved.push(Saved {
            place: path.display().to_string(),
            operation,
            subject: (operation.reach == Reach::Resource).then(|| subject.to_owned()),
            number: 0,
            status,
            body: fs::read(&path).unwrap(),
        });
    }
}

fn azure(folder: &Path, saved: &mut Vec<Saved>) {
    for (file, pointer, id, subject) in AZURE {
        let path = folder.join(file);
        let Ok(bytes) = fs::read(&path) else { continue };
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let body = document.pointer(pointer).unwrap_or_else(|| panic!("{file} has no {pointer}"));
        saved.push(Saved {
            place: format!("{} {pointer}", path.display()),
            operation: operation(id).unwrap(),
            subject: subject.map(str::to_owned),
            number: 0,
            status: 200,
            body: body.to_string().into_bytes(),
        });
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
}

/// Rows in the answer, counted without any of the code under test: nothing for operations that are not known here, and
/// nothing inside where the list is not there.
pub(crate) fn count(id: &str, answer: &Value) -> Option<Option<u64>> {
    let length = |value: &Value| value.as_array().map(|list| list.len() as u64);
    let list = |member: &str| length(&answer[member]);
    Some(match id {
        "ec2.DescribeInstances" => answer["Reservations"].as_array().map(|reservations| {
            reservations.iter().map(|reservation| reservation["Instances"].as_array().unwrap().len() as u64).sum()
        }),
        "ec2.DescribeRegions" => list("Regions"),
        "ec2.DescribeImages" => list("Images"),
        "ec2.DescribeLaunchTemplateVersions" => list("LaunchTemplateVersions"),
        "autoscaling.DescribeAutoScalingGroups" => list("AutoScalingGroups"),
        "autoscaling.DescribeLaunchConfigurations" => list("LaunchConfigurations"),
        "organizations.ListAccounts" => list("Accounts"),
        "inspector2.ListFindings" => list("findings"),
        "inspector2.ListCoverage" => list("coveredResources"),
        "inspector2.ListFilters" => list("filters"),
        "config.SelectResourceConfig" | "config.SelectAggregateResourceConfig" => list("Results"),
        "ssm.DescribeInstanceInformation" => list("InstanceInformationList"),
        "ssm.DescribeInstancePatchStates" => list("InstancePatchStates"),
        "ssm.DescribeMaintenanceWindowExecutions" => list("WindowExecutions"),
        "ssm.DescribeMaintenanceWindowTargets" => list("Targets"),
        "ssm.DescribeMaintenanceWindowTasks" => list("Tasks"),
        "ssm.DescribePatchGroups" => list("Mappings"),
        "ssm.ListAssociations" => list("Associations"),
        "ssm.DescribeAssociationExecutions" => list("AssociationExecutions"),
        "ssm.DescribeInstancePatches" => list("Patches"),
        "ssm.DescribeMaintenanceWindows" => list("WindowIdentities"),
        "ssm.DescribePatchBaselines" => list("BaselineIdentities"),
        "ssm.ListCommands" => list("Commands"),
        "ssm.ListCommandInvocations" => list("CommandInvocations"),
        "ssm.ListComplianceItems" => list("ComplianceItems"),
        "ssm.ListInventoryEntries" => list("Entries"),
        "ssm.ListResourceComplianceSummaries" => list("ResourceComplianceSummaryItems"),
        "resource-graph.Resources" => list("data").or(length(&answer["data"]["rows"])),
        "compute.VirtualMachines" | "maintenance.Configurations" => {
            list("value").or(length(answer)).or(answer["id"].is_string().then_some(1))
        }
        // The run, and each patch of it.
        "compute.InstallPatches" => list("patches").map(|patches| patches + 1),
        "compute.InstanceView" => {
            let view = answer.pointer("/properties/instanceView").unwrap_or(answer);
            let parts = ["/vmAgent", "/patchStatus/availablePatchSummary", "/patchStatus/lastPatchInstallationSummary"];
            view["statuses"].is_array().then(|| parts.iter().filter(|part| view.pointer(part).is_some()).count() as u64)
        }
        "ssm.DescribeAssociation"
        | "ssm.GetCalendarState"
        | "ssm.GetMaintenanceWindowTask"
        | "ssm.GetDefaultPatchBaseline"
        | "ssm.GetPatchBaseline"
        | "ssm.GetPatchBaselineForPatchGroup" => Some(1),
        _ => return None,
    })
}
