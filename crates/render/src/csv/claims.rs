//! The register of claims: one row a record.

use super::{Table, id, time, yes_no};
use crate::{Report, cited};
use patchseal_core::claim::{About, State, Told};
use std::io::{Result, Write};

/// `04_remediation_attestations.csv` as far as records and observations go: what was claimed, and what became of it.
pub fn claims(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "claim_id",
            "source",
            "record_id",
            "title",
            "cloud",
            "account",
            "region",
            "about",
            "host",
            "lineage",
            "claimed_at",
            "deployed_at",
            "told",
            "left_failed",
            "left_not_done",
            "window_exceeded",
            "leaves_out",
            "retired",
            "fixes",
            "hosts",
            "hosts_verified",
            "hosts_contradicted",
            "hosts_unseen",
            "verified_at",
            "contradicted_at",
            "resolved_at",
            "verification_method",
            "verification_lag_s",
            "verify_within_s",
            "verify_target_s",
            "run_within_s",
            "state",
            "against",
            "against_host",
            "evidence_id",
            "witness_id",
        ],
    )?;
    let policy = &report.policy.claims;
    for claim in report.estate.claims.claims() {
        let (about, subject) = match &claim.about {
            About::Host(key) => ("host", &**key),
            About::Schedule(key) => ("schedule", &**key),
            About::Group => ("group", &*claim.lineage),
        };
        let left = match claim.told {
            Told::Partly(left) => left,
            _ => Default::default(),
        };
        let told = match claim.told {
            Told::Running => "running",
            Told::Done => "done",
            Told::AwaitsReboot => "done-reboot-needed",
            Told::Partly(_) => "partly",
            Told::Failed => "failed",
        };
        let state = claim.state(report.as_of, report.policy);
        let fixes: Vec<&str> = claim.fixes.iter().map(|fix| &*fix.title).collect();
        let reach = claim.reach.as_deref();
        let count = |count: Option<u32>| count.map(|count| count.to_string()).unwrap_or_default();
        let cite = |evidence| id(&cited::cite(report.estate, evidence));
        let scope = &claim.record.scope;
        table.row(&[
            &claim.id(),
            claim.record.source.as_str(),
            &claim.record.id,
            &claim.record.title,
            scope.cloud.as_str(),
            &scope.account,
            &scope.region,
            about,
            subject,
            &claim.lineage,
            &claim.claimed_at().to_string(),
            &claim.deployed_at().to_string(),
            told,
            &left.failed.to_string(),
            &left.not_done.to_string(),
            yes_no(left.window_exceeded),
            yes_no(claim.leaves_out),
            yes_no(state == State::Retired),
            &fixes.join("; "),
            &count(reach.map(|reach| reach.hosts)),
            &count(reach.map(|reach| reach.verified)),
            &count(reach.map(|reach| reach.contradicted)),
            &count(reach.map(|reach| reach.unseen)),
            &time(claim.verified_at()),
            &time(claim.contradicted_at()),
            &time(claim.resolved_at()),
            claim.method.map_or("", |method| method.as_str()),
            &claim.verification_lag().map(|lag| lag.to_string()).unwrap_or_default(),
            &policy.verify_within.to_string(),
            &policy.verify_target.to_string(),
            &policy.run_within.to_string(),
            state.as_str(),
            claim.against.as_ref().map_or("", |fix| &*fix.title),
            claim.against_hosts.first().map_or("", |host| host),
            &cite(&claim.evidence),
            &claim.witness.as_ref().map(cite).unwrap_or_default(),
        ])?;
    }
    table.end()
}
