//! A run that ended and left something undone, by its own record: failed, skipped, out of time, or waiting for a reboot.

use crate::asset::Lineage;
use crate::claim::{Claim, State};
use crate::context::Context;
use crate::control::{PC_07, PC_08};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::PatchAction;
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "install-incomplete",
    title: "installation that ended with something left undone",
    severity: Severity::High,
    since: "0.1",
    why: "A run counts as done when it ends. Patches that failed, that the window had no time for, or that wait for a reboot \
          are open all the same.",
    fix: "Read the run's counts, install the rest, reboot where it is needed, and lengthen the window if it was too short.",
    references: &[
        "https://learn.microsoft.com/azure/update-manager/query-logs",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html",
    ],
    controls: &[&PC_07, &PC_08],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("all installed, and a later scan agrees", |w| w.host("web-1").commanded(96, "Success").scanned(2)),
        pass("a failure that a later assessment no longer shows", |w| {
            w.vm("web-1")
                .installed(96, |run| run.failed = 1)
                .scanned_with(2, |state| state.reboot_pending = Some(false))
        }),
        fail("the command timed out", |w| w.host("web-1").commanded(24, "ExecutionTimedOut").scanned(30)),
        fail("trap aws-9: undeliverable", |w| w.host("web-1").commanded(24, "Undeliverable").scanned(30)),
        fail("trap azure-14: succeeded, and the window was exceeded", |w| {
            w.vm("web-1").installed(24, |run| (run.window_exceeded, run.pending) = (true, 4)).scanned(30)
        }),
        fail("some of the selected patches failed", |w| w.vm("web-1").installed(24, |run| run.failed = 2).scanned(30)),
        fail("a run's own result counts what it left", |w| {
            w.host("web-1").scanned_with(24, |state| {
                state.action = PatchAction::Install;
                state.counts.failed = Some(1);
            })
        }),
        fail("trap azure-4: the reboot that it required is still pending", |w| {
            w.vm("web-1")
                .installed(96, |run| run.reboot_status = "Required".into())
                .scanned_with(2, |state| state.reboot_pending = Some(true))
        }),
        unknown("installations denied", |w| {
            w.vm("web-1").installed(96, |_| {}).scanned(50).after(48).denied(op::AZURE_INSTALLATIONS)
        }),
        not_applicable("a reboot that is due and has its time", |w| {
            w.vm("web-1").installed(24, |run| run.reboot_status = "Required".into()).scanned(30)
        }),
        not_applicable("still running", |w| w.host("web-1").commanded(1, "InProgress").scanned(30)),
        not_applicable("nothing is claimed", |w| w.host("web-1").scanned(2)),
    ],
};

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let claims = cx.claims(lineage);
    let left: Vec<&Claim> = claims.iter().copied().filter(|claim| is_left(claim, cx)).collect();
    if let Some(last) = left.iter().max_by_key(|claim| claim.deployed_at()) {
        return incomplete(last, &lineage.name, left.len(), cx);
    }
    if claims.is_empty() {
        return Verdict::NotApplicable("no record claims a fix here");
    }
    if let Some(gap) = cx.records_gap(lineage) {
        return gap.clone().into();
    }
    // A report that was not read may say that a later run left something undone.
    if let Some(gap) = cx.patched_hosts(lineage).find_map(|asset| cx.runs_of_host_gap(asset)) {
        return gap.into();
    }
    let verified = claims.iter().filter(|claim| claim.verified_at().is_some()).map(|claim| claim.evidences());
    let all = verified.reduce(|all: Evidences, one| all.and_all(one.iter()));
    all.map_or(Verdict::NotApplicable("nothing independent has looked since: claim-unverified says so"), Verdict::Pass)
}

fn is_left(claim: &Claim, cx: &Context<'_>) -> bool {
    match cx.standing(claim) {
        State::Incomplete => true,
        State::PendingReboot => claim.verify_by(cx.policy) < cx.as_of,
        _ => false,
    }
}

fn incomplete(claim: &Claim, name: &str, claims: usize, cx: &Context<'_>) -> Verdict {
    let what = match cx.standing(claim) {
        State::PendingReboot => "a reboot is still pending".to_owned(),
        _ => claim.told.words(),
    };
    let still = claim.against.as_ref().map_or_else(String::new, |fix| format!("; {} is still missing", fix.title));
    let more = if claims > 1 { format!(" (and {} more runs)", claims - 1) } else { String::new() };
    Verdict::fail(
        format!(
            "{} {} of {} on {name} ended {}: {what}{still}{more}",
            claim.record.source.as_str(),
            claim.record.title,
            minute(claim.claimed_at()),
            ago(cx.age(claim.deployed_at())),
        ),
        "every selected patch installed and in effect",
        what,
        claim.evidences(),
    )
    .with_times(Some(claim.deployed_at()), None)
}
