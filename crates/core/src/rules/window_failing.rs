//! The last run counts, and its counts more than its status: a run that succeeded and ran out of time left patches
//! behind.

use crate::context::Context;
use crate::control::{PC_07, PC_17};
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{Fact, Installation, PatchAction, Target};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::{ago, count};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "window-failing",
    title: "patch schedule whose last run failed",
    severity: Severity::High,
    since: "0.1",
    why: "A run that failed, was skipped or ran out of time has patched nothing or not everything, while the schedule \
          itself looks healthy.",
    fix: "Read the run's details, lengthen or move the window, and run it again before the deadline of what is missing.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_MaintenanceWindowExecution.html",
        "https://learn.microsoft.com/azure/update-manager/troubleshoot",
    ],
    controls: &[&PC_07, &PC_17],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("last run succeeded", |w| weekly(w).ran(72, "SUCCESS")),
        pass("an older run failed, the last one did not", |w| weekly(w).ran(240, "FAILED").ran(72, "SUCCESS")),
        pass("association succeeded", |w| {
            w.host("web-1").association("patch", PatchAction::Install).association_ran("patch", 12, "Success")
        }),
        pass("Azure run installed all", |w| installed(w, |_| {})),
        fail("last run failed", |w| weekly(w).ran(240, "SUCCESS").ran(72, "FAILED")),
        fail("timed out", |w| weekly(w).ran(72, "TIMED_OUT")),
        fail("trap aws-16: skipped because the one before still ran", |w| weekly(w).ran(72, "SKIPPED_OVERLAPPING")),
        fail("association failed", |w| {
            w.host("web-1").association("patch", PatchAction::Install).association_ran("patch", 12, "Failed")
        }),
        fail("Azure run failed", |w| w.vm("web-1").window("weekly").aimed_here().ran(72, "Failed")),
        fail("Azure run failed on one host and not on the other", |w| {
            let w = w.vm("web-1").window("weekly").aimed_here().ran(72, "Failed").ran(71, "Succeeded");
            w.edit(|fact| {
                if let Fact::WindowExecution(run) = fact {
                    run.host = Some(format!("/vm/{}", run.id));
                }
                true
            })
        }),
        fail("trap azure-14: succeeded, and the window was exceeded", |w| {
            installed(w, |run| (run.window_exceeded, run.pending) = (true, 4))
        }),
        fail("trap azure-14: succeeded, and one patch failed", |w| installed(w, |run| run.failed = 1)),
        unknown("executions denied", |w| weekly(w).denied(op::WINDOW_EXECUTIONS)),
        unknown("no run on record", weekly),
        unknown("still running", |w| weekly(w).ran(1, "IN_PROGRESS")),
        unknown("Azure installations denied", |w| installed(w, |_| {}).denied(op::AZURE_INSTALLATIONS)),
        not_applicable("disabled", |w| {
            w.window_with("weekly", |window| window.enabled = false).patching(PatchAction::Install)
        }),
    ],
};

fn weekly(world: World) -> World {
    world.host("web-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Install)
}

fn installed(world: World, change: impl FnOnce(&mut Installation)) -> World {
    let started = Some(world.hours_ago(72));
    let world = world.vm("web-1");
    let mut run = Installation {
        host: world.here().to_owned(),
        id: "run-1".into(),
        status: "Succeeded".into(),
        started,
        ended: started,
        reboot_status: "Completed".into(),
        window_exceeded: false,
        installed: 9,
        failed: 0,
        pending: 0,
        excluded: 0,
        not_selected: 0,
        maintenance_run: "schedule-run-1".into(),
        error: String::new(),
    };
    change(&mut run);
    world.window("weekly").aimed_here().fact(Fact::Installation(run))
}

/// One run, of a window or on a host.
struct Run {
    host: Option<String>,
    status: String,
    wrong: bool,
    over: bool,
    started: Option<Timestamp>,
    evidence: Evidence,
}

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if !schedule.is_live(cx.as_of) {
        return Verdict::NotApplicable("it does not run any more");
    }
    let runs = runs(schedule);
    // Azure has a run per host: each host's last one counts.
    let hosts: BTreeSet<&Option<String>> = runs.iter().map(|run| &run.host).collect();
    for host in hosts {
        let own = runs.iter().rev().filter(|run| run.host == *host);
        let bad: Vec<&Run> = own.take_while(|run| run.wrong || !run.over).filter(|run| run.wrong).collect();
        let (Some(last), Some(first)) = (bad.first(), bad.last()) else { continue };
        let place =
            host.as_ref().map_or(String::new(), |host| format!(" on {}", host.rsplit('/').next().unwrap_or(host)));
        let when = last.started.map_or(String::new(), |at| format!(", {}", ago(cx.age(at))));
        return Verdict::fail(
            format!("the last run of {}{place} ended as {}{when}", schedule.name, last.status),
            "a last run that succeeded",
            format!("{} not successful in a row", count(bad.len(), "run")),
            schedule.evidences().and(last.evidence.clone()),
        )
        .with_times(first.started, None);
    }
    let mut proof = runs.last().filter(|run| run.over).map(|run| schedule.evidences().and(run.evidence.clone()));
    if schedule.kind == ScheduleKind::MaintenanceConfiguration {
        match on_hosts(schedule, cx) {
            Ok(Some(evidence)) => proof = Some(schedule.evidences().and(evidence)),
            Ok(None) => {}
            Err(verdict) => return verdict,
        }
    }
    let gap = [op::WINDOW_EXECUTIONS, op::ASSOCIATION_EXECUTIONS, op::AZURE_MAINTENANCE];
    if let Some(gap) = gap.iter().find_map(|operation| schedule.gap_of(operation)) {
        return gap.clone().into();
    }
    match (proof, runs.last()) {
        (Some(proof), _) => Verdict::Pass(proof),
        (None, Some(run)) => {
            let message = format!("the last run of {} is {}", schedule.name, run.status);
            Verdict::unknown(Reason::NotStated, message, schedule.evidences().and(run.evidence.clone()))
        }
        (None, None) => {
            let message = format!("no run of {} is on record", schedule.name);
            Verdict::unknown(Reason::NotStated, message, schedule.evidences())
        }
    }
}

/// Runs of the schedule as a whole, oldest first.
fn runs(schedule: &Schedule) -> Vec<Run> {
    let run = |host: &Option<String>, status: &str, started, evidence: &Evidence| {
        let word: String = status.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        // Words of SSM windows, associations and Azure apply updates.
        let wrong = ["failed", "timedout", "cancelled", "cancelling", "skippedoverlapping", "error", "retrylater"];
        let over = ["success", "succeeded", "completed", "completedwithwarnings"];
        Run {
            host: host.clone(),
            status: status.to_owned(),
            wrong: wrong.contains(&word.as_str()),
            over: over.contains(&word.as_str()) || wrong.contains(&word.as_str()),
            started,
            evidence: evidence.clone(),
        }
    };
    let windows = schedule.executions.iter().map(|(one, evidence)| run(&one.host, &one.status, one.started, evidence));
    let associations = schedule.association_executions.iter();
    windows.chain(associations.map(|(one, evidence)| run(&None, &one.status, one.created, evidence))).collect()
}

/// The last scheduled installation on each host that an Azure configuration means.
fn on_hosts(schedule: &Schedule, cx: &Context<'_>) -> Result<Option<Evidence>, Verdict> {
    let mut good = None;
    let (hosts, unlisted) = cx.hosts_of(schedule);
    for (host, _) in hosts.iter().filter(|(_, meant)| *meant == Meant::Yes) {
        let runs = cx.installations(host);
        let Some(last) = runs.iter().rev().find(|run| !run.fact.maintenance_run.is_empty()) else { continue };
        let run = &last.fact;
        let left = run.window_exceeded && run.pending > 0;
        if left || run.failed > 0 || run.status.eq_ignore_ascii_case("Failed") {
            let why = if left { "ran out of time" } else { "failed" };
            return Err(Verdict::fail(
                format!(
                    "the last run of {} on {} {why}: {} installed, {} failed, {} not done (status {})",
                    schedule.name, host.name, run.installed, run.failed, run.pending, run.status
                ),
                "every selected patch installed within the window",
                format!("{} failed, {} not done", run.failed, run.pending),
                schedule.evidences().and(last.evidence.clone()),
            )
            .with_times(run.started, None));
        }
        good = good.or(Some(last.evidence.clone()));
    }
    match cx.answered(op::AZURE_INSTALLATIONS, &schedule.scope) {
        Ok(_) => unlisted.map_or(Ok(good), |gap| Err(gap.into())),
        Err(gap) => Err(gap.into()),
    }
}
