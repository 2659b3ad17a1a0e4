//! What most rules look up of every host, looked up once.

use super::{Context, Lacking};
use crate::asset::Asset;
use crate::engine::{Subject, asset_subject};
use crate::estate::{Estate, HostPatches, PatchRow, Placed, patches_read};
use crate::exchange::Evidence;
use crate::fact::{Agent, HostKind, PatchState};
use crate::op;
use crate::reading::{Gap, Reading, Reason};
use crate::schedule::{Meant, Schedule};
use crate::scope::{Cloud, Scope};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts of one host. Forty rules ask for them, and each look-up in a table of a hundred thousand costs a microsecond.
pub(super) struct Joined<'a> {
    pub(super) agent: Option<&'a Placed<Agent>>,
    pub(super) state: Option<&'a Placed<PatchState>>,
    pub(super) patches: Option<&'a HostPatches>,
    /// Where every patch of it was read, if it was.
    pub(super) patches_read: Option<Evidence>,
    /// It is on its own list of the run that speaks now.
    pub(super) is_listed: bool,
    /// Schedules that mean it, or may.
    pub(super) schedules: Box<[(&'a Schedule, Meant)]>,
}

impl<'a> Context<'a> {
    /// For every host, in the order of the estate's assets.
    pub(super) fn join(
        estate: &'a Estate,
        by_scope: &BTreeMap<&'a Scope, Vec<&'a Schedule>>,
        azure: &[&'a Schedule],
    ) -> Vec<Joined<'a>> {
        let facts = &estate.facts;
        let schedules = |asset: &'a Asset| {
            let candidates = match asset.scope.cloud {
                Cloud::Azure => azure,
                _ => by_scope.get(&asset.scope).map(Vec::as_slice).unwrap_or_default(),
            };
            let meant = candidates.iter().map(|schedule| (*schedule, schedule.means(asset)));
            meant.filter(|(_, meant)| *meant != Meant::No).collect()
        };
        let join = |asset: &'a Asset| {
            let agent = facts.agents.get(&asset.key);
            let patches = facts.patches.get(&asset.key).map(|patches| &**patches);
            Joined {
                agent,
                state: facts.patch_state(&asset.key),
                patches,
                patches_read: patches_read(&estate.coverage, patches, asset).ok(),
                is_listed: match asset.kind {
                    HostKind::OutsideHost => true,
                    HostKind::HybridNode => agent.is_some(),
                    _ => facts.listed.contains_key(&asset.key),
                },
                schedules: schedules(asset),
            }
        };
        estate.assets.par_iter().map(|asset| join(asset)).collect()
    }

    pub(super) fn joined(&self, asset: &Asset) -> &Joined<'a> {
        &self.joined[asset.position as usize]
    }

    /// A host as findings describe it.
    pub fn subject(&self, asset: &Asset) -> Arc<Subject> {
        self.subjects[asset.position as usize].get_or_init(|| Arc::new(asset_subject(asset))).clone()
    }

    /// The patch agent of an AWS host or hybrid node.
    pub fn agent(&self, asset: &Asset) -> Reading<&'a Agent> {
        self.reading(self.agent_fact(asset), op::AGENTS, &asset.scope)
    }

    /// An agent's own registration, of any cloud; nothing is concluded from its absence.
    pub fn agent_fact(&self, asset: &Asset) -> Option<(&'a Agent, Evidence)> {
        self.joined(asset).agent.map(|placed| (&placed.fact, placed.evidence.clone()))
    }

    /// The last patch operation on a host.
    pub fn patch_state(&self, asset: &Asset) -> Reading<&'a PatchState> {
        let operation = if asset.scope.cloud == Cloud::Azure { op::AZURE_ASSESSMENTS } else { op::PATCH_STATES };
        let found = self.joined(asset).state.map(|placed| (&placed.fact, placed.evidence.clone()));
        self.reading(found, operation, &asset.scope)
    }

    /// Fixes a host lacks, if every one of its patches was read. Never `Absent`: a complete list without rows is known.
    pub fn lacking(&self, asset: &Asset) -> Reading<Lacking<'a>> {
        let joined = self.joined(asset);
        let patches = joined.patches;
        let read = match &joined.patches_read {
            Some(evidence) => Ok(evidence.clone()),
            None => crate::estate::patches_read(&self.estate.coverage, patches, asset),
        };
        match read.and_then(|evidence| self.unless_counted(asset, evidence)) {
            Ok(evidence) => {
                let lacking = Lacking {
                    rows: patches.map(|patches| patches.rows.as_slice()).unwrap_or_default(),
                    count: patches.map_or(0, |patches| patches.count),
                };
                Reading::Known(lacking, evidence)
            }
            Err(gap) => Reading::Unread(gap),
        }
    }

    /// A list that shows fewer fixes than the last scan counted is not the whole list.
    fn unless_counted(&self, asset: &Asset, list: Evidence) -> Result<Evidence, Gap> {
        let joined = self.joined(asset);
        let Some(state) = joined.state else { return Ok(list) };
        let counts = &state.fact.counts;
        let counted: u32 = [counts.missing, counts.failed].into_iter().flatten().sum();
        let listed = joined.patches.map_or(0, |patches| patches.lacking);
        if counted <= listed {
            return Ok(list);
        }
        Err(Gap {
            operation: self.estate.exchange(list.exchange).operation.clone(),
            scope: asset.scope.clone(),
            subject: Some(asset.key.clone()),
            reason: Reason::Truncated,
            message: match listed {
                0 => format!("the last scan counted {counted} missing or failed, and none is listed"),
                _ => format!("the last scan counted {counted} missing or failed, and only {listed} of them are listed"),
            },
            evidence: Some(state.evidence.clone()),
        })
    }

    /// Rows of fixes a host lacks, whether or not every patch was read: enough to fail on, never to pass on.
    pub fn lacking_rows(&self, asset: &Asset) -> &'a [(PatchRow, Evidence)] {
        self.joined(asset).patches.map(|patches| patches.rows.as_slice()).unwrap_or_default()
    }
}
