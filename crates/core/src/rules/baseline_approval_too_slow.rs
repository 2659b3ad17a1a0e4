//! The days from release to approval are spent before anything counts as missing: they eat the deadline unseen.

use crate::approval::{approves_all_security, approves_security};
use crate::context::{BaselineSubject, Context};
use crate::control::{PC_06, PC_07};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::op;
use crate::policy::DAY;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{count, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "baseline-approval-too-slow",
    title: "baseline that approves security patches late",
    severity: Severity::High,
    since: "0.1",
    why: "Until a baseline approves a patch, hosts without it count as compliant. A long delay uses up the deadline \
          before anybody can see that the fix is missing.",
    fix: "Lower ApproveAfterDays of the rules that approve security patches; test them earlier instead.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-predefined-and-custom-patch-baselines.html",
    ],
    controls: &[&PC_06, &PC_07],
    checks: &[Check::EachBaseline(check)],
    examples: &[
        pass("five days", |w| w.baseline(|_| {})),
        pass("exactly the limit", |w| w.baseline(|b| b.rules[0].approve_after_days = Some(7))),
        pass("a slow rule beside a quick one for everything", |w| {
            w.baseline(|b| {
                let mut slow = b.rules[0].clone();
                slow.approve_after_days = Some(30);
                b.rules.push(slow);
            })
        }),
        fail("trap aws-1: three weeks in which no counter shows it", |w| {
            w.baseline(|b| b.rules[0].approve_after_days = Some(21))
        }),
        unknown("baseline not readable", |w| w.baseline(|_| {}).denied(op::BASELINE)),
        not_applicable("only bug fixes wait", |w| {
            w.baseline(|b| {
                b.rules[0].filters = vec![("CLASSIFICATION".into(), vec!["Bugfix".into()])];
                b.rules[0].approve_after_days = Some(60);
            })
        }),
    ],
};

fn check(subject: &BaselineSubject<'_>, cx: &Context<'_>) -> Verdict {
    let (baseline, evidence) = match &subject.baseline {
        Reading::Known(baseline, evidence) => (*baseline, evidence.clone()),
        Reading::Absent(seen) => {
            return Verdict::unknown(
                Reason::NotStated,
                format!("{} is listed and not described", subject.id),
                seen.clone(),
            );
        }
        Reading::Unread(gap) => return gap.clone().into(),
    };
    let limit = cx.policy.approval_max;
    let delays = baseline.rules.iter().filter(|rule| approves_security(rule) && rule.approve_until.is_none());
    let delays: Vec<_> = delays.filter_map(|rule| Some((rule, i64::from(rule.approve_after_days?) * DAY))).collect();
    let Some(slowest) = delays.iter().map(|(_, delay)| *delay).max() else {
        return Verdict::NotApplicable("no rule approves security patches by their age");
    };
    // The earliest approval wins: a quick rule for everything makes a slow one harmless.
    let quick = delays.iter().any(|(rule, delay)| *delay <= limit && approves_all_security(rule));
    if slowest <= limit || quick {
        return Verdict::pass(evidence);
    }
    Verdict::fail(
        format!(
            "{} approves security patches {} after release, {} later than allowed",
            baseline.name,
            count((slowest / DAY) as usize, "day"),
            length(slowest - limit),
        ),
        format!("approval within {}", length(limit)),
        format!("{}, used by {}", length(slowest), count(subject.hosts.len(), "host")),
        evidence,
    )
    .with_policy(&["baselines.approval_max"])
}
