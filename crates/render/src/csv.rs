//! Registers for auditors: UTF-8, RFC 4180, a header row, RFC 3339 times in UTC, stable order, and no cell that a
//! spreadsheet would run.

mod changes;
mod claims;
mod metrics;
mod table;

pub use changes::changes;
pub use claims::claims;
pub use metrics::{metrics, rules, runs};
pub use table::safe;
pub(crate) use table::{Table, ids, text, time};
use table::{id, yes_no};

use crate::cited;
use crate::{Report, coverage, populations, summary, words};
use jiff::Timestamp;
use patchseal_core::asset::{Facing, Responsibility};
use patchseal_core::exchange::Evidence;
use patchseal_core::exposure::{ClosedBy, Exposure};
use patchseal_core::fact::{Family, Power};
use patchseal_core::metric;
use patchseal_core::rule::Verdict;
use std::io::{Result, Write};

/// Writes the findings, the register asked for most.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    findings(report, out)
}

/// `03_findings.csv` as far as rules go: one row a finding shown.
pub fn findings(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "finding_id",
            "rule",
            "severity",
            "verdict",
            "resource_id",
            "cloud",
            "account",
            "region",
            "type",
            "name",
            "lineage",
            "service",
            "owner",
            "env",
            "message",
            "expected",
            "found",
            "reason",
            "opened_at",
            "due_at",
            "exception_id",
            "controls",
            "evidence_ids",
        ],
    )?;
    for finding in summary::shown(report) {
        let subject = &finding.subject;
        let (failure, reason) = match &finding.verdict {
            Verdict::Fail(failure) => (Some(failure), ""),
            Verdict::Unknown(unknown) => (None, unknown.reason.as_str()),
            _ => (None, ""),
        };
        let controls: Vec<_> = finding.rule.controls.iter().map(|control| control.id).collect();
        table.row(&[
            &finding.id,
            finding.rule.id,
            finding.severity.as_str(),
            finding.verdict.as_str(),
            &subject.id,
            subject.cloud,
            &subject.account,
            &subject.region,
            subject.kind,
            &subject.name,
            &subject.lineage,
            text(&subject.service),
            text(&subject.owner),
            text(&subject.environment),
            words::message(&finding.verdict).unwrap_or_default(),
            failure.map_or("", |failure| &failure.expected),
            failure.map_or("", |failure| &failure.found),
            reason,
            &time(failure.and_then(|failure| failure.opened)),
            &time(failure.and_then(|failure| failure.due)),
            finding.exception.as_ref().map_or("", |exception| &exception.ids),
            &controls.join(" "),
            &ids(cited::all(report, &finding.verdict)),
        ])?;
    }
    table.end()
}

/// `01_population_assets.csv`: every host ever seen up to `as_of`, those that went away too.
pub fn assets(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "asset_key",
            "cloud",
            "account",
            "region",
            "resource_id",
            "type",
            "name",
            "lineage",
            "state",
            "os_family",
            "os",
            "os_version",
            "service",
            "owner",
            "env",
            "data_class",
            "internet_facing",
            "stateful",
            "responsibility",
            "first_seen",
            "last_seen",
            "in_scope_to",
            "last_scan_at",
            "assessed_s",
            "scan_max_age_s",
            "evidence_id",
        ],
    )?;
    let max_age = report.policy.evidence.scan_max_age.to_string();
    for asset in &report.estate.assets {
        let until = metric::in_scope_until(asset, report.as_of);
        let state = match (asset.gone, asset.power) {
            (true, _) => "gone",
            (_, Power::Running) => "running",
            (_, Power::Stopped) => "stopped",
            (_, Power::Terminated) => "terminated",
            (_, Power::Unknown) => "unknown",
        };
        let facing = match asset.facing {
            Facing::Address => "yes: public address",
            Facing::Declared => "yes: declared",
            Facing::Internal => "no",
            Facing::Unknown => "unknown, counted as yes",
        };
        let responsibility = match asset.responsibility {
            Responsibility::Customer => "customer",
            Responsibility::Shared => "shared",
            Responsibility::Provider => "provider",
        };
        let family = match asset.family {
            Family::Linux => "linux",
            Family::Windows => "windows",
            Family::Unknown => "unknown",
        };
        table.row(&[
            &asset.key,
            asset.scope.cloud.as_str(),
            &asset.scope.account,
            &asset.scope.region,
            &asset.id,
            asset.kind.as_str(),
            &asset.name,
            &asset.lineage,
            state,
            family,
            &asset.os_name,
            &asset.os_version,
            text(&asset.service),
            text(&asset.owner),
            text(&asset.environment),
            text(&asset.data_class),
            facing,
            yes_no(asset.stateful),
            responsibility,
            &asset.first_seen.to_string(),
            &asset.last_seen.to_string(),
            &until.to_string(),
            &time(metric::last_scan(asset, report.estate)),
            &asset.assessed.until(until).to_string(),
            &max_age,
            &id(&cited::cite(report.estate, &asset.evidence)),
        ])?;
    }
    table.end()
}

/// The clocks of `03_findings.csv`: one row for each fix line that a lineage lacks or lacked.
pub fn exposures(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "lineage",
            "package",
            "patch_id",
            "vuln_id",
            "severity",
            "kev",
            "kev_added",
            "vendor_release_at",
            "published_at",
            "first_detected_at",
            "sla_policy_id",
            "clock_start_event",
            "clock_start_at",
            "due_at",
            "deployed_at",
            "verified_closed_at",
            "retired_at",
            "reopened_count",
            "status",
            "elapsed_s",
            "sla_result",
            "hosts",
            "asset_keys",
            "verify_within_s",
            "exception_id",
            "evidence_ids",
        ],
    )?;
    let within = report.policy.claims.verify_within.to_string();
    for exposure in report.estate.ledger.exposures() {
        let times = exposure.times();
        let cves: Vec<&str> = exposure.cves.iter().map(|cve| &**cve).collect();
        let closed = |by: ClosedBy| exposure.closed().filter(|(_, closed_by)| *closed_by == by).map(|(at, _)| at);
        let end = exposure.closed().map_or(report.as_of, |(at, _)| at);
        let hosts: Vec<&str> = exposure.members.iter().map(|member| &*member.host).collect();
        let mut evidence: Vec<_> =
            exposure.members.iter().map(|member| cited::cite(report.estate, &member.evidence)).collect();
        evidence.sort();
        table.row(&[
            &exposure.lineage,
            &exposure.fix_line,
            &exposure.title,
            &cves.join(" "),
            exposure.severity.as_str(),
            yes_no(exposure.exploited),
            &time(times.kev_added),
            &time(times.released),
            &time(times.published),
            &time(times.first_detected),
            report.policy.sla.profile.id,
            exposure.basis.as_str(),
            &exposure.clock_start().to_string(),
            &time(exposure.due()),
            &time(exposure.claimed()),
            &time(closed(ClosedBy::Verified)),
            &time(closed(ClosedBy::Retired)),
            &exposure.reopened.to_string(),
            exposure.closed().map_or("open", |(_, by)| by.as_str()),
            &(end.as_second() - exposure.clock_start().as_second()).to_string(),
            result(exposure, report.as_of),
            &exposure.members.len().to_string(),
            &hosts.join(" "),
            &within,
            "",
            &ids(evidence),
        ])?;
    }
    table.end()
}

/// Whether the deadline was kept. A machine that went away kept none: that is not a remediation.
fn result(exposure: &Exposure, as_of: Timestamp) -> &'static str {
    match (exposure.due(), exposure.closed()) {
        (None, _) => "no-deadline",
        (Some(_), Some((_, ClosedBy::Retired))) => "retired",
        (Some(due), Some((at, ClosedBy::Verified))) if at <= due => "met",
        (Some(due), None) if as_of < due => "running",
        _ => "missed",
    }
}

/// `00_scope.csv`: every scope read or expected, and the regions left out on purpose.
pub fn scopes(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "cloud",
            "account_or_subscription",
            "region",
            "in_scope",
            "status",
            "reason",
            "enumerated_at",
            "asset_count",
            "error",
        ],
    )?;
    for row in coverage::scopes(report) {
        let history = report.estate.scopes.get(row.scope);
        let expected = history.and_then(|history| history.expected_because.as_deref());
        table.row(&[
            row.scope.cloud.as_str(),
            &row.scope.account,
            &row.scope.region,
            "yes",
            row.status.as_str(),
            expected.unwrap_or(if row.last_read.is_some() { "read" } else { "read by an earlier run" }),
            &time(row.last_read),
            &row.assets.to_string(),
            &row.reasons.join("; "),
        ])?;
    }
    for (region, why) in &report.policy.ignored_regions {
        table.row(&["", "", region, "no", "", why, "", "", ""])?;
    }
    table.end()
}

/// `02_population_reconciliation.csv`: one list of machines held against another.
pub fn reconciliation(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "date",
            "source_a",
            "source_b",
            "a_count",
            "b_count",
            "matched",
            "only_a",
            "only_b",
            "explained",
            "unexplained",
            "unread",
            "evidence_a",
            "evidence_b",
        ],
    )?;
    let evidence =
        |evidence: &Option<Evidence>| evidence.as_ref().map(|e| id(&cited::cite(report.estate, e))).unwrap_or_default();
    for one in populations::reconciliations(report) {
        table.row(&[
            &report.as_of.to_string(),
            &one.source_a,
            &one.source_b,
            &one.a_count.to_string(),
            &one.b_count.to_string(),
            &one.matched.to_string(),
            &one.only_a.len().to_string(),
            &one.only_b.len().to_string(),
            &one.explained.to_string(),
            &one.unexplained().to_string(),
            &one.unread.join("; "),
            &evidence(&one.evidence_a),
            &evidence(&one.evidence_b),
        ])?;
    }
    table.end()
}

/// A table of other rows, the header first.
pub fn rows(rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
    let Some((header, rows)) = rows.split_first() else { return Ok(()) };
    let mut table = Table::new(out, &header.iter().map(String::as_str).collect::<Vec<_>>())?;
    for row in rows {
        table.row(&row.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    table.end()
}
