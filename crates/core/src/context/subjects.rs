//! What the engine hands to rules besides hosts, lineages and schedules.

use crate::asset::Asset;
use crate::estate::{PatchRow, ScopeHistory};
use crate::exchange::Evidence;
use crate::fact::{Baseline, Suppression};
use crate::reading::{Gap, Reading};
use crate::scope::Scope;

/// A patch baseline to judge.
pub struct BaselineSubject<'a> {
    /// Account and region.
    pub scope: &'a Scope,
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// Operating system.
    pub os: &'a str,
    /// The baseline itself.
    pub baseline: Reading<&'a Baseline>,
    /// Hosts whose last scan used it, or whose patch group or operating system leads to it.
    pub hosts: Vec<&'a Asset>,
}

/// A scope to judge.
pub struct ScopeSubject<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// What runs got of it, and why it is expected.
    pub history: &'a ScopeHistory,
    /// What the run that speaks for it could not read.
    pub gaps: &'a [Gap],
    /// One of its answers in that run.
    pub answered: Option<Evidence>,
}

/// A feed to judge.
pub struct FeedSubject {
    /// Operation that reads it.
    pub operation: &'static str,
    /// Name: `kev`, `epss`, `lifecycle`.
    pub name: &'static str,
}

/// A scanner filter to judge.
pub struct SuppressionSubject<'a> {
    /// Account and region.
    pub scope: &'a Scope,
    /// The filter.
    pub filter: &'a Suppression,
    /// Where it is listed.
    pub evidence: &'a Evidence,
    /// Findings it hides here.
    pub hidden: usize,
}

/// A population that an outside list could confirm.
pub struct Population {
    /// Id in results.
    pub id: &'static str,
    /// Hosts of it that the clouds know.
    pub known: usize,
}

/// Fixes a host lacks.
#[derive(Clone, Copy, Debug)]
pub struct Lacking<'a> {
    /// Rows that are exposed, and of fixes in place that were lacking before.
    pub rows: &'a [(PatchRow, Evidence)],
    /// Rows the sources had in all.
    pub count: u64,
}

impl<'a> Lacking<'a> {
    /// Rows that show the host exposed.
    pub fn exposed(self) -> impl Iterator<Item = &'a (PatchRow, Evidence)> {
        self.rows.iter().filter(|(row, _)| row.presence.is_exposed())
    }
}
