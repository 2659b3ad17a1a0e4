//! A place that refused to answer. What it holds is unknown, which is reported before any total.

use crate::context::{Context, ScopeSubject};
use crate::control::{PC_02, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::{Evidences, FailureKind};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::scope::Scope;
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "scope-unreadable",
    title: "place that could not be read",
    severity: Severity::High,
    since: "0.1",
    why: "A denied or broken answer reads as an empty one unless it is held against the result. An account that refuses \
          every question has no findings, and no evidence.",
    fix: "Grant the read permissions listed in docs/permissions, repeat throttled calls, and replace broken files.",
    references: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"],
    controls: &[&PC_02, &PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("everything answered", |w| w.host("web-1")),
        pass("a refused question that nobody has to ask: what depends on it says so", |w| {
            w.host("web-1").refused_needlessly("config.SelectResourceConfig")
        }),
        fail("a feed that was refused", |w| w.denied(op::KEV)),
        unknown("one operation denied", |w| w.host("web-1").denied(op::AGENTS)),
        unknown("one operation throttled in Azure", |w| {
            w.vm("web-1").failing(op::AZURE_ASSESSMENTS, FailureKind::Throttled)
        }),
        unknown("a truncated answer", |w| w.host("web-1").failing(op::WINDOWS, FailureKind::Truncated)),
        not_applicable("nothing was asked there: scope-uncollected says so", |w| {
            w.nothing_asked().policy(|policy| policy.expected_scopes.push(crate::example::aws()))
        }),
    ],
};

/// A refused question counts where it had to be asked. Another one (a stand-in for lists that were read, or what no answer
/// made worth asking) could have been left out without a trace: if it counted, leaving it out would add a pass. The rules
/// that would have used its answer say what it costs. A place that answered nothing at all has refused, whatever it was asked.
fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let counts = |gap: &&Gap| subject.answered.is_none() || !cx.estate.coverage.is_needless(gap);
    let (unasked, failed): (Vec<&Gap>, Vec<&Gap>) =
        subject.gaps.iter().filter(counts).partition(|gap| gap.reason == Reason::NotAsked);
    if failed.is_empty() {
        return match &subject.answered {
            // What was never asked could have been refused.
            Some(_) if !unasked.is_empty() || organisation_unasked(subject.scope, cx) => {
                Verdict::NotApplicable("questions without an answer: scope-uncollected says so")
            }
            Some(seen) => Verdict::pass(seen.clone()),
            None => Verdict::NotApplicable("nothing was asked there: scope-uncollected says so"),
        };
    }
    let evidence = Evidences::collect(failed.iter().filter_map(|gap| gap.evidence.clone()));
    let message =
        format!("{} of {} could not be read: {}", count(failed.len(), "question"), subject.scope, list(&failed));
    match (&subject.answered, evidence) {
        (None, Some(evidence)) => {
            Verdict::fail(message, "answers", format!("{} and no answer", count(failed.len(), "failure")), evidence)
        }
        (_, evidence) => Verdict::Unknown(Unknown { reason: failed[0].reason, message: message.into(), evidence }),
    }
}

/// Whether nobody asked for the cloud's accounts, which any account could have refused; the gap stands at the first one.
fn organisation_unasked(scope: &Scope, cx: &Context<'_>) -> bool {
    let lists = [op::ACCOUNTS, op::SUBSCRIPTIONS];
    let is_unasked = |place: &Scope| {
        let gaps = cx.gaps(place).iter();
        gaps.filter(|gap| gap.reason == Reason::NotAsked).any(|gap| lists.contains(&&*gap.operation))
    };
    let accounts = cx.estate.scopes.keys().filter(|place| place.cloud == scope.cloud && place.is_global());
    scope.is_global() && accounts.into_iter().any(is_unasked)
}

/// Operations with what was said, the first few; the coverage list has them all.
fn list(gaps: &[&Gap]) -> String {
    const SHOWN: usize = 3;
    let one = |gap: &&Gap| {
        let about = gap.subject.as_ref().map_or_else(String::new, |subject| format!(" about {subject}"));
        let said = if gap.message.is_empty() { String::new() } else { format!(" ({})", gap.message) };
        format!("{}{about} {}{said}", gap.operation, gap.reason.as_str())
    };
    let mut text = gaps.iter().take(SHOWN).map(one).collect::<Vec<_>>().join("; ");
    if gaps.len() > SHOWN {
        text.push_str(&format!("; and {} more", gaps.len() - SHOWN));
    }
    text
}
