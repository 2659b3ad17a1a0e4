//! A record that nothing independent has confirmed in time. A run's own result confirms nothing.

use crate::asset::Lineage;
use crate::claim::{About, Claim, State, Told};
use crate::context::{Context, ScopeSubject};
use crate::control::PC_08;
use crate::example::{HIGH, World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{PatchAction, PatchPresence, Target};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::{ago, length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "claim-unverified",
    title: "record of a fix that nothing has confirmed in time",
    severity: Severity::Medium,
    since: "0.1",
    why: "\"Applied\" is what a tool says of its own work. Only a separate, later look shows whether the fix is there and in \
          effect; without one the control has a record and no proof.",
    fix: "Scan after every patch run, separately from it (SSM Operation Scan, Azure periodic assessment), within the limit of \
          the policy's claims.verify_within.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-states.html"],
    controls: &[&PC_08],
    checks: &[Check::EachLineage(of_lineage), Check::EachSchedule(of_schedule), Check::EachScope(of_scope)],
    examples: &[
        pass("a separate scan after the command", |w| w.host("web-1").commanded(96, "Success").scanned(2)),
        pass("an assessment after an Azure run", |w| {
            w.vm("web-1").installed(96, |_| {}).scanned_with(2, |state| state.reboot_pending = Some(false))
        }),
        pass("contradicted is not unverified", |w| {
            w.host("web-1")
                .scanned(200)
                .patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
                .after(198)
                .commanded(96, "Success")
                .rescanned(2)
        }),
        pass("a scan of every host that a window means", |w| weekly(w.host("web-1").scanned(2))),
        fail("no scan since the command", |w| w.host("web-1").commanded(96, "Success").scanned(100)),
        fail("trap: the run's own result is no scan", |w| {
            w.host("web-1").commanded(96, "Success").scanned_with(94, |state| state.action = PatchAction::Install)
        }),
        fail("no assessment since an Azure run", |w| {
            w.vm("web-1").installed(96, |_| {}).scanned_with(100, |state| state.reboot_pending = Some(false))
        }),
        fail("no scan since a window's run", |w| weekly(w.host("web-1").scanned(150))),
        fail("a command that says for days that it goes on", |w| {
            w.host("web-1").commanded(96, "InProgress").scanned(2)
        }),
        fail("a window's run that never ends", |w| {
            w.host("web-1")
                .scanned(2)
                .window("weekly")
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
                .ran(96, "IN_PROGRESS")
        }),
        not_applicable("a run that goes on", |w| w.host("web-1").commanded(24, "InProgress").scanned(2)),
        unknown("patch states denied", |w| {
            w.host("web-1").commanded(96, "Success").scanned(2).denied(op::PATCH_STATES)
        }),
        unknown("commands denied: there may be claims that nobody knows", |w| {
            w.host("web-1").scanned(2).denied(op::COMMANDS)
        }),
        unknown("a fix is missing of which nobody knows whether it was there", |w| {
            w.host("web-1").commanded(96, "Success").scanned(2).patch(
                "curl-8.5.0-1.amzn2023.x86_64",
                PatchPresence::Missing,
                HIGH,
            )
        }),
        unknown("a scan that does not say whether a reboot is pending", |w| {
            w.host("web-1").commanded(96, "Success").scanned_with(2, |state| state.counts.pending_reboot = None)
        }),
        not_applicable("trap: a scan that began before the run ended", |w| {
            w.host("web-1").commanded(3, "Success").scanned(2)
        }),
        not_applicable("still within its time", |w| w.host("web-1").commanded(24, "Success").scanned(30)),
        not_applicable("nothing is claimed", |w| w.host("web-1").scanned(2)),
    ],
};

fn weekly(world: World) -> World {
    world.window("weekly").aimed_at(Target::All).patching(PatchAction::Install).ran(96, "SUCCESS")
}

fn of_lineage(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    judge(&cx.claims(lineage), &lineage.name, cx, || cx.records_gap(lineage).cloned(), || cx.observation_gap(lineage))
}

fn of_schedule(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if schedule.installs() == Some(false) || schedule.kind == ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("its runs claim nothing, or claim it host by host");
    }
    let claims: Vec<&Claim> = cx.claims_of_schedule(schedule).into_iter().take(1).collect();
    let observed = || cx.schedule_observation_gap(schedule).cloned();
    judge(&claims, &schedule.name, cx, || cx.runs_gap(schedule).cloned(), observed)
}

/// Where records were to be read and were not, there may be claims that nobody knows: said once a place.
fn of_scope(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    match cx.records_gap_in(subject.scope) {
        Some(gap) => gap.clone().into(),
        None => Verdict::NotApplicable("each claim is judged where it is made"),
    }
}

fn judge(
    claims: &[&Claim],
    name: &str,
    cx: &Context<'_>,
    records: impl Fn() -> Option<crate::reading::Gap>,
    observation: impl Fn() -> Option<crate::reading::Gap>,
) -> Verdict {
    let late: Vec<&Claim> = claims.iter().copied().filter(|claim| cx.standing(claim) == State::Unverified).collect();
    if let Some(claim) = late.iter().find(|claim| !claim.is_unclear()) {
        return match observation() {
            Some(gap) => gap.into(),
            None => unverified(claim, name, cx),
        };
    }
    if let Some(claim) = late.first() {
        let message = format!(
            "{} {} of {}{}: what was seen since does not tell whether what is missing was there to be installed",
            claim.record.source.as_str(),
            claim.record.title,
            minute(claim.claimed_at()),
            on(claim, name)
        );
        return Verdict::unknown(Reason::NotStated, message, claim.evidences());
    }
    if claims.is_empty() {
        return Verdict::NotApplicable("no record claims a fix here");
    }
    if let Some(gap) = records() {
        return gap.into();
    }
    let decided = claims
        .iter()
        .filter(|claim| matches!(cx.standing(claim), State::Verified | State::Contradicted | State::Regressed));
    let all = decided.map(|claim| claim.evidences()).reduce(|all: Evidences, one| all.and_all(one.iter()));
    all.map_or(Verdict::NotApplicable("still within its time, or install-incomplete says what is left"), Verdict::Pass)
}

/// Where, unless the record's own name says it.
fn on(claim: &Claim, name: &str) -> String {
    if matches!(claim.about, About::Schedule(_)) { String::new() } else { format!(" on {name}") }
}

fn unverified(claim: &Claim, name: &str, cx: &Context<'_>) -> Verdict {
    if claim.told == Told::Running {
        let limit = length(cx.policy.claims.run_within);
        return Verdict::fail(
            format!(
                "{} {}{} began {}, and its record still says that it goes on",
                claim.record.source.as_str(),
                claim.record.title,
                on(claim, name),
                ago(cx.age(claim.claimed_at())),
            ),
            format!("an end within {limit}, and a separate observation after it"),
            claim.told.words(),
            claim.evidences(),
        )
        .with_times(Some(claim.claimed_at()), None)
        .with_policy(&["claims.run_within"]);
    }
    let limit = length(cx.policy.claims.verify_within);
    let hosts = claim
        .reach
        .as_ref()
        .map_or_else(String::new, |reach| format!(": {} of {} hosts were not seen since", reach.unseen, reach.hosts));
    Verdict::fail(
        format!(
            "{} {}{} was done {}, and nothing independent has confirmed it since{hosts}",
            claim.record.source.as_str(),
            claim.record.title,
            on(claim, name),
            ago(cx.age(claim.deployed_at())),
        ),
        format!("a separate observation within {limit}"),
        "the record alone",
        claim.evidences(),
    )
    .with_times(Some(claim.deployed_at()), Some(claim.verify_by(cx.policy)))
    .with_policy(&["claims.verify_within"])
}
