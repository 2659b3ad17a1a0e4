//! Hosts and patches taken out of patching, or out of sight.

use super::{Fault, baseline, drop_tag};
use crate::storefront::PLATFORM;
use crate::storefront::aws::{tag, untag};
use crate::storefront::azure::{assignment, configuration, ran};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "rejecting-baseline",
        cloud: "aws",
        about: "a baseline that rejects kernels",
        findings: &[("baseline-rejects-patches", "sf-no-kernels", "fail")],
        apply: |e| {
            baseline(e, "sf-no-kernels", 1, |one| one["RejectedPatches"] = json!(["kernel*"]))?;
            Ok(())
        },
    },
    Fault {
        id: "masked-schedule",
        cloud: "azure",
        about: "a maintenance configuration that leaves kernels out",
        findings: &[("baseline-rejects-patches", "sf-mc-mask", "fail")],
        apply: |e| {
            e.resource("sf-az-11")?["tags"]["patch-window"] = "mask".into();
            let mut one = configuration("sf-mc-mask");
            one["properties"]["installPatches"]["linuxParameters"]["packageNameMasksToExclude"] =
                json!(["linux-image*"]);
            e.resources.push(one);
            e.maintenance.push(assignment("sf-mc-mask", "mask"));
            e.maintenance.push(ran("sf-mc-mask", "sf-az-11"));
            e.changes.push(super::changes::weekly("CHG0041020", "sf-mc-mask"));
            Ok(())
        },
    },
    Fault {
        id: "slow-baseline",
        cloud: "aws",
        about: "a baseline that approves after 45 days",
        findings: &[("baseline-approval-too-slow", "sf-slow", "fail")],
        apply: |e| {
            baseline(e, "sf-slow", 2, |one| one["ApprovalRules"]["PatchRules"][0]["ApproveAfterDays"] = 45.into())?;
            Ok(())
        },
    },
    Fault {
        id: "frozen-baseline",
        cloud: "aws",
        about: "a baseline that approves nothing published after June",
        findings: &[("baseline-frozen", "sf-frozen", "fail")],
        apply: |e| {
            baseline(e, "sf-frozen", 3, |one| {
                let rule = &mut one["ApprovalRules"]["PatchRules"][0];
                rule["ApproveUntilDate"] = "2026-06-30".into();
                rule.as_object_mut().map(|rule| rule.remove("ApproveAfterDays"));
            })?;
            Ok(())
        },
    },
    Fault {
        id: "narrow-baseline",
        cloud: "aws",
        about: "a baseline that approves bug fixes only",
        findings: &[("baseline-skips-security", "sf-bugfix-only", "fail")],
        apply: |e| {
            baseline(e, "sf-bugfix-only", 4, |one| {
                one["ApprovalRules"]["PatchRules"][0]["PatchFilterGroup"]["PatchFilters"][0]["Values"] =
                    json!(["Bugfix"])
            })?;
            Ok(())
        },
    },
    Fault {
        id: "narrow-schedule",
        cloud: "azure",
        about: "a maintenance configuration that installs no security updates",
        findings: &[("baseline-skips-security", "sf-mc-other", "fail")],
        apply: |e| {
            e.resource("sf-az-12")?["tags"]["patch-window"] = "other".into();
            let mut one = configuration("sf-mc-other");
            one["properties"]["installPatches"]["linuxParameters"]["classificationsToInclude"] = json!(["Other"]);
            e.resources.push(one);
            e.maintenance.push(assignment("sf-mc-other", "other"));
            e.maintenance.push(ran("sf-mc-other", "sf-az-12"));
            e.changes.push(super::changes::weekly("CHG0041021", "sf-mc-other"));
            Ok(())
        },
    },
    Fault {
        id: "misspelt-group",
        cloud: "aws",
        about: "a patch group that no baseline is registered for",
        findings: &[("baseline-fallback", "sf-web-pe-1", "fail")],
        apply: |e| {
            tag(e.host("sf-web-pe-1")?, "Patch Group", "sf-prodd");
            Ok(())
        },
    },
    Fault {
        id: "untargeted-instance",
        cloud: "aws",
        about: "a production instance that no schedule means",
        findings: &[
            ("production-untargeted", "sf-cart-pe-2", "fail"),
            ("patching-unscheduled", "sf-cart-pe-2", "fail"),
        ],
        apply: |e| {
            untag(e.host("sf-cart-pe-2")?, "patch-window");
            Ok(())
        },
    },
    Fault {
        id: "untargeted-vm",
        cloud: "azure",
        about: "a virtual machine set up for a schedule that does not exist: nothing runs",
        findings: &[
            ("production-untargeted", "sf-az-13", "fail"),
            ("patching-unscheduled", "sf-az-13", "fail"),
            ("schedule-bypass-missing", "sf-az-13", "fail"),
        ],
        apply: |e| {
            drop_tag(e, "sf-az-13", "patch-window")?;
            Ok(())
        },
    },
    Fault {
        id: "excluded-database",
        cloud: "aws",
        about: "a production database taken out of patching by tag",
        findings: &[("database-host-excluded", "sf-orders-db-pe-4", "fail")],
        apply: |e| {
            tag(e.host("sf-orders-db-pe-4")?, "patching", "off");
            Ok(())
        },
    },
    Fault {
        id: "excluded-share",
        cloud: "aws",
        about: "three of a region's twenty hosts taken out of patching by tag",
        findings: &[("exclusion-overreach", "aws 444455556666/us-east-1", "fail")],
        apply: |e| {
            for name in ["sf-web-pu-1", "sf-web-pu-6", "sf-web-pu-11"] {
                tag(e.host(name)?, "patching", "off");
            }
            Ok(())
        },
    },
    Fault {
        id: "unscanned-by-tag",
        cloud: "aws",
        about: "an instance that a tag hides from the scanner",
        findings: &[
            ("scanner-excludes-asset", "sf-search-pe-3", "fail"),
            ("patch-hidden-by-baseline", "sf-search-pe-3", "unknown"),
        ],
        apply: |e| {
            if let Some(one) = &mut e.host("sf-search-pe-3")?.coverage {
                one["scanStatus"] = json!({"statusCode": "INACTIVE", "reason": "EXCLUDED_BY_TAG"});
            }
            Ok(())
        },
    },
    Fault {
        id: "hiding-filter",
        cloud: "aws",
        about: "a scanner filter that hides findings without a reason",
        findings: &[("finding-suppressed", "sf-noise", "fail")],
        apply: |e| {
            e.place(PLATFORM, "eu-west-1")?.filters.push(json!({"arn": format!("arn:aws:inspector2:eu-west-1:{PLATFORM}:owner/{PLATFORM}/filter/0aaaaaaaaaaaaaaa"), "ownerId": PLATFORM, "name": "sf-noise",
            "action": "SUPPRESS", "createdAt": "2025-02-01T00:00:00+00:00", "updatedAt": "2025-02-01T00:00:00+00:00", "criteria": {"severity": [{"comparison": "EQUALS", "value": "LOW"}]}}));
            Ok(())
        },
    },
    Fault {
        id: "excluded-database-vm",
        cloud: "azure",
        about: "a database machine taken out of patching by tag",
        findings: &[("database-host-excluded", "sf-az-16", "fail")],
        apply: |e| {
            let tags = &mut e.resource("sf-az-16")?["tags"];
            tags["role"] = "database".into();
            tags["patching"] = "off".into();
            Ok(())
        },
    },
    Fault {
        id: "excluded-share-azure",
        cloud: "azure",
        about: "four machines of a subscription taken out of patching by tag",
        findings: &[("exclusion-overreach", "azure 0aaaaaaa-0000-4000-8000-000000000001/westeurope", "fail")],
        apply: |e| {
            for name in ["sf-az-20", "sf-az-21", "sf-az-22", "sf-az-25"] {
                e.resource(name)?["tags"]["patching"] = "off".into();
            }
            Ok(())
        },
    },
];
