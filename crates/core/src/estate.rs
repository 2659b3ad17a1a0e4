//! All facts folded into the state at a time.

mod builder;
mod changes;
mod facts;
mod filed;
mod past;
mod relations;
mod rows;
mod table;

pub use builder::EstateBuilder;
pub(crate) use builder::{listing, patches_read};
pub use facts::{Facts, HostPatches};
pub(crate) use filed::place as exceptions_place;
pub(crate) use past::exclusion_of;
pub use past::{Downgrade, Past, Since};
pub use relations::{Means, Relations, Stated};
pub use rows::{PatchDetail, PatchRow};
pub use table::{Placed, Table};

use crate::asset::{Asset, Lineage};
use crate::claim::ClaimBook;
use crate::coverage::Coverage;
use crate::exchange::{Evidence, ExchangeId, Run, Source};
use crate::exposure::Ledger;
use crate::policy::Policy;
use crate::reading::Gap;
use crate::schedule::Schedule;
use crate::scope::Scope;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state at a time.
pub struct Estate {
    /// The time.
    pub as_of: Timestamp,
    /// Runs up to then, in order of observation.
    pub runs: Vec<Run>,
    /// Every exchange of them.
    pub exchanges: Vec<Source>,
    /// What was asked in the runs that speak for the present, and how completely.
    pub coverage: Coverage,
    /// Facts of those runs.
    pub facts: Facts,
    /// Hosts, sorted by id. Boxed, so that no second copy of all of them is ever made.
    pub assets: Vec<Box<Asset>>,
    /// Positions of hosts in the order of their short keys.
    by_key: Vec<u32>,
    /// Lineages, sorted by id.
    pub lineages: Vec<Lineage>,
    /// Exposures.
    pub ledger: Ledger,
    /// Records that say fixes were applied, and what became of each.
    pub claims: ClaimBook,
    /// Schedules that have to do with patching, sorted.
    pub schedules: Vec<Schedule>,
    /// Places that were read or should have been, with what each run of their collector got.
    pub scopes: BTreeMap<Scope, ScopeHistory>,
    /// Which outside rows belong to which host: row key to asset position; `None` for a row that nobody else knows.
    pub outside: BTreeMap<(Arc<str>, Arc<str>), Option<usize>>,
    /// What earlier runs saw of settings and classifications.
    pub past: Past,
    /// Exceptions, sorted by id.
    pub exceptions: Vec<crate::exception::Dossier>,
}

/// What the runs got of one scope.
#[derive(Clone, Debug, Default)]
pub struct ScopeHistory {
    /// Why it is expected, where nothing was ever asked there.
    pub expected_because: Option<String>,
    /// Where that is said.
    pub expected_evidence: Option<Evidence>,
    /// Each run that asked anything here, oldest first.
    pub runs: Vec<ScopeRun>,
}

/// What one run got of one scope.
#[derive(Clone, Debug)]
pub struct ScopeRun {
    /// Run.
    pub run: u32,
    /// When.
    pub observed_at: Timestamp,
    /// What it could not read.
    pub gaps: Vec<Gap>,
    /// One of its answers.
    pub evidence: Option<Evidence>,
}

impl Estate {
    /// Which fix removes which weakness, as imported feeds say.
    pub fn relations(&self) -> &Relations {
        &self.facts.relations
    }

    /// The collector whose promise holds for a scope: of those who observed it, the one that promises the most. One that
    /// the policy names and that never ran counts too, because where it would have looked nobody knows: taking its
    /// recordings away must not leave the more patient promise of another one. Empty where none observed it.
    pub fn strictest_collector<'e>(&'e self, history: &'e ScopeHistory, policy: &'e Policy) -> &'e str {
        let observed = history.runs.iter().filter(|run| run.evidence.is_some());
        let own = observed.map(|run| self.runs[run.run as usize].collector.as_str());
        let ran = |name: &str| self.runs.iter().any(|run| run.collector == name);
        let never = policy.collectors.keys().map(String::as_str).filter(|name| !ran(name));
        own.chain(never).min_by_key(|name| (policy.run_limit(name), *name)).unwrap_or_default()
    }

    /// The exchange behind an id.
    pub fn exchange(&self, id: ExchangeId) -> &Source {
        &self.exchanges[id.0 as usize]
    }

    /// The host of a short key.
    pub fn asset(&self, key: &str) -> Option<&Asset> {
        self.position(key).map(|at| &*self.assets[at])
    }

    /// Where the host of a short key is among the assets.
    pub fn position(&self, key: &str) -> Option<usize> {
        let at = self.by_key.binary_search_by(|at| (*self.assets[*at as usize].key).cmp(key)).ok()?;
        Some(self.by_key[at] as usize)
    }
}
