//! Hosts: what each is, where it stands, and the one thing that is wrong with it, if any. Everything about a host
//! follows from the seed and its number.

use super::Options;
use super::random::Random;

/// What kind of host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// EC2.
    Ec2,
    /// A node in a data centre that SSM manages.
    Hybrid,
    /// Azure.
    Azure,
}

/// What is wrong. A host has one condition at most, so that verdicts can be counted without a model of their interplay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing.
    Healthy,
    /// No owner tag.
    Unowned,
    /// No tag for the class of its data.
    Unclassified,
    /// On the cloud's list and not on the agents'.
    NoAgent,
    /// The agent fell silent 12 days ago; its last scan is as old.
    Lost,
    /// Managed, and never scanned.
    NeverScanned,
    /// Last scanned ten days ago.
    StaleScan,
    /// An installed fix waits for a reboot.
    RebootPending,
    /// A fix failed to install.
    PatchFailed,
    /// A fix has been missing for 100 days, says Inspector; on Azure, the fix was published 100 days ago.
    Overdue,
    /// The same, with a weakness that is known to be exploited.
    Exploited,
    /// A public address on a host that a tag calls internal.
    Misdeclared,
    /// Stopped.
    Stopped,
}

impl Condition {
    /// One host in a hundred each; the other 88 are healthy.
    const SEEDED: [Condition; 12] = [
        Condition::Unowned,
        Condition::Unclassified,
        Condition::NoAgent,
        Condition::Lost,
        Condition::NeverScanned,
        Condition::StaleScan,
        Condition::RebootPending,
        Condition::PatchFailed,
        Condition::Overdue,
        Condition::Exploited,
        Condition::Misdeclared,
        Condition::Stopped,
    ];

    /// Whether a kind of host can be in this condition, as far as its sources would show it.
    fn suits(self, kind: Kind) -> bool {
        use Condition::*;
        match kind {
            Kind::Ec2 => true,
            Kind::Hybrid => matches!(self, Healthy | Lost | NeverScanned | StaleScan | RebootPending | PatchFailed),
            Kind::Azure => {
                matches!(
                    self,
                    Healthy | Unowned | Unclassified | NeverScanned | StaleScan | RebootPending | Overdue | Stopped
                )
            }
        }
    }
}

/// A host.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Number in the fleet.
    pub number: u64,
    /// Kind.
    pub kind: Kind,
    /// What is wrong.
    pub condition: Condition,
    /// Windows rather than Linux.
    pub windows: bool,
    /// `i-…`, `mi-…`, or the machine's name on Azure.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Service.
    pub service: &'static str,
}

/// A place that hosts stand in.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Cloud's folder: `aws` or `azure`.
    pub cloud: &'static str,
    /// Account or subscription.
    pub account: String,
    /// Region; empty on Azure.
    pub region: &'static str,
    /// Hosts, as a range of the fleet's list.
    pub hosts: std::ops::Range<usize>,
}

/// Hosts that share a place, unless one place is to hold all of a cloud.
const PLACE: u64 = 5000;

const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];
const SERVICES: [&str; 9] =
    ["catalogue", "checkout", "fulfilment", "loyalty", "orders-db", "payments", "pricing", "search", "storefront"];

/// The hosts of a fleet, in the order of their places.
pub(super) struct Fleet {
    /// Places.
    pub places: Vec<Place>,
    /// Hosts.
    pub hosts: Vec<Host>,
}

impl Fleet {
    /// The fleet that the options ask for.
    pub(super) fn new(options: &Options) -> Fleet {
        let azure = options.assets / 5;
        let aws = options.assets - azure;
        let mut fleet = Fleet { places: Vec::new(), hosts: Vec::new() };
        let mut number = 0;
        for (cloud, total) in [("aws", aws), ("azure", azure)] {
            let places = if options.one_account { 1 } else { places(total) };
            for at in 0..places {
                let share = total / places + u64::from(at < total % places);
                let from = fleet.hosts.len();
                for _ in 0..share {
                    fleet.hosts.push(Host::new(options, number, cloud));
                    number += 1;
                }
                fleet.places.push(Place {
                    cloud,
                    account: if cloud == "aws" {
                        format!("{:012}", 111_100_000_000_u64 + at / REGIONS.len() as u64)
                    } else {
                        format!("0a000000-0000-4000-8000-{at:012}")
                    },
                    region: if cloud == "aws" { REGIONS[(at % REGIONS.len() as u64) as usize] } else { "" },
                    hosts: from..fleet.hosts.len(),
                });
            }
        }
        fleet
    }

    /// Hosts of a place.
    pub(super) fn of(&self, place: &Place) -> &[Host] {
        &self.hosts[place.hosts.clone()]
    }
}

/// At least two places, so that small fleets cross accounts and regions too.
fn places(hosts: u64) -> u64 {
    hosts.div_ceil(PLACE).max(if hosts < 2 { 1 } else { 2 })
}

impl Host {
    fn new(options: &Options, number: u64, cloud: &str) -> Host {
        let mut random = Random::of(options.seed, &[1, number]);
        let kind = match cloud {
            "azure" => Kind::Azure,
            _ if random.below(20) == 0 => Kind::Hybrid,
            _ => Kind::Ec2,
        };
        let slot = random.below(100) as usize;
        let condition = Condition::SEEDED.get(slot).copied().filter(|condition| condition.suits(kind));
        let windows = random.below(10) < 3;
        let service = SERVICES[random.below(SERVICES.len() as u64) as usize];
        let code = random.next() & 0xffff_ffff;
        let name = format!("{service}-{number:06}");
        Host {
            number,
            kind,
            condition: condition.unwrap_or(Condition::Healthy),
            windows,
            id: match kind {
                Kind::Ec2 => format!("i-0{code:08x}{number:08x}"),
                Kind::Hybrid => format!("mi-0{code:08x}{number:08x}"),
                Kind::Azure => name.clone(),
            },
            name,
            service,
        }
    }

    /// Whether a scan of it is on record.
    pub(super) fn is_scanned(&self) -> bool {
        !matches!(self.condition, Condition::NoAgent | Condition::NeverScanned)
    }

    /// Whether its agent is on the list. SSM leaves stopped hosts out.
    pub(super) fn has_agent(&self) -> bool {
        !matches!(self.condition, Condition::NoAgent | Condition::Stopped)
    }

    /// Why Inspector does not scan an instance, if it does not: it looks through the eyes of the agent.
    pub(super) fn scanner_silence(&self) -> Option<&'static str> {
        match self.condition {
            Condition::NoAgent => Some("UNMANAGED_EC2_INSTANCE"),
            Condition::Lost => Some("STALE_INVENTORY"),
            Condition::Stopped => Some("EC2_INSTANCE_STOPPED"),
            _ => None,
        }
    }

    /// Days between a run and the last scan before it.
    pub(super) fn scan_age(&self) -> i64 {
        match self.condition {
            Condition::Lost => 12,
            Condition::StaleScan => 10,
            _ => 0,
        }
    }

    /// How often its patches changed by a day: one host in a hundred changes on any day.
    pub(super) fn generation(&self, options: &Options, day: u64) -> u64 {
        (1..=day).filter(|day| Random::of(options.seed, &[2, self.number, *day]).below(100) == 0).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Most hosts are healthy, every condition exists, and all grow with the fleet.
    #[test]
    fn the_mix_is_that_of_a_fleet_that_is_mostly_well() {
        for (assets, least, most) in [(2_000, 4, 40), (20_000, 90, 240)] {
            let options = Options { assets, patches: 10, days: 1, seed: 9, one_account: false, folder: "".into() };
            let fleet = Fleet::new(&options);
            assert_eq!(fleet.hosts.len() as u64, assets);
            let mut counts = BTreeMap::new();
            for host in &fleet.hosts {
                *counts.entry(format!("{:?}", host.condition)).or_insert(0_u64) += 1;
            }
            let healthy = counts.remove("Healthy").unwrap_or_default();
            assert!(healthy * 100 >= assets * 85, "{healthy} of {assets} are healthy");
            assert_eq!(counts.len(), Condition::SEEDED.len(), "{counts:?}");
            assert!(counts.values().all(|count| (least..=most).contains(count)), "{counts:?}");
            let hybrid = fleet.hosts.iter().filter(|host| host.kind == Kind::Hybrid).count() as u64;
            assert!((assets / 50..assets / 15).contains(&hybrid), "{hybrid} of {assets} are hybrid");
        }
    }
}
