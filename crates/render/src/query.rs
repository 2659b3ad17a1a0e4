//! The answer to `patchseal query`: what held from when to when.

use crate::csv::{Table as Rows, time};
use crate::history::{AssetRow, Entry, ExposureRow, Row, ScopeRow, SubjectRow, Table, Text, VerdictRow};
use crate::{LogState, words};
use jiff::Timestamp;
use patchseal_core::text::{day, minute};
use serde::Serialize;
use std::io::{Error, Result, Write};

/// The schema of the JSON document.
pub const SCHEMA: &str = "patchseal.query/v1";

/// The answer and what it rests on.
pub struct Answer<'a> {
    /// What was asked for.
    pub table: Table,
    /// What held, by key and time.
    pub entries: &'a [&'a Entry],
    /// Evaluations that history is made of: how many, the first and the last.
    pub evaluations: (usize, Option<Timestamp>, Option<Timestamp>),
    /// As far as the log knew at this size.
    pub known_at: u64,
    /// The log.
    pub log: LogState<'a>,
}

/// Texts between spaces.
pub(crate) fn joined(texts: &[Text<'_>]) -> String {
    texts.join(" ")
}

/// What a time is worth in a table: minutes, or that it still holds.
fn end(to: Option<Timestamp>) -> String {
    to.map_or_else(|| "now".to_owned(), minute)
}

/// For reading.
pub fn human(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    for entry in answer.entries {
        let restated = if entry.restated { "  (restated)" } else { "" };
        write!(out, "{} to {}  ", minute(entry.from), end(entry.to))?;
        match &entry.row {
            Row::Verdict(row) => {
                let under = row.exception.as_deref().map(|id| format!("  under {id}")).unwrap_or_default();
                writeln!(
                    out,
                    "{}  {}  {}  {}{under}{restated}",
                    row.verdict, row.severity, row.rule, row.subject.name
                )?;
            }
            Row::Exposure(row) => {
                let state = match (&row.closed_by, row.closed) {
                    (Some(by), Some(at)) => format!("{by} {}", day(at)),
                    _ => row.due.map_or_else(|| "no deadline".to_owned(), |due| format!("due {}", day(due))),
                };
                writeln!(out, "{}  {}  {}  {state}{restated}", row.severity, row.title, short(&row.lineage))?;
                let cves = if row.cves.is_empty() { "no CVE named".to_owned() } else { joined(&row.cves) };
                let opened = minute(row.opened);
                let lack = match row.hosts.len() {
                    0 => "no host lacks it".to_owned(),
                    1 => "1 host lacks it".to_owned(),
                    many => format!("{many} hosts lack it"),
                };
                writeln!(out, "  {cves} · opened {opened} · {lack}")?;
            }
            Row::Asset(row) => {
                let of = |value: &Option<Text<'_>>| value.as_deref().unwrap_or("unknown").to_owned();
                let subject = &row.subject;
                writeln!(out, "{}  {}{restated}", subject.name, subject.id)?;
                writeln!(
                    out,
                    "  service {} · owner {} · environment {} · data class {} · internet-facing {} · stateful {}",
                    of(&subject.service),
                    of(&subject.owner),
                    of(&subject.environment),
                    of(&row.data_class),
                    yes_no(row.internet_facing),
                    yes_no(row.stateful)
                )?;
            }
            Row::Scope(row) => {
                writeln!(out, "{}  {} {}/{}{restated}", row.status, row.cloud, row.account, row.region)?;
                for reason in &row.reasons {
                    writeln!(out, "  {reason}")?;
                }
            }
        }
        if let Some(note) = &entry.note {
            writeln!(out, "  {note}")?;
        }
    }
    let (count, first, last) = answer.evaluations;
    let many = |count: usize, word: &str| {
        format!("{} {word}{}", words::number(count as u64), if count == 1 { "" } else { "s" })
    };
    let reach = match (first, last) {
        (Some(first), Some(last)) => format!(", {} to {}", minute(first), minute(last)),
        _ => String::new(),
    };
    writeln!(
        out,
        "{} · {}{reach} · as far as the log knew at size {}",
        many(answer.entries.len(), answer.table.as_str()),
        many(count, "evaluation"),
        answer.known_at
    )
}

/// ARM ids and ARNs are long, and their last part says it.
fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    table: &'static str,
    known_at: u64,
    log: &'a LogState<'a>,
    evaluations: Evaluations,
    rows: Vec<Held<'a>>,
}

#[derive(Serialize)]
struct Evaluations {
    count: usize,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// One span.
#[derive(Serialize)]
pub(crate) struct Held<'a> {
    id: String,
    from: Timestamp,
    to: Option<Timestamp>,
    recorded: u64,
    recorded_at: Timestamp,
    restated: bool,
    message: Option<&'a str>,
    #[serde(flatten)]
    row: &'a Row,
}

impl<'a> Held<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Held<'a> {
        Held {
            id: entry.id(),
            from: entry.from,
            to: entry.to,
            recorded: entry.recorded,
            recorded_at: entry.recorded_at,
            restated: entry.restated,
            message: entry.note.as_deref(),
            row: &entry.row,
        }
    }
}

/// One document, `patchseal.query/v1`.
pub fn json(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    let (count, first, last) = answer.evaluations;
    let document = Document {
        schema: SCHEMA,
        table: answer.table.as_str(),
        known_at: answer.known_at,
        log: &answer.log,
        evaluations: Evaluations { count, first, last },
        rows: answer.entries.iter().map(|entry| Held::of(entry)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(Error::from)?;
    out.write_all(b"\n")
}

const TIMES: [&str; 6] = ["id", "held_from", "held_to", "recorded_leaf", "recorded_at", "restated"];
const SUBJECT: [&str; 10] =
    ["resource_id", "cloud", "account", "region", "type", "name", "lineage", "service", "owner", "env"];

fn subject<'r>(row: &'r SubjectRow<'_>) -> [&'r str; 10] {
    let of = |value: &'r Option<Text<'_>>| value.as_deref().unwrap_or_default();
    [
        &row.id,
        &row.cloud,
        &row.account,
        &row.region,
        &row.kind,
        &row.name,
        &row.lineage,
        of(&row.service),
        of(&row.owner),
        of(&row.environment),
    ]
}

/// One row a span.
pub fn table(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    let own: &[&str] = match answer.table {
        Table::Verdict => &["rule", "severity", "verdict", "reason", "opened_at", "due_at", "exception_id", "message"],
        Table::Exposure => &[
            "lineage",
            "package",
            "patch_id",
            "vuln_id",
            "severity",
            "kev",
            "first_observed_at",
            "clock_start_event",
            "clock_start_at",
            "due_at",
            "deployed_at",
            "closed_at",
            "closed_by",
            "reopened_count",
            "hosts",
            "asset_keys",
        ],
        Table::Asset => &["asset_key", "os", "os_version", "data_class", "internet_facing", "stateful", "first_seen"],
        Table::Scope => &["cloud", "account_or_subscription", "region", "status", "error"],
    };
    let described: &[&str] = if matches!(answer.table, Table::Verdict | Table::Asset) { &SUBJECT } else { &[] };
    let mut table = Rows::new(out, &[&TIMES, described, own].concat())?;
    for entry in answer.entries {
        let leaf = entry.recorded.to_string();
        let (from, to, at) = (entry.from.to_string(), time(entry.to), entry.recorded_at.to_string());
        let id = entry.id();
        let times: [&str; 6] = [&id, &from, &to, &leaf, &at, yes_no(entry.restated)];
        let note = entry.note.as_deref().unwrap_or_default();
        match &entry.row {
            Row::Verdict(row) => {
                table.row(&[&times[..], &subject(&row.subject), &verdict(row, note).each()].concat())?
            }
            Row::Asset(row) => table.row(&[&times[..], &subject(&row.subject), &asset(row).each()].concat())?,
            Row::Exposure(row) => table.row(&[&times[..], &exposure(row).each()].concat())?,
            Row::Scope(row) => table.row(&[&times[..], &scope(row).each()].concat())?,
        }
    }
    table.end()
}

/// Cells of a row.
struct Cells(Vec<String>);

impl Cells {
    fn each(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

fn verdict(row: &VerdictRow<'_>, note: &str) -> Cells {
    let reason = row.reason.as_deref().unwrap_or_default();
    Cells(vec![
        row.rule.to_string(),
        row.severity.to_string(),
        row.verdict.to_string(),
        reason.to_owned(),
        time(row.opened),
        time(row.due),
        row.exception.as_deref().unwrap_or_default().to_owned(),
        note.to_owned(),
    ])
}

fn exposure(row: &ExposureRow<'_>) -> Cells {
    Cells(vec![
        row.lineage.to_string(),
        row.fix_line.to_string(),
        row.title.to_string(),
        joined(&row.cves),
        row.severity.to_string(),
        yes_no(row.exploited).to_owned(),
        row.opened.to_string(),
        row.basis.to_string(),
        row.clock_start.to_string(),
        time(row.due),
        time(row.claimed),
        time(row.closed),
        row.closed_by.as_deref().unwrap_or_default().to_owned(),
        row.reopened.to_string(),
        row.hosts.len().to_string(),
        joined(&row.hosts),
    ])
}

fn asset(row: &AssetRow<'_>) -> Cells {
    Cells(vec![
        row.key.to_string(),
        row.os.to_string(),
        row.os_version.to_string(),
        row.data_class.as_deref().unwrap_or_default().to_owned(),
        yes_no(row.internet_facing).to_owned(),
        yes_no(row.stateful).to_owned(),
        row.first_seen.to_string(),
    ])
}

fn scope(row: &ScopeRow<'_>) -> Cells {
    Cells(vec![
        row.cloud.to_string(),
        row.account.to_string(),
        row.region.to_string(),
        row.status.to_string(),
        row.reasons.join("; "),
    ])
}
