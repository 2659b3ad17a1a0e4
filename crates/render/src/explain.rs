//! What a rule, a control or one finding is about. The same words make the documentation pages.

use crate::{Report, cited, words};
use patchseal_core::control::{Control, Framework, Relation};
use patchseal_core::engine::Finding;
use patchseal_core::example::Example;
use patchseal_core::rule::{Rule, Verdict};
use patchseal_core::rules::RULES;
use patchseal_core::text::minute;
use std::io::{Error, Result, Write};

/// Width of running text.
const WIDTH: usize = 92;

/// Explains a rule in the terminal.
pub fn rule(rule: &Rule, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}: {}", rule.id, rule.title)?;
    writeln!(out, "severity {}, since {}\n", rule.severity.as_str(), rule.since)?;
    section(out, "why", rule.why)?;
    section(out, "fix", rule.fix)?;
    writeln!(out, "controls")?;
    for control in rule.controls {
        writeln!(out, "  {} {}", control.id, control.title)?;
    }
    writeln!(out, "\nexamples")?;
    for example in rule.examples {
        writeln!(out, "  {:<14} {}", example.shows.as_str(), example.name)?;
    }
    writeln!(out, "\nreferences")?;
    for reference in rule.references {
        writeln!(out, "  {reference}")?;
    }
    Ok(())
}

/// Explains one finding: what was judged, against what, on which answers.
pub fn finding(report: &Report<'_>, finding: &Finding, out: &mut dyn Write) -> Result<()> {
    let subject = &finding.subject;
    writeln!(out, "{} {}: {}\n", finding.id, finding.rule.id, finding.rule.title)?;
    let mut line = |name: &str, text: &str| match text.is_empty() {
        true => Ok(()),
        false => writeln!(out, "{name:<12} {}", words::visible(text)),
    };
    line("verdict", finding.verdict.as_str())?;
    line("severity", finding.severity.as_str())?;
    line("as of", &minute(report.as_of))?;
    line("subject", &subject.id)?;
    line("name", &subject.name)?;
    line("kind", subject.kind)?;
    line("place", &format!("{} {}/{}", subject.cloud, subject.account, subject.region))?;
    line("lineage", if subject.lineage == subject.id { "" } else { &subject.lineage })?;
    line("service", subject.service.as_deref().unwrap_or_default())?;
    line("owner", subject.owner.as_deref().unwrap_or_default())?;
    line("environment", subject.environment.as_deref().unwrap_or_default())?;
    line("message", words::message(&finding.verdict).unwrap_or_default())?;
    match &finding.verdict {
        Verdict::Fail(failure) => {
            line("expected", &failure.expected)?;
            line("found", &failure.found)?;
            line("opened", &failure.opened.map(minute).unwrap_or_default())?;
            line("due", &failure.due.map(minute).unwrap_or_default())?;
            let policy = report.policy;
            let own = failure.policy.iter().find_map(|key| policy.lines.get(&**key).map(|at| (key, at)));
            let set_by = match (failure.policy.first(), own) {
                (None, _) => String::new(),
                (Some(_), Some((key, at))) => format!("{key} ({}:{at})", policy.source),
                (Some(key), None) => format!("{key} of profile {}", policy.sla.profile.id),
            };
            line("set by", &set_by)?;
        }
        Verdict::Unknown(unknown) => line("reason", unknown.reason.as_str())?,
        _ => {}
    }
    if let Some(exception) = &finding.exception {
        line("exception", &format!("{} ({}) until {}", exception.ids, exception.kinds, minute(exception.until)))?;
    }
    let controls: Vec<_> = finding.rule.controls.iter().map(|control| control.id).collect();
    line("controls", &controls.join(", "))?;
    let proofs = cited::all(report, &finding.verdict);
    writeln!(out, "\nevidence")?;
    if proofs.is_empty() {
        writeln!(out, "  none: there is no answer")?;
    }
    for seen in proofs {
        let place = if seen.pointer.is_empty() { "the whole answer" } else { &seen.pointer };
        writeln!(out, "  patchseal evidence show {seen}   {}, {}, {place}", seen.operation, minute(seen.observed_at))?;
    }
    writeln!(out)?;
    section(out, "why", finding.rule.why)?;
    section(out, "fix", finding.rule.fix)
}

/// Explains a control: what it is, which rules bear on it, and the criteria of others that it bears on.
pub fn control(control: &Control, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}: {}\n", control.id, control.title)?;
    section(out, "objective", control.objective)?;
    writeln!(out, "rules")?;
    let own: Vec<_> = RULES.iter().filter(|rule| rule.controls.iter().any(|one| one.id == control.id)).collect();
    if own.is_empty() {
        writeln!(out, "  none yet: nothing is evaluated for it")?;
    }
    for rule in own {
        writeln!(out, "  {:<32} {}", rule.id, rule.title)?;
    }
    writeln!(out, "\ncriteria")?;
    for framework in Framework::ALL {
        let mut criteria = control.criteria_of(framework).peekable();
        if criteria.peek().is_none() {
            continue;
        }
        writeln!(out, "  {}, {}", framework.name(), framework.edition())?;
        for criterion in criteria {
            let row = format!("    {:<12} {:<11} {}", criterion.id, criterion.relation.as_str(), criterion.rationale);
            writeln!(out, "{}", row.trim_end())?;
        }
    }
    writeln!(out)?;
    for relation in Relation::ALL {
        writeln!(out, "  {:<11} {}", relation.as_str(), relation.meaning())?;
    }
    writeln!(out, "\n{JUDGEMENT}")
}

/// What the crosswalk is, wherever it is shown.
pub(crate) const JUDGEMENT: &str =
    "The assignments are judgements of this project: agree them with the firm that signs the report.";

#[derive(serde::Serialize)]
struct Rules {
    schema: &'static str,
    rules: Vec<RuleRow>,
}

#[derive(serde::Serialize)]
struct RuleRow {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    since: &'static str,
    why: &'static str,
    fix: &'static str,
    references: &'static [&'static str],
    controls: Vec<&'static str>,
    examples: Vec<ExampleRow>,
}

#[derive(serde::Serialize)]
struct ExampleRow {
    name: &'static str,
    shows: &'static str,
}

impl RuleRow {
    fn of(rule: &Rule) -> RuleRow {
        let example = |example: &Example| ExampleRow { name: example.name, shows: example.shows.as_str() };
        RuleRow {
            id: rule.id,
            title: rule.title,
            severity: rule.severity.as_str(),
            since: rule.since,
            why: rule.why,
            fix: rule.fix,
            references: rule.references,
            controls: rule.controls.iter().map(|control| control.id).collect(),
            examples: rule.examples.iter().map(example).collect(),
        }
    }
}

/// Every rule with its metadata and examples, `patchseal.rules/v1`.
pub fn rules_json(out: &mut dyn Write) -> Result<()> {
    let rules = Rules { schema: "patchseal.rules/v1", rules: RULES.iter().map(|rule| RuleRow::of(rule)).collect() };
    serde_json::to_writer_pretty(&mut *out, &rules).map_err(Error::from)?;
    out.write_all(b"\n")
}

/// The documentation page of a rule, `docs/rules/<id>.md`.
pub fn rule_markdown(rule: &Rule, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "# {}\n\n{}\n", rule.id, sentence(rule.title))?;
    writeln!(
        out,
        "Severity: {} (a finding can differ, where its own facts say so). Since {}.\n",
        rule.severity.as_str(),
        rule.since
    )?;
    writeln!(out, "## Why it matters\n\n{}\n\n## What to do\n\n{}\n", rule.why, rule.fix)?;
    writeln!(out, "## Examples\n\n| the world | verdict |\n| --- | --- |")?;
    for example in rule.examples {
        writeln!(out, "| {} | {} |", crate::markdown::cell(example.name), example.shows.as_str())?;
    }
    writeln!(out, "\n## Controls\n")?;
    for control in rule.controls {
        writeln!(out, "- {}: {}", control.id, control.title)?;
    }
    writeln!(out, "\n## References\n")?;
    for reference in rule.references {
        writeln!(out, "- <{reference}>")?;
    }
    Ok(())
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// A heading and running text under it, broken at words.
fn section(out: &mut dyn Write, heading: &str, text: &str) -> Result<()> {
    writeln!(out, "{heading}")?;
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 {
            write!(out, "  {word}")?;
        } else if column + 1 + length > WIDTH {
            write!(out, "\n  {word}")?;
            column = 0;
        } else {
            write!(out, " {word}")?;
        }
        column += 1 + length;
    }
    writeln!(out, "\n")
}
