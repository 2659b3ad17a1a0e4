//! Every claim, carried from run to run: sources forget their records within weeks, and the estate keeps of a collector
//! the facts of its latest run alone.

use super::judge::{Look, Says};
use super::rollouts::Launches;
use super::{About, Claim, ClaimSource, Progress, Record, Rollback, Told};
use crate::clock::Moment;
use crate::exchange::Evidence;
use crate::fix::Remedy;
use crate::scope::Scope;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every claim.
#[derive(Clone, Debug, Default)]
pub struct ClaimBook {
    pub(super) by_host: BTreeMap<Arc<str>, Vec<Claim>>,
    pub(super) by_plan: BTreeMap<(Scope, Arc<str>), Vec<Claim>>,
    pub(super) by_group: BTreeMap<Arc<str>, Vec<Claim>>,
    pub(super) launches: BTreeMap<Arc<str>, Launches>,
    /// When images that groups launch or launched were made, where any run knew it.
    pub(super) images_made: BTreeMap<Arc<str>, Timestamp>,
    /// Records that many hosts share.
    shared: BTreeMap<(Scope, Arc<str>), Arc<Record>>,
}

/// A record as a run has it.
pub(crate) struct Entry {
    pub source: ClaimSource,
    pub id: Arc<str>,
    pub scope: Arc<Scope>,
    pub title: Arc<str>,
    pub told: Told,
    pub leaves_out: bool,
    pub claimed: Timestamp,
    pub deployed: Timestamp,
    pub evidence: Evidence,
}

impl ClaimBook {
    /// All: of hosts, then of schedules, then of groups, each in the order of their ids and times.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        let all = self.by_host.values().chain(self.by_plan.values()).chain(self.by_group.values());
        all.flatten().filter(|claim| claim.is_about_something())
    }

    /// Those of one host, oldest first.
    pub fn of_host(&self, key: &str) -> &[Claim] {
        self.by_host.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of one schedule, oldest first.
    pub fn of_plan<'a>(&'a self, scope: &Scope, id: &str) -> impl Iterator<Item = &'a Claim> + use<'a> {
        let own = self.by_plan.get(&(scope.clone(), Arc::from(id)));
        own.into_iter().flatten().filter(|claim| claim.is_about_something())
    }

    /// Those of one group of hosts, oldest first.
    pub fn of_group(&self, lineage: &str) -> &[Claim] {
        self.by_group.get(lineage).map(Vec::as_slice).unwrap_or_default()
    }

    /// The older image that a group launches again, where it does.
    pub fn rollback(&self, lineage: &str) -> Option<&Rollback> {
        self.launches.get(lineage)?.rollback()
    }

    /// A change of image of which nobody can tell whether it went back to an older one: no answer dates them.
    pub fn undated_move(&self, lineage: &str) -> Option<&Rollback> {
        self.launches.get(lineage)?.undated_move()
    }

    /// Takes in a record about a host. `fixes` are those known to be missing there before it.
    pub(crate) fn of_a_host(
        &mut self,
        key: &Arc<str>,
        lineage: &Arc<str>,
        entry: Entry,
        fixes: impl FnOnce() -> Box<[Arc<Remedy>]>,
    ) {
        let shares = entry.source == ClaimSource::Command;
        let place = ((*entry.scope).clone(), entry.id.clone());
        let record = self.shared.get(&place).filter(|_| shares).cloned();
        let claims = self.by_host.entry(key.clone()).or_default();
        if let Some(record) = put(claims, About::Host(key.clone()), lineage, entry, record, fixes)
            && shares
        {
            self.shared.insert(place, record);
        }
    }

    /// Takes in a record about every host that a schedule means.
    pub(crate) fn of_a_plan(&mut self, scope: &Scope, plan: &Arc<str>, entry: Entry) {
        let claims = self.by_plan.entry((scope.clone(), plan.clone())).or_default();
        put(claims, About::Schedule(plan.clone()), &Arc::from(""), entry, None, Box::default);
    }

    pub(super) fn of_a_group(&mut self, lineage: &Arc<str>, entry: Entry) {
        let claims = self.by_group.entry(lineage.clone()).or_default();
        put(claims, About::Group, lineage, entry, None, Box::default);
    }

    /// Whether anything is claimed of a host.
    pub(crate) fn concerns(&self, key: &str) -> bool {
        self.by_host.contains_key(key)
    }

    /// Holds a host's claims against what a run shows of it.
    pub(crate) fn hold_against(&mut self, look: &Look<'_>) {
        for claim in self.by_host.get_mut(look.host).into_iter().flatten() {
            claim.hold_against(look);
        }
    }

    /// A host went away: what was not decided about it never will be.
    pub(crate) fn retire(&mut self, key: &str) {
        for claim in self.by_host.get_mut(key).into_iter().flatten() {
            if matches!(claim.progress, Progress::Open | Progress::Unclear | Progress::Reboot) {
                claim.progress = Progress::Retired;
            }
        }
    }
}

/// What claims are sorted by.
fn order(claim: &Claim) -> (Timestamp, ClaimSource, &str) {
    (claim.claimed_at(), claim.record.source, &claim.record.id)
}

/// Where the claim of a record is. A run lists its records of a month, and nearly all of them were taken in before: those
/// stand at their time. A record whose time was corrected is looked for everywhere.
fn find(claims: &[Claim], source: ClaimSource, id: &str, claimed: Timestamp) -> Option<usize> {
    let at = claims.binary_search_by(|known| order(known).cmp(&(claimed, source, id))).ok();
    at.or_else(|| claims.iter().position(|claim| claim.record.source == source && *claim.record.id == *id))
}

/// Adds a claim in the order of time, or brings the one of the same record up to date as long as its run goes on. Gives
/// the record of a new one.
fn put(
    claims: &mut Vec<Claim>,
    about: About,
    lineage: &Arc<str>,
    entry: Entry,
    record: Option<Arc<Record>>,
    fixes: impl FnOnce() -> Box<[Arc<Remedy>]>,
) -> Option<Arc<Record>> {
    let Entry { source, id, scope, title, told, leaves_out, claimed, deployed, evidence } = entry;
    if let Some(claim) = find(claims, source, &id, claimed).and_then(|at| claims.get_mut(at)) {
        if claim.told == Told::Running {
            (claim.told, claim.leaves_out, claim.deployed, claim.evidence) =
                (told, leaves_out, deployed.into(), evidence);
        }
        return None;
    }
    let record = record.unwrap_or_else(|| Arc::new(Record { source, id, scope, title }));
    let claim = Claim {
        record: record.clone(),
        about,
        lineage: lineage.clone(),
        told,
        leaves_out,
        fixes: fixes(),
        reach: None,
        method: None,
        against: None,
        against_hosts: Box::default(),
        evidence,
        witness: None,
        progress: Progress::Open,
        claimed: claimed.into(),
        deployed: deployed.into(),
        settled: Moment::NONE,
        resolved: Moment::NONE,
    };
    let at = claims.partition_point(|known| order(known) < order(&claim));
    claims.reserve_exact(1);
    claims.insert(at, claim);
    Some(record)
}

impl Claim {
    fn hold_against(&mut self, look: &Look<'_>) {
        match self.progress {
            Progress::Retired => {}
            Progress::Verified => {
                if let Some(seen) = look.undoes(self) {
                    self.progress = Progress::Regressed;
                    self.against = Some(seen.remedy.clone());
                    self.witness = Some(seen.evidence.clone());
                    self.resolved = Moment::NONE;
                }
            }
            Progress::Regressed => {
                if look.undoes(self).is_none()
                    && let Says::Agrees(_, at, evidence) = look.says(self)
                {
                    (self.progress, self.resolved, self.witness) = (Progress::Verified, at.into(), Some(evidence));
                }
            }
            _ if self.told == Told::Running => {}
            _ => self.take(look.says(self)),
        }
    }

    /// Takes in what an observation says.
    pub(super) fn take(&mut self, says: Says) {
        let stands = self.progress == Progress::Contradicted;
        match says {
            Says::Nothing => {}
            Says::Unclear(evidence) if !stands => {
                (self.progress, self.witness) = (Progress::Unclear, Some(evidence));
            }
            Says::Reboot(witness, evidence) if !stands => {
                (self.progress, self.method, self.witness) = (Progress::Reboot, Some(witness), Some(evidence));
            }
            Says::Missing(witness, fix, at, evidence) => {
                self.resolved = Moment::NONE;
                if stands {
                    return;
                }
                // A record that admits a failure does not claim what is missing.
                if self.told.claims_all() {
                    (self.progress, self.settled) = (Progress::Contradicted, at.into());
                } else {
                    self.progress = Progress::Open;
                }
                (self.against, self.method, self.witness) = (Some(fix), Some(witness), Some(evidence));
            }
            Says::Agrees(_, at, _) if stands => {
                self.resolved = self.resolved.get().map_or(at, |known| known.min(at)).into();
            }
            Says::Agrees(witness, at, evidence) => {
                (self.progress, self.settled) = (Progress::Verified, at.into());
                (self.against, self.method, self.witness) = (None, Some(witness), Some(evidence));
            }
            Says::Unclear(_) | Says::Reboot(..) => {}
        }
    }
}

crate::carry::carried_struct! {
    ClaimBook { by_host, by_plan, by_group, launches, images_made, shared }
}
