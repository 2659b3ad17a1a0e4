//! A managed host that was never scanned. Patch states list scanned hosts only, so this is an absence.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{HostKind, Ping};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::length;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "asset-unscanned",
    title: "host never scanned for missing patches",
    severity: Severity::High,
    since: "0.1",
    why: "A host that was never scanned has no missing patches in any report: zero is what nobody looked for.",
    fix: "Bring the host under a scan: an association or window that runs a scan, or periodic assessment in Azure.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstancePatchStates.html",
    ],
    controls: &[&PC_04, &PC_17],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("scanned", |w| w.host("web-1").agent(Ping::Online).scanned(2)),
        pass("assessed", |w| w.vm("web-1").scanned(2)),
        fail("trap aws-8: no patch state at all", |w| w.host("web-1").agent(Ping::Online)),
        fail("trap azure-3: no summary row", |w| w.vm("web-1")),
        unknown("launched an hour ago", |w| {
            let launched = w.hours_ago(1);
            w.host("web-1").agent(Ping::Online).with(|host| host.launched = Some(launched))
        }),
        unknown("patch states denied", |w| w.host("web-1").agent(Ping::Online).scanned(2).denied(op::PATCH_STATES)),
        not_applicable("no agent: asset-unmanaged says so", |w| w.host("web-1")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a tool could scan");
    }
    let seen = match cx.patch_state(asset) {
        Reading::Known(_, seen) => return Verdict::pass(seen),
        Reading::Unread(gap) => return gap.into(),
        Reading::Absent(seen) => seen,
    };
    if asset.kind == HostKind::Ec2Instance && matches!(cx.agent(asset), Reading::Absent(_)) {
        return Verdict::NotApplicable("no agent registered: asset-unmanaged says so");
    }
    let grace = cx.policy.evidence.new_host_grace;
    if asset.launched.is_some_and(|launched| cx.age(launched) < grace) {
        let message = format!("{} is younger than {} and not scanned yet", asset.name, length(grace));
        return Verdict::unknown(Reason::NeverScanned, message, seen);
    }
    Verdict::fail(
        format!("{} was never scanned: no list of patch states has it", asset.name),
        format!("a scan within {} of its launch", length(grace)),
        "no patch state",
        seen,
    )
    .with_times(asset.launched, None)
    .with_policy(&["evidence.new_host_grace"])
}
