//! Exposures as intervals across runs: a lineage lacks a fix line from one observation to another.

use crate::clock::{self, Basis, Earliest, Moment, Times};
use crate::exchange::Evidence;
use crate::fact::PatchPresence;
use crate::fix::Remedy;
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
    /// Line, title of the fix seen last, weaknesses.
    remedy: Arc<Remedy>,
    /// Highest severity ever seen: a downgrade never extends a deadline.
    pub severity: Severity,
    /// A weakness of it is known to be exploited.
    pub exploited: bool,
    /// What started its clock.
    pub basis: Basis,
    closed_by: ClosedBy,
    times: Earliest,
    clock_start: Moment,
    due: Moment,
    opened: Moment,
    claimed: Moment,
    closed: Moment,
    /// How often it came back within the time that continues the clock.
    pub reopened: u32,
    /// The shortest limit so far; [`UNLIMITED`] where there is none.
    limit: Seconds,
    /// The shortest limit for the case that it is known to be exploited.
    exploited_limit: Seconds,
    /// Hosts that lack it now.
    pub members: Members,
}

/// Longer than any limit.
const UNLIMITED: Seconds = Seconds::MAX;

/// Hosts that lack a fix, sorted by key. Most often there is one, which needs no memory of its own.
#[derive(Clone, Debug)]
pub struct Members(Hosts);

#[derive(Clone, Debug)]
enum Hosts {
    One(Member),
    Several(Vec<Member>),
}

impl std::ops::Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        match &self.0 {
            Hosts::One(member) => std::slice::from_ref(member),
            Hosts::Several(members) => members,
        }
    }
}

impl Members {
    fn none() -> Members {
        Members(Hosts::Several(Vec::new()))
    }

    /// Takes a host in, or what is said of it now.
    fn put(&mut self, member: Member) {
        match &mut self.0 {
            Hosts::Several(members) if members.is_empty() => self.0 = Hosts::One(member),
            Hosts::Several(members) => match members.binary_search_by(|known| known.host.cmp(&member.host)) {
                Ok(at) => members[at].put(member),
                Err(at) => members.insert(at, member),
            },
            Hosts::One(known) if known.host == member.host => known.put(member),
            Hosts::One(known) => {
                let mut both = vec![known.clone(), member];
                both.sort_by(|one, other| one.host.cmp(&other.host));
                self.0 = Hosts::Several(both);
            }
        }
    }

    /// Whether the host was one of them.
    fn remove(&mut self, host: &str) -> bool {
        let Ok(at) = self.binary_search_by(|member| (*member.host).cmp(host)) else { return false };
        match &mut self.0 {
            Hosts::One(_) => *self = Members::none(),
            Hosts::Several(members) => drop(members.remove(at)),
        }
        true
    }
}

impl Member {
    /// Two rows of one line on one host: the earlier state in the enumeration is the worse one.
    fn put(&mut self, other: Member) {
        if other.presence <= self.presence || self.evidence.exchange != other.evidence.exchange {
            *self = other;
        }
    }
}

impl std::ops::Deref for Exposure {
    type Target = Remedy;

    fn deref(&self) -> &Remedy {
        &self.remedy
    }
}

impl Exposure {
    /// Start of the clock.
    pub fn clock_start(&self) -> Timestamp {
        self.clock_start.get().unwrap_or_default()
    }

    /// Deadline; `None` where the profile sets none. It only ever moves closer.
    pub fn due(&self) -> Option<Timestamp> {
        self.due.get()
    }

    /// First observation.
    pub fn opened(&self) -> Timestamp {
        self.opened.get().unwrap_or_default()
    }

    /// Installation time that a source claims, seen on the way to closing.
    pub fn claimed(&self) -> Option<Timestamp> {
        self.claimed.get()
    }

    /// End, and why.
    pub fn closed(&self) -> Option<(Timestamp, ClosedBy)> {
        Some((self.closed.get()?, self.closed_by))
    }

    /// Every time that bears on its clock.
    pub fn times(&self) -> Times {
        self.times.times()
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.closed == Moment::NONE
    }

    /// Whether it is open and past its deadline.
    pub fn is_overdue(&self, as_of: Timestamp) -> bool {
        self.is_open() && self.due().is_some_and(|due| due <= as_of)
    }
}

/// One sighting of a lacking fix on a host in a run.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Host.
    pub host: Arc<str>,
    /// Lineage.
    pub lineage: Arc<str>,
    /// Fix and weaknesses.
    pub remedy: Arc<Remedy>,
    /// Severity.
    pub severity: Severity,
    /// State.
    pub presence: PatchPresence,
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
            for member in exposure.members.iter() {
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
            remedy: sighting.remedy.clone(),
            severity: sighting.severity,
            exploited: false,
            basis: Basis::FirstDetected,
            closed_by: ClosedBy::Verified,
            times: Earliest::none(),
            clock_start: at.into(),
            due: Moment::NONE,
            opened: at.into(),
            claimed: Moment::NONE,
            closed: Moment::NONE,
            reopened: 0,
            limit: UNLIMITED,
            exploited_limit: UNLIMITED,
            members: Members::none(),
        };
        let place = match own.binary_search_by(|known| known.fix_line.cmp(&sighting.remedy.fix_line)) {
            Ok(place) => {
                let continues = |closed: Timestamp| at.as_second() - closed.as_second() <= policy.sla.reopen_within;
                if own[place].closed().is_some_and(|(closed, _)| !continues(closed)) {
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
            if exposure.exploited_limit != UNLIMITED {
                exposure.fall_due(clock::after(exposure.clock_start().max(added), exposure.exploited_limit));
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
            if !exposure.members.remove(host) {
                continue;
            }
            exposure.claimed = exposure.claimed().max(installed.get(&exposure.fix_line).copied()).into();
            if exposure.members.is_empty() {
                (exposure.closed, exposure.closed_by) = (at.into(), by);
            }
        }
    }
}

impl Exposure {
    /// Moves the start of the clock to where its times put it; only ever to an earlier time.
    fn restart(&mut self, policy: &Policy) {
        if let Some((start, basis)) = clock::start(&self.times.times(), policy)
            && start < self.clock_start()
        {
            (self.clock_start, self.basis) = (start.into(), basis);
        }
        if self.reopened > 0 {
            self.basis = Basis::Continued;
        }
    }

    /// Brings the deadline closer, were it there.
    fn fall_due(&mut self, due: Timestamp) {
        self.due = self.due().map_or(due, |known| known.min(due)).into();
    }

    fn add(&mut self, at: Timestamp, sighting: Sighting, policy: &Policy) {
        if !self.is_open() {
            self.closed = Moment::NONE;
            self.reopened += 1;
        }
        self.times.take(&sighting.times);
        self.restart(policy);
        self.severity = self.severity.max(sighting.severity);
        self.remedy = Remedy::joined(&self.remedy, &sighting.remedy);
        let limit = |exploited| {
            clock::limit(policy, self.severity, exploited, sighting.facing, sighting.environment.as_deref())
        };
        let (plain, exploited) = (limit(false), limit(true));
        if let Some(limit) = plain {
            // A shorter limit than the one in force counts from the change that brought it; what one run says of
            // several members is one statement, whatever their order.
            let shorter = self.limit != UNLIMITED && limit < self.limit;
            let from = if shorter && at > self.opened() { at } else { self.clock_start() };
            self.fall_due(clock::after(from, limit));
            self.limit = self.limit.min(limit);
        }
        self.exploited_limit = self.exploited_limit.min(exploited.unwrap_or(UNLIMITED));
        self.members.put(Member { host: sighting.host, presence: sighting.presence, evidence: sighting.evidence });
    }
}

#[cfg(test)]
mod tests;
