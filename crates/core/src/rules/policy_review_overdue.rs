//! A policy that nobody has looked through for years promises what nobody does any more.

use crate::context::Context;
use crate::control::PC_01;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::policy::DAY;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::{day, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "policy-review-overdue",
    title: "policy that was not reviewed in time",
    severity: Severity::Medium,
    since: "0.1",
    why: "Deadlines, owners and exclusions grow old. An auditor expects the policy to be reviewed at planned intervals, as \
          a rule every year, and the date of the last review on record.",
    fix: "Review the policy, set review.last, and have the new text approved.",
    references: &["https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"],
    controls: &[&PC_01],
    checks: &[Check::Policy(check)],
    examples: &[
        pass("reviewed in spring", |w| {
            let last = w.hours_ago(200 * 24);
            w.policy_sealed(48).policy(|policy| policy.review.last = Some(last))
        }),
        fail("reviewed two years ago", |w| {
            let last = w.hours_ago(730 * 24);
            w.policy_sealed(48).policy(|policy| policy.review.last = Some(last))
        }),
        fail("reviewed in spring, and to be reviewed every quarter", |w| {
            let last = w.hours_ago(200 * 24);
            w.policy_sealed(48).policy(|policy| {
                (policy.review.last, policy.review.interval) = (Some(last), 90 * DAY);
            })
        }),
        unknown("it does not say", |w| w.policy_sealed(48)),
        unknown("a review that is still to come", |w| {
            let last = w.hours_ahead(48);
            w.policy_sealed(48).policy(|policy| policy.review.last = Some(last))
        }),
        not_applicable("the policy built in is nobody's", |w| w.host("web-1")),
    ],
};

fn check(cx: &Context<'_>) -> Verdict {
    let (policy, review) = (cx.policy, &cx.policy.review);
    if policy.is_built_in() {
        return Verdict::NotApplicable("the policy built in is nobody's");
    }
    let text = cx.estate.policy.sealed.as_ref().map(|(_, text)| text.clone());
    let unknown = |message: String| {
        let evidence = text.clone().map(Into::into);
        Verdict::Unknown(Unknown { reason: Reason::NotStated, message: message.into(), evidence })
    };
    let Some(last) = review.last else {
        return unknown(format!("{} does not say when it was reviewed last: review.last", policy.source));
    };
    if last > cx.as_of {
        return unknown(format!(
            "{} says that it was reviewed on {}, which is still to come",
            policy.source,
            day(last)
        ));
    }
    let Some(text) = text else {
        return unknown(format!("as far as the log was known, {} was not sealed yet", policy.source));
    };
    let due = crate::clock::after(last, review.interval);
    if due > cx.as_of {
        return Verdict::pass(text);
    }
    Verdict::fail(
        format!("{} was reviewed last on {}, {} ago", policy.source, day(last), length(cx.age(last))),
        format!("reviewed every {}", length(review.interval)),
        length(cx.age(last)),
        text,
    )
    .with_times(Some(last), Some(due))
    .with_policy(&["review.last", "review.interval"])
}
