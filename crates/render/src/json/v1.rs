//! Members of `patchseal.result/v1`, in the order they are printed. Members may be added; none is renamed or removed.

use crate::cited::{self, Cited};
use crate::{LogState, Report, coverage, summary, words};
use patchseal_core::engine;
use patchseal_core::metric;
use patchseal_core::rule::Verdict;
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;

pub(crate) const SCHEMA: &str = "patchseal.result/v1";

#[derive(serde::Serialize)]
pub(crate) struct Document<'a, 'r> {
    #[serde(flatten)]
    pub(crate) header: Header<'a>,
    pub(crate) findings: Findings<'a, 'r>,
}

#[derive(serde::Serialize)]
pub(crate) struct Header<'a> {
    schema: &'static str,
    version: &'a str,
    edition: &'a str,
    as_of: String,
    known_at: u64,
    log: LogState<'a>,
    policy: Policy<'a>,
    coverage: Coverage<'a>,
    summary: Summary,
    metrics: Metrics,
}

#[derive(serde::Serialize)]
struct Policy<'a> {
    sha256: String,
    source: &'a str,
}

#[derive(serde::Serialize)]
struct Coverage<'a> {
    scopes: Vec<Scope<'a>>,
    assets: usize,
    evaluated: usize,
    unknown: usize,
}

#[derive(serde::Serialize)]
struct Scope<'a> {
    cloud: &'static str,
    account: &'a str,
    region: &'a str,
    status: &'static str,
    reasons: Vec<String>,
}

#[derive(serde::Serialize)]
struct Metrics {
    period_start: Option<String>,
    period_end: Option<String>,
    all: Vec<Metric>,
}

#[derive(serde::Serialize)]
struct Metric {
    id: &'static str,
    definition_version: u32,
    dimension: String,
    numerator: i64,
    denominator: i64,
    excluded: i64,
    value: Option<i64>,
    unit: &'static str,
}

impl Metrics {
    fn of(report: &Report<'_>) -> Metrics {
        let metrics = metric::metrics(report.policy, report.estate, report.evaluation);
        let (start, end) = metrics.period.unzip();
        let metric = |one: metric::Metric| Metric {
            id: one.definition.id,
            definition_version: one.definition.version,
            dimension: one.dimension,
            numerator: one.numerator,
            denominator: one.denominator,
            excluded: one.excluded,
            value: one.value,
            unit: one.definition.unit.as_str(),
        };
        Metrics {
            period_start: start.map(|time| time.to_string()),
            period_end: end.map(|time| time.to_string()),
            all: metrics.all.into_iter().map(metric).collect(),
        }
    }
}

#[derive(serde::Serialize)]
struct Summary {
    total: u64,
    pass: u64,
    fail: u64,
    unknown: u64,
    inherited: u64,
    not_applicable: u64,
    of_fail_excepted: u64,
    by_severity: BTreeMap<&'static str, u64>,
}

impl<'a> Header<'a> {
    pub(crate) fn of(report: &Report<'a>) -> Header<'a> {
        let hosts = coverage::hosts(report);
        let scopes = coverage::scopes(report).into_iter().map(|row| Scope {
            cloud: row.scope.cloud.as_str(),
            account: &row.scope.account,
            region: &row.scope.region,
            status: row.status.as_str(),
            reasons: row.reasons,
        });
        let summary = summary::of(report);
        let tally = summary.tally;
        Header {
            schema: SCHEMA,
            version: report.version,
            edition: report.edition,
            as_of: report.as_of.to_string(),
            known_at: report.known_at,
            log: report.log,
            policy: Policy { sha256: report.policy.sha256.to_string(), source: &report.policy.source },
            coverage: Coverage {
                scopes: scopes.collect(),
                assets: hosts.assets,
                evaluated: hosts.evaluated,
                unknown: hosts.unknown,
            },
            summary: Summary {
                total: tally.total(),
                pass: tally.pass,
                fail: tally.fail,
                unknown: tally.unknown,
                inherited: tally.inherited,
                not_applicable: tally.not_applicable,
                of_fail_excepted: summary.excepted,
                by_severity: summary.by_severity.iter().map(|(key, count)| (key.as_str(), *count)).collect(),
            },
            metrics: Metrics::of(report),
        }
    }
}

/// Builds each finding when its turn comes.
pub(crate) struct Findings<'a, 'r>(pub(crate) &'r Report<'a>);

impl Serialize for Findings<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(summary::shown(self.0).into_iter().map(|finding| Finding::of(self.0, finding)))
    }
}

#[derive(serde::Serialize)]
pub(crate) struct Finding<'a> {
    id: &'a str,
    rule: &'static str,
    severity: &'static str,
    verdict: &'static str,
    subject: Subject<'a>,
    message: Option<&'a str>,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    reason: Option<&'static str>,
    opened: Option<String>,
    due: Option<String>,
    exception: Option<&'a str>,
    controls: Vec<&'static str>,
    evidence: Vec<Evidence<'a>>,
    fix: Fix,
}

#[derive(serde::Serialize)]
struct Subject<'a> {
    cloud: &'a str,
    account: &'a str,
    region: &'a str,
    kind: &'a str,
    id: &'a str,
    name: &'a str,
    lineage: &'a str,
    service: Option<&'a str>,
    owner: Option<&'a str>,
    environment: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct Evidence<'a> {
    leaf: u64,
    exchange: u32,
    operation: &'a str,
    observed_at: String,
    pointer: String,
}

/// Whether remediation can be written as code, and how safe it is to apply. No rule has any yet.
#[derive(serde::Serialize)]
struct Fix {
    available: bool,
    safety: Option<&'static str>,
}

impl<'a> Finding<'a> {
    pub(crate) fn of(report: &Report<'a>, finding: &'a engine::Finding) -> Finding<'a> {
        let failure = match &finding.verdict {
            Verdict::Fail(failure) => Some(failure),
            _ => None,
        };
        let reason = match &finding.verdict {
            Verdict::Unknown(unknown) => Some(unknown.reason.as_str()),
            _ => None,
        };
        let subject = &finding.subject;
        Finding {
            id: &finding.id,
            rule: finding.rule.id,
            severity: finding.severity.as_str(),
            verdict: finding.verdict.as_str(),
            subject: Subject {
                cloud: subject.cloud,
                account: &subject.account,
                region: &subject.region,
                kind: subject.kind,
                id: &subject.id,
                name: &subject.name,
                lineage: &subject.lineage,
                service: subject.service.as_deref(),
                owner: subject.owner.as_deref(),
                environment: subject.environment.as_deref(),
            },
            message: words::message(&finding.verdict),
            expected: failure.map(|failure| &*failure.expected),
            found: failure.map(|failure| &*failure.found),
            reason,
            opened: failure.and_then(|failure| failure.opened).map(|time| time.to_string()),
            due: failure.and_then(|failure| failure.due).map(|time| time.to_string()),
            exception: finding.exception.as_ref().map(|exception| &*exception.ids),
            controls: finding.rule.controls.iter().map(|control| control.id).collect(),
            evidence: cited::all(report, &finding.verdict).into_iter().map(Evidence::of).collect(),
            fix: Fix { available: false, safety: None },
        }
    }
}

impl<'a> Evidence<'a> {
    fn of(cited: Cited<'a>) -> Evidence<'a> {
        Evidence {
            leaf: cited.leaf,
            exchange: cited.exchange,
            operation: cited.operation,
            observed_at: cited.observed_at.to_string(),
            pointer: cited.pointer,
        }
    }
}
