//! A customer's own controls, and what an evaluation says of one: its population, what was tested, deviations, what nobody
//! can tell, and the runs that should have been. Built-in controls are read the same way.

use crate::asset::Asset;
use crate::engine::{Finding, Keep, Subject, evaluate};
use crate::estate::Estate;
use crate::policy::{Policy, Seconds};
use crate::rule::{Rule, Verdict};
use crate::rules::RULES;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A control as its owner states it.
#[derive(Clone)]
pub struct OwnControl {
    /// Id, such as `VM-07`.
    pub id: String,
    /// The control in the customer's words.
    pub wording: String,
    /// Who answers for it.
    pub owner: String,
    /// How often it operates.
    pub frequency: Seconds,
    /// Slack on top, as the policy allows it for evidence.
    pub tolerance: Seconds,
    /// In effect from here on; from the first run, where it is not said.
    pub from: Option<Timestamp>,
    /// In effect up to here, exclusive.
    pub to: Option<Timestamp>,
    /// What it is to meet, and how each is shown to be met.
    pub criteria: Vec<OwnCriterion>,
    /// What it is about.
    pub population: Selector,
}

/// A criterion of an own control.
#[derive(Clone)]
pub struct OwnCriterion {
    /// Who publishes it, such as `SOC 2`.
    pub framework: String,
    /// Its id there.
    pub id: String,
    /// Rules that test it.
    pub rules: Vec<&'static Rule>,
    /// Evidence that people keep, by name, where no rule tests it or rules do not suffice.
    pub manual: Option<String>,
}

/// Which subjects are in a population. An empty list selects everything; lists are alternatives within, and all have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Environments, lower case.
    pub environments: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Owners.
    pub owners: Vec<String>,
    /// Data classes, lower case.
    pub data_classes: Vec<String>,
    /// Kinds of subjects, such as `ec2-instance`.
    pub kinds: Vec<String>,
    /// Parts of `<cloud>/<account>/<region>`.
    pub scopes: Vec<String>,
    /// Deadlines for internet-facing assets apply.
    pub internet_facing: Option<bool>,
    /// Stateful.
    pub stateful: Option<bool>,
}

/// Kinds of subjects that carry software themselves. What is said of any other, such as a baseline, governs hosts that
/// nobody can name from it: it belongs to every population of its scope.
fn is_host(subject: &Subject, assets: &[&Asset]) -> bool {
    !assets.is_empty() || subject.environment.is_some() || subject.service.is_some()
}

impl Selector {
    /// Whether a subject is in the population; `assets` are the hosts it stands for.
    pub fn selects(&self, subject: &Subject, assets: &[&Asset]) -> bool {
        let any = |wanted: &[String], is: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| is(w));
        let same = |value: &Option<Arc<str>>, wanted: &str| {
            value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let place = format!("{}/{}/{}", subject.cloud, subject.account, subject.region);
        let everywhere =
            any(&self.scopes, &|text| place.contains(text)) && any(&self.kinds, &|kind| kind == subject.kind);
        if !everywhere || !is_host(subject, assets) {
            return everywhere;
        }
        let one = |is: &dyn Fn(&Asset) -> bool| assets.iter().any(|asset| is(asset));
        any(&self.environments, &|name| same(&subject.environment, name))
            && any(&self.services, &|name| same(&subject.service, name))
            && any(&self.owners, &|name| same(&subject.owner, name))
            && any(&self.data_classes, &|class| one(&|asset| same(&asset.data_class, class)))
            && self.internet_facing.is_none_or(|wanted| one(&|asset| asset.facing.counts_as_facing() == wanted))
            && self.stateful.is_none_or(|wanted| one(&|asset| asset.stateful == wanted))
    }
}

impl OwnControl {
    /// A built-in control, over everything and at the policy's cadence.
    pub fn built_in(control: &'static super::Control, policy: &Policy) -> OwnControl {
        let rules: Vec<&'static Rule> =
            RULES.iter().copied().filter(|rule| rule.controls.iter().any(|own| own.id == control.id)).collect();
        let criteria = control.criteria.iter().map(|criterion| OwnCriterion {
            framework: criterion.framework.name().to_owned(),
            id: criterion.id.to_owned(),
            rules: rules.clone(),
            manual: None,
        });
        OwnControl {
            id: control.id.to_owned(),
            wording: control.objective.to_owned(),
            owner: String::new(),
            frequency: policy.evidence.cadence,
            tolerance: policy.evidence.tolerance,
            from: None,
            to: None,
            criteria: criteria.collect(),
            population: Selector::default(),
        }
    }

    /// Rules of all its criteria, each once, by id.
    pub fn rules(&self) -> Vec<&'static Rule> {
        let rules: BTreeMap<&str, &'static Rule> =
            self.criteria.iter().flat_map(|criterion| &criterion.rules).map(|rule| (rule.id, *rule)).collect();
        rules.into_values().collect()
    }

    /// Whether it is in effect at a time.
    pub fn is_in_effect(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

/// What one item of a population came to: the worst of what the control's rules say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// No rule applies.
    NotApplicable,
    /// Every rule that applies passes.
    Passed,
    /// At least one cannot be told.
    Unknown,
    /// At least one fails.
    Deviation,
}

/// What an evaluation says of a control.
pub struct Tested {
    /// Items: subjects that the population selects, by outcome. A subject counts once, however many rules judge it.
    pub items: BTreeMap<Outcome, u64>,
    /// Failures and unknowns of items, by rule and subject.
    pub findings: Vec<Box<Finding>>,
    /// Of the items with a deviation, those of which every failure stands under an exception.
    pub excepted: u64,
    /// Runs that should have been, from when the control is in effect to the time of the evaluation.
    pub runs: Runs,
}

/// Runs of a control, held against its frequency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Times between which a run was due, as many as passed.
    pub expected: u64,
    /// Begins of those without one.
    pub missed: Vec<Timestamp>,
}

impl Tested {
    /// Items of an outcome.
    pub fn number(&self, outcome: Outcome) -> u64 {
        self.items.get(&outcome).copied().unwrap_or_default()
    }

    /// Items that some rule applies to.
    pub fn population(&self) -> u64 {
        self.number(Outcome::Passed) + self.number(Outcome::Unknown) + self.number(Outcome::Deviation)
    }

    /// Items with a result.
    pub fn tested(&self) -> u64 {
        self.number(Outcome::Passed) + self.number(Outcome::Deviation)
    }
}

/// Tests a control on an estate.
pub fn test(control: &OwnControl, policy: &Policy, estate: &Estate) -> Tested {
    let evaluation = evaluate(&control.rules(), policy, estate, Keep::All);
    let lineages: BTreeMap<&str, &[u32]> =
        estate.lineages.iter().map(|lineage| (&*lineage.id, lineage.members.as_slice())).collect();
    let by_id: BTreeMap<&str, &Asset> = estate.assets.iter().map(|asset| (&*asset.id, &**asset)).collect();
    let assets_of = |id: &str| -> Vec<&Asset> {
        match (by_id.get(id), lineages.get(id)) {
            (Some(asset), _) => vec![asset],
            (None, Some(members)) => members.iter().map(|at| &*estate.assets[*at as usize]).collect(),
            (None, None) => Vec::new(),
        }
    };
    let mut outcomes: BTreeMap<(&str, Arc<str>), Outcome> = BTreeMap::new();
    let mut findings = Vec::new();
    let mut open: BTreeSet<(&str, Arc<str>)> = BTreeSet::new();
    for finding in evaluation.findings {
        let subject = &finding.subject;
        if !control.population.selects(subject, &assets_of(&subject.id)) {
            continue;
        }
        let outcome = match &finding.verdict {
            Verdict::Pass(_) | Verdict::Inherited(_) => Outcome::Passed,
            Verdict::Fail(_) => Outcome::Deviation,
            Verdict::Unknown(_) => Outcome::Unknown,
            Verdict::NotApplicable(_) => Outcome::NotApplicable,
        };
        let known = outcomes.entry((subject.kind, subject.id.clone())).or_insert(outcome);
        *known = outcome.max(*known);
        if outcome == Outcome::Deviation && finding.exception.is_none() {
            open.insert((subject.kind, subject.id.clone()));
        }
        if outcome >= Outcome::Unknown {
            findings.push(finding);
        }
    }
    let deviations = outcomes.values().filter(|outcome| **outcome == Outcome::Deviation).count();
    let excepted = (deviations - open.len()) as u64;
    let mut items = BTreeMap::new();
    for outcome in outcomes.into_values() {
        *items.entry(outcome).or_default() += 1;
    }
    let observed: Vec<Timestamp> = estate.runs.iter().map(|run| run.observed_at).collect();
    Tested { items, findings, excepted, runs: runs(control, &observed, estate.as_of) }
}

/// Holds runs against the frequency: from the time the control is in effect, a run is due in each length of time that the
/// frequency names, or within the tolerance after it. `observed` is in order.
fn runs(control: &OwnControl, observed: &[Timestamp], as_of: Timestamp) -> Runs {
    let mut runs = Runs::default();
    let Some(from) = control.from.or(observed.first().copied()) else { return runs };
    let end = control.to.map_or(as_of, |to| to.min(as_of)).as_second();
    let step = control.frequency.max(1);
    let mut begin = from.as_second();
    while begin.saturating_add(step) <= end {
        let within = observed.iter().map(|run| run.as_second());
        let held = |at: i64| begin <= at && at < begin + step + control.tolerance;
        if !within.clone().any(held) {
            runs.missed.extend(Timestamp::from_second(begin).ok());
        }
        runs.expected += 1;
        begin += step;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{PC_02, PC_07};
    use crate::example::World;
    use crate::fact::Ping;
    use crate::policy::{DAY, HOUR};
    use crate::rules::rule;

    fn control(selector: Selector) -> OwnControl {
        let policy = World::new().policy;
        let mut own = OwnControl::built_in(&PC_02, &policy);
        own.criteria.truncate(1);
        own.criteria[0].rules = vec![rule("asset-unmanaged").unwrap()];
        own.population = selector;
        own
    }

    fn world() -> World {
        World::new()
            .host("web-1")
            .tag("environment", "production")
            .agent(Ping::Online)
            .host("web-2")
            .tag("environment", "production")
            .host("test-1")
            .tag("environment", "test")
            .host("old-1")
            .terminated()
    }

    #[test]
    fn every_item_counts_once_and_only_in_its_population() {
        let world = world();
        let tested = |selector| {
            let tested = test(&control(selector), &world.policy, &world.estate());
            (tested.population(), tested.tested(), tested.number(Outcome::Deviation), tested.findings.len())
        };
        assert_eq!(tested(Selector::default()), (3, 3, 2, 2));
        let production = Selector { environments: vec!["production".into()], ..Selector::default() };
        assert_eq!(tested(production), (2, 2, 1, 1));
        let nowhere = Selector { scopes: vec!["azure/".into()], ..Selector::default() };
        assert_eq!(tested(nowhere), (0, 0, 0, 0));
    }

    #[test]
    fn what_nobody_can_tell_is_not_tested() {
        let world = world().denied(crate::op::AGENTS);
        let tested = test(&control(Selector::default()), &world.policy, &world.estate());
        assert_eq!((tested.population(), tested.tested()), (3, 0));
        assert_eq!(tested.number(Outcome::Unknown), 3);
    }

    #[test]
    fn a_built_in_control_has_the_rules_that_name_it() {
        let own = OwnControl::built_in(&PC_07, &World::new().policy);
        assert!(own.rules().iter().any(|rule| rule.id == "patch-overdue"));
    }

    #[test]
    fn runs_that_were_missed_are_named() {
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        let mut own = control(Selector::default());
        (own.frequency, own.tolerance) = (DAY, 6 * HOUR);
        let all = [at(6), at(30), at(54 + 5), at(126)];
        let found = runs(&own, &all, at(6 + 5 * 24));
        // The third run came five hours late, which the tolerance allows; the fourth day and the fifth had none in time.
        assert_eq!((found.expected, found.missed), (5, vec![at(6 + 72)]));
        own.from = Some(at(-18));
        assert_eq!(runs(&own, &all, at(30)).missed, []);
        own.from = Some(at(-42));
        assert_eq!(runs(&own, &all, at(30)).missed, [at(-42)]);
        own.to = Some(at(0));
        assert_eq!(runs(&own, &[], at(30)).expected, 1);
    }
}
