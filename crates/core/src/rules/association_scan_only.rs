//! Scanning every day and installing never: the reports are there, the patches are not.

use crate::context::Context;
use crate::control::PC_07;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{PatchAction, Target};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "association-scan-only",
    title: "hosts that are scanned and never patched by a schedule",
    severity: Severity::High,
    since: "0.1",
    why: "The operation Scan reports what is missing and installs nothing. Where no other schedule installs on the same \
          hosts, the finding of each scan is left to somebody's memory.",
    fix: "Add a window or association with Operation=Install for the same targets, or change this one.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-aws-runpatchbaseline.html",
    ],
    controls: &[&PC_07],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("installs", |w| w.host("web-1").association("patch", PatchAction::Install)),
        pass("scans, and a window installs on the same host", |w| {
            w.host("web-1")
                .association("scan", PatchAction::Scan)
                .window("weekly")
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        fail("association that scans", |w| w.host("web-1").association("scan", PatchAction::Scan)),
        fail("trap aws-16: window whose task only scans", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Scan)
        }),
        unknown("action not stated", |w| w.host("web-1").association_with("patch", |_| {})),
        unknown("windows denied", |w| w.host("web-1").association("scan", PatchAction::Scan).denied(op::WINDOWS)),
        unknown("window's tasks denied", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).denied(op::WINDOW_TASKS)
        }),
        not_applicable("Azure configurations install", |w| w.vm("web-1").window("weekly").aimed_here()),
    ],
};

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if schedule.kind == ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("a maintenance configuration installs");
    }
    if !schedule.is_live(cx.as_of) {
        return Verdict::NotApplicable("it does not run any more");
    }
    match (schedule.installs(), schedule.action_gap()) {
        (Some(true), _) => return Verdict::Pass(schedule.evidences()),
        (None, Some(gap)) => return gap.clone().into(),
        (None, None) => {
            let message = format!("whether {} installs or only scans is not stated", schedule.name);
            return Verdict::unknown(Reason::NotStated, message, schedule.evidences());
        }
        (Some(false), _) => {}
    }
    let (hosts, unlisted) = cx.hosts_of(schedule);
    let mut scanned = 0;
    let mut doubt = None;
    let mut proof = schedule.evidences();
    for (host, meant) in &hosts {
        let found = cx.installers(host);
        if let (Some(other), Meant::Yes) = (found.sure.first(), meant) {
            return Verdict::Pass(proof.and(host.evidence.clone()).and_all(other.evidences().iter()));
        }
        match (found.doubt(host), meant) {
            (Some(verdict), _) => doubt = doubt.or(Some(verdict)),
            (None, Meant::Yes) => {
                scanned += 1;
                proof = if scanned <= 5 { proof.and_all(found.proof(host).iter()) } else { proof };
            }
            _ => {}
        }
    }
    if let Some(verdict) = doubt {
        return verdict;
    }
    if scanned == 0 {
        return match unlisted.or_else(|| schedule.gap_of(op::WINDOW_TARGETS).cloned()) {
            Some(gap) => gap.into(),
            None if hosts.is_empty() => Verdict::NotApplicable("it means no host"),
            None => {
                let message = format!("which hosts {} means is not stated", schedule.name);
                Verdict::unknown(Reason::NotStated, message, schedule.evidences())
            }
        };
    }
    Verdict::fail(
        format!("{} only scans, and no schedule installs on any of its {}", schedule.name, count(scanned, "host")),
        "a schedule that installs on the same hosts",
        "Operation=Scan alone",
        proof,
    )
}
