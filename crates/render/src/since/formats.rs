//! The formats of what changed.

use super::{Change, Changes, Counts};
use crate::csv::{Table as Rows, time};
use crate::history::{Entry, Row, Text, VerdictRow};
use crate::query::{Held, joined};
use crate::{LogState, words};
use jiff::Timestamp;
use patchseal_core::text::{day, minute};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{Error, Result, Write};

/// The schema of the JSON document.
pub const SCHEMA: &str = "patchseal.changes/v1";

/// Lines of each kind of change in the human output; the other formats have them all.
const SHOWN: usize = 20;

fn owner_word(owner: &str) -> &str {
    if owner.is_empty() { "nobody" } else { owner }
}

fn findings_of<'c, 'a>(changes: &'c Changes<'a>, change: Change) -> Vec<(&'a Entry, &'a VerdictRow<'static>)> {
    let of = |(kind, entry): &'c (Change, &'a Entry)| match &entry.row {
        Row::Verdict(row) if *kind == change => Some((*entry, row)),
        _ => None,
    };
    changes.findings.iter().filter_map(of).collect()
}

/// For reading.
pub fn human(changes: &Changes<'_>, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "from {} to {}", minute(changes.since), minute(changes.until))?;
    for change in Change::ALL {
        let all = findings_of(changes, change);
        if all.is_empty() {
            continue;
        }
        writeln!(out, "\n{} ({})", change.as_str(), words::number(all.len() as u64))?;
        for (entry, row) in all.iter().take(SHOWN) {
            let due = row.due.map_or_else(String::new, |due| format!("  due {}", day(due)));
            let owner = owner_word(row.subject.owner.as_deref().unwrap_or_default());
            writeln!(
                out,
                "  {}  {}  {}  {}{due}  owner {owner}",
                row.verdict, row.severity, row.rule, row.subject.name
            )?;
            if let Some(note) = &entry.note {
                writeln!(out, "    {note}")?;
            }
        }
        more(all.len(), out)?;
    }
    for (word, all) in changes.exposures() {
        if all.is_empty() {
            continue;
        }
        writeln!(out, "\n{word} ({})", words::number(all.len() as u64))?;
        for (due, entry) in all.iter().take(SHOWN) {
            if let Row::Exposure(row) = &entry.row {
                let owner = owner_word(changes.owner(entry));
                let lineage = row.lineage.rsplit('/').next().unwrap_or_default();
                writeln!(out, "  {}  {}  {}  {lineage}  owner {owner}", minute(*due), row.severity, row.title)?;
            }
        }
        more(all.len(), out)?;
    }
    let owners = changes.by_owner();
    let width = owners.keys().map(|owner| owner_word(owner).chars().count()).max().unwrap_or_default().max(5);
    writeln!(out, "\n{:width$}  {}", "owner", HEAD.join("  "))?;
    for (owner, counts) in &owners {
        let cells = numbers(counts);
        let cells: Vec<String> =
            HEAD.iter().zip(cells).map(|(head, count)| format!("{count:>width$}", width = head.len())).collect();
        writeln!(out, "{:width$}  {}", owner_word(owner), cells.join("  "))?;
    }
    Ok(())
}

fn more(all: usize, out: &mut dyn Write) -> Result<()> {
    match all.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "  and {} more: --format csv has them all", words::number(more as u64)),
    }
}

const HEAD: [&str; 9] =
    ["new", "reopened", "changed", "closed", "unconfirmed", "retired", "transient", "due soon", "overdue"];

fn numbers(counts: &Counts) -> [usize; 9] {
    let Counts { new, reopened, changed, closed, unconfirmed, retired, transient, due_soon, overdue } = *counts;
    [new, reopened, changed, closed, unconfirmed, retired, transient, due_soon, overdue]
}

/// Tables for tickets and pull requests.
pub fn markdown(changes: &Changes<'_>, out: &mut dyn Write) -> Result<()> {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    writeln!(out, "# Changes from {} to {}\n", minute(changes.since), minute(changes.until))?;
    writeln!(out, "| owner | {} |", HEAD.join(" | "))?;
    writeln!(out, "| --- |{}", " ---: |".repeat(HEAD.len()))?;
    for (owner, counts) in changes.by_owner() {
        let cells = numbers(&counts).map(|count| count.to_string());
        writeln!(out, "| {} | {} |", cell(owner_word(owner)), cells.join(" | "))?;
    }
    for change in Change::ALL {
        let all = findings_of(changes, change);
        if all.is_empty() {
            continue;
        }
        writeln!(out, "\n## {} ({})\n", change.as_str(), all.len())?;
        writeln!(out, "| severity | verdict | rule | subject | owner | due | message |")?;
        writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for (entry, row) in all {
            let owner = owner_word(row.subject.owner.as_deref().unwrap_or_default());
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                row.severity,
                row.verdict,
                row.rule,
                cell(&row.subject.name),
                cell(owner),
                row.due.map(day).unwrap_or_default(),
                cell(entry.note.as_deref().unwrap_or_default())
            )?;
        }
    }
    for (word, all) in changes.exposures() {
        if all.is_empty() {
            continue;
        }
        writeln!(out, "\n## {word} ({})\n", all.len())?;
        writeln!(out, "| due | severity | fix | CVEs | lineage | owner |")?;
        writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
        for (due, entry) in all {
            if let Row::Exposure(row) = &entry.row {
                writeln!(
                    out,
                    "| {} | {} | {} | {} | {} | {} |",
                    minute(*due),
                    row.severity,
                    cell(&row.title),
                    cell(&joined(&row.cves)),
                    cell(&row.lineage),
                    cell(owner_word(changes.owner(entry)))
                )?;
            }
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    since: Timestamp,
    until: Timestamp,
    known_at: u64,
    log: &'a LogState<'a>,
    owners: BTreeMap<&'a str, Counts>,
    findings: Vec<Changed<'a>>,
    due_soon: Vec<Held<'a>>,
    overdue: Vec<Held<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    change: Change,
    #[serde(flatten)]
    held: Held<'a>,
}

/// One document, `patchseal.changes/v1`.
pub fn json(changes: &Changes<'_>, known_at: u64, log: &LogState<'_>, out: &mut dyn Write) -> Result<()> {
    let document = Document {
        schema: SCHEMA,
        since: changes.since,
        until: changes.until,
        known_at,
        log,
        owners: changes.by_owner(),
        findings: changes
            .findings
            .iter()
            .map(|(change, entry)| Changed { change: *change, held: Held::of(entry) })
            .collect(),
        due_soon: changes.due_soon.iter().map(|(_, entry)| Held::of(entry)).collect(),
        overdue: changes.overdue.iter().map(|(_, entry)| Held::of(entry)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(Error::from)?;
    out.write_all(b"\n")
}

/// A row a finding and a row a deadline, for ticket systems.
pub fn table(changes: &Changes<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Rows::new(
        out,
        &[
            "change",
            "id",
            "rule",
            "severity",
            "verdict",
            "resource_id",
            "cloud",
            "account",
            "region",
            "type",
            "name",
            "service",
            "owner",
            "env",
            "patch_id",
            "vuln_id",
            "opened_at",
            "due_at",
            "held_from",
            "held_to",
            "message",
        ],
    )?;
    for (change, entry) in &changes.findings {
        let Row::Verdict(row) = &entry.row else { continue };
        let subject = &row.subject;
        let of = |value: &Option<Text<'_>>| value.as_deref().unwrap_or_default().to_owned();
        table.row(&[
            change.as_str(),
            &entry.id(),
            &row.rule,
            &row.severity,
            &row.verdict,
            &subject.id,
            &subject.cloud,
            &subject.account,
            &subject.region,
            &subject.kind,
            &subject.name,
            &of(&subject.service),
            &of(&subject.owner),
            &of(&subject.environment),
            "",
            "",
            &time(row.opened),
            &time(row.due),
            &entry.from.to_string(),
            &time(entry.to),
            entry.note.as_deref().unwrap_or_default(),
        ])?;
    }
    for (word, all) in changes.exposures() {
        for (due, entry) in all {
            let Row::Exposure(row) = &entry.row else { continue };
            let name = row.lineage.rsplit('/').next().unwrap_or_default();
            table.row(&[
                &word.replace(' ', "-"),
                &entry.id(),
                "",
                &row.severity,
                "",
                &row.lineage,
                "",
                "",
                "",
                "lineage",
                name,
                "",
                changes.owner(entry),
                "",
                &row.title,
                &joined(&row.cves),
                &row.opened.to_string(),
                &due.to_string(),
                &entry.from.to_string(),
                &time(entry.to),
                "",
            ])?;
        }
    }
    table.end()
}
