//! The numbers every format prints: one computation, so that no two formats can disagree.

use crate::Report;
use patchseal_core::engine::{Finding, Tally};
use patchseal_core::rule::Verdict;
use patchseal_core::severity::Severity;
use std::collections::BTreeMap;

/// Verdicts of the whole evaluation, shown or not.
pub struct Summary {
    /// By kind.
    pub tally: Tally,
    /// Failures by severity.
    pub by_severity: BTreeMap<Severity, u64>,
    /// Failures that an approved exception annotates.
    pub excepted: u64,
}

/// Counts.
pub fn of(report: &Report<'_>) -> Summary {
    let mut by_severity: BTreeMap<Severity, u64> =
        crate::words::SEVERITIES.iter().map(|severity| (*severity, 0)).collect();
    for finding in report.evaluation.findings.iter().filter(|finding| is_fail(finding)) {
        *by_severity.entry(finding.severity).or_default() += 1;
    }
    let excepted = report.evaluation.findings.iter().filter(|finding| finding.exception.is_some()).count() as u64;
    Summary { tally: report.evaluation.total, by_severity, excepted }
}

/// Findings to show, in the order of the evaluation (rule, then subject), whatever the order of `shown`.
pub fn shown<'a>(report: &Report<'a>) -> Vec<&'a Finding> {
    let mut shown: Vec<usize> = report.shown.to_vec();
    shown.sort_unstable();
    shown.dedup();
    let all = &report.evaluation.findings;
    shown.into_iter().filter_map(|at| all.get(at).map(|finding| &**finding)).collect()
}

/// Findings that filters leave out of what is shown; the counts have them.
pub fn hidden(report: &Report<'_>) -> usize {
    report.evaluation.findings.len().saturating_sub(shown(report).len())
}

/// Failures to show, worst first, then by rule and subject.
pub fn failures<'a>(report: &Report<'a>) -> Vec<&'a Finding> {
    let mut failures: Vec<_> = shown(report).into_iter().filter(|finding| is_fail(finding)).collect();
    failures.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    failures
}

/// Unknowns to show, by rule and subject.
pub fn unknowns<'a>(report: &Report<'a>) -> Vec<&'a Finding> {
    shown(report).into_iter().filter(|finding| is_unknown(finding)).collect()
}

/// Whether every verdict was kept, and not only fail and unknown.
pub fn holds_every_verdict(report: &Report<'_>) -> bool {
    report.evaluation.findings.iter().any(|finding| !is_fail(finding) && !is_unknown(finding))
}

/// Whether it failed.
pub fn is_fail(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Fail(_))
}

/// Whether nobody can tell.
pub fn is_unknown(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Unknown(_))
}
