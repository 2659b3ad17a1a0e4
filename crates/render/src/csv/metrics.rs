//! The figures, and the two registers that only they need: observations of scopes, and verdicts counted by rule.

use super::{Table, time};
use crate::Report;
use patchseal_core::metric;
use std::io::{Result, Write};

/// `10_metrics.csv`: every figure with its numerator, its denominator and what it leaves out.
pub fn metrics(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "metric_id",
            "definition_version",
            "dimension",
            "period_start",
            "period_end",
            "numerator",
            "denominator",
            "excluded",
            "value",
            "unit",
        ],
    )?;
    let metrics = metric::metrics(report.policy, report.estate, report.evaluation);
    let (start, end) = metrics.period.unzip();
    let (start, end) = (time(start), time(end));
    for one in &metrics.all {
        table.row(&[
            one.definition.id,
            &one.definition.version.to_string(),
            &one.dimension,
            &start,
            &end,
            &one.numerator.to_string(),
            &one.denominator.to_string(),
            &one.excluded.to_string(),
            &one.value.map(|value| value.to_string()).unwrap_or_default(),
            one.definition.unit.as_str(),
        ])?;
    }
    table.end()
}

/// What each run got of each scope: one row an observation, and one without a time for a scope that none has read.
pub fn runs(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let columns = ["cloud", "account", "region", "observed_at", "status", "gaps", "cadence_s", "tolerance_s", "as_of"];
    let mut table = Table::new(out, &columns)?;
    let as_of = report.as_of.to_string();
    for (scope, history) in &report.estate.scopes {
        let collector = report.estate.strictest_collector(history, report.policy);
        let cadence = report.policy.cadence(collector).to_string();
        let tolerance = report.policy.tolerance(collector).to_string();
        let mut row = |observed: &str, status: &str, gaps: usize| {
            let cloud = scope.cloud.as_str();
            let gaps = gaps.to_string();
            table.row(&[cloud, &scope.account, &scope.region, observed, status, &gaps, &cadence, &tolerance, &as_of])
        };
        for run in &history.runs {
            row(&run.observed_at.to_string(), metric::status(run), run.gaps.len())?;
        }
        if history.runs.is_empty() {
            row("", "unread", 0)?;
        }
    }
    table.end()
}

/// `08_control_runs.csv` as far as one evaluation goes: what each rule came to.
pub fn rules(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(out, &["rule", "pass", "fail", "unknown", "inherited", "not_applicable"])?;
    for (rule, tally) in &report.evaluation.by_rule {
        let counts = [tally.pass, tally.fail, tally.unknown, tally.inherited, tally.not_applicable];
        let [pass, fail, unknown, inherited, not_applicable] = counts.map(|count| count.to_string());
        table.row(&[rule, &pass, &fail, &unknown, &inherited, &not_applicable])?;
    }
    table.end()
}
