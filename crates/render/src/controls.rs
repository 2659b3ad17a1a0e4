//! What an evaluation says of controls: `assess --control` and `check --control`.

use crate::csv::Table;
use crate::words::number;
use crate::{LogState, words};
use jiff::Timestamp;
use patchseal_core::control::own::{Outcome, OwnControl, Tested};
use patchseal_core::text::minute;
use serde::Serialize;
use std::io::{Error, Result, Write};

/// The schema of the JSON document.
pub const SCHEMA: &str = "patchseal.controls/v1";

/// Missed runs named one by one; the other formats have them all.
const NAMED: usize = 5;

/// A control and what it came to.
pub struct Judged {
    /// The control.
    pub control: OwnControl,
    /// What it came to.
    pub tested: Tested,
}

/// Controls and what they rest on.
pub struct Statement<'a> {
    /// The controls, in the order they were asked for.
    pub controls: &'a [Judged],
    /// The state of the world at this time.
    pub as_of: Timestamp,
    /// As far as the log knew at this size.
    pub known_at: u64,
    /// The log.
    pub log: LogState<'a>,
}

impl Judged {
    fn per_mille(&self) -> Option<u64> {
        (self.tested.tested() * 1000).checked_div(self.tested.population())
    }
}

/// For reading: the numbers first, then each deviation and each unknown in a line.
pub fn human(statement: &Statement<'_>, out: &mut dyn Write) -> Result<()> {
    for judged in statement.controls {
        let Judged { control, tested } = judged;
        writeln!(out, "{}  as of {}", control.id, minute(statement.as_of))?;
        writeln!(out, "  {}", control.wording)?;
        if !control.owner.is_empty() {
            writeln!(out, "  owner {}", control.owner)?;
        }
        if !control.is_in_effect(statement.as_of) {
            writeln!(out, "  not in effect at this time")?;
        }
        let coverage = match judged.per_mille() {
            Some(rate) => format!("{}.{} %", rate / 10, rate % 10),
            None => "none: the population is empty".to_owned(),
        };
        let not = tested.number(Outcome::NotApplicable);
        let population = tested.population();
        writeln!(out, "  population   {} ({} more that no rule applies to)", number(population), number(not))?;
        writeln!(out, "  tested       {}", number(tested.tested()))?;
        let deviations = number(tested.number(Outcome::Deviation));
        writeln!(out, "  deviations   {deviations}, {} of them under exceptions", number(tested.excepted))?;
        writeln!(out, "  unknown      {}", number(tested.number(Outcome::Unknown)))?;
        writeln!(out, "  coverage     {coverage}")?;
        let missed = &tested.runs.missed;
        let mut named: Vec<String> = missed.iter().take(NAMED).map(|time| minute(*time)).collect();
        if missed.len() > NAMED {
            named.push(format!("and {} more", missed.len() - NAMED));
        }
        let from = if named.is_empty() { String::new() } else { format!(": none from {}", named.join(", ")) };
        writeln!(out, "  missed runs  {} of {} due{from}", missed.len(), tested.runs.expected)?;
        for criterion in control.criteria.iter().filter(|criterion| criterion.manual.is_some()) {
            let manual = criterion.manual.as_deref().unwrap_or_default();
            writeln!(out, "  {} {} needs evidence that people keep: {manual}", criterion.framework, criterion.id)?;
        }
        for finding in &tested.findings {
            let message = words::message(&finding.verdict).unwrap_or_default();
            writeln!(out, "  {}[{}]: {}", finding.verdict.as_str(), finding.rule.id, words::visible(message))?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "{} control{} · as far as the log knew at size {}",
        statement.controls.len(),
        if statement.controls.len() == 1 { "" } else { "s" },
        statement.known_at
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    as_of: String,
    known_at: u64,
    log: &'a LogState<'a>,
    controls: Vec<Control<'a>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    wording: &'a str,
    owner: Option<&'a str>,
    frequency_s: i64,
    in_effect: bool,
    criteria: Vec<Criterion<'a>>,
    population: u64,
    tested: u64,
    deviations: u64,
    of_deviations_excepted: u64,
    unknown: u64,
    not_applicable: u64,
    coverage_per_mille: Option<u64>,
    runs_due: u64,
    runs_missed: Vec<String>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Criterion<'a> {
    framework: &'a str,
    id: &'a str,
    rules: Vec<&'static str>,
    manual: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    id: &'a str,
    rule: &'static str,
    verdict: &'static str,
    subject: &'a str,
    message: Option<&'a str>,
}

impl<'a> Control<'a> {
    fn of(judged: &'a Judged, as_of: Timestamp) -> Control<'a> {
        let Judged { control, tested } = judged;
        let criteria = control.criteria.iter().map(|criterion| Criterion {
            framework: &criterion.framework,
            id: &criterion.id,
            rules: criterion.rules.iter().map(|rule| rule.id).collect(),
            manual: criterion.manual.as_deref(),
        });
        let findings = tested.findings.iter().map(|finding| Finding {
            id: &finding.id,
            rule: finding.rule.id,
            verdict: finding.verdict.as_str(),
            subject: &finding.subject.id,
            message: words::message(&finding.verdict),
        });
        Control {
            id: &control.id,
            wording: &control.wording,
            owner: Some(control.owner.as_str()).filter(|owner| !owner.is_empty()),
            frequency_s: control.frequency,
            in_effect: control.is_in_effect(as_of),
            criteria: criteria.collect(),
            population: tested.population(),
            tested: tested.tested(),
            deviations: tested.number(Outcome::Deviation),
            of_deviations_excepted: tested.excepted,
            unknown: tested.number(Outcome::Unknown),
            not_applicable: tested.number(Outcome::NotApplicable),
            coverage_per_mille: judged.per_mille(),
            runs_due: tested.runs.expected,
            runs_missed: tested.runs.missed.iter().map(Timestamp::to_string).collect(),
            findings: findings.collect(),
        }
    }
}

/// One document, `patchseal.controls/v1`.
pub fn json(statement: &Statement<'_>, out: &mut dyn Write) -> Result<()> {
    let log = &statement.log;
    let document = Document {
        schema: SCHEMA,
        as_of: statement.as_of.to_string(),
        known_at: statement.known_at,
        log,
        controls: statement.controls.iter().map(|judged| Control::of(judged, statement.as_of)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(Error::from)?;
    out.write_all(b"\n")
}

/// A row a control.
pub fn table(statement: &Statement<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "control_id",
            "owner",
            "as_of",
            "in_effect",
            "population",
            "tested",
            "deviations",
            "of_deviations_excepted",
            "unknown",
            "not_applicable",
            "coverage_per_mille",
            "runs_due",
            "runs_missed",
            "manual_evidence",
        ],
    )?;
    for judged in statement.controls {
        let Judged { control, tested } = judged;
        let manual: Vec<&str> = control.criteria.iter().filter_map(|criterion| criterion.manual.as_deref()).collect();
        table.row(&[
            &control.id,
            &control.owner,
            &statement.as_of.to_string(),
            if control.is_in_effect(statement.as_of) { "yes" } else { "no" },
            &tested.population().to_string(),
            &tested.tested().to_string(),
            &tested.number(Outcome::Deviation).to_string(),
            &tested.excepted.to_string(),
            &tested.number(Outcome::Unknown).to_string(),
            &tested.number(Outcome::NotApplicable).to_string(),
            &judged.per_mille().map(|rate| rate.to_string()).unwrap_or_default(),
            &tested.runs.expected.to_string(),
            &tested.runs.missed.len().to_string(),
            &manual.join("; "),
        ])?;
    }
    table.end()
}
