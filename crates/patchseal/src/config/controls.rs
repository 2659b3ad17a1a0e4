//! `controls.toml`: the customer's own controls, beside the policy.

use super::table::{Place, Table};
use super::{Wrong, list};
use crate::error::Error;
use jiff::Timestamp;
use patchseal_core::control::own::{OwnControl, OwnCriterion, Selector};
use patchseal_core::control::{self, CONTROLS};
use patchseal_core::policy::{HOUR, Policy};
use patchseal_core::rule::Rule;
use patchseal_core::rules::{RULES, rule};
use std::path::Path;

/// Name of the file looked for.
pub const FILE: &str = "controls.toml";

/// Own controls and their text, which is sealed.
#[derive(Default)]
pub struct Controls {
    /// The controls, in the order of the file.
    pub own: Vec<OwnControl>,
    /// The file's text; empty where there is none.
    pub text: String,
}

/// Reads the file beside a policy, where there is one.
pub fn load(named: Option<&Path>, folder: Option<&Path>, policy: &Policy) -> Result<Controls, Error> {
    let beside = super::locate(named, folder).and_then(|path| path.parent().map(|parent| parent.join(FILE)));
    let Some(path) = beside.filter(|path| path.is_file()) else { return Ok(Controls::default()) };
    let text = std::fs::read_to_string(&path).map_err(|source| Error::ReadPolicy { path: path.clone(), source })?;
    let own = parse(&text, policy).map_err(|error| Error::Policy {
        path,
        line: error.line,
        column: error.column,
        message: error.message,
    })?;
    Ok(Controls { own, text })
}

impl Controls {
    /// The control of an id: an own one, else a built-in one.
    pub fn find(&self, id: &str, policy: &Policy) -> Result<OwnControl, Error> {
        let own = self.own.iter().find(|control| control.id == id).cloned();
        let built_in = || control::control(id).map(|control| OwnControl::built_in(control, policy));
        own.or_else(built_in).ok_or_else(|| {
            let own = match self.own.as_slice() {
                [] => format!("there is no {FILE} beside the policy"),
                all => format!("{FILE} has {}", list(all.iter().map(|control| control.id.as_str()))),
            };
            let (first, last) = (CONTROLS.first().map_or("", |c| c.id), CONTROLS.last().map_or("", |c| c.id));
            Error::Usage(format!("no control is called {id:?}: built in are {first} to {last}, and {own}"))
        })
    }
}

fn parse(text: &str, policy: &Policy) -> Result<Vec<OwnControl>, Wrong> {
    let mut root = Table::parse(text)?;
    let mut controls: Vec<OwnControl> = Vec::new();
    for table in root.tables("control")? {
        let (control, at) = read(table, policy)?;
        if controls.iter().any(|known| known.id == control.id) || control::control(&control.id).is_some() {
            return Err(at.wrong(format!("a control is called {:?} already", control.id)));
        }
        controls.push(control);
    }
    root.finish()?;
    Ok(controls)
}

fn read<'t>(mut table: Table<'t>, policy: &Policy) -> Result<(OwnControl, Place<'t>), Wrong> {
    let (id, at) = table.required_text("id")?;
    let (wording, _) = table.required_text("wording")?;
    let (owner, _) = table.required_text("owner")?;
    let Some((frequency, place)) = table.duration("frequency")? else {
        return Err(at.wrong(format!("control {id} has no frequency: how often does it operate, such as \"24h\"?")));
    };
    if frequency < HOUR {
        return Err(place.wrong("frequency is at least 1h"));
    }
    let time = |table: &mut Table<'_>, key| -> Result<Option<Timestamp>, Wrong> {
        if table.line_of(key).is_some() { table.required_time(key).map(Some) } else { Ok(None) }
    };
    let (from, to) = (time(&mut table, "effective_from")?, time(&mut table, "effective_to")?);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err(at.wrong(format!("control {id} ends ({to}) before it begins ({from})")));
    }
    let population = match table.table("population")? {
        Some(own) => selector(own, &id, at)?,
        None => {
            return Err(at.wrong(format!(
                "control {id} has no population: say what it is about in [control.population], or everything = true there"
            )));
        }
    };
    let mut criteria = Vec::new();
    for own in table.tables("criteria")? {
        criteria.push(criterion(own, &id)?);
    }
    if criteria.is_empty() {
        return Err(
            at.wrong(format!("control {id} has no criteria: [[control.criteria]] with framework, id and rules"))
        );
    }
    table.finish()?;
    let tolerance = policy.evidence.tolerance;
    Ok((OwnControl { id, wording, owner, frequency, tolerance, from, to, criteria, population }, at))
}

fn criterion(mut table: Table<'_>, control: &str) -> Result<OwnCriterion, Wrong> {
    let (framework, _) = table.required_text("framework")?;
    let (id, at) = table.required_text("id")?;
    let place = table.place("rules");
    let mut rules: Vec<&'static Rule> = Vec::new();
    for name in table.words("rules")?.unwrap_or_default() {
        let known = rule(&name).ok_or_else(|| {
            let near = RULES.iter().map(|rule| rule.id).min_by_key(|id| super::table::distance(id, &name));
            place.wrong(format!(
                "no rule is called {name:?}: did you mean {:?}? `patchseal explain --all` lists them",
                near.unwrap_or_default()
            ))
        })?;
        rules.push(known);
    }
    let manual = table.text("manual")?.map(|(text, _)| text);
    if rules.is_empty() && manual.is_none() {
        return Err(at.wrong(format!(
            "criterion {framework} {id} of control {control} has neither rules nor manual evidence: nothing would show that it is met"
        )));
    }
    table.finish()?;
    Ok(OwnCriterion { framework, id, rules, manual })
}

fn selector<'t>(mut table: Table<'t>, control: &str, at: Place<'t>) -> Result<Selector, Wrong> {
    // An empty table has no place of its own.
    let at = table.keys().iter().map(|key| table.place(key)).min_by_key(Place::line).unwrap_or(at);
    let lower = |words: Vec<String>| words.into_iter().map(|word| word.to_ascii_lowercase()).collect();
    let everything = table.flag("everything")?.unwrap_or_default();
    let selector = Selector {
        environments: lower(table.words("environments")?.unwrap_or_default()),
        services: table.words("services")?.unwrap_or_default(),
        owners: table.words("owners")?.unwrap_or_default(),
        data_classes: lower(table.words("data_classes")?.unwrap_or_default()),
        kinds: table.words("kinds")?.unwrap_or_default(),
        scopes: table.words("scopes")?.unwrap_or_default(),
        internet_facing: table.flag("internet_facing")?,
        stateful: table.flag("stateful")?,
    };
    table.finish()?;
    match (everything, selector == Selector::default()) {
        (true, false) => {
            Err(at.wrong(format!("the population of control {control} is everything, and is narrowed as well")))
        }
        (false, true) => {
            let message = "is empty: everything = true, or what it is about";
            Err(at.wrong(format!("the population of control {control} {message}")))
        }
        _ => Ok(selector),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::built_in;

    const GOOD: &str = "[[control]]\nid = \"VM-07\"\nwording = \"Patches arrive in time.\"\nowner = \"platform\"\nfrequency = \"24h\"\n\
        effective_from = \"2026-01-01T00:00:00Z\"\n[control.population]\nenvironments = [\"Production\"]\n\
        [[control.criteria]]\nframework = \"SOC 2\"\nid = \"CC7.1\"\nrules = [\"patch-overdue\"]\n\
        [[control.criteria]]\nframework = \"SOC 2\"\nid = \"CC1.3\"\nmanual = \"minutes of the quarterly review\"\n";

    fn check(from: &str, to: &str, line: usize, says: &str) {
        assert!(GOOD.contains(from), "{from}");
        match parse(&GOOD.replacen(from, to, 1), &built_in().policy) {
            Err(error) => assert!(error.line == line && error.message.contains(says), "{error:?}"),
            Ok(_) => panic!("accepted: {to}"),
        }
    }

    #[test]
    fn a_control_is_read() {
        let all = parse(GOOD, &built_in().policy).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!((all[0].id.as_str(), all[0].rules().len(), all[0].criteria.len()), ("VM-07", 1, 2));
        assert_eq!(all[0].population.environments, ["production"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check("[\"patch-overdue\"]", "[\"patch-overdu\"]", 12, "did you mean \"patch-overdue\"?");
        check("rules = [\"patch-overdue\"]\n", "", 11, "neither rules nor manual evidence");
        check("[control.population]\nenvironments = [\"Production\"]\n", "", 2, "has no population");
        check("environments = [\"Production\"]", "everything = false", 8, "is empty");
        check("environments = ", "everything = true\nenvironments = ", 8, "narrowed as well");
        check("frequency = \"24h\"\n", "", 2, "how often does it operate");
        check("2026-01-01T00:00:00Z\"", "2026-01-01T00:00:00Z\"\neffective_to = \"2025-01-01T00:00:00Z\"", 2, "ends");
        check("id = \"VM-07\"", "id = \"pc-07\"", 2, "already");
        check("wording", "wordings", 2, "control.wording is missing");
        check("owner = \"platform\"", "owner = \"platform\"\nrule = \"x\"", 5, "no key is called");
    }
}
