//! A filter that hides findings is an exclusion that nobody reviews, with a reason or without.

use crate::context::{Context, SuppressionSubject};
use crate::control::{PC_04, PC_13};
use crate::example::{fail, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::Fact;
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, count};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "finding-suppressed",
    title: "scanner filter that hides findings",
    severity: Severity::High,
    since: "0.1",
    why: "Suppressed findings leave every list and count, and a filter has neither owner nor end: it also hides what \
          will match it later.",
    fix: "Delete the filter and record an exception with owner, reason and expiry for what it hid.",
    references: &["https://docs.aws.amazon.com/inspector/latest/user/findings-managing-supression-rules.html"],
    controls: &[&PC_04, &PC_13],
    checks: &[Check::EachSuppression(check)],
    examples: &[
        pass("a saved view", |w| {
            w.suppression("view", "").edit(|fact| {
                if let Fact::Suppression(filter) = fact {
                    filter.suppresses = false;
                }
                true
            })
        }),
        pass("has a reason and hides nothing here", |w| w.suppression("old", "vendor ticket 4711")),
        fail("no reason", |w| w.suppression("noise", "")),
        fail("no reason, findings unread", |w| w.suppression("noise", "").denied(op::VULNERABILITIES)),
        fail("trap aws-21: a reason, and findings hidden", |w| {
            w.host("web-1")
                .vulnerable("CVE-2026-1111", "openssl-libs", Severity::High, 48)
                .edit(|fact| {
                    if let Fact::Vulnerability(found) = fact {
                        found.status = "SUPPRESSED".into();
                    }
                    true
                })
                .suppression("noise", "vendor ticket 4711")
        }),
        unknown("a reason, findings unread", |w| {
            w.suppression("noise", "vendor ticket 4711").denied(op::VULNERABILITIES)
        }),
    ],
};

fn check(subject: &SuppressionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let filter = subject.filter;
    let evidence = Evidences::of(subject.evidence.clone());
    if !filter.suppresses {
        return Verdict::Pass(evidence);
    }
    let findings = cx.answered(op::VULNERABILITIES, subject.scope);
    let reviewed = !filter.reason.trim().is_empty();
    let (hidden, evidence) = match findings {
        Ok(list) if reviewed && subject.hidden == 0 => return Verdict::Pass(evidence.and(list)),
        Ok(list) => (count(subject.hidden, "suppressed finding"), evidence.and(list)),
        Err(gap) if reviewed && subject.hidden == 0 => return gap.into(),
        Err(_) if subject.hidden == 0 => ("an unknown number of findings".to_owned(), evidence),
        Err(_) => (format!("at least {}", count(subject.hidden, "suppressed finding")), evidence),
    };
    let age = filter.created.map_or(String::new(), |created| format!(", made {}", ago(cx.age(created))));
    let reason = if reviewed { format!("reason {:?}", filter.reason) } else { "no reason".to_owned() };
    Verdict::fail(
        format!(
            "filter {} hides findings where {}{age}; {hidden} in {}",
            filter.name,
            filter.criteria.join(" and "),
            subject.scope
        ),
        "findings accepted by an approved exception",
        format!("a filter with {reason}"),
        evidence,
    )
    .with_severity(if reviewed { Severity::Medium } else { Severity::High })
}
