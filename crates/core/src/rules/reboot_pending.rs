//! Installed and not in effect. Three different flags say so, and each alone is enough.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_08};
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{HostKind, PatchPresence};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "reboot-pending",
    title: "patch installed and waiting for a reboot",
    severity: Severity::Medium,
    since: "0.1",
    why: "Until the host boots, what runs is what ran before: the weakness is open, and its clock goes on.",
    fix: "Reboot in the next window, or let the patch run reboot where a patch needs it (RebootIfNeeded, IfRequired).",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-states.html"],
    controls: &[&PC_07, &PC_08],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("none pending", |w| w.host("web-1").scanned(2)),
        pass("none pending in Azure", |w| w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(false))),
        fail("trap aws-5: a patch in state InstalledPendingReboot", |w| {
            w.host("web-1").scanned(2).patch("kernel-6.1.79-99.167.amzn2023.x86_64", PatchPresence::PendingReboot, HIGH)
        }),
        fail("a count of the patch state", |w| {
            w.host("web-1").scanned_with(2, |state| state.counts.pending_reboot = Some(1)).denied(op::PATCHES)
        }),
        fail("trap azure-4: the summary's flag", |w| {
            w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(true))
        }),
        unknown("patch states denied", |w| w.host("web-1").scanned(2).denied(op::PATCH_STATES)),
        unknown("a stale scan", |w| w.host("web-1").scanned(30 * 24)),
        not_applicable("never scanned", |w| w.host("web-1")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a tool patches");
    }
    let fail = |what: String, found: &str, evidence: Evidence| {
        Verdict::fail(format!("{}: {what}", asset.name), "no reboot pending", found.to_owned(), evidence)
    };
    if let Some((row, seen)) =
        cx.lacking_rows(asset).iter().find(|(row, _)| row.presence == PatchPresence::PendingReboot)
    {
        return fail(format!("{} is installed and waits for a reboot", row.fix.title), "reboot pending", seen.clone());
    }
    if let Some(run) = cx.installations(asset).last()
        && ["Required", "Failed"].contains(&run.fact.reboot_status.as_str())
    {
        let what = format!("the last installation run left a reboot {}", run.fact.reboot_status.to_ascii_lowercase());
        return fail(what, &run.fact.reboot_status, run.evidence.clone());
    }
    match cx.patch_state(asset) {
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(_) => Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        Reading::Known(state, seen) => {
            let counted = state.counts.pending_reboot.unwrap_or(0);
            if counted > 0 {
                return fail(format!("{counted} installed and waiting for a reboot"), "reboot pending", seen);
            }
            if state.reboot_pending == Some(true) {
                return fail("a reboot is pending".to_owned(), "reboot pending", seen);
            }
            if let Reading::Unread(gap) = cx.fresh_scan(asset) {
                return gap.into();
            }
            // The rows can show a pending reboot that the counts of another moment do not.
            if let Reading::Unread(gap) = cx.lacking(asset) {
                return gap.into();
            }
            let stated = state.reboot_pending.is_some() || state.counts.pending_reboot.is_some();
            if stated {
                return Verdict::pass(seen);
            }
            let message = format!("the scan of {} does not say whether a reboot is pending", asset.name);
            Verdict::unknown(Reason::NotStated, message, seen)
        }
    }
}
