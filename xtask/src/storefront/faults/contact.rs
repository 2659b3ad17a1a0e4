//! Whom nobody owns, classifies, manages, scans or reads.

use super::{Fault, agent, drop_tag, state};
use crate::storefront::aws::{row, untag};
use crate::storefront::{OTHER_SUBSCRIPTION, PLATFORM, SHOP, SUBSCRIPTION};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "unowned-instance",
        cloud: "aws",
        about: "an instance without an owner tag",
        findings: &[("asset-unowned", "sf-web-se-1", "fail")],
        apply: |e| {
            untag(e.host("sf-web-se-1")?, "owner");
            Ok(())
        },
    },
    Fault {
        id: "unowned-vm",
        cloud: "azure",
        about: "a virtual machine without owner and service",
        findings: &[("asset-unowned", "sf-az-1", "fail")],
        apply: |e| {
            drop_tag(e, "sf-az-1", "owner")?;
            drop_tag(e, "sf-az-1", "service")?;
            Ok(())
        },
    },
    Fault {
        id: "unclassified-instance",
        cloud: "aws",
        about: "an instance whose data class nobody stated",
        findings: &[("asset-unclassified", "sf-cart-se-2", "fail")],
        apply: |e| {
            untag(e.host("sf-cart-se-2")?, "data-class");
            Ok(())
        },
    },
    Fault {
        id: "unclassified-vm",
        cloud: "azure",
        about: "a virtual machine whose data class nobody stated",
        findings: &[("asset-unclassified", "sf-az-2", "fail")],
        apply: |e| {
            drop_tag(e, "sf-az-2", "data-class")?;
            Ok(())
        },
    },
    Fault {
        id: "public-instance",
        cloud: "aws",
        about: "an instance declared internal that has a public address",
        findings: &[("internet-facing-misdeclared", "sf-search-se-3", "fail")],
        apply: |e| {
            if let Some(one) = &mut e.host("sf-search-se-3")?.instance {
                one["PublicIpAddress"] = "203.0.113.9".into();
            }
            Ok(())
        },
    },
    Fault {
        id: "undeclared-vm",
        cloud: "azure",
        about: "a virtual machine of which nobody says whether it is internet-facing",
        findings: &[("internet-facing-misdeclared", "sf-az-3", "unknown")],
        apply: |e| {
            drop_tag(e, "sf-az-3", "internet-facing")?;
            Ok(())
        },
    },
    Fault {
        id: "no-agent",
        cloud: "aws",
        about: "a running instance that never registered an agent",
        findings: &[
            ("asset-unmanaged", "sf-loyalty-se-5", "fail"),
            ("exploited-unpatched", "sf-loyalty-se-5", "unknown"),
            ("patch-overdue", "sf-loyalty-se-5", "unknown"),
            ("os-end-of-life", "sf-loyalty-se-5", "unknown"),
            ("scanner-excludes-asset", "sf-loyalty-se-5", "unknown"),
        ],
        apply: |e| {
            let host = e.host("sf-loyalty-se-5")?;
            host.agent = None;
            host.state = None;
            if let Some(one) = &mut host.coverage {
                one["scanStatus"] = json!({"statusCode": "INACTIVE", "reason": "UNMANAGED_EC2_INSTANCE"});
            }
            Ok(())
        },
    },
    Fault {
        id: "lost-agent",
        cloud: "aws",
        about: "an agent that lost contact four days ago, with a good report beside it",
        findings: &[("agent-disconnected", "sf-web-se-6", "fail")],
        apply: |e| {
            agent(e, "sf-web-se-6", "PingStatus", "ConnectionLost")?;
            agent(e, "sf-web-se-6", "LastPingDateTime", "2026-11-20T04:00:00+00:00")?;
            Ok(())
        },
    },
    Fault {
        id: "lost-arc",
        cloud: "azure",
        about: "a store server that Arc lost",
        findings: &[("agent-disconnected", "sf-store-1", "fail")],
        apply: |e| {
            let one = e.resource("sf-store-1")?;
            one["properties"]["status"] = "Disconnected".into();
            one["properties"]["lastStatusChange"] = "2026-11-19T04:00:00Z".into();
            Ok(())
        },
    },
    Fault {
        id: "never-scanned-instance",
        cloud: "aws",
        about: "a managed instance that was never scanned",
        findings: &[
            ("asset-unscanned", "sf-cart-se-7", "fail"),
            ("exploited-unpatched", "sf-cart-se-7", "unknown"),
            ("patch-overdue", "sf-cart-se-7", "unknown"),
        ],
        apply: |e| {
            e.host("sf-cart-se-7")?.state = None;
            Ok(())
        },
    },
    Fault {
        id: "never-assessed-vm",
        cloud: "azure",
        about: "a virtual machine without an assessment",
        findings: &[
            ("asset-unscanned", "sf-az-4", "fail"),
            ("agent-disconnected", "sf-az-4", "unknown"),
            ("exploited-unpatched", "sf-az-4", "unknown"),
            ("patch-overdue", "sf-az-4", "unknown"),
        ],
        apply: |e| {
            e.assessments.retain(|row| !row["id"].as_str().is_some_and(|id| id.contains("/sf-az-4/")));
            Ok(())
        },
    },
    Fault {
        id: "stale-scan",
        cloud: "aws",
        about: "an instance scanned last in October",
        findings: &[
            ("scan-stale", "sf-search-se-8", "fail"),
            ("exploited-unpatched", "sf-search-se-8", "unknown"),
            ("patch-overdue", "sf-search-se-8", "unknown"),
            ("patch-failed", "sf-search-se-8", "unknown"),
            ("reboot-pending", "sf-search-se-8", "unknown"),
            ("running-kernel-old", "sf-search-se-8", "unknown"),
        ],
        apply: |e| {
            state(e, "sf-search-se-8", "OperationEndTime", "2026-10-30T03:02:00+00:00")?;
            Ok(())
        },
    },
    Fault {
        id: "stale-assessment",
        cloud: "azure",
        about: "a virtual machine assessed last two weeks ago",
        findings: &[
            ("scan-stale", "sf-az-5", "fail"),
            ("agent-disconnected", "sf-az-5", "unknown"),
            ("exploited-unpatched", "sf-az-5", "unknown"),
            ("patch-overdue", "sf-az-5", "unknown"),
            ("patch-failed", "sf-az-5", "unknown"),
            ("reboot-pending", "sf-az-5", "unknown"),
            ("running-kernel-old", "sf-az-5", "unknown"),
        ],
        apply: |e| {
            e.assessment("sf-az-5")?["properties"]["lastModifiedDateTime"] = "2026-11-10T01:01:30Z".into();
            Ok(())
        },
    },
    Fault {
        id: "failing-scan",
        cloud: "aws",
        about: "the newest patch command on an instance failed",
        findings: &[("scan-failing", "sf-loyalty-se-10", "fail")],
        apply: |e| {
            let id = e.host("sf-loyalty-se-10")?.id.clone();
            let day = e.day;
            e.place(SHOP, "eu-west-1")?.invocations.push(json!({"CommandId": "66666666-0000-4000-8000-000000000001",
            "InstanceId": id, "DocumentName": "AWS-RunPatchBaseline", "RequestedDateTime": format!("{day}T05:00:00+00:00"), "Status": "Failed", "StatusDetails": "Failed"}));
            Ok(())
        },
    },
    Fault {
        id: "failing-assessment",
        cloud: "azure",
        about: "the assessment of a virtual machine failed",
        findings: &[
            ("scan-failing", "sf-az-6", "fail"),
            ("agent-disconnected", "sf-az-6", "unknown"),
            ("exploited-unpatched", "sf-az-6", "unknown"),
            ("patch-overdue", "sf-az-6", "unknown"),
            ("patch-failed", "sf-az-6", "unknown"),
            ("reboot-pending", "sf-az-6", "unknown"),
            ("running-kernel-old", "sf-az-6", "unknown"),
        ],
        apply: |e| {
            let one = e.assessment("sf-az-6")?;
            one["properties"]["status"] = "Failed".into();
            one["properties"]["errorDetails"] = json!({"code": "1", "message": "1 error/s reported", "details": [{"code": "REPO", "message": "repository unreachable"}]});
            Ok(())
        },
    },
    Fault {
        id: "forgotten-machine",
        cloud: "inventory",
        about: "a machine that only the CMDB knows",
        findings: &[
            ("population-unreconciled", "sf-forgotten-1", "fail"),
            ("asset-unmanaged", "sf-forgotten-1", "fail"),
            ("exploited-unpatched", "sf-forgotten-1", "unknown"),
            ("patch-overdue", "sf-forgotten-1", "unknown"),
            ("os-end-of-life", "sf-forgotten-1", "unknown"),
        ],
        apply: |e| {
            e.cmdb.push(row("CI-999", "sf-forgotten-1"));
            Ok(())
        },
    },
    Fault {
        id: "unlisted-till",
        cloud: "aws",
        about: "a hybrid node that the CMDB does not have",
        findings: &[
            ("population-unreconciled", "sf-till-6", "fail"),
            ("asset-unowned", "sf-till-6", "unknown"),
            ("asset-unclassified", "sf-till-6", "unknown"),
        ],
        apply: |e| {
            e.cmdb.retain(|row| row[1] != "sf-till-6");
            Ok(())
        },
    },
    Fault {
        id: "unlisted-store",
        cloud: "azure",
        about: "an Arc machine that the CMDB does not have",
        findings: &[("population-unreconciled", "sf-store-2", "fail")],
        apply: |e| {
            e.cmdb.retain(|row| row[1] != "sf-store-2");
            Ok(())
        },
    },
    Fault {
        id: "refused-question",
        cloud: "aws",
        about: "a region that refuses the list of commands",
        findings: &[
            ("claim-unverified", "aws 444455556666/eu-west-1", "unknown"),
            ("patch-without-change", "aws 444455556666/eu-west-1", "unknown"),
            ("scope-unreadable", "aws 444455556666/eu-west-1", "unknown"),
        ],
        apply: |e| {
            if e.day == "2026-11-24" {
                e.refused.push(format!("aws/{PLATFORM}/eu-west-1/ssm.ListCommands"))
            }
            Ok(())
        },
    },
    Fault {
        id: "refused-subscription",
        cloud: "azure",
        about: "the second page of the list of subscriptions is refused",
        findings: &[("scope-unreadable", "azure 0aaaaaaa-0000-4000-8000-000000000001", "unknown")],
        apply: |e| {
            if e.day == "2026-11-24" {
                e.refused.push(format!("azure/{SUBSCRIPTION}/subscriptions.List.2"))
            }
            Ok(())
        },
    },
    Fault {
        id: "unread-subscription",
        cloud: "azure",
        about: "a subscription of the tenant that nobody reads",
        findings: &[("scope-uncollected", "azure 0aaaaaaa-0000-4000-8000-000000000002", "fail")],
        apply: |e| {
            e.subscriptions.push(json!({"id": format!("/subscriptions/{OTHER_SUBSCRIPTION}"),
                "subscriptionId": OTHER_SUBSCRIPTION, "displayName": "sf-acquired", "state": "Enabled"}));
            Ok(())
        },
    },
    Fault {
        id: "unread-account",
        cloud: "aws",
        about: "an account of the organisation that nobody reads",
        findings: &[("scope-uncollected", "aws 777788889999", "fail")],
        apply: |e| {
            e.accounts.push(json!({"Id": "777788889999", "Name": "sf-acquired", "Status": "ACTIVE"}));
            Ok(())
        },
    },
];
