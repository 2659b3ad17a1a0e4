//! Exposures as intervals across runs: a lineage lacks a fix line from one observation to another.

use crate::clock::{self, Basis, Earliest, Times};
use crate::exchange::Evidence;
use crate::fact::PatchPresence;
use crate::policy::{Policy, Seconds};
use crate::severity::Severity;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why an exposure closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// A later complete observation no longer shows it.
    Verified,
    /// Its last member went away: not a remediation, reported apart.
    Retired,
}

impl ClosedBy {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            ClosedBy::Verified => "verified",
            ClosedBy::Retired => "retired",
        }
    }
}

/// A host that lacks the fix.
#[derive(Clone, Debug)]
pub struct Member {
    /// Host's short key.
    pub host: Arc<str>,
    /// State of the fix there.
    pub presence: PatchPresence,
    /// Where it is said.
    pub evidence: Evidence,
}

/// An interval in which a lineage lacks a fix.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Lineage's id.
    pub lineage: Arc<str>,
    /// Fix line.
    pub fix_line: Arc<str>,
    /// Title of the fix seen last.
    pub title: Arc<str>,
    /// Highest severity ever seen: a downgrade never extends a deadline.
    pub severity: Severity,
    /// Weaknesses, sorted.
    pub cves: Vec<Arc<str>>,
    /// A weakness of it is known to be exploited.
    pub exploited: bool,
    times: Earliest,
    /// Start of the clock.
    pub clock_start: Timestamp,
    /// What started it.
    pub basis: Basis,
    /// Deadline; `None` where the profile sets none. It only ever moves closer.
    pub due: Option<Timestamp>,
    /// The shortest limit so far.
    limit: Option<Seconds>,
    /// The shortest limit for the case that it is known to be exploited.
    exploited_limit: Option<Seconds>,
    /// Hosts that lack it now.
    pub members: Vec<Member>,
    /// First observation.
    pub opened: Timestamp,
    /// Installation time that a source claims, seen on the way to closing.
    pub claimed: Option<Timestamp>,
    /// End, and why.
    pub closed: Option<(Timestamp, ClosedBy)>,
    /// How often it came back within the time that continues the clock.
    pub reopened: u32,
}

impl Exposure {
    /// Every time that bears on its clock.
    pub fn times(&self) -> Times {
        self.times.times()
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it is open and past its deadline.
    pub fn is_overdue(&self, as_of: Timestamp) -> bool {
        self.is_open() && self.due.is_some_and(|due| due <= as_of)
    }
}

/// One sighting of a lacking fix on a host in a run.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Host.
    pub host: Arc<str>,
    /// Lineage.
    pub lineage: Arc<str>,
    /// Fix line.
    pub fix_line: Arc<str>,
    /// Title.
    pub title: Arc<str>,
    /// Severity.
    pub severity: Severity,
    /// State.
    pub presence: PatchPresence,
    /// Weaknesses.
    pub cves: Vec<Arc<str>>,
    /// Times as this sighting knows them.
    pub times: Times,
    /// Deadlines for internet-facing hosts apply.
    pub facing: bool,
    /// Environment.
    pub environment: Option<Arc<str>>,
    /// Where it is said.
    pub evidence: Evidence,
}

/// Every exposure, open and closed.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Of each lineage, sorted by fix line.
    by_lineage: BTreeMap<Arc<str>, Vec<Exposure>>,
}

impl Ledger {
    /// All, by lineage and fix line.
    pub fn exposures(&self) -> impl Iterator<Item = &Exposure> {
        self.by_lineage.values().flatten()
    }

    /// Those of one lineage.
    pub fn of_lineage<'a>(&'a self, lineage: &str) -> impl Iterator<Item = &'a Exposure> + use<'a> {
        self.by_lineage.get(lineage).into_iter().flatten()
    }

    /// Fix lines open per host, for the next run to watch.
    pub fn watch(&self) -> crate::gather::Watch {
        let mut watch = crate::gather::Watch::new();
        for exposure in self.exposures().filter(|exposure| exposure.is_open()) {
            for member in &exposure.members {
                watch.entry(member.host.clone()).or_default().insert(exposure.fix_line.clone());
            }
        }
        watch
    }

    /// A host lacks a fix.
    pub fn see(&mut self, at: Timestamp, sighting: Sighting, policy: &Policy) {
        let own = self.by_lineage.entry(sighting.lineage.clone()).or_default();
        let new = || Exposure {
            lineage: sighting.lineage.clone(),
            fix_line: sighting.fix_line.clone(),
            title: sighting.title.clone(),
            severity: sighting.severity,
            cves: Vec::new(),
            exploited: false,
            times: Earliest::none(),
            clock_start: at,
            basis: Basis::FirstDetected,
            due: None,
            limit: None,
            exploited_limit: None,
            members: Vec::new(),
            opened: at,
            claimed: None,
            closed: None,
            reopened: 0,
        };
        let place = match own.binary_search_by(|known| known.fix_line.cmp(&sighting.fix_line)) {
            Ok(place) => {
                let continues = |closed: Timestamp| at.as_second() - closed.as_second() <= policy.sla.reopen_within;
                if own[place].closed.is_some_and(|(closed, _)| !continues(closed)) {
                    own[place] = new();
                }
                place
            }
            Err(place) => {
                // Most lineages are one host that lacks two or three fixes: doubling would waste as much again.
                if own.len() < 8 {
                    own.reserve_exact(1);
                }
                own.insert(place, new());
                place
            }
        };
        let exposure = &mut own[place];
        exposure.add(at, sighting, policy);
    }

    /// Applies the catalogue of exploited weaknesses: a listing can only bring a deadline closer.
    pub fn exploit(&mut self, listed: &BTreeMap<String, Timestamp>, policy: &Policy) {
        for exposure in self.by_lineage.values_mut().flatten() {
            let Some(added) = exposure.cves.iter().filter_map(|cve| listed.get(&**cve)).min().copied() else {
                continue;
            };
            exposure.exploited = true;
            exposure.times.take(&Times { kev_added: Some(added), ..Times::default() });
            exposure.restart(policy);
            if let Some(limit) = exposure.exploited_limit {
                exposure.due = earliest(exposure.due, Some(clock::after(exposure.clock_start.max(added), limit)));
            }
        }
    }

    /// A complete observation of a host shows none of these lines any more. `installed`: a source's installation time.
    pub fn clear(
        &mut self,
        at: Timestamp,
        host: &str,
        lineage: &str,
        still: &BTreeSet<Arc<str>>,
        installed: &BTreeMap<Arc<str>, Timestamp>,
    ) {
        self.remove_members(at, host, lineage, ClosedBy::Verified, |line| !still.contains(line), installed);
    }

    /// A host went away.
    pub fn retire(&mut self, at: Timestamp, host: &str, lineage: &str) {
        self.remove_members(at, host, lineage, ClosedBy::Retired, |_| true, &BTreeMap::new());
    }

    fn remove_members(
        &mut self,
        at: Timestamp,
        host: &str,
        lineage: &str,
        by: ClosedBy,
        concerns: impl Fn(&Arc<str>) -> bool,
        installed: &BTreeMap<Arc<str>, Timestamp>,
    ) {
        for exposure in self.by_lineage.get_mut(lineage).into_iter().flatten() {
            if !exposure.is_open() || !concerns(&exposure.fix_line) {
                continue;
            }
            let Ok(member) = exposure.members.binary_search_by(|member| (*member.host).cmp(host)) else { continue };
            exposure.members.remove(member);
            exposure.claimed = exposure.claimed.max(installed.get(&exposure.fix_line).copied());
            if exposure.members.is_empty() {
                exposure.closed = Some((at, by));
            }
        }
    }
}

/// The smaller of what there is.
fn earliest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Exposure {
    /// Moves the start of the clock to where its times put it; only ever to an earlier time.
    fn restart(&mut self, policy: &Policy) {
        if let Some((start, basis)) = clock::start(&self.times.times(), policy)
            && start < self.clock_start
        {
            (self.clock_start, self.basis) = (start, basis);
        }
        if self.reopened > 0 {
            self.basis = Basis::Continued;
        }
    }

    fn add(&mut self, at: Timestamp, sighting: Sighting, policy: &Policy) {
        if self.closed.take().is_some() {
            self.reopened += 1;
        }
        self.times.take(&sighting.times);
        self.restart(policy);
        self.severity = self.severity.max(sighting.severity);
        self.title = self.title.clone().max(sighting.title.clone());
        for cve in &sighting.cves {
            if let Err(at) = self.cves.binary_search(cve) {
                if self.cves.is_empty() {
                    self.cves.reserve_exact(sighting.cves.len());
                }
                self.cves.insert(at, cve.clone());
            }
        }
        let limit = |exploited| {
            clock::limit(policy, self.severity, exploited, sighting.facing, sighting.environment.as_deref())
        };
        if let Some(limit) = limit(false) {
            // A shorter limit than the one in force counts from the change that brought it; what one run says of
            // several members is one statement, whatever their order.
            let from =
                if self.limit.is_some_and(|old| limit < old) && at > self.opened { at } else { self.clock_start };
            self.due = earliest(self.due, Some(clock::after(from, limit)));
            self.limit = Some(self.limit.map_or(limit, |old| old.min(limit)));
        }
        self.exploited_limit = earliest(self.exploited_limit, limit(true));
        let member = Member { host: sighting.host, presence: sighting.presence, evidence: sighting.evidence };
        match self.members.binary_search_by(|known| known.host.cmp(&member.host)) {
            Ok(at) => {
                let known = &mut self.members[at];
                // Two rows of one line on one host: the earlier state in the enumeration is the worse one.
                if member.presence <= known.presence || known.evidence.exchange != member.evidence.exchange {
                    *known = member;
                }
            }
            Err(at) => {
                // Most exposures have one member: doubling would keep room for three more.
                if self.members.is_empty() {
                    self.members.reserve_exact(1);
                }
                self.members.insert(at, member);
            }
        }
    }
}

#[cfg(test)]
mod tests;
