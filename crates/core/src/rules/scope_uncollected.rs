//! A place that should have been read and was not, wholly or in part.

use crate::context::{Context, ScopeSubject};
use crate::control::{PC_02, PC_17};
use crate::example::{fail, pass, unknown};
use crate::fact::{Account, Fact, Region};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::minute;
use std::collections::BTreeMap;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "scope-uncollected",
    title: "place that nobody read",
    severity: Severity::High,
    since: "0.1",
    why: "An account or region that nobody reads holds machines that nobody counts. The organisation and the list of \
          enabled regions say which there are.",
    fix: "Read the place, or name the region under scopes.ignored_regions with the reason.",
    references: &["https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html"],
    controls: &[&PC_02, &PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("every question answered", |w| w.host("web-1")),
        fail("an active account that was never read", |w| {
            w.fact(Fact::Account(Account { id: "444455556666".into(), name: "platform".into(), active: true }))
        }),
        fail("trap aws-24: an enabled region that was never read", |w| {
            w.fact(Fact::Region(Region { name: "ap-southeast-2".into(), enabled: true }))
        }),
        fail("read two days ago, and not at all since", |w| w.host("web-1").after(48).nothing_asked()),
        unknown("the policy expects a scope, and there is no run at all that could have asked", |w| {
            w.nothing_asked().policy(|policy| policy.expected_scopes.push(crate::example::aws()))
        }),
        unknown("one operation never asked", |w| w.host("web-1").unasked(op::AGENTS)),
        fail("the policy expects a scope that nothing was asked of", |w| {
            w.policy(|policy| {
                let scope = crate::scope::Scope::new(crate::scope::Cloud::Aws, "777788889999", "eu-west-1");
                policy.expected_scopes.push(scope);
            })
        }),
    ],
};

/// A place that only the policy names is as much the customer's as one that the organisation lists. The proof that it was
/// never read is every run; the newest one stands for them, and `join` cites its first exchange. Without any exchange
/// there is nothing to cite, nor anything that could have asked.
fn check(subject: &ScopeSubject<'_>, _: &Context<'_>) -> Verdict {
    let history = subject.history;
    if let (Some(because), true) = (&history.expected_because, history.runs.is_empty()) {
        let message = format!("{} was never read, and {because}", subject.scope);
        return match &history.expected_evidence {
            Some(evidence) => Verdict::fail(message, "answers of this place", "none", evidence.clone()),
            None => Verdict::Unknown(Unknown { reason: Reason::NotAsked, message: message.into(), evidence: None }),
        };
    }
    let latest = history.runs.last();
    let asked_latest = latest.is_some_and(|run| run.evidence.is_some() || !run.gaps.is_empty());
    if !asked_latest {
        let earlier = history.runs.iter().rev().find_map(|run| run.evidence.clone().map(|evidence| (run, evidence)));
        return match earlier {
            Some((run, evidence)) => Verdict::fail(
                format!(
                    "{} was read last at {}, and not at all by the newest run",
                    subject.scope,
                    minute(run.observed_at)
                ),
                "answers in the newest run",
                "none",
                evidence,
            )
            .with_times(Some(run.observed_at), None),
            None => Verdict::NotApplicable("nothing was ever answered there: scope-unreadable says so"),
        };
    }
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for gap in subject.gaps.iter().filter(|gap| gap.reason == Reason::NotAsked) {
        *missing.entry(&gap.operation).or_default() += 1;
    }
    if missing.is_empty() {
        return match &subject.answered {
            Some(seen) => Verdict::pass(seen.clone()),
            None => Verdict::NotApplicable("nothing was answered there: scope-unreadable says so"),
        };
    }
    let one = |(operation, times): (&&str, &usize)| match times {
        1 => (*operation).to_owned(),
        times => format!("{operation} ({times} times)"),
    };
    let list = missing.iter().map(one).collect::<Vec<_>>().join(", ");
    Verdict::Unknown(Unknown {
        reason: Reason::NotAsked,
        message: format!("{} was read in part; worth asking and without an answer: {list}", subject.scope).into(),
        evidence: subject.answered.clone().map(Into::into),
    })
}
