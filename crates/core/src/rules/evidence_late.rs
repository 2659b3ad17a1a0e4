//! Evidence sealed long after it was observed. The time of an imported observation is what its author says it is.

use crate::context::{Context, ScopeSubject};
use crate::control::{PC_16, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::{Evidences, Origin};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "evidence-late",
    title: "evidence sealed late",
    severity: Severity::Medium,
    since: "0.1",
    why: "What is sealed in November cannot prove by itself what was so in March: nothing but the file says when it was \
          written.",
    fix: "Seal answers as they are collected. Late evidence stays in the log and is reported apart.",
    references: &["https://c2sp.org/tlog-cosignature"],
    controls: &[&PC_16, &PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("sealed at once", |w| w.host("web-1")),
        fail("sealed three days later", |w| w.host("web-1").logged_after(72)),
        unknown("nothing but refusals was sealed", |w| w.denied(op::KEV)),
        not_applicable("the policy turns the limit off", |w| {
            w.host("web-1").logged_after(72).policy(|policy| policy.evidence.ingest_limit = None)
        }),
    ],
};

fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let Some(limit) = cx.policy.evidence.ingest_limit else {
        return Verdict::NotApplicable("the policy turns the limit off");
    };
    let mut good: Option<Evidences> = None;
    let mut late: Vec<(i64, &crate::estate::ScopeRun, Evidences)> = Vec::new();
    for scope_run in &subject.history.runs {
        let Some(evidence) = scope_run.evidence.clone() else { continue };
        let run = &cx.estate.runs[scope_run.run as usize];
        let lag = run.logged_at.as_second() - run.observed_at.as_second();
        if run.origin == Origin::Imported && lag > limit {
            late.push((lag, scope_run, Evidences::of(evidence)));
        } else {
            good = Some(match good {
                Some(all) => all.and(evidence),
                None => Evidences::of(evidence),
            });
        }
    }
    if let Some((lag, worst, evidence)) = late.iter().max_by_key(|(lag, run, _)| (*lag, run.observed_at)) {
        let times = late.iter().map(|(_, run, _)| minute(run.observed_at)).collect::<Vec<_>>().join(", ");
        return Verdict::fail(
            format!("observations of {} were sealed up to {} later: {times}", subject.scope, length(*lag)),
            format!("sealed within {}", length(limit)),
            length(*lag),
            evidence.clone(),
        )
        .with_times(Some(worst.observed_at), None)
        .with_policy(&["evidence.ingest_limit"]);
    }
    match good {
        Some(evidence) => Verdict::Pass(evidence),
        None if subject.history.runs.is_empty() => Verdict::NotApplicable("never read: scope-uncollected says so"),
        None => Verdict::Unknown(Unknown {
            reason: Reason::NotStated,
            message: format!("no answer of {} was sealed", subject.scope).into(),
            evidence: None,
        }),
    }
}
