//! A host the cloud lists and no patch tool manages. The population is the cloud's list, never the agent's.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_02, PC_04};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{HostKind, Ping};
use crate::op;
use crate::reading::Reading;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "asset-unmanaged",
    title: "host that no patch tool manages",
    severity: Severity::High,
    since: "0.1",
    why: "A host that no patch tool knows is missing from every compliance figure of that tool: it counts as neither \
          patched nor unpatched, and nobody is told.",
    fix: "Install and register the SSM agent with an instance profile that allows it, or the Azure VM or Arc agent; or \
          retire the host.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-troubleshooting-managed-nodes.html",
    ],
    controls: &[&PC_02, &PC_04],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("listed and online", |w| w.host("web-1").agent(Ping::Online)),
        pass("connected Arc machine", |w| w.arc("till-7")),
        fail("absent from a complete agent list", |w| w.host("web-1")),
        unknown("agent list denied", |w| w.host("web-1").denied(op::AGENTS)),
        unknown("an Arc machine of yesterday, and today's list denied", |w| {
            w.arc("till-7").after(24).denied(op::AZURE_RESOURCES)
        }),
        unknown("agent list never asked for", |w| w.host("web-1").unasked(op::AGENTS)),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() {
        return Verdict::NotApplicable("no operating system of the customer's");
    }
    match asset.kind {
        HostKind::Ec2Instance => match cx.agent(asset) {
            Reading::Known(_, seen) => Verdict::pass(seen),
            // Stopped hosts leave the agent list (trap 8): absence says nothing of them.
            Reading::Absent(seen) if !asset.is_running() => Verdict::unknown(
                crate::reading::Reason::NotStated,
                "stopped: agent lists leave stopped hosts out",
                seen,
            ),
            Reading::Absent(seen) => Verdict::fail(
                format!("{} is running and no SSM agent of it is registered", asset.name),
                "on the list of managed nodes",
                "not on it",
                seen,
            ),
            Reading::Unread(gap) => gap.into(),
        },
        // Their list is the agent's own registration, or the platform's with its guest agent.
        HostKind::HybridNode | HostKind::ArcMachine | HostKind::AzureVm => Verdict::pass(asset.evidence.clone()),
        HostKind::OutsideHost if cx.listing_gap().is_some() => {
            Verdict::NotApplicable("a list that might have it was not read: population-unreconciled says so")
        }
        HostKind::OutsideHost => Verdict::fail(
            format!("{} is in the outside inventory and no cloud or agent reports it", asset.name),
            "managed by SSM or Azure",
            "known to the inventory alone",
            asset.evidence.clone(),
        ),
    }
}
