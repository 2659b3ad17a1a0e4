//! Time in which nobody looked. A control that operates all year has observations all year.

use crate::context::{Context, ScopeSubject};
use crate::control::PC_17;
use crate::estate::ScopeRun;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::op;
use crate::policy::{Collector, DAY};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "evidence-gap",
    title: "time without observation",
    severity: Severity::Medium,
    since: "0.1",
    why: "Cloud sources forget within days. What was not recorded at the time cannot be shown later, and an auditor counts \
          the gap as the control not operating.",
    fix: "Collect at the cadence the policy promises, and find out why the missing runs did not happen.",
    references: &["https://learn.microsoft.com/en-us/azure/update-manager/query-logs"],
    controls: &[&PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("observed now", |w| w.host("web-1")),
        pass("observed daily", |w| w.host("web-1").after(24)),
        fail("three days between two runs", |w| w.host("web-1").after(72)),
        pass("a week between two runs of a weekly collector", |w| {
            weekly(w.host("web-1").after(7 * 24), "example")
        }),
        fail("the same, and a collector that never ran promises a run a day", |w| {
            let w = weekly(w.host("web-1").after(7 * 24), "example");
            w.policy(|policy| {
                policy.collectors.insert("nightly".to_owned(), Collector::default());
            })
        }),
        unknown("an earlier run was refused an operation", |w| {
            w.host("web-1").denied(op::AGENTS).after(24).complete(op::AGENTS).again(op::AGENTS)
        }),
        not_applicable("never read: scope-uncollected says so", |w| {
            w.nothing_asked().policy(|policy| policy.expected_scopes.push(crate::example::aws()))
        }),
    ],
};

fn weekly(world: crate::example::World, name: &str) -> crate::example::World {
    world.policy(|policy| {
        let own = Collector { cadence: Some(7 * DAY), ..Collector::default() };
        policy.collectors.insert(name.to_owned(), own);
    })
}

fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let observed: Vec<&ScopeRun> = subject.history.runs.iter().filter(|run| run.evidence.is_some()).collect();
    let Some(last) = observed.last() else {
        return Verdict::NotApplicable("never read: scope-uncollected says so");
    };
    let collector = cx.estate.strictest_collector(subject.history, cx.policy);
    let limit = cx.policy.run_limit(collector);
    let ends = observed.iter().skip(1).map(|run| run.observed_at).chain([cx.as_of]);
    let longest = observed
        .iter()
        .zip(ends)
        .map(|(run, end)| (end.as_second() - run.observed_at.as_second(), *run, end))
        .max_by_key(|(seconds, run, _)| (*seconds, run.observed_at));
    if let Some((seconds, before, end)) = longest
        && seconds > limit
    {
        let Some(evidence) = before.evidence.clone() else { return Verdict::NotApplicable("never read") };
        let mut evidence = Evidences::of(evidence);
        if let Some(after) = observed.iter().find(|run| run.observed_at == end).and_then(|run| run.evidence.clone()) {
            evidence = evidence.and(after);
        }
        return Verdict::fail(
            format!(
                "{} was not observed for {}, from {} to {}",
                subject.scope,
                length(seconds),
                minute(before.observed_at),
                minute(end)
            ),
            format!("an observation every {}", length(limit)),
            length(seconds),
            evidence,
        )
        .with_times(Some(before.observed_at), None)
        .with_policy_entry(cx.policy.cadence_key(collector));
    }
    // What the newest run could not read is scope-unreadable's; what earlier ones could not is a hole in the record.
    let newest = last.observed_at;
    for run in observed.iter().filter(|run| run.observed_at < newest) {
        if let Some(gap) = run.gaps.iter().find(|gap| gap.reason != Reason::NotAsked) {
            let message = format!("the run of {} has a hole: {gap}", minute(run.observed_at));
            let evidence = gap.evidence.clone().map(Evidences::of);
            return Verdict::Unknown(Unknown { reason: gap.reason, message: message.into(), evidence });
        }
    }
    match Evidences::collect(observed.iter().filter_map(|run| run.evidence.clone())) {
        Some(evidence) => Verdict::Pass(evidence),
        None => Verdict::NotApplicable("never read: scope-uncollected says so"),
    }
}
