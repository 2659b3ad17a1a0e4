//! A scan too old to say anything about now. Patch data is a snapshot of the last successful operation, for ever.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{HostKind, ScanStatus};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "scan-stale",
    title: "last scan too long ago",
    severity: Severity::High,
    since: "0.1",
    why: "A stale scan keeps saying what it said: nothing missing. What was published since is in no counter.",
    fix: "Find out why the schedule no longer scans this host; the agent, the targets and the window are the usual places.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-data-overwrites.html",
    ],
    controls: &[&PC_04, &PC_17],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("scanned two hours ago", |w| w.host("web-1").scanned(2)),
        pass("assessed two hours ago", |w| w.vm("web-1").scanned(2)),
        fail("trap aws-6: the last good report stays compliant", |w| w.host("web-1").scanned(30 * 24)),
        fail("trap azure-3: a stale summary of zero", |w| w.vm("web-1").scanned(9 * 24)),
        unknown("no time on the scan", |w| w.host("web-1").scanned_with(2, |state| state.ended = None)),
        unknown("patch states denied", |w| w.host("web-1").scanned(2).denied(op::PATCH_STATES)),
        not_applicable("never scanned", |w| w.host("web-1")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a tool could scan");
    }
    match cx.patch_state(asset) {
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(_) => Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        Reading::Known(state, _) if state.status == ScanStatus::Failed => {
            Verdict::NotApplicable("the last scan failed: scan-failing says so")
        }
        Reading::Known(state, seen) => match state.ended {
            None => Verdict::unknown(Reason::NotStated, format!("the scan of {} has no time", asset.name), seen),
            Some(ended) if cx.age(ended) > cx.policy.evidence.scan_max_age => Verdict::fail(
                format!("{} was scanned last {}", asset.name, ago(cx.age(ended))),
                format!("a scan within {}", length(cx.policy.evidence.scan_max_age)),
                ago(cx.age(ended)),
                seen,
            )
            .with_times(Some(ended), None)
            .with_policy(&["evidence.scan_max_age"]),
            Some(_) => Verdict::pass(seen),
        },
    }
}
