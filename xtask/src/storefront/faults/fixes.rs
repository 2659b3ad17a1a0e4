//! Fixes that are missing, failed, half installed or hidden.

use super::{Fault, agent, lacks, sees, state};
use crate::storefront::SHOP;
use crate::storefront::aws::patch;
use crate::storefront::azure::{VM, missing, vm_id, windows};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "overdue-instance",
        cloud: "aws",
        about: "a fix that a scanner misses since August",
        findings: &[
            ("claim-contradicted", "sf-weekly-su", "fail"),
            ("delay-undocumented", "sf-web-su-1", "unknown"),
            ("patch-overdue", "sf-web-su-1", "fail"),
        ],
        apply: |e| {
            lacks(e, "sf-web-su-1", "openssl-libs-3.0.8-1.amzn2023.0.11.x86_64", "CVE-2026-90010")?;
            sees(e, (SHOP, "us-east-1"), "sf-web-su-1", "CVE-2026-90010", "openssl-libs", "2026-08-01")?;
            Ok(())
        },
    },
    Fault {
        id: "overdue-vm",
        cloud: "azure",
        about: "a Windows update of September that is still missing, and whose CVEs nobody names",
        findings: &[
            ("delay-undocumented", "sf-az-7", "fail"),
            ("patch-overdue", "sf-az-7", "fail"),
            ("exploited-unpatched", "sf-az-7", "unknown"),
        ],
        apply: |e| {
            let day = e.day;
            windows(e, "sf-az-7")?;
            e.assessment("sf-az-7")?["properties"]["availablePatchCountByClassification"]["security"] = 1.into();
            e.assessments.push(missing(day, &vm_id("sf-az-7"), VM, "2026-09 Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5099999)", Some("2026-09-08T00:00:00Z"), Some("5099999")));
            Ok(())
        },
    },
    Fault {
        id: "exploited-weakness",
        cloud: "aws",
        about: "a weakness listed as exploited yesterday, and the fix is missing",
        findings: &[
            ("claim-unverified", "sf-weekly-pu", "unknown"),
            ("exploited-unpatched", "sf-cart-pu-2", "fail"),
            ("exploited-untriaged", "sf-cart-pu-2", "fail"),
            ("window-after-due", "sf-weekly-pu", "fail"),
        ],
        apply: |e| {
            lacks(e, "sf-cart-pu-2", "libwebp-1.2.4-1.amzn2023.0.2.x86_64", "CVE-2026-90001")?;
            e.exploited.push(("CVE-2026-90001".into(), "2026-11-22".into()));
            Ok(())
        },
    },
    Fault {
        id: "failed-patch",
        cloud: "aws",
        about: "a patch that was tried and failed",
        findings: &[("patch-failed", "sf-search-su-3", "fail")],
        apply: |e| {
            e.host("sf-search-su-3")?.patches.push(patch("grub2-common-2.06-61.amzn2023.0.1.x86_64", "Failed"));
            state(e, "sf-search-su-3", "FailedCount", 1)?;
            Ok(())
        },
    },
    Fault {
        id: "failed-run",
        cloud: "azure",
        about: "an installation run that says succeeded, with a failed patch inside",
        findings: &[("patch-failed", "sf-az-8", "fail")],
        apply: |e| {
            e.installations.push(json!({"id": format!("{}/patchInstallationResults/cfc8b1b5-0000-4000-8000-00000000000a", vm_id("sf-az-8")), "name": "cfc8b1b5-0000-4000-8000-00000000000a",
            "type": "microsoft.compute/virtualmachines/patchinstallationresults", "properties": {"installationActivityId": "cfc8b1b5-0000-4000-8000-00000000000a", "maintenanceWindowExceeded": false,
            "notSelectedPatchCount": 0, "installedPatchCount": 4, "excludedPatchCount": 0, "pendingPatchCount": 0, "failedPatchCount": 1, "patchServiceUsed": "APT", "startDateTime": "2026-11-18T02:00:00Z",
            "lastModifiedDateTime": "2026-11-18T02:20:00Z", "rebootStatus": "NotNeeded", "startedBy": "Platform", "status": "Succeeded", "osType": "Linux", "errorDetails": null, "maintenanceRunId": ""}}));
            Ok(())
        },
    },
    Fault {
        id: "pending-reboot",
        cloud: "aws",
        about: "a kernel that is installed and waits for a reboot",
        findings: &[("reboot-pending", "sf-web-su-6", "fail")],
        apply: |e| {
            e.host("sf-web-su-6")?
                .patches
                .push(patch("kernel-6.1.158-178.288.amzn2023.x86_64", "InstalledPendingReboot"));
            state(e, "sf-web-su-6", "InstalledPendingRebootCount", 1)?;
            Ok(())
        },
    },
    Fault {
        id: "pending-reboot-vm",
        cloud: "azure",
        about: "a virtual machine that waits for a reboot, and runs the kernel from before",
        findings: &[("reboot-pending", "sf-az-9", "fail"), ("running-kernel-old", "sf-az-9", "fail")],
        apply: |e| {
            e.assessment("sf-az-9")?["properties"]["rebootPending"] = true.into();
            Ok(())
        },
    },
    Fault {
        id: "old-kernel",
        cloud: "aws",
        about: "patches installed without a reboot, and none since",
        findings: &[("running-kernel-old", "sf-cart-su-7", "fail")],
        apply: |e| {
            state(e, "sf-cart-su-7", "RebootOption", "NoReboot")?;
            state(e, "sf-cart-su-7", "LastNoRebootInstallOperationTime", "2026-11-15T03:00:00+00:00")?;
            Ok(())
        },
    },
    Fault {
        id: "old-system",
        cloud: "aws",
        about: "an instance on Ubuntu 16.04",
        findings: &[("os-end-of-life", "sf-loyalty-su-5", "fail")],
        apply: |e| {
            agent(e, "sf-loyalty-su-5", "PlatformName", "Ubuntu")?;
            agent(e, "sf-loyalty-su-5", "PlatformVersion", "16.04")?;
            Ok(())
        },
    },
    Fault {
        id: "old-system-vm",
        cloud: "azure",
        about: "a virtual machine on Ubuntu 16.04",
        findings: &[("os-end-of-life", "sf-az-10", "fail")],
        apply: |e| {
            e.resource("sf-az-10")?["properties"]["extended"]["instanceView"]["osVersion"] = "16.04".into();
            Ok(())
        },
    },
    Fault {
        id: "hidden-fix",
        cloud: "aws",
        about: "a fix that the scanner sees and the patch report does not",
        findings: &[("patch-hidden-by-baseline", "sf-search-su-8", "fail")],
        apply: |e| {
            sees(e, (SHOP, "us-east-1"), "sf-search-su-8", "CVE-2026-90011", "nginx", "2026-11-20")?;
            Ok(())
        },
    },
];
