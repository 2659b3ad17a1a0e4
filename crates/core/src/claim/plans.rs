//! Claims about every host that a schedule means. Executions of windows and associations name no hosts: whom they meant
//! follows from their targets.

use super::book::ClaimBook;
use super::judge::{Look, Says};
use super::{Claim, Progress, Reach, Told};
use crate::asset::Asset;
use crate::schedule::{Meant, Schedule};
use crate::scope::Scope;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Schedules of a run, each with its last claim, while hosts are looked at.
#[derive(Default)]
pub(crate) struct PlanRun {
    by_scope: BTreeMap<Scope, Vec<Plan>>,
}

struct Plan {
    schedule: Schedule,
    id: Arc<str>,
    claim: Claim,
    reach: Reach,
    /// Hosts that speak against it, those of earlier looks included that have not agreed since.
    against: BTreeSet<Arc<str>>,
    /// What the first of this look says.
    missing: Option<Says>,
    /// The first reboot that is pending, or what is unclear.
    held: Option<Says>,
    /// What the last host confirmed.
    agrees: Option<(Timestamp, Says)>,
}

impl ClaimBook {
    /// Begins to look at hosts. Of each schedule the last run that ended is held against them: once a later run has ended,
    /// what is seen says nothing of an earlier one.
    pub(crate) fn plans(&mut self, schedules: Vec<Schedule>) -> PlanRun {
        let mut run = PlanRun::default();
        for schedule in schedules {
            let id: Arc<str> = schedule.id.as_str().into();
            let Some(claims) = self.by_plan.get_mut(&(schedule.scope.clone(), id.clone())) else { continue };
            let Some(at) = claims.iter().rposition(|claim| claim.told != Told::Running) else { continue };
            if claims[at].progress == Progress::Verified {
                continue;
            }
            let mut claim = claims.remove(at);
            let against = std::mem::take(&mut claim.against_hosts).into_iter().collect();
            run.by_scope.entry(schedule.scope.clone()).or_default().push(Plan {
                schedule,
                id,
                claim,
                reach: Reach::default(),
                against,
                missing: None,
                held: None,
                agrees: None,
            });
        }
        run
    }

    /// Takes the claims back, with what the hosts said. `complete`: every host of a scope was listed.
    pub(crate) fn settle(&mut self, run: PlanRun, complete: impl Fn(&Scope) -> bool) {
        for (scope, plans) in run.by_scope {
            for plan in plans {
                let id = plan.id.clone();
                let claim = plan.decide(complete(&scope));
                let claims = self.by_plan.entry((scope.clone(), id)).or_default();
                let at = claims.partition_point(|known| known.claimed_at() <= claim.claimed_at());
                claims.insert(at, claim);
            }
        }
    }
}

impl PlanRun {
    /// Whether any schedule could mean hosts of a scope.
    pub(crate) fn concerns(&self, scope: &Scope) -> bool {
        self.by_scope.contains_key(scope)
    }

    /// Holds the claims of schedules that mean a host against what a run shows of it.
    pub(crate) fn hold_against(&mut self, asset: &Asset, look: &Look<'_>) {
        if !asset.runs_a_host_os() {
            return;
        }
        for plan in self.by_scope.get_mut(&asset.scope).into_iter().flatten() {
            // A host made after the run was none of its hosts.
            if asset.launched.is_some_and(|launched| launched > plan.claim.deployed_at()) {
                continue;
            }
            // One that is stopped is a host all the same, and nothing was seen of it.
            if !asset.is_running() {
                let meant = plan.schedule.means(asset) != Meant::No;
                plan.reach.hosts += u32::from(meant);
                plan.reach.unseen += u32::from(meant);
                continue;
            }
            match plan.schedule.means(asset) {
                Meant::No => {}
                Meant::Unknown => {
                    plan.reach.hosts += 1;
                    plan.reach.unseen += 1;
                }
                Meant::Yes => plan.hear(look),
            }
        }
    }
}

impl Plan {
    fn hear(&mut self, look: &Look<'_>) {
        let reach = &mut self.reach;
        reach.hosts += 1;
        match look.says(&self.claim) {
            Says::Nothing => reach.unseen += 1,
            says @ Says::Unclear(_) => {
                reach.unclear += 1;
                self.held.get_or_insert(says);
            }
            says @ Says::Reboot(..) => {
                reach.awaiting_reboot += 1;
                if !matches!(self.held, Some(Says::Reboot(..))) {
                    self.held = Some(says);
                }
            }
            says @ Says::Missing(..) => {
                reach.contradicted += 1;
                self.against.insert(look.host.clone());
                self.missing.get_or_insert(says);
            }
            Says::Agrees(witness, at, evidence) => {
                reach.verified += 1;
                self.against.remove(look.host);
                if self.agrees.as_ref().is_none_or(|(last, _)| *last < at) {
                    self.agrees = Some((at, Says::Agrees(witness, at, evidence)));
                }
            }
        }
    }

    fn decide(self, complete: bool) -> Claim {
        let Plan { mut claim, reach, against, missing, held, agrees, .. } = self;
        claim.against_hosts = against.into_iter().collect();
        // Where the list of hosts was not read, that it means none is not known: the claim stays, and nothing observed it.
        if reach.hosts == 0 && (claim.reach.is_some() || !complete) {
            return claim;
        }
        claim.reach = Some(Box::new(reach));
        // What one host contradicted others cannot agree away: it has to be seen again itself.
        let all_agree = complete && reach.verified == reach.hosts && claim.against_hosts.is_empty();
        match (missing, held, agrees) {
            (Some(says), ..) => claim.take(says),
            (None, Some(says), _) => claim.take(says),
            (None, None, Some((_, says))) if all_agree => claim.take(says),
            _ if claim.progress != Progress::Contradicted => claim.progress = Progress::Open,
            _ => {}
        }
        claim
    }
}
