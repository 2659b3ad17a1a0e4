//! Deadlines that anybody can edit bind nobody. The policy in force is a text that somebody accountable has signed.

use crate::context::Context;
use crate::control::{PC_01, PC_15};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exception::Signature;
use crate::exchange::Evidences;
use crate::policy::DAY;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::minute;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "policy-unapproved",
    title: "policy in force without a valid approval",
    severity: Severity::High,
    since: "0.1",
    why: "Every deadline, exclusion and freeze that verdicts go by stands in the policy. Whoever can change it without \
          approval can make any finding go away, and an auditor asks who approved the text that was in force, and when.",
    fix: "Have somebody accountable sign the text before it takes effect: patchseal policy approve. Whoever wrote it, by \
          review.author, cannot.",
    references: &["https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"],
    controls: &[&PC_01, &PC_15],
    checks: &[Check::Policy(check)],
    examples: &[
        pass("approved by the head of security before it took effect", |w| {
            w.policy_sealed(48).policy_approved("security-head", 49)
        }),
        pass("approved late, and longer ago than the time looked back over", |w| {
            let w = w.policy_sealed(48).policy_approved("security-head", 40);
            w.policy(|policy| policy.evidence.lookback = DAY)
        }),
        fail("approved a day after it took effect", |w| w.policy_sealed(48).policy_approved("ciso", 24)),
        fail("changed since it was approved", |w| {
            w.policy_sealed(48).policy_approved("ciso", 49).policy_approval(|approval| {
                approval.policy = crate::exchange::Digest([9; 32]);
            })
        }),
        fail("approved by its author", |w| {
            let w = w.policy_sealed(48).policy_approved("ciso", 49);
            w.policy(|policy| policy.review.author = Some("ciso".to_owned()))
        }),
        fail("approved by a team lead", |w| w.policy_sealed(48).policy_approved("team-lead", 49)),
        fail("approved by a service", |w| w.policy_sealed(48).policy_approved("dispatcher", 49)),
        fail("approved by somebody the policy does not know", |w| w.policy_sealed(48).policy_approved("stranger", 49)),
        fail("signed with another key", |w| {
            w.policy_sealed(48).policy_approved("ciso", 49).policy_approval(|approval| {
                approval.signature = Signature::Wrong("it is not signed with the key of \"ciso\"".to_owned());
            })
        }),
        unknown("trap: nobody says who wrote it", |w| {
            let w = w.policy_sealed(48).policy_approved("ciso", 49);
            w.policy(|policy| policy.review.author = None)
        }),
        unknown("trap: its author is nobody that the policy knows", |w| {
            let w = w.policy_sealed(48).policy_approved("ciso", 49);
            w.policy(|policy| policy.review.author = Some("CISO".to_owned()))
        }),
        unknown("approvers are registered, and no approval is on record", |w| w.policy_sealed(48)),
        not_applicable("the policy registers no approvers", |w| w.host("web-1")),
    ],
};

fn check(cx: &Context<'_>) -> Verdict {
    let (policy, record) = (cx.policy, &cx.estate.policy);
    let (own, others): (Vec<_>, Vec<_>) =
        record.approvals.iter().partition(|(approval, _)| approval.policy == policy.sha256);
    let valid = own.iter().filter(|(approval, _)| policy.objection(approval).is_ok());
    let first = valid.min_by_key(|(approval, _)| (policy.approval_counts_from(approval), &approval.approver));
    let expected = "signed by a security head, CISO or business owner who did not write it, before it took effect";
    let line = || "approvers".to_owned();
    if let Some((approval, evidence)) = first {
        let from = policy.approval_counts_from(approval);
        let horizon = crate::clock::after(cx.as_of, -policy.evidence.lookback);
        return match &record.sealed {
            Some((sealed, text)) if *sealed < from && horizon < from => Verdict::fail(
                format!(
                    "{} is in force since {}, and was approved by {} at {} only",
                    policy.source,
                    minute(*sealed),
                    approval.approver,
                    minute(from)
                ),
                expected,
                format!("approved at {}", minute(from)),
                Evidences::of(text.clone()).and(evidence.clone()),
            )
            .with_times(Some(*sealed), None)
            .with_policy_entry(line()),
            // Who approves what they wrote themselves has approved nothing, and that takes knowing who wrote it.
            Some(_)
                if policy.review.author.as_deref().is_none_or(|author| policy.exceptions.person(author).is_none()) =>
            {
                let message = match &policy.review.author {
                    Some(author) => {
                        format!("review.author {author:?} is nobody whom exceptions.people or an approver names")
                    }
                    None => "nobody says who wrote it (review.author), so that its approver may have".to_owned(),
                };
                Verdict::unknown(Reason::NotStated, message, evidence.clone())
            }
            Some((_, text)) => Verdict::Pass(Evidences::of(text.clone()).and(evidence.clone())),
            None => unsealed(cx),
        };
    }
    if let Some((approval, evidence)) = own.first() {
        let why = policy.objection(approval).err().unwrap_or_default();
        let message = format!("the approval of {} does not count: {why}", policy.source);
        return Verdict::fail(message, expected, "no approval that counts", evidence.clone()).with_policy_entry(line());
    }
    if let Some((approval, evidence)) =
        others.iter().max_by_key(|(approval, _)| (approval.signed_at, &approval.approver))
    {
        return Verdict::fail(
            format!(
                "{} has changed since {} approved a text of {}",
                policy.source,
                approval.approver,
                minute(approval.signed_at)
            ),
            expected,
            "another text",
            evidence.clone(),
        )
        .with_policy_entry(line());
    }
    match policy.exceptions.approvers.is_empty() {
        true => Verdict::NotApplicable("the policy registers no approvers"),
        false => Verdict::Unknown(Unknown {
            reason: Reason::NotStated,
            message: format!("no approval of {} is on record", policy.source).into(),
            evidence: record.sealed.as_ref().map(|(_, text)| text.clone().into()),
        }),
    }
}

fn unsealed(cx: &Context<'_>) -> Verdict {
    let message = format!("as far as the log was known, {} was not sealed yet", cx.policy.source);
    Verdict::Unknown(Unknown { reason: Reason::NotStated, message: message.into(), evidence: None })
}
