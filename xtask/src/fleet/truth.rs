//! What an evaluation of a fleet must come to, from what was written and the rules' documentation; none of the code
//! that evaluates is used.

mod rules;

use super::Options;
use super::host::{Fleet, Host, Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum V {
    Pass,
    Fail(&'static str),
    Unknown,
    NotApplicable,
}

/// Verdicts of a rule.
#[derive(Default)]
struct Counts {
    pass: u64,
    unknown: u64,
    not_applicable: u64,
    fail: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn add(&mut self, verdict: V, times: u64) {
        match verdict {
            V::Pass => self.pass += times,
            V::Unknown => self.unknown += times,
            V::NotApplicable => self.not_applicable += times,
            V::Fail(severity) => *self.fail.entry(severity).or_default() += times,
        }
    }

    fn failed(&self) -> u64 {
        self.fail.values().sum()
    }

    fn total(&self) -> u64 {
        self.pass + self.failed() + self.unknown + self.not_applicable
    }
}

/// Schedules of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// One a place of AWS.
    Window,
    /// One a place of AWS.
    Association,
    /// One a subscription.
    Configuration,
}

/// Places that are judged as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// An AWS account as a whole: its regions, and in one of them the list of accounts.
    Account,
    /// An AWS region.
    Region,
    /// A subscription.
    Subscription,
    /// The location that a subscription's machines lie in.
    Location,
    /// A feed, and the built-in lifecycle table.
    Feed,
    /// The outside inventory.
    Inventory,
}

/// Says what a rule gives on each kind of subject that it judges.
enum Judge {
    /// Each host; lineages too, as every host stands alone.
    Hosts(fn(&Host) -> V),
    /// Each baseline.
    Baselines(V),
    /// Each schedule.
    Plans(fn(Plan) -> V),
    /// Each scope.
    Spots(fn(Spot) -> V),
    /// Each of the three feeds.
    Feeds(V),
    /// The hybrid machines as a population.
    Population(V),
    /// Scanner filters, of which there are none.
    Filters,
}

/// `truth.json`.
pub(super) fn document(options: &Options, fleet: &Fleet) -> String {
    let mut total = Counts::default();
    let mut by_rule = Map::new();
    for (rule, judges) in rules::RULES {
        let mut counts = Counts::default();
        judges.iter().for_each(|judge| count(judge, fleet, &mut counts));
        by_rule.insert((*rule).to_owned(), value(&counts));
        total.pass += counts.pass;
        total.unknown += counts.unknown;
        total.not_applicable += counts.not_applicable;
        for (severity, times) in counts.fail {
            total.add(V::Fail(severity), times);
        }
    }
    let rows = super::aws::rows(options.patches, fleet) + super::azure::rows(options.patches, fleet);
    let document = json!({
        "assets": fleet.hosts.len(),
        "patch_rows": rows * options.days,
        "summary": value(&total),
        "by_rule": by_rule,
    });
    format!("{document:#}\n")
}

fn value(counts: &Counts) -> Value {
    let severities: Map<String, Value> = ["critical", "high", "medium", "low", "unspecified"]
        .iter()
        .map(|word| ((*word).to_owned(), json!(counts.fail.get(word).copied().unwrap_or_default())))
        .collect();
    json!({
        "total": counts.total(),
        "pass": counts.pass,
        "fail": counts.failed(),
        "unknown": counts.unknown,
        "inherited": 0,
        "not_applicable": counts.not_applicable,
        "of_fail_excepted": 0,
        "by_severity": severities,
    })
}

fn count(judge: &Judge, fleet: &Fleet, counts: &mut Counts) {
    let places = |cloud: &str| fleet.places.iter().filter(|place| place.cloud == cloud).count() as u64;
    let (aws, azure) = (places("aws"), places("azure"));
    match judge {
        Judge::Hosts(of) => fleet.hosts.iter().for_each(|host| counts.add(of(host), 1)),
        Judge::Baselines(verdict) => counts.add(*verdict, 2 * aws),
        Judge::Plans(of) => {
            counts.add(of(Plan::Window), aws);
            counts.add(of(Plan::Association), aws);
            counts.add(of(Plan::Configuration), azure);
        }
        Judge::Spots(of) => {
            let mut accounts: Vec<&str> =
                fleet.places.iter().filter(|place| place.cloud == "aws").map(|place| place.account.as_str()).collect();
            accounts.dedup();
            counts.add(of(Spot::Account), accounts.len() as u64);
            counts.add(of(Spot::Region), aws);
            counts.add(of(Spot::Subscription), azure);
            counts.add(of(Spot::Location), azure);
            counts.add(of(Spot::Feed), 3);
            counts.add(of(Spot::Inventory), 1);
        }
        Judge::Feeds(verdict) => counts.add(*verdict, 3),
        Judge::Population(verdict) => counts.add(*verdict, 1),
        Judge::Filters => {}
    }
}

/// A host of AWS that runs on EC2.
fn is_ec2(host: &Host) -> bool {
    host.kind == Kind::Ec2
}

/// Its scan is recent enough to say something about now.
fn has_fresh_scan(host: &Host) -> bool {
    host.is_scanned() && host.scan_age() == 0
}
