//! A window inside a freeze either breaks the freeze or is cancelled at the last minute, and then nothing is patched.

use crate::context::Context;
use crate::control::{PC_10, PC_19};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{PatchAction, Target};
use crate::op;
use crate::policy::{Freeze, Policy};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule};
use crate::severity::Severity;
use crate::text::{count, minute};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "window-in-freeze",
    title: "patch window inside a change freeze",
    severity: Severity::Medium,
    since: "0.1",
    why: "Patching in a freeze changes what must not change; a window cancelled for it leaves the fleet unpatched for \
          another interval. A freeze explains a missed window, it does not excuse it.",
    fix: "Move the window before the freeze, or have the emergency change for it approved in advance.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-change-calendar.html"],
    controls: &[&PC_10, &PC_19],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("the freeze is over by then", |w| {
            frozen(weekly(w.host("web-1")), &[], "2026-11-20T00:00:00Z", "2026-11-28T00:00:00Z")
        }),
        pass("the freeze is another service's", |w| {
            frozen(
                weekly(w.host("web-1").tag("service", "hr")),
                &["shop"],
                "2026-11-25T00:00:00Z",
                "2026-12-02T00:00:00Z",
            )
        }),
        pass("calendar open until after the window", |w| {
            weekly(w.host("web-1")).calendar("peak", true, 200).policy(|p| p.calendars = vec!["peak".into()])
        }),
        fail("Black Friday", |w| frozen(weekly(w.host("web-1")), &[], "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z")),
        fail("the freeze of a service it patches", |w| {
            frozen(
                weekly(w.host("web-1").tag("service", "shop")),
                &["shop"],
                "2026-11-25T00:00:00Z",
                "2026-12-02T00:00:00Z",
            )
        }),
        fail("trap aws-24: change calendar closed", |w| {
            weekly(w.host("web-1")).calendar("peak", false, 200).policy(|p| p.calendars = vec!["peak".into()])
        }),
        fail("Azure configuration on Black Friday", |w| {
            let w = w.vm("web-1").window("weekly").aimed_here();
            frozen(w, &[], "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z")
        }),
        unknown("calendar never asked for", |w| weekly(w.host("web-1")).policy(|p| p.calendars = vec!["peak".into()])),
        unknown("calendar turns before the window", |w| {
            weekly(w.host("web-1")).calendar("peak", true, 24).policy(|p| p.calendars = vec!["peak".into()])
        }),
        pass("the Azure configuration runs after the freeze", |w| {
            let w = w.vm("web-1").window("weekly").aimed_here();
            frozen(w, &[], "2026-11-25T00:00:00Z", "2026-11-28T00:00:00Z")
        }),
        unknown("Azure's schedule cannot be read", |w| {
            let w = w.vm("web-1").window_with("weekly", |window| window.recurrence = None).aimed_here();
            frozen(w, &[], "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z")
        }),
        unknown("hosts of the service not listed", |w| {
            let w = weekly(w.host("web-1")).denied(op::EC2_INSTANCES);
            frozen(w, &["shop"], "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z")
        }),
        not_applicable("no freeze declared", |w| weekly(w.host("web-1"))),
    ],
};

fn weekly(world: crate::example::World) -> crate::example::World {
    world.window("weekly").aimed_at(Target::All).patching(PatchAction::Install)
}

fn frozen(world: crate::example::World, services: &[&str], from: &str, to: &str) -> crate::example::World {
    let time = |text: &str| text.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let services = services.iter().map(|service| (*service).to_owned()).collect();
    let freeze = Freeze { name: "peak".into(), from: time(from), to: time(to), services, line: 0 };
    world.policy(|policy: &mut Policy| policy.freezes.push(freeze))
}

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    let policy = cx.policy;
    if !schedule.is_live(cx.as_of) || !schedule.recurs() || schedule.installs() == Some(false) {
        return Verdict::NotApplicable("it installs nothing");
    }
    if policy.freezes.iter().all(|freeze| freeze.to <= cx.as_of) && policy.calendars.is_empty() {
        return Verdict::NotApplicable("no freeze is declared");
    }
    if schedule.installs().is_none() {
        let message = format!("whether {} installs or only scans is not stated", schedule.name);
        return match schedule.action_gap() {
            Some(gap) => gap.clone().into(),
            None => Verdict::unknown(Reason::NotStated, message, schedule.evidences()),
        };
    }
    let Some(next) = schedule.next(cx.as_of) else {
        let message = format!("{} states no next execution to compare with the freezes", schedule.name);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidence.clone());
    };
    let (hosts, unlisted) = cx.hosts_of(schedule);
    for freeze in policy.freezes.iter().filter(|freeze| freeze.from <= next && next < freeze.to) {
        let inside = |service: Option<&str>| {
            freeze.services.is_empty()
                || service.is_some_and(|service| freeze.services.iter().any(|named| named == service))
        };
        let hit = hosts.iter().filter(|(host, meant)| *meant == Meant::Yes && inside(host.service.as_deref()));
        let hit: Vec<_> = hit.map(|(host, _)| &host.evidence).collect();
        if hit.is_empty() && !freeze.services.is_empty() {
            continue;
        }
        return Verdict::fail(
            format!(
                "{} runs next {}, inside freeze {:?} until {}",
                schedule.name,
                minute(next),
                freeze.name,
                minute(freeze.to)
            ),
            format!("no run from {} to {}", minute(freeze.from), minute(freeze.to)),
            format!("{} on {}", minute(next), count(hit.len(), "host")),
            schedule.evidences().and_all(hit.into_iter().take(20)),
        )
        .with_policy_entry(format!("freezes.{}", freeze.name));
    }
    let calendars = calendars(schedule, next, cx);
    if let Err(closed) = &calendars
        && matches!(closed, Verdict::Fail(_))
    {
        return closed.clone();
    }
    let in_doubt = policy.freezes.iter().any(|freeze| freeze.from <= next && next < freeze.to);
    if in_doubt && let Some(gap) = unlisted.or_else(|| schedule.gap_of(op::WINDOW_TARGETS).cloned()) {
        return gap.into();
    }
    if in_doubt && let Some((host, _)) = hosts.iter().find(|(_, meant)| *meant == Meant::Unknown) {
        let message = format!("whether {} means {} is not stated", schedule.name, host.name);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidences());
    }
    match calendars {
        Ok(evidence) => Verdict::Pass(evidence),
        Err(verdict) => verdict,
    }
}

/// What the change calendars of the policy say of a time: closed ones first, then those that do not tell.
fn calendars(schedule: &Schedule, next: Timestamp, cx: &Context<'_>) -> Result<Evidences, Verdict> {
    let mut evidence = schedule.evidences();
    let mut doubt = None;
    for name in &cx.policy.calendars {
        let mut known = cx.estate.facts.calendars.iter().filter(|((_, calendar), _)| calendar == name);
        let Some((_, placed)) = known.next() else {
            let answered = cx.estate.coverage.answered(op::CALENDAR, &schedule.scope, Some(name));
            doubt = doubt.or_else(|| match answered {
                Err(gap) => Some(gap.into()),
                Ok(seen) => Some(Verdict::unknown(Reason::NotStated, format!("calendar {name} has no state"), seen)),
            });
            continue;
        };
        let told = placed.fact.next_transition.is_none_or(|turn| next < turn);
        if told && !placed.fact.open {
            return Err(Verdict::fail(
                format!("{} runs next {}, when change calendar {name} is closed", schedule.name, minute(next)),
                "a run while the calendar is open",
                "CLOSED",
                evidence.and(placed.evidence.clone()),
            )
            .with_policy(&["calendars"]));
        }
        if !told {
            let message = format!("calendar {name} changes state before {} runs {}", schedule.name, minute(next));
            doubt = doubt.or_else(|| Some(Verdict::unknown(Reason::NotStated, message, placed.evidence.clone())));
        }
        evidence = evidence.and(placed.evidence.clone());
    }
    doubt.map_or(Ok(evidence), Err)
}
