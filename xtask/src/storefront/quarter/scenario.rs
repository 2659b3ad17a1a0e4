//! The scenario file: what happened in the depot, and what has to be found because of it.

use crate::storefront::Missing;
use toml_span::Value;

const TEXT: &str = include_str!("scenario.toml");

/// The quarter as it was written down.
pub struct Scenario {
    /// Name of the collector.
    pub collector: String,
    /// Account of AWS that it reads.
    pub account: String,
    /// Region that it reads.
    pub region: String,
    /// Days on which it is to run.
    pub runs: Vec<String>,
    /// Days on which the weekly window runs.
    pub window_runs: Vec<String>,
    /// What happens beyond every week's work.
    pub events: Vec<Event>,
}

/// Something that happens, and must be found.
#[derive(Clone)]
pub struct Event {
    /// Id.
    pub id: String,
    /// What it is, in a sentence.
    pub about: String,
    /// The fault of the storefront, where the event is one of those.
    pub fault: Option<String>,
    /// Day of the recording that came into the log last.
    pub late: Option<String>,
    /// Day on which the collector did not run.
    pub missed: Option<String>,
    /// What happens, in order.
    pub happens: Vec<Happening>,
    /// What has to be found.
    pub findings: Vec<Dated>,
    /// Event that nobody knew of until the late recording came.
    pub hides: Option<String>,
    /// What was found until it came.
    pub before: Vec<Dated>,
    /// What would be found if the event did not happen: what it hides.
    pub instead: Vec<Dated>,
}

/// One thing that happens.
#[derive(Clone)]
pub struct Happening {
    /// Day.
    pub on: String,
    /// What: the name of a happening.
    pub what: String,
    members: Vec<(String, String)>,
    /// Machines.
    pub hosts: Vec<String>,
}

/// A finding with its days.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dated {
    /// Rule.
    pub rule: String,
    /// Subject's name.
    pub subject: String,
    /// Verdict.
    pub verdict: String,
    /// Day of the first evaluation that has it.
    pub from: String,
    /// Day of the first evaluation that has it no more.
    pub to: Option<String>,
}

impl Happening {
    /// A member.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A member that has to be there.
    pub fn need(&self, name: &str) -> Result<&str, Missing> {
        self.get(name).ok_or_else(|| Missing(format!("{name} of {} on {}", self.what, self.on)))
    }
}

impl Scenario {
    /// Reads the file.
    ///
    /// # Errors
    /// Something is missing, misspelt or out of order.
    pub fn read() -> Result<Scenario, Missing> {
        let file = toml_span::parse(TEXT).map_err(|error| Missing(format!("scenario that can be read: {error}")))?;
        let collector = file.pointer("/collector").ok_or_else(|| Missing("collector".into()))?;
        let events: Vec<Event> = tables(&file, "event").map(event).collect::<Result<_, _>>()?;
        let scenario = Scenario {
            collector: text(collector, "name")?,
            account: text(collector, "account")?,
            region: text(collector, "region")?,
            runs: words(collector, "runs"),
            window_runs: words(collector, "window_runs"),
            events,
        };
        for finding in
            scenario.events.iter().flat_map(|event| event.findings.iter().chain(&event.before).chain(&event.instead))
        {
            let known = |day: &String| scenario.runs.contains(day);
            if !known(&finding.from) || finding.to.as_ref().is_some_and(|to| !known(to) || *to <= finding.from) {
                return Err(Missing(format!("recording on the days of {} on {}", finding.rule, finding.subject)));
            }
        }
        Ok(scenario)
    }
}

fn event(table: &Value<'_>) -> Result<Event, Missing> {
    let optional = |name: &str| table.pointer(&format!("/{name}")).and_then(Value::as_str).map(str::to_owned);
    let mut happens: Vec<Happening> = tables(table, "happens").map(happening).collect::<Result<_, _>>()?;
    happens.sort_by(|one, other| one.on.cmp(&other.on));
    Ok(Event {
        id: text(table, "id")?,
        about: text(table, "about")?,
        fault: optional("fault"),
        late: optional("late"),
        missed: optional("missed"),
        happens,
        findings: all_dated(table, "finding")?,
        before: all_dated(table, "before")?,
        instead: all_dated(table, "instead")?,
        hides: optional("hides"),
    })
}

fn happening(table: &Value<'_>) -> Result<Happening, Missing> {
    let members = table.as_table().into_iter().flatten().filter_map(|(key, value)| {
        let number = || value.as_integer().map(|number| number.to_string());
        Some((key.name.to_string(), value.as_str().map(str::to_owned).or_else(number)?))
    });
    let members: Vec<(String, String)> = members.collect();
    Ok(Happening { on: text(table, "on")?, what: text(table, "what")?, members, hosts: words(table, "hosts") })
}

/// Findings of one kind; one table can be about several subjects.
fn all_dated(table: &Value<'_>, kind: &str) -> Result<Vec<Dated>, Missing> {
    let mut all = Vec::new();
    for one in tables(table, kind) {
        let several = words(one, "subjects");
        let subjects = if several.is_empty() { vec![text(one, "subject")?] } else { several };
        for subject in subjects {
            all.push(Dated {
                rule: text(one, "rule")?,
                subject,
                verdict: text(one, "verdict")?,
                from: text(one, "from")?,
                to: one.pointer("/to").and_then(Value::as_str).map(str::to_owned),
            });
        }
    }
    Ok(all)
}

fn text(table: &Value<'_>, name: &str) -> Result<String, Missing> {
    let found = table.pointer(&format!("/{name}")).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Missing(format!("{name} in the scenario")))
}

fn words(table: &Value<'_>, name: &str) -> Vec<String> {
    let list = table.pointer(&format!("/{name}")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn tables<'v, 't>(table: &'v Value<'t>, name: &str) -> impl Iterator<Item = &'v Value<'t>> {
    table.pointer(&format!("/{name}")).and_then(Value::as_array).into_iter().flatten()
}
