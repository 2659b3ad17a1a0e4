//! A plan that comes after the deadline is known to miss it while there is still time to change it.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_06, PC_07};
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exposure::Exposure;
use crate::fact::{PatchAction, PatchPresence, Target};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "window-after-due",
    title: "next patch window after the deadline",
    severity: Severity::Medium,
    since: "0.1",
    why: "A fix that only the next window will install, and whose deadline comes first, will be late. Today that can \
          still be changed.",
    fix: "Run the window earlier or install the fix by hand; shorten the interval when this happens often.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_06, &PC_07],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("nothing missing", |w| {
            w.host("web-1").scanned(2).window("weekly").aimed_at(Target::All).patching(PatchAction::Install)
        }),
        pass("due after the window", |w| {
            w.host("web-1")
                .scanned(2)
                .patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
                .window("weekly")
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        fail("the window comes in ten weeks", |w| {
            let next = Some(w.hours_ahead(70 * 24));
            w.host("web-1")
                .scanned(2)
                .vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 48)
                .window_with("quarterly", |window| window.next = next)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        unknown("no next run stated, and something is due", |w| {
            w.host("web-1")
                .scanned(2)
                .vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 48)
                .window_with("weekly", |window| window.next = None)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        pass("Azure, nothing missing", |w| w.vm("web-1").scanned(2).window("weekly").aimed_here()),
        fail("Azure, the configuration runs in ten weeks", |w| {
            let next = Some(w.hours_ahead(70 * 24));
            w.vm("web-1")
                .scanned(2)
                .patch("openssl", PatchPresence::Missing, HIGH)
                .window_with("quarterly", |window| window.next = next)
                .aimed_here()
        }),
        pass("Azure, the configuration runs this week", |w| {
            w.vm("web-1").scanned(2).patch("openssl", PatchPresence::Missing, HIGH).window("weekly").aimed_here()
        }),
        unknown("Azure's schedule cannot be read, and something is due", |w| {
            w.vm("web-1")
                .scanned(2)
                .patch("openssl", PatchPresence::Missing, HIGH)
                .window_with("weekly", |window| window.recurrence = None)
                .aimed_here()
        }),
        fail("an association that runs monthly", |w| {
            w.host("web-1").scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 20 * 24).association_with(
                "monthly",
                |association| {
                    (association.action, association.schedule) = (Some(PatchAction::Install), "rate(30 days)".into());
                },
            )
        }),
        pass("due before the window, and a daily association comes first", |w| {
            let next = Some(w.hours_ahead(70 * 24));
            w.host("web-1")
                .scanned(2)
                .vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 48)
                .association("daily", PatchAction::Install)
                .window_with("quarterly", |window| window.next = next)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        unknown("patches unread", |w| {
            w.host("web-1")
                .scanned(2)
                .window("weekly")
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
                .denied(op::PATCHES)
        }),
        unknown("scanner's findings denied", |w| {
            w.host("web-1")
                .scanned(2)
                .window("weekly")
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
                .denied(op::VULNERABILITIES)
        }),
        unknown("action not stated", |w| w.host("web-1").scanned(2).association_with("patch", |_| {})),
        not_applicable("only scans", |w| w.host("web-1").association("scan", PatchAction::Scan)),
    ],
};

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if !schedule.is_live(cx.as_of) || !schedule.recurs() || schedule.installs() == Some(false) {
        return Verdict::NotApplicable("it installs nothing");
    }
    if schedule.installs().is_none() {
        return match schedule.action_gap() {
            Some(gap) => gap.clone().into(),
            None => {
                let message = format!("whether {} installs or only scans is not stated", schedule.name);
                Verdict::unknown(Reason::NotStated, message, schedule.evidences())
            }
        };
    }
    let (hosts, unlisted) = cx.hosts_of(schedule);
    let mut doubt = unlisted.map(Verdict::from);
    let mut late: Option<(&Asset, &Exposure, jiff::Timestamp)> = None;
    let mut proof = schedule.evidences();
    for (host, meant) in &hosts {
        if *meant == Meant::Unknown {
            let message = format!("whether {} means {} is not stated", schedule.name, host.name);
            doubt = doubt.or_else(|| Some(Verdict::unknown(Reason::NotStated, message, schedule.evidences())));
            continue;
        }
        match (cx.fresh_scan(host), cx.lacking(host)) {
            (Reading::Known(..), Reading::Known(_, list)) => proof = proof.and(list),
            (Reading::Unread(gap), _) | (_, Reading::Unread(gap)) => doubt = doubt.or_else(|| Some(gap.into())),
            (Reading::Absent(seen), _) | (_, Reading::Absent(seen)) => {
                let message = format!("{} was never scanned: what it lacks is not known", host.name);
                doubt = doubt.or_else(|| Some(Verdict::unknown(Reason::NeverScanned, message, seen)));
            }
        }
        // What a scanner would have added may be due earlier.
        doubt = doubt.or_else(|| Some(cx.expected_gap(op::VULNERABILITIES, &host.scope)?.clone().into()));
        doubt = doubt.or_else(|| cx.deadline_gap(&host.lineage).map(Verdict::from));
        let Some((exposure, due)) = first_due(host, cx) else { continue };
        let others: Vec<_> = cx.installers(host).sure;
        // Another schedule that comes in time makes this one harmless.
        if others.iter().any(|other| other.next(cx.as_of).is_some_and(|next| next <= due)) {
            continue;
        }
        if let Some(silent) = others.iter().find(|other| other.next(cx.as_of).is_none()) {
            let message = format!(
                "{} is due {} on {}, and {} states no next run",
                exposure.title,
                minute(due),
                host.name,
                silent.name
            );
            doubt = doubt.or_else(|| Some(Verdict::unknown(Reason::NotStated, message, silent.evidences())));
        } else if late.is_none_or(|(_, _, earliest)| due < earliest) {
            late = Some((host, exposure, due));
        }
    }
    if let (Some((host, exposure, due)), Some(next)) = (late, schedule.next(cx.as_of)) {
        let seen =
            exposure.members.iter().find(|member| *member.host == *host.key).map(|member| member.evidence.clone());
        return Verdict::fail(
            format!(
                "{} runs next {}, {} after {} is due on {}",
                schedule.name,
                minute(next),
                length(next.as_second() - due.as_second()),
                exposure.title,
                host.name
            ),
            format!("a run by {}", minute(due)),
            format!("next run {}", minute(next)),
            schedule.evidences().and_all(&seen),
        )
        .with_severity(exposure.severity.max(Severity::Medium))
        .with_times(Some(exposure.opened()), Some(due))
        .with_policy(&["sla.profile"]);
    }
    match doubt {
        Some(verdict) => verdict,
        None if hosts.is_empty() => Verdict::NotApplicable("it means no host"),
        None => Verdict::Pass(proof),
    }
}

/// The earliest deadline still ahead of a host. What is past its deadline is patch-overdue's business.
fn first_due<'a>(host: &Asset, cx: &Context<'a>) -> Option<(&'a Exposure, jiff::Timestamp)> {
    let open = cx
        .estate
        .ledger
        .of_lineage(&host.lineage)
        .filter(|exposure| exposure.is_open() && exposure.members.iter().any(|member| *member.host == *host.key));
    open.filter_map(|exposure| Some((exposure, exposure.due().filter(|due| *due > cx.as_of)?)))
        .min_by_key(|(_, due)| *due)
}
