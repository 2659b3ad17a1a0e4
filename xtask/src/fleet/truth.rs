//! `truth.json`: what an evaluation of a fleet must come to. It follows from what was generated and from what the rules
//! are documented to mean (`docs/rules`), never from the code that judges: that code is held against it.

mod claims;
mod rules;

use super::Options;
use super::host::{Condition, Fleet, Host, Kind};
use super::patches::{Catalogue, missing};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A verdict. Nothing in a fleet is inherited from the provider: every host runs a system of the customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum V {
    Pass,
    Fail(Severity),
    Unknown,
    NotApplicable,
}

/// Severities that a fleet's failures have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Critical,
    High,
    Medium,
}

/// What a rule judges, and how.
enum Judge {
    /// Every host.
    Hosts(fn(&Known<'_>) -> V),
    /// Every schedule that patches.
    Plans(fn(Plan, &Ground<'_>) -> V),
    /// Every baseline: the two of a region are of the same make.
    Baselines(V),
    /// Every place that answers come from.
    Spots(fn(Spot) -> V),
    /// Every feed: all are of the same day.
    Feeds(V),
    /// The population as a whole.
    Population(V),
    /// The one collector.
    Collector(V),
    /// Change records, or a history of settings: a fleet has neither, and says so once.
    Changes(V),
}

/// A host, and what the generator knows beside its condition.
struct Known<'f> {
    host: &'f Host,
    /// Rows of fixes that are missing.
    missing: usize,
    options: &'f Options,
    catalogue: &'f Catalogue,
}

impl<'f> Known<'f> {
    fn new(options: &'f Options, catalogue: &'f Catalogue, host: &'f Host) -> Known<'f> {
        Known { host, missing: if host.is_scanned() { missing(options, host) } else { 0 }, options, catalogue }
    }

    fn is_azure(&self) -> bool {
        self.host.kind == Kind::Azure
    }

    /// Scanned within the seven days that the built-in policy asks for.
    fn is_fresh(&self) -> bool {
        self.host.is_scanned() && self.host.scan_age() == 0
    }

    /// Whether a second opinion on it exists: Inspector covers EC2 alone.
    fn is_covered(&self) -> bool {
        self.host.kind == Kind::Ec2 && self.host.scanner_silence().is_none()
    }

    /// Whether a fix is not in effect whose deadline is still to come. An overdue one is past it; Azure lists it among
    /// the missing rows, and AWS as a finding of the scanner beside them. A pending reboot is no row of Azure's.
    fn has_fix_to_come(&self) -> bool {
        match (self.host.kind, self.host.condition) {
            (Kind::Azure, Condition::Overdue) => self.missing > 1,
            (Kind::Ec2 | Kind::Hybrid, Condition::RebootPending | Condition::PatchFailed) => true,
            _ => self.missing > 0,
        }
    }
}

/// A schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// Maintenance window of a region, by tag.
    Window,
    /// Association of a region, on every node.
    Association,
    /// Maintenance configuration of a subscription, on everything.
    Configuration,
}

/// A place that answers come from, or that hosts stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// An account of AWS, asked for its regions.
    Account,
    /// A region of an account.
    Region,
    /// A subscription: what every question about Azure is asked of.
    Subscription,
    /// The location of a subscription's hosts: nothing is asked there.
    Location,
    /// A feed.
    Feed,
    /// An outside list.
    Inventory,
}

/// Where a schedule stands.
struct Ground<'f> {
    options: &'f Options,
    catalogue: &'f Catalogue,
    hosts: &'f [Host],
}

impl<'f> Ground<'f> {
    fn any(&self, is: impl Fn(&Known<'f>) -> bool) -> bool {
        self.hosts().any(|known| is(&known))
    }

    fn hosts(&self) -> impl Iterator<Item = Known<'f>> {
        self.hosts.iter().map(|host| Known::new(self.options, self.catalogue, host))
    }
}

/// Feeds of every fleet: exploited weaknesses, scores, and the built-in table of lifecycles.
const FEEDS: u64 = 3;

/// Verdicts, counted.
#[derive(Clone, Debug, Default)]
struct Tally {
    pass: u64,
    unknown: u64,
    not_applicable: u64,
    fail: BTreeMap<Severity, u64>,
}

impl Tally {
    fn add(&mut self, verdict: V, times: u64) {
        match verdict {
            V::Pass => self.pass += times,
            V::Unknown => self.unknown += times,
            V::NotApplicable => self.not_applicable += times,
            V::Fail(severity) => *self.fail.entry(severity).or_default() += times,
        }
    }

    fn add_all(&mut self, other: &Tally) {
        self.add(V::Pass, other.pass);
        self.add(V::Unknown, other.unknown);
        self.add(V::NotApplicable, other.not_applicable);
        for (severity, count) in &other.fail {
            self.add(V::Fail(*severity), *count);
        }
    }

    fn failed(&self) -> u64 {
        self.fail.values().sum()
    }
}

/// The file's text.
pub(super) fn text(options: &Options, fleet: &Fleet, catalogue: &Catalogue) -> String {
    let tallies: Vec<(&str, Tally)> =
        rules::RULES.iter().map(|(id, judges)| (*id, judged(judges, options, fleet, catalogue))).collect();
    let mut all = Tally::default();
    tallies.iter().for_each(|(_, tally)| all.add_all(tally));
    let hosts = fleet.hosts.len();
    let rows = fleet.hosts.iter().filter(|host| host.is_scanned()).count() as u64 * options.patches * options.days;
    let (pass, fail, unknown, not_applicable) = (all.pass, all.failed(), all.unknown, all.not_applicable);
    let of = |severity| all.fail.get(&severity).copied().unwrap_or_default();
    let mut text = String::new();
    // No host has a successor or stands in a group: each is a lineage of its own.
    let _ = write!(
        text,
        "{{\n\"assets\": {hosts},\n\"lineages\": {hosts},\n\"patch_rows\": {rows},\n\"summary\": {{\n  \"total\": {}, \
         \"pass\": {pass}, \"fail\": {fail}, \"unknown\": {unknown}, \"inherited\": 0, \"not_applicable\": {not_applicable}, \
         \"of_fail_excepted\": 0,\n  \"by_severity\": {{\"critical\": {}, \"high\": {}, \"low\": 0, \"medium\": {}, \
         \"unspecified\": 0}}\n}},\n\"by_rule\": {{",
        pass + fail + unknown + not_applicable,
        of(Severity::Critical),
        of(Severity::High),
        of(Severity::Medium)
    );
    for (at, (id, tally)) in tallies.iter().enumerate() {
        let _ = write!(
            text,
            "{}\n  \"{id}\": {{\"pass\": {}, \"fail\": {}, \"unknown\": {}, \"not_applicable\": {}, \"inherited\": 0}}",
            if at > 0 { "," } else { "" },
            tally.pass,
            tally.failed(),
            tally.unknown,
            tally.not_applicable
        );
    }
    text.push_str("\n}\n}\n");
    text
}

/// A rule's verdicts on a fleet.
fn judged(judges: &[Judge], options: &Options, fleet: &Fleet, catalogue: &Catalogue) -> Tally {
    let of = |cloud: &'static str| fleet.places.iter().filter(move |place| place.cloud == cloud);
    let (regions, subscriptions) = (of("aws").count() as u64, of("azure").count() as u64);
    let accounts = of("aws").map(|place| &place.account).collect::<BTreeSet<_>>().len() as u64;
    let mut tally = Tally::default();
    for judge in judges {
        match judge {
            Judge::Hosts(verdict) => {
                fleet.hosts.iter().for_each(|host| tally.add(verdict(&Known::new(options, catalogue, host)), 1));
            }
            Judge::Plans(verdict) => {
                for place in &fleet.places {
                    let ground = Ground { options, catalogue, hosts: fleet.of(place) };
                    let plans: &[Plan] =
                        if place.cloud == "aws" { &[Plan::Window, Plan::Association] } else { &[Plan::Configuration] };
                    plans.iter().for_each(|plan| tally.add(verdict(*plan, &ground), 1));
                }
            }
            Judge::Baselines(verdict) => tally.add(*verdict, 2 * regions),
            Judge::Spots(verdict) => {
                for (spot, count) in [
                    (Spot::Account, accounts),
                    (Spot::Region, regions),
                    (Spot::Subscription, subscriptions),
                    (Spot::Location, subscriptions),
                    (Spot::Feed, FEEDS),
                    (Spot::Inventory, 1),
                ] {
                    tally.add(verdict(spot), count);
                }
            }
            Judge::Feeds(verdict) => tally.add(*verdict, FEEDS),
            Judge::Population(verdict) | Judge::Collector(verdict) | Judge::Changes(verdict) => tally.add(*verdict, 1),
        }
    }
    tally
}
