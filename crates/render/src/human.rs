//! For a terminal. The snippet is the evidence: lines of the provider's recorded answer. Colours are always written;
//! the edge strips them where nobody can see them.

mod locate;
mod snippet;

use crate::cited::{self, Cited};
use crate::coverage::{self, Status};
use crate::words::visible;
use crate::{Report, figures, summary, words};
use patchseal_core::engine::{Finding, Subject};
use patchseal_core::rule::{Failure, Verdict};
use patchseal_core::severity::Severity;
use patchseal_core::text::{count, day, minute};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{Result, Write};

/// Findings of one rule shown in full: a cause that hits a whole fleet must not push every other off the screen.
const PER_RULE: usize = 10;
/// Scopes named one by one.
const SCOPES: usize = 10;
/// Width of line numbers where there are none.
const GUTTER: usize = 2;
/// Answers kept open: findings of one rule come from few of them.
const BODIES: usize = 8;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const MAGENTA: &str = "\x1b[1;35m";
const CYAN: &str = "\x1b[1;36m";

/// Writes the report for people.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let mut page = Page { report, out, bodies: Vec::new(), gutter: GUTTER };
    page.opening()?;
    page.others()?;
    for group in by_rule(summary::failures(report)) {
        page.group(&group, Page::failure)?;
    }
    for group in by_rule(summary::unknowns(report)) {
        page.group(&group, Page::unknown)?;
    }
    page.scopes()?;
    page.figures()?;
    page.closing()
}

/// Findings by rule, rules with the worst finding first.
fn by_rule(findings: Vec<&Finding>) -> Vec<Vec<&Finding>> {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        rules.entry(finding.rule.id).or_default().push(finding);
    }
    let mut groups: Vec<_> = rules.into_values().collect();
    groups.sort_by_key(|group| Reverse(group.iter().map(|finding| finding.severity).max()));
    groups
}

struct Page<'p, 'a> {
    report: &'p Report<'a>,
    out: &'p mut dyn Write,
    bodies: Vec<((u64, u32), Option<String>)>,
    /// Width of the line numbers of the block being written.
    gutter: usize,
}

impl Page<'_, '_> {
    fn opening(&mut self) -> Result<()> {
        let report = self.report;
        writeln!(
            self.out,
            "as of {} ({}) · policy {} (profile {}) · as far as the log knew at size {}",
            paint(BOLD, minute(report.as_of)),
            visible(report.as_of_because),
            visible(&report.policy.source),
            report.policy.sla.profile.id,
            words::number(report.known_at),
        )?;
        if report.allow_incomplete {
            let word = paint(YELLOW, "note");
            writeln!(self.out, "{word}: incomplete results are allowed (--allow-incomplete): no finding is no proof")?;
        }
        writeln!(self.out)
    }

    /// Passes and the like, one line each; there are none unless every verdict was asked for.
    fn others(&mut self) -> Result<()> {
        let report = self.report;
        let mut any = false;
        for finding in summary::shown(report) {
            if summary::is_fail(finding) || summary::is_unknown(finding) {
                continue;
            }
            any = true;
            let word = paint(GREEN, format!("{}[{}]", finding.verdict.as_str(), finding.rule.id));
            write!(self.out, "{word}: {}", place(&finding.subject))?;
            match (words::message(&finding.verdict), cited::best(report, &finding.verdict)) {
                (Some(why), _) => writeln!(self.out, ", {}", visible(why))?,
                (None, Some(seen)) => writeln!(self.out, "   {}", evidence(&seen))?,
                (None, None) => writeln!(self.out)?,
            }
        }
        if any { writeln!(self.out) } else { Ok(()) }
    }

    fn group(&mut self, findings: &[&Finding], block: fn(&mut Self, &Finding, bool) -> Result<()>) -> Result<()> {
        let most = if summary::holds_every_verdict(self.report) { usize::MAX } else { PER_RULE };
        for (at, finding) in findings.iter().take(most).enumerate() {
            block(self, finding, at == 0)?;
        }
        if findings.len() > most {
            let rule = findings[0].rule.id;
            let more = words::number((findings.len() - most) as u64);
            let what = if summary::is_unknown(findings[0]) { "unknowns" } else { "failures" };
            writeln!(self.out, "… and {more} more {what} of {rule} (--all shows them; --format json lists them)\n")?;
        }
        Ok(())
    }

    fn failure(&mut self, finding: &Finding, first: bool) -> Result<()> {
        let Verdict::Fail(failure) = &finding.verdict else { return Ok(()) };
        let colour = match finding.severity {
            Severity::Critical | Severity::High => RED,
            Severity::Medium => YELLOW,
            Severity::Low | Severity::Unspecified => CYAN,
        };
        let word = paint(colour, format!("{}[{}]", words::level(finding.severity), finding.rule.id));
        writeln!(self.out, "{word}: {}", paint(BOLD, visible(&failure.message)))?;
        self.arrow(finding)?;
        self.excerpt(finding, failure)?;
        self.expectation(failure)?;
        self.line("found", visible(&failure.found))?;
        self.line("severity", finding.severity.as_str())?;
        self.ending(finding, first)
    }

    fn unknown(&mut self, finding: &Finding, first: bool) -> Result<()> {
        let Verdict::Unknown(unknown) = &finding.verdict else { return Ok(()) };
        let word = paint(MAGENTA, format!("unknown[{}]", finding.rule.id));
        writeln!(self.out, "{word}: {}", paint(BOLD, visible(&unknown.message)))?;
        self.arrow(finding)?;
        self.line("reason", unknown.reason.as_str())?;
        if first {
            self.line("explain", format!("patchseal explain {}", finding.rule.id))?;
        }
        writeln!(self.out)
    }

    fn arrow(&mut self, finding: &Finding) -> Result<()> {
        self.gutter = GUTTER;
        let arrow = paint(BLUE, "-->");
        write!(self.out, "  {arrow} {}", place(&finding.subject))?;
        if let Some(seen) = cited::best(self.report, &finding.verdict) {
            write!(self.out, "   {}", evidence(&seen))?;
            let more = cited::all(self.report, &finding.verdict).len() - 1;
            if more > 0 {
                write!(self.out, " (and {more} more)")?;
            }
        }
        writeln!(self.out)
    }

    fn excerpt(&mut self, finding: &Finding, failure: &Failure) -> Result<()> {
        let Some(seen) = cited::best(self.report, &finding.verdict).filter(|seen| !seen.pointer.is_empty()) else {
            return Ok(());
        };
        let says = format!("{} {}", failure.message, failure.found);
        let Some(body) = self.body(&seen) else { return Ok(()) };
        let lines = snippet::snippet(body, &seen.pointer, &says);
        let Some(last) = lines.last() else { return Ok(()) };
        let width = last.number.to_string().len().max(GUTTER);
        self.gutter = width;
        let bar = paint(BLUE, "|");
        writeln!(self.out, "{:width$} {bar}", "")?;
        let mut before = None;
        for line in lines {
            if before.is_some_and(|number: usize| number + 1 < line.number) {
                writeln!(self.out, "{}", paint(BLUE, "..."))?;
            }
            before = Some(line.number);
            writeln!(self.out, "{} {bar} {}", paint(BLUE, format!("{:>width$}", line.number)), line.text)?;
            if let Some((column, length)) = line.mark {
                let mark = paint(RED, "^".repeat(length));
                writeln!(self.out, "{:width$} {bar} {:column$}{mark}", "", "")?;
            }
        }
        Ok(())
    }

    /// The recorded answer behind a citation, from the few kept open.
    fn body(&mut self, seen: &Cited<'_>) -> Option<&str> {
        let key = (seen.leaf, seen.exchange);
        let at = match self.bodies.iter().position(|(known, _)| *known == key) {
            Some(at) => at,
            None => {
                if self.bodies.len() == BODIES {
                    self.bodies.remove(0);
                }
                let bytes = self.report.answers.body(seen.leaf, seen.exchange);
                self.bodies.push((key, bytes.and_then(|bytes| String::from_utf8(bytes).ok())));
                self.bodies.len() - 1
            }
        };
        self.bodies.get(at)?.1.as_deref()
    }

    fn expectation(&mut self, failure: &Failure) -> Result<()> {
        let policy = self.report.policy;
        let name = if failure.due.is_some() { "deadline" } else { "expected" };
        let set_by = match (failure.policy.first(), policy.line_of(&failure.policy)) {
            (None, _) => String::new(),
            (Some(_), Some(line)) => format!(" ({}:{line})", visible(&policy.source)),
            (Some(_), None) => format!(" (profile {})", policy.sla.profile.id),
        };
        self.line(name, format!("{}{set_by}", visible(&failure.expected)))
    }

    fn ending(&mut self, finding: &Finding, first: bool) -> Result<()> {
        let controls: Vec<_> = finding.rule.controls.iter().map(|control| control.id).collect();
        self.line("controls", controls.join(", "))?;
        if let Verdict::Fail(failure) = &finding.verdict
            && let Some(opened) = &failure.opened
        {
            self.line("open since", day(*opened))?;
        }
        if let Some(exception) = &finding.exception {
            self.line(
                "exception",
                format!("{} ({}) until {}", visible(&exception.ids), exception.kinds, minute(exception.until)),
            )?;
        }
        if first {
            self.line("fix", finding.rule.fix)?;
        }
        self.line("explain", format!("patchseal explain {}", if first { finding.rule.id } else { &finding.id }))?;
        writeln!(self.out)
    }

    fn line(&mut self, name: &str, text: impl Display) -> Result<()> {
        writeln!(self.out, "{:width$} {} {name}: {text}", "", paint(BLUE, "="), width = self.gutter)
    }

    fn scopes(&mut self) -> Result<()> {
        let rows = coverage::scopes(self.report);
        let all = rows.len();
        let open: Vec<_> = rows.into_iter().filter(|row| row.status != Status::Complete).collect();
        if open.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{} of {} not read completely:", open.len(), count(all, "scope"))?;
        for row in open.iter().take(SCOPES) {
            let word = paint(MAGENTA, row.status.as_str());
            writeln!(self.out, "  {word} {}: {}", row.scope, visible(&row.reasons.join("; ")))?;
        }
        if open.len() > SCOPES {
            writeln!(self.out, "  … and {} more (--format json lists them)", open.len() - SCOPES)?;
        }
        writeln!(self.out)
    }

    /// Those that there is anything to say of; the register has them all.
    fn figures(&mut self) -> Result<()> {
        let all: Vec<_> = figures::figures(self.report).into_iter().filter(|one| one.value != "–").collect();
        if all.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "figures (docs/claims.md defines them; --format csv-metrics has them by severity):")?;
        for one in all {
            let left = (one.excluded > 0).then(|| format!("{} left out", words::number(one.excluded)));
            let more: Vec<String> = [one.of].into_iter().filter(|of| !of.is_empty()).chain(left).collect();
            let line = format!("  {:<24} {:>12}  {}", one.id, one.value, more.join(", "));
            writeln!(self.out, "{}", line.trim_end())?;
        }
        writeln!(self.out)
    }

    fn closing(&mut self) -> Result<()> {
        let report = self.report;
        let hosts = coverage::hosts(report);
        let tally = summary::of(report).tally;
        let mut parts = vec![format!("{} assets", words::number(hosts.assets as u64))];
        let mut part = |number: u64, word: &str, colour: &str| {
            let text = format!("{} {word}", words::number(number));
            parts.push(if number > 0 { paint(colour, text) } else { text });
        };
        part(tally.pass, "passed", GREEN);
        part(tally.fail, "failed", RED);
        let excepted = summary::of(report).excepted;
        if excepted > 0 {
            part(excepted, "of these excepted", "");
        }
        part(tally.unknown, "unknown", MAGENTA);
        for (number, word) in [(tally.inherited, "inherited"), (tally.not_applicable, "not applicable")] {
            if number > 0 {
                part(number, word, "");
            }
        }
        let hidden = summary::hidden(report);
        if hidden > 0 {
            parts.push(format!("{} not shown here", words::number(hidden as u64)));
        }
        parts.push(format!("log size {}, root {}", words::number(report.log.size), words::short_root(report.log.root)));
        writeln!(self.out, "{}", parts.join(" · "))
    }
}

fn paint(colour: &str, text: impl Display) -> String {
    if colour.is_empty() { text.to_string() } else { format!("{colour}{text}\x1b[0m") }
}

/// Where a subject is, short: `aws 111122223333/eu-west-1/i-0abc`.
fn place(subject: &Subject) -> String {
    let mut text = format!("{} {}", subject.cloud, subject.account);
    if *subject.region != *patchseal_core::scope::Scope::GLOBAL && !subject.region.is_empty() {
        text = format!("{text}/{}", subject.region);
    }
    match subject.kind {
        "scope" | "feed" => {}
        _ => text = format!("{}/{}", text.trim_end(), words::short_id(&subject.id)),
    }
    visible(&text)
}

fn evidence(seen: &Cited<'_>) -> String {
    format!("evidence {seen}: {}, {}", visible(seen.operation), minute(seen.observed_at))
}
