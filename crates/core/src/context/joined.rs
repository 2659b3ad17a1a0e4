//! What most rules look up of every host, looked up once.

use super::Context;
use crate::asset::Asset;
use crate::estate::{Estate, HostPatches, Placed, patches_read};
use crate::exchange::Evidence;
use crate::fact::{Agent, HostKind, PatchState};
use rayon::prelude::*;

/// Facts of one host. Forty rules ask for them, and each look-up in a table of a hundred thousand costs a microsecond.
pub(super) struct Joined<'a> {
    pub(super) agent: Option<&'a Placed<Agent>>,
    pub(super) state: Option<&'a Placed<PatchState>>,
    pub(super) patches: Option<&'a HostPatches>,
    /// Where every patch of it was read, if it was.
    pub(super) patches_read: Option<Evidence>,
    /// It is on its own list of the run that speaks now.
    pub(super) is_listed: bool,
}

impl<'a> Context<'a> {
    /// For every host, in the order of the estate's assets.
    pub(super) fn join(estate: &'a Estate) -> Vec<Joined<'a>> {
        let facts = &estate.facts;
        let join = |asset: &'a Box<Asset>| {
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
            }
        };
        estate.assets.par_iter().map(join).collect()
    }

    pub(super) fn joined(&self, asset: &Asset) -> &Joined<'a> {
        &self.joined[asset.position as usize]
    }
}
