//! A window that is switched off or past its end looks like a plan in every list.

use crate::context::Context;
use crate::control::{PC_07, PC_19};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{PatchAction, Target};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::{day, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "maintenance-window-disabled",
    title: "patch window that does not run any more",
    severity: Severity::High,
    since: "0.1",
    why: "A disabled or expired window patches nothing, and the hosts it was made for are easily taken for patched.",
    fix: "Enable the window or move its end; delete it when another schedule took over.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_MaintenanceWindowIdentity.html",
        "https://learn.microsoft.com/azure/virtual-machines/maintenance-configurations",
    ],
    controls: &[&PC_07, &PC_19],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("enabled, with a next run", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Install)
        }),
        pass("Azure without an end", |w| w.vm("web-1").window("weekly").aimed_here()),
        fail("disabled", |w| {
            w.window_with("weekly", |window| window.enabled = false)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        fail("trap aws-16: end passed", |w| {
            let ended = Some(w.hours_ago(48));
            w.window_with("weekly", |window| window.ends = ended).aimed_at(Target::All).patching(PatchAction::Install)
        }),
        fail("trap azure-13: expired configuration", |w| {
            let ended = Some(w.hours_ago(30 * 24));
            w.vm("web-1").window_with("weekly", |window| window.ends = ended)
        }),
        unknown("disabled, and whether it patches is unread", |w| {
            w.window_with("weekly", |window| window.enabled = false).aimed_at(Target::All).denied(op::WINDOW_TASKS)
        }),
        unknown("no next run stated", |w| {
            w.window_with("once", |window| window.next = None).aimed_at(Target::All).patching(PatchAction::Install)
        }),
        not_applicable("an association", |w| w.association("patch", PatchAction::Install)),
    ],
};

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    let Some(window) = &schedule.window else {
        return Verdict::NotApplicable("an association has no switch and no end");
    };
    if schedule.tasks.is_empty()
        && let Some(gap) = schedule.gap_of(op::WINDOW_TASKS)
    {
        return gap.clone().into();
    }
    let off = |message: String, found: String| {
        Verdict::fail(message, "enabled and not past its end", found, schedule.evidence.clone())
    };
    if !schedule.enabled {
        return off(format!("{} is disabled: it patches nothing", schedule.name), "disabled".to_owned());
    }
    if let Some(end) = window.ends
        && end <= cx.as_of
    {
        let ended = format!("ended {}", day(end));
        return off(format!("{} {ended}, {} ago: it patches nothing", schedule.name, length(cx.age(end))), ended);
    }
    if schedule.kind == ScheduleKind::MaintenanceWindow && window.next.is_none() {
        let message = format!("{} is enabled and states no next execution ({})", schedule.name, window.schedule);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidence.clone());
    }
    Verdict::pass(schedule.evidence.clone())
}
