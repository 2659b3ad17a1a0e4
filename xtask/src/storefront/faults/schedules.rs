//! Schedules that do not run, do not install or do not mean the right hosts.

use super::{Fault, drop_tag, window_of};
use crate::storefront::PLATFORM;
use crate::storefront::aws::{tag, untag};
use crate::storefront::azure::{VM, assigned, assignment, configuration, missing, ran, vm_id};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "disabled-window",
        cloud: "aws",
        about: "a window that somebody switched off",
        findings: &[("maintenance-window-disabled", "sf-switched-off", "fail")],
        apply: |e| {
            window_of(e, "mw-02000000000000002", "sf-switched-off", |one| {
                one.window["Enabled"] = false.into();
                one.window.as_object_mut().map(|window| window.remove("NextExecutionTime"));
            })?;
            Ok(())
        },
    },
    Fault {
        id: "aimless-window",
        cloud: "aws",
        about: "a window whose tag no host carries",
        findings: &[("window-without-targets", "sf-aimless", "fail")],
        apply: |e| {
            window_of(e, "mw-02000000000000003", "sf-aimless", |one| {
                one.targets[0]["Targets"][0]["Values"] = json!(["nobody"])
            })?;
            Ok(())
        },
    },
    Fault {
        id: "scan-only",
        cloud: "aws",
        about: "an instance that is scanned and never patched",
        findings: &[
            ("association-scan-only", "sf-scan-only", "fail"),
            ("production-untargeted", "sf-loyalty-pe-5", "fail"),
        ],
        apply: |e| {
            tag(e.host("sf-loyalty-pe-5")?, "patch-window", "scan");
            let day = e.day;
            e.place(PLATFORM, "eu-west-1")?.associations.push((json!({"Name": "AWS-RunPatchBaseline",
            "AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "1", "AssociationName": "sf-scan-only", "Targets": [{"Key": "tag:patch-window", "Values": ["scan"]}],
            "ScheduleExpression": "rate(1 day)", "LastExecutionDate": format!("{day}T03:00:00+00:00"), "Overview": {"Status": "Success"}}),
            vec![json!({"AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "1", "ExecutionId": "55555555-0000-4000-8000-000000000001", "Status": "Success", "DetailedStatus": "Success", "CreatedTime": format!("{day}T03:00:00+00:00"), "ResourceCountByStatus": "{Success=1}"})]));
            Ok(())
        },
    },
    Fault {
        id: "narrow-association",
        cloud: "aws",
        about: "an association that names one instance, and its twin is left out",
        findings: &[
            ("association-targets-narrow", "sf-narrow", "fail"),
            ("patching-unscheduled", "sf-loyalty-pu-10", "fail"),
            ("production-untargeted", "sf-loyalty-pu-10", "fail"),
        ],
        apply: |e| {
            let first = e.host("sf-loyalty-pu-5")?.id.clone();
            for name in ["sf-loyalty-pu-5", "sf-loyalty-pu-10"] {
                untag(e.host(name)?, "patch-window");
            }
            let day = e.day;
            // Both recordings have the one execution, which the earlier saw first.
            e.changes.push(super::changes::on("2026-11-22", "CHG0041025", "sf-narrow"));
            e.place(PLATFORM, "us-east-1")?.associations.push((json!({"Name": "AWS-RunPatchBaseline", "AssociationId": "44444444-0000-4000-8000-000000000002", "AssociationVersion": "1",
            "AssociationName": "sf-narrow", "Targets": [{"Key": "InstanceIds", "Values": [first]}], "ScheduleExpression": "rate(14 days)", "LastExecutionDate": format!("{day}T03:00:00+00:00"), "Overview": {"Status": "Success"}}),
            vec![json!({"AssociationId": "44444444-0000-4000-8000-000000000002", "AssociationVersion": "1", "ExecutionId": "55555555-0000-4000-8000-000000000002", "Status": "Success", "DetailedStatus": "Success", "CreatedTime": format!("{day}T03:00:00+00:00"), "ResourceCountByStatus": "{Success=1}"})]));
            Ok(())
        },
    },
    Fault {
        id: "window-in-freeze",
        cloud: "aws",
        about: "a window that opens on Black Friday",
        findings: &[("window-in-freeze", "sf-friday", "fail")],
        apply: |e| {
            window_of(e, "mw-02000000000000004", "sf-friday", |one| {
                one.window["NextExecutionTime"] = "2026-11-27T02:00Z".into()
            })?;
            Ok(())
        },
    },
    Fault {
        id: "schedule-in-freeze",
        cloud: "azure",
        about: "a maintenance configuration that runs every Friday, Black Friday included",
        findings: &[("window-in-freeze", "sf-mc-friday", "fail")],
        apply: |e| {
            e.resource("sf-az-20")?["tags"]["patch-window"] = "friday".into();
            let mut one = configuration("sf-mc-friday");
            one["properties"]["maintenanceWindow"]["recurEvery"] = "Week Friday".into();
            e.resources.push(one);
            e.maintenance.push(assignment("sf-mc-friday", "friday"));
            e.maintenance.push(ran("sf-mc-friday", "sf-az-20"));
            e.changes.push(super::changes::weekly("CHG0041022", "sf-mc-friday"));
            Ok(())
        },
    },
    Fault {
        id: "late-schedule",
        cloud: "azure",
        about: "a maintenance configuration that runs three days before the last Thursday of a month, and a fix is due earlier",
        findings: &[
            ("claim-contradicted", "sf-az-21", "fail"),
            ("window-after-due", "sf-mc-monthly", "fail"),
            ("exploited-unpatched", "sf-az-21", "unknown"),
        ],
        apply: |e| {
            e.resource("sf-az-21")?["tags"]["patch-window"] = "monthly".into();
            let mut one = configuration("sf-mc-monthly");
            one["properties"]["maintenanceWindow"]["recurEvery"] = "Month Last Thursday Offset-3".into();
            one["properties"]["maintenanceWindow"]["timeZone"] = "W. Europe Standard Time".into();
            e.resources.push(one);
            e.maintenance.push(assignment("sf-mc-monthly", "monthly"));
            e.maintenance.push(ran("sf-mc-monthly", "sf-az-21"));
            e.changes.push(super::changes::weekly("CHG0041023", "sf-mc-monthly"));
            let day = e.day;
            e.assessment("sf-az-21")?["properties"]["availablePatchCountByClassification"] =
                json!({"critical": 0, "security": 1, "other": 0});
            e.assessments.push(missing(day, &vm_id("sf-az-21"), VM, "libxml2", Some("2026-11-01T00:00:00Z"), None));
            Ok(())
        },
    },
    Fault {
        id: "failing-window",
        cloud: "aws",
        about: "a window whose last run failed",
        findings: &[("window-failing", "sf-flaky", "fail")],
        apply: |e| {
            window_of(e, "mw-02000000000000005", "sf-flaky", |one| {
                one.executions[0]["Status"] = "FAILED".into();
                one.executions[0]["StatusDetails"] = "One or more tasks failed.".into();
            })?;
            Ok(())
        },
    },
    Fault {
        id: "unmanaged-mode",
        cloud: "azure",
        about: "a virtual machine in patch mode ImageDefault, which its schedule cannot use",
        findings: &[("patch-mode-unmanaged", "sf-az-14", "fail")],
        apply: |e| {
            e.resource("sf-az-14")?["properties"]["osProfile"]["linuxConfiguration"]["patchSettings"]["patchMode"] =
                "ImageDefault".into();
            Ok(())
        },
    },
    Fault {
        id: "assessment-off",
        cloud: "azure",
        about: "a store server without periodic assessment",
        findings: &[("assessment-mode-off", "sf-store-3", "fail")],
        apply: |e| {
            e.resource("sf-store-3")?["properties"]["osProfile"]["linuxConfiguration"]["patchSettings"]["assessmentMode"] =
                "ImageDefault".into();
            Ok(())
        },
    },
    Fault {
        id: "retired-service",
        cloud: "azure",
        about: "a virtual machine that still carries the retired agent",
        findings: &[("patch-service-retired", "sf-az-15", "fail")],
        apply: |e| {
            e.resource("sf-az-15")?["legacyExtensions"] = json!(["OmsAgentForLinux"]);
            Ok(())
        },
    },
    Fault {
        id: "expired-schedule",
        cloud: "azure",
        about: "a maintenance configuration that expired in September",
        findings: &[("maintenance-window-disabled", "sf-mc-expired", "fail")],
        apply: |e| {
            let mut one = configuration("sf-mc-expired");
            one["properties"]["maintenanceWindow"]["expirationDateTime"] = "2026-09-01 00:00".into();
            e.resources.push(one);
            e.maintenance.push(assignment("sf-mc-expired", "weekly"));
            e.maintenance.push(ran("sf-mc-expired", "sf-az-16"));
            Ok(())
        },
    },
    Fault {
        id: "failing-schedule",
        cloud: "azure",
        about: "a maintenance configuration whose last run failed",
        findings: &[("window-failing", "sf-mc-flaky", "fail"), ("window-after-due", "sf-mc-flaky", "unknown")],
        apply: |e| {
            e.resources.push(configuration("sf-mc-flaky"));
            e.maintenance.push(assignment("sf-mc-flaky", "weekly"));
            let mut run = ran("sf-mc-flaky", "sf-az-16");
            run["properties"]["status"] = "Failed".into();
            e.maintenance.push(run);
            Ok(())
        },
    },
    Fault {
        id: "aimless-schedule",
        cloud: "azure",
        about: "a maintenance configuration whose tag no machine carries",
        findings: &[("window-without-targets", "sf-mc-aimless", "fail")],
        apply: |e| {
            e.resources.push(configuration("sf-mc-aimless"));
            e.maintenance.push(assignment("sf-mc-aimless", "nobody"));
            e.maintenance.push(ran("sf-mc-aimless", "sf-az-16"));
            Ok(())
        },
    },
    Fault {
        id: "narrow-assignment",
        cloud: "azure",
        about: "a maintenance configuration assigned to one machine, and its twin is left out",
        findings: &[
            ("association-targets-narrow", "sf-mc-narrow", "fail"),
            ("patching-unscheduled", "sf-az-18", "fail"),
            ("production-untargeted", "sf-az-18", "fail"),
            ("schedule-bypass-missing", "sf-az-18", "fail"),
        ],
        apply: |e| {
            for name in ["sf-az-17", "sf-az-18"] {
                drop_tag(e, name, "patch-window")?;
                e.resource(name)?["tags"]["service"] = "sf-returns".into();
            }
            e.resources.push(configuration("sf-mc-narrow"));
            e.maintenance.push(assigned("sf-mc-narrow", "sf-az-17"));
            e.maintenance.push(ran("sf-mc-narrow", "sf-az-17"));
            e.changes.push(super::changes::weekly("CHG0041024", "sf-mc-narrow"));
            Ok(())
        },
    },
    Fault {
        id: "retired-document",
        cloud: "aws",
        about: "a window that runs the document from before AWS-RunPatchBaseline",
        findings: &[("patch-service-retired", "sf-legacy", "fail")],
        apply: |e| {
            window_of(e, "mw-02000000000000006", "sf-legacy", |one| {
                one.tasks[0]["TaskArn"] = "AWS-ApplyPatchBaseline".into();
            })
        },
    },
];
