//! `ApproveUntilDate` never approves what was released later: a fleet that rots stays compliant.

use crate::approval::approves_all_security;
use crate::context::{BaselineSubject, Context};
use crate::control::PC_07;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{Baseline, SettingKind};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::count;
use jiff::civil::date;
use jiff::tz::TimeZone;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "baseline-frozen",
    title: "baseline that approves nothing newer than a date",
    severity: Severity::High,
    since: "0.1",
    why: "Patches released after ApproveUntilDate are never approved, so they are never missing: the fleet stays fully \
          compliant for ever while it falls behind.",
    fix: "Replace ApproveUntilDate by ApproveAfterDays, or move the date with every tested release.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PatchRule.html"],
    controls: &[&PC_07],
    checks: &[Check::EachBaseline(check)],
    examples: &[
        pass("approves by age", |w| w.baseline(|_| {})),
        pass("frozen rule beside one for everything", |w| {
            w.baseline(|b| {
                let mut frozen = b.rules[0].clone();
                freeze(&mut frozen, date(2025, 1, 1));
                b.rules.push(frozen);
            })
        }),
        fail("trap aws-2: frozen a year ago", |w| w.baseline(|b| freeze(&mut b.rules[0], date(2025, 11, 24)))),
        fail("freezes in a week", |w| w.baseline(|b| freeze(&mut b.rules[0], date(2026, 12, 1)))),
        unknown("baseline not readable", |w| w.baseline(|_| {}).denied(op::BASELINE)),
        not_applicable("no rules", |w| w.baseline(|b| b.rules.clear())),
    ],
};

fn freeze(rule: &mut crate::fact::ApprovalRule, until: jiff::civil::Date) {
    (rule.approve_after_days, rule.approve_until) = (None, Some(until));
}

fn check(subject: &BaselineSubject<'_>, cx: &Context<'_>) -> Verdict {
    let (baseline, evidence): (&Baseline, _) = match &subject.baseline {
        Reading::Known(baseline, evidence) => (baseline, evidence.clone()),
        Reading::Absent(seen) => {
            return Verdict::unknown(
                Reason::NotStated,
                format!("{} is listed and not described", subject.id),
                seen.clone(),
            );
        }
        Reading::Unread(gap) => return gap.clone().into(),
    };
    if baseline.rules.is_empty() {
        return Verdict::NotApplicable("it has no approval rules");
    }
    let Some(until) = baseline.rules.iter().filter_map(|rule| rule.approve_until).min() else {
        return Verdict::pass(evidence);
    };
    if baseline.rules.iter().any(|rule| rule.approve_until.is_none() && approves_all_security(rule)) {
        return Verdict::pass(evidence);
    }
    let today = TimeZone::UTC.to_datetime(cx.as_of).date();
    let days = (today - until).get_days();
    let (message, severity) = if days > 0 {
        let message =
            format!("{} approves no patch released after {until}, {} ago", baseline.name, count(days as usize, "day"));
        (message, Severity::High)
    } else {
        (format!("{} stops approving patches released after {until}", baseline.name), Severity::Medium)
    };
    let (origin, event) =
        cx.origin(subject.scope, &baseline.id, &baseline.id, |change| change.kind == SettingKind::Baseline);
    Verdict::fail(
        message + &origin,
        "approval by age (ApproveAfterDays)",
        format!("ApproveUntilDate {until}, used by {}", count(subject.hosts.len(), "host")),
        Evidences::of(evidence).and_all(&event),
    )
    .with_severity(severity)
}
