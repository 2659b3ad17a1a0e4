//! The register of changes: one row a record of a ticket system.

use super::{Table, id, time};
use crate::{Report, cited};
use patchseal_core::fact::{ChangeKind, ChangeOutcome, Said};
use std::io::{Result, Write};

/// `05_changes.csv`: every change record, with what the policy goes by to tell whether it is about patching.
pub fn changes(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "source",
            "change_id",
            "title",
            "categories",
            "fixes",
            "patching_stated",
            "type",
            "outcome",
            "window_start",
            "window_end",
            "approved_at",
            "deployed_at",
            "deployed_column",
            "closed_at",
            "tested_ref",
            "rollback_ref",
            "retrospective_approval_at",
            "problems",
            "policy_categories",
            "policy_keywords",
            "evidence_id",
        ],
    )?;
    let policy = &report.policy.changes;
    let (categories, keywords) = (policy.categories.join("; "), policy.keywords.join("; "));
    for (_, placed) in report.estate.facts.changes.iter() {
        let record = &placed.fact;
        let words = |said: &Said<Vec<String>>| said.value().map(|words| words.join("; ")).unwrap_or_default();
        let text = |said: &Said<String>| said.value().cloned().unwrap_or_default();
        let at = |said: &Said<jiff::Timestamp>| time(said.value().copied());
        table.row(&[
            &record.source,
            &record.id,
            &text(&record.title),
            &words(&record.categories),
            &record.fixes.iter().map(String::as_str).collect::<Vec<_>>().join("; "),
            record.patching.map_or("", |stated| if stated { "yes" } else { "no" }),
            match record.kind {
                ChangeKind::Standard => "standard",
                ChangeKind::Normal => "normal",
                ChangeKind::Emergency => "emergency",
                ChangeKind::Unsaid => "",
            },
            match record.outcome {
                ChangeOutcome::Done => "done",
                ChangeOutcome::Failed => "failed",
                ChangeOutcome::Cancelled => "cancelled",
                ChangeOutcome::Open => "open",
                ChangeOutcome::Unsaid => "",
            },
            &at(&record.window_start),
            &at(&record.window_end),
            &at(&record.approved_at),
            &at(&record.deployed_at),
            if record.deployed_at == Said::Unsaid { "no" } else { "yes" },
            &at(&record.closed_at),
            &text(&record.tested_ref),
            &text(&record.rollback_ref),
            &at(&record.reviewed_at),
            &record.problems.len().to_string(),
            &categories,
            &keywords,
            &id(&cited::cite(report.estate, &placed.evidence)),
        ])?;
    }
    table.end()
}
