//! For pull requests and tickets: the unknowns, the numbers, then tables by severity and by owner.

use crate::coverage::{self, Status};
use crate::{Report, summary, words};
use patchseal_core::engine::Finding;
use patchseal_core::rule::Verdict;
use patchseal_core::text::{day, minute};
use std::collections::BTreeMap;
use std::io::{Result, Write};

/// Rows of a table: a comment on a pull request holds 65,536 characters.
const ROWS: usize = 50;

/// Writes the report as GitHub-flavoured Markdown.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let hosts = coverage::hosts(report);
    let summary = summary::of(report);
    writeln!(out, "# Patch verification\n")?;
    writeln!(
        out,
        "As of **{}** ({}), policy `{}` (profile {}), log size {}, root `{}`.\n",
        minute(report.as_of),
        cell(report.as_of_because),
        report.policy.source.replace('`', ""),
        report.policy.sla.profile.id,
        words::number(report.log.size),
        words::short_root(report.log.root),
    )?;
    if report.allow_incomplete {
        writeln!(out, "> Incomplete results were allowed (`--allow-incomplete`): no finding is no proof.\n")?;
    }
    unread(report, out)?;
    writeln!(out, "| hosts | passed | failed | unknown | inherited | not applicable |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: |")?;
    let tally = summary.tally;
    let numbers = [hosts.assets as u64, tally.pass, tally.fail, tally.unknown, tally.inherited, tally.not_applicable];
    writeln!(out, "| {} |\n", numbers.map(words::number).join(" | "))?;
    if summary.excepted > 0 {
        let number = words::number(summary.excepted);
        writeln!(out, "{number} of the failures stand under an exception; they are failures all the same.\n")?;
    }
    let hidden = summary::hidden(report);
    if hidden > 0 {
        writeln!(out, "Filters leave {} findings out of the tables below.\n", words::number(hidden as u64))?;
    }
    by_owner(report, out)?;
    for severity in words::SEVERITIES {
        let findings = summary::failures(report);
        let own: Vec<_> = findings.into_iter().filter(|finding| finding.severity == severity).collect();
        table(out, &format!("Failed, {}", severity.as_str()), &own)?;
    }
    table(out, "Unknown", &summary::unknowns(report))
}

fn unread(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let rows = coverage::scopes(report);
    let open: Vec<_> = rows.iter().filter(|row| row.status != Status::Complete).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "**{} of {} scopes were not read completely:**\n", open.len(), rows.len())?;
    for row in open.iter().take(ROWS) {
        writeln!(out, "- {} {}: {}", row.status.as_str(), cell(&row.scope.to_string()), cell(&row.reasons.join("; ")))?;
    }
    more(out, open.len())?;
    writeln!(out)
}

fn by_owner(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut owners: BTreeMap<&str, [u64; 6]> = BTreeMap::new();
    for finding in summary::shown(report) {
        let column = match finding.verdict {
            Verdict::Fail(_) => words::SEVERITIES.iter().position(|severity| *severity == finding.severity),
            Verdict::Unknown(_) => Some(words::SEVERITIES.len()),
            _ => None,
        };
        if let Some(column) = column {
            owners.entry(finding.subject.owner.as_deref().unwrap_or("(no owner)")).or_default()[column] += 1;
        }
    }
    if owners.is_empty() {
        return Ok(());
    }
    writeln!(out, "| owner | critical | high | medium | low | unspecified | unknown |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    let mut rows: Vec<_> = owners.iter().collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(**counts));
    for (owner, counts) in rows.iter().take(ROWS) {
        writeln!(out, "| {} | {} |", cell(owner), counts.map(words::number).join(" | "))?;
    }
    more(out, rows.len())?;
    writeln!(out)
}

fn table(out: &mut dyn Write, title: &str, findings: &[&Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {title} ({})\n", words::number(findings.len() as u64))?;
    writeln!(out, "| rule | subject | owner | what | due |\n| --- | --- | --- | --- | --- |")?;
    for finding in findings.iter().take(ROWS) {
        let due = match &finding.verdict {
            Verdict::Fail(failure) => failure.due.map(day).unwrap_or_default(),
            _ => String::new(),
        };
        writeln!(
            out,
            "| `{}` | {} | {} | {} | {due} |",
            finding.rule.id,
            cell(&finding.subject.name),
            cell(finding.subject.owner.as_deref().unwrap_or_default()),
            match &finding.exception {
                None => cell(words::message(&finding.verdict).unwrap_or_default()),
                Some(exception) => format!(
                    "{} (exception {}, {}, until {})",
                    cell(words::message(&finding.verdict).unwrap_or_default()),
                    cell(&exception.ids),
                    exception.kinds,
                    day(exception.until)
                ),
            },
        )?;
    }
    more(out, findings.len())?;
    writeln!(out)
}

fn more(out: &mut dyn Write, all: usize) -> Result<()> {
    if all > ROWS { writeln!(out, "\n… and {} more", all - ROWS) } else { Ok(()) }
}

/// Text of the world, unable to end a cell, open a tag, or mention anyone.
pub(crate) fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space keeps a tag value such as `@org/team` from notifying people.
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
