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

mod carry;
mod members;

pub use members::{Member, Members};

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

/// What opened an exposure again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Returned {
    /// It was never closed by a verification, or a new fix of the line opened it.
    No,
    /// The very fix that was verified to be in place.
    Same,
    /// A fix without a version: nobody can tell whether it is the same.
    Unclear,
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
    /// When the fix it names now was first seen missing, in the interval that is open.
    since: Moment,
    /// Seconds from the last complete scan that did not show that fix to `since`; [`u32::MAX`] where there was none.
    clear_before: u32,
    /// What came back, where something did.
    pub returned: Returned,
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

impl std::ops::Deref for Exposure {
    type Target = Remedy;

    fn deref(&self) -> &Remedy {
        &self.remedy
    }
}

impl Exposure {
    /// Line, title and weaknesses.
    pub fn remedy(&self) -> &Arc<Remedy> {
        &self.remedy
    }

    /// When the fix it names now was first seen missing, in the interval that is open or was last.
    pub fn since(&self) -> Timestamp {
        self.since.get().unwrap_or_default()
    }

    /// The last complete scan before that, which did not show it.
    pub fn clear_at(&self) -> Option<Timestamp> {
        let before = (self.clear_before != u32::MAX).then_some(self.clear_before)?;
        Some(clock::after(self.since(), -Seconds::from(before)))
    }

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
    /// A vulnerability scanner saw it.
    pub by_scanner: bool,
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
            since: Moment::NONE,
            clear_before: u32::MAX,
            returned: Returned::No,
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

    /// Lines open on a host that a scanner saw there: only its own silence tells that it sees them no more.
    pub fn seen_by_scanner<'a>(&'a self, lineage: &str, host: &'a str) -> impl Iterator<Item = &'a Arc<str>> + use<'a> {
        let saw = move |exposure: &&Exposure| {
            exposure.is_open() && exposure.members.iter().any(|member| member.by_scanner && *member.host == *host)
        };
        self.of_lineage(lineage).filter(saw).map(|exposure| &exposure.fix_line)
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

    /// Takes note of when the fix that a sighting names was first missing, and last known not to be.
    fn begin(&mut self, at: Timestamp, sighting: &Sighting) {
        let since = sighting.times.first_detected.unwrap_or(at).min(at);
        self.since = since.into();
        let clear = sighting.times.last_clear.map(|clear| since.as_second().saturating_sub(clear.as_second()));
        self.clear_before = clear.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(u32::MAX);
    }

    /// Whether a fix that is missing again is the one that was in place when this closed.
    fn returns(&self, sighting: &Sighting, closed: Timestamp) -> Returned {
        let remedy = &sighting.remedy;
        if self.remedy.shares_a_weakness(remedy) || (self.remedy.title == remedy.title && remedy.names_a_version()) {
            return Returned::Same;
        }
        match sighting.times.released {
            _ if self.remedy.title != remedy.title || !remedy.cves.is_empty() => Returned::No,
            Some(released) if released > closed => Returned::No,
            Some(_) => Returned::Same,
            None => Returned::Unclear,
        }
    }

    fn add(&mut self, at: Timestamp, sighting: Sighting, policy: &Policy) {
        if let Some((closed, by)) = self.closed() {
            self.returned = if by == ClosedBy::Verified { self.returns(&sighting, closed) } else { Returned::No };
            self.closed = Moment::NONE;
            self.reopened += 1;
            self.since = Moment::NONE;
        }
        if self.since == Moment::NONE || sighting.remedy.title > self.remedy.title {
            self.begin(at, &sighting);
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
        let Sighting { host, presence, by_scanner, evidence, .. } = sighting;
        self.members.put(Member { host, presence, by_scanner, evidence });
    }
}

#[cfg(test)]
mod tests;
