//! A record says that fixes were applied, and something independent that looked later says that they were not.

use crate::asset::Lineage;
use crate::claim::{Claim, State, Told};
use crate::context::Context;
use crate::control::{PC_07, PC_08};
use crate::example::{HIGH, World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{PatchAction, PatchPresence, Target};
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::Schedule;
use crate::severity::Severity;
use crate::text::{count, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "claim-contradicted",
    title: "record of a fix that a later observation contradicts",
    severity: Severity::High,
    since: "0.1",
    why: "Reports and tickets are written from records. A record that says \"applied\" on a machine that lacks the fix hides \
          the weakness from everybody who trusts it.",
    fix: "Find out why the run did not do what it says (wrong baseline, held package, no reboot, other host), install the fix, \
          and correct every report that rests on the record.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-states.html"],
    controls: &[&PC_07, &PC_08],
    checks: &[Check::EachLineage(of_lineage), Check::EachSchedule(of_schedule)],
    examples: &[
        pass("a later scan shows the fix in place", |w| lacking(w).commanded(24, "Success").rescanned(2).fixed(KERNEL)),
        pass("a fix that came out after the run is missing", |w| {
            let published = Some(w.hours_ago(12));
            w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(false)).installed(24, |_| {}).patch_with(
                "curl",
                PatchPresence::Missing,
                HIGH,
                |patch| patch.published = published,
            )
        }),
        pass("contradicted, and mended since", |w| {
            let earlier = w.hours_ago(60);
            lacking(w)
                .commanded(70, "Success")
                .rescanned_with(60, move |state| state.ended = Some(earlier))
                .after(48)
                .commanded(24, "Success")
                .rescanned(2)
                .fixed(KERNEL)
        }),
        pass("every host that a window means shows its fixes in place", |w| {
            weekly(lacking(w)).rescanned(2).fixed(KERNEL)
        }),
        fail("a later scan shows the fix missing", |w| lacking(w).commanded(24, "Success").rescanned(2)),
        fail("a scanner still sees the weakness", |w| {
            w.host("web-1")
                .scanned(30)
                .covered(None)
                .vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 400)
                .commanded(24, "Success")
        }),
        fail("Azure: published before the run, and missing after it", |w| {
            let published = Some(w.hours_ago(240));
            w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(false)).installed(24, |_| {}).patch_with(
                "curl",
                PatchPresence::Missing,
                HIGH,
                |patch| patch.published = published,
            )
        }),
        fail("a window's run that a host it means contradicts", |w| weekly(lacking(w)).rescanned(2)),
        fail("a group that launches the new image keeps old members", |w| {
            rolling(w, 100).policy(|policy| policy.claims.verify_within = crate::policy::HOUR)
        }),
        unknown("commands denied: there may be claims that nobody knows", |w| {
            lacking(w).commanded(120, "Success").rescanned(98).after(96).rescanned(2).fixed(KERNEL).denied(op::COMMANDS)
        }),
        not_applicable("trap: the last run was not looked at, and the one before went well", |w| {
            weekly(lacking(w)).rescanned(2).fixed(KERNEL).ran(1, "SUCCESS")
        }),
        unknown("trap: patch states denied since the last run, and the run before went well", |w| {
            twice(w).denied(op::PATCH_STATES)
        }),
        unknown("trap: the list of hosts denied since the last run, and the run before went well", |w| {
            twice(w).denied(op::EC2_INSTANCES)
        }),
        unknown("a window's runs denied", |w| {
            weekly(lacking(w)).rescanned(2).fixed(KERNEL).denied(op::WINDOW_EXECUTIONS)
        }),
        not_applicable(
            "a weakness that a scanner sees since before the run, and no baseline had to have approved its fix",
            |w| {
                w.host("web-1")
                    .scanned(2)
                    .covered(None)
                    .vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 100)
                    .commanded(24, "Success")
            },
        ),
        not_applicable("the scan agrees, and the scanner's findings were not read", |w| {
            lacking(w).commanded(24, "Success").rescanned(2).fixed(KERNEL).denied(op::VULNERABILITIES)
        }),
        not_applicable("trap: a run's own result says nothing of that run", |w| {
            lacking(w)
                .commanded(24, "Success")
                .rescanned_with(23, |state| state.action = PatchAction::Install)
                .fixed(KERNEL)
        }),
        not_applicable("nothing is claimed", |w| w.host("web-1").scanned(2)),
    ],
};

const KERNEL: &str = "kernel-6.1.79-99.167.amzn2023.x86_64";

/// A host that lacked a kernel four days ago.
fn lacking(world: World) -> World {
    world.host("web-1").scanned(98).patch(KERNEL, PatchPresence::Missing, HIGH).after(96)
}

fn weekly(world: World) -> World {
    world.window("weekly").aimed_at(Target::All).patching(PatchAction::Install).ran(24, "SUCCESS")
}

/// A window ran twice; what was seen after the first run showed its fixes in place.
fn twice(world: World) -> World {
    let earlier = world.hours_ago(60);
    lacking(world)
        .window("weekly")
        .aimed_at(Target::All)
        .patching(PatchAction::Install)
        .ran(70, "SUCCESS")
        .rescanned_with(60, move |state| state.ended = Some(earlier))
        .fixed(KERNEL)
        .after(48)
        .ran(24, "SUCCESS")
        .rescanned(2)
}

/// A group that launches another image than four days ago, and still has its old member.
fn rolling(world: World, hours: i64) -> World {
    world
        .host("web-1")
        .with(|host| host.image = Some("ami-1".into()))
        .scaling_group("shop", "$Latest")
        .template(1, true, "ami-1")
        .after(hours)
        .template(2, true, "ami-2")
        .edit(|fact| {
            if let crate::fact::Fact::Template(version) = fact {
                version.created =
                    version.created.filter(|_| version.version == 1).or("2026-11-23T06:00:00Z".parse().ok());
            }
            true
        })
}

fn of_lineage(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let claims = cx.claims(lineage);
    let stands = |claim: &&&Claim| cx.standing(claim) == State::Contradicted && claim.resolved_at().is_none();
    if let Some(worst) = claims.iter().filter(stands).max_by_key(|claim| claim.deployed_at()) {
        return contradicted(worst, lineage.name.as_ref(), claims.iter().filter(stands).count(), cx);
    }
    if claims.is_empty() {
        return Verdict::NotApplicable("no record claims a fix here");
    }
    if let Some(gap) = cx.records_gap(lineage) {
        return gap.clone().into();
    }
    // A report or a scan that was not read may hold what contradicts a later claim.
    if let Some(gap) = cx.patched_hosts(lineage).find_map(|asset| cx.runs_of_host_gap(asset)) {
        return gap.into();
    }
    agreed(claims.iter().copied(), cx)
}

fn of_schedule(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if schedule.installs() == Some(false) || schedule.kind == crate::schedule::ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("its runs claim nothing, or claim it host by host");
    }
    let claims = cx.claims_of_schedule(schedule);
    // A run that nothing has looked at yet does not hide what was seen after the run before it.
    let seen = claims.iter().find(|claim| claim.is_observed());
    if let Some(claim) = seen.filter(|claim| cx.standing(claim) == State::Contradicted && claim.resolved_at().is_none())
    {
        return contradicted(claim, &schedule.name, 1, cx);
    }
    if let Some(gap) = cx.runs_gap(schedule) {
        return gap.clone().into();
    }
    let Some(last) = claims.iter().find(|claim| claim.told != Told::Running || claim.is_endless(cx.as_of, cx.policy))
    else {
        return Verdict::NotApplicable("none of its runs has ended");
    };
    if last.is_observed() {
        return agreed([*last], cx);
    }
    // An earlier run says nothing of the last one, however well it went.
    if let Some(gap) = cx.schedule_observation_gap(schedule) {
        return gap.clone().into();
    }
    Verdict::NotApplicable(UNSEEN)
}

/// Why a claim that nobody looked at since is not judged here.
const UNSEEN: &str = "nothing independent has looked since: claim-unverified says so";

/// A pass, where anything was verified.
fn agreed<'a>(claims: impl IntoIterator<Item = &'a Claim>, cx: &Context<'_>) -> Verdict {
    let held = claims.into_iter().filter(|claim| claim.verified_at().is_some() || claim.resolved_at().is_some());
    let proofs = held.filter(|claim| cx.standing(claim) != State::Regressed).map(Claim::evidences);
    let all = proofs.reduce(|all: Evidences, one| all.and_all(one.iter()));
    all.map_or(Verdict::NotApplicable(UNSEEN), Verdict::Pass)
}

fn contradicted(claim: &Claim, name: &str, claims: usize, cx: &Context<'_>) -> Verdict {
    let record = &claim.record;
    let host = claim.against_hosts.first().and_then(|key| cx.estate.asset(key));
    let on = host.map_or_else(|| name.to_owned(), |host| host.name.to_string());
    let what = match &claim.against {
        Some(fix) => format!("{} is missing", fix.title),
        None => "it was made from another image".to_owned(),
    };
    let seen = claim.contradicted_at().map(minute).unwrap_or_default();
    let method = claim.method.map_or("an observation", |method| method.as_str());
    let hosts = claim.reach.as_ref().map_or_else(String::new, |reach| {
        format!(" ({} of {})", reach.contradicted, count(reach.hosts as usize, "host"))
    });
    let more = if claims > 1 { format!(" (and {} more claims)", claims - 1) } else { String::new() };
    Verdict::fail(
        format!(
            "{} {} of {} says {}, and on {on} {what}{hosts}, by {method} of {seen}{more}",
            record.source.as_str(),
            record.title,
            minute(claim.claimed_at()),
            claim.told.words(),
        ),
        "what a record says was fixed is found fixed",
        what,
        claim.evidences(),
    )
    .with_times(claim.contradicted_at(), None)
}
