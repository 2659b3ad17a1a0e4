//! Hosts by kind, and one list of machines held against another.

use crate::Report;
use crate::coverage::exists;
use patchseal_core::reconcile;
pub use patchseal_core::reconcile::Reconciliation;
use patchseal_core::scope::Cloud;

/// Every comparison that the answers allow.
pub fn reconciliations(report: &Report<'_>) -> Vec<Reconciliation> {
    reconcile::reconciliations(report.estate)
}

/// Hosts by cloud and kind, in the order of their words.
pub fn kinds(report: &Report<'_>) -> Vec<(Cloud, &'static str, usize)> {
    let mut counts: std::collections::BTreeMap<(Cloud, &'static str), usize> = std::collections::BTreeMap::new();
    for asset in report.estate.assets.iter().filter(|asset| exists(asset)) {
        *counts.entry((asset.scope.cloud, asset.kind.as_str())).or_default() += 1;
    }
    counts.into_iter().map(|((cloud, kind), count)| (cloud, kind, count)).collect()
}
