//! What lists say: outside inventories, and whether a host is on its own list at all.

use super::Context;
use crate::asset::Asset;
use crate::estate::{Estate, Placed};
use crate::exchange::Evidence;
use crate::fact::OutsideHost;
use crate::op;
use crate::reading::{Gap, Reason};

impl<'a> Context<'a> {
    /// Why nobody can say that a host is still there: an earlier run listed it, and the list of the run that speaks now was
    /// not read. Whatever is remembered of such a host proves nothing about today.
    pub fn unlisted(&self, asset: &Asset) -> Option<Gap> {
        if self.joined(asset).is_listed || asset.gone {
            return None;
        }
        let operation = crate::estate::listing(asset.kind);
        Some(self.answered(operation, &asset.scope).err().unwrap_or_else(|| Gap {
            operation: operation.into(),
            scope: asset.scope.clone(),
            subject: Some(asset.key.clone()),
            reason: Reason::NotAsked,
            message: String::new(),
            evidence: None,
        }))
    }

    /// Whether there is a complete outside inventory, with one of its rows or its (empty) answer. Several inventories
    /// together are complete when each of them is.
    pub fn outside_inventory(&self) -> Option<Evidence> {
        if self.gaps.values().flatten().any(|gap| *gap.operation == *op::OUTSIDE) {
            return None;
        }
        let row = self.estate.facts.outside.iter().next().map(|(_, placed)| placed.evidence.clone());
        row.or_else(|| {
            let questions = self.estate.coverage.questions();
            questions
                .filter(|(operation, ..)| *operation == op::OUTSIDE)
                .find_map(|(_, scope, _, _)| self.estate.coverage.answered(op::OUTSIDE, scope, None).ok())
        })
    }

    /// Rows of outside inventories that belong to a host and say that it is in use.
    pub fn outside_rows(&self, asset: &Asset) -> Vec<&'a Placed<OutsideHost>> {
        let at = asset.position as usize;
        let from = self.outside_rows.partition_point(|(host, _)| *host < at);
        self.outside_rows[from..].iter().take_while(|(host, _)| *host == at).map(|(_, row)| *row).collect()
    }

    /// Rows in use with the positions of their hosts, in that order.
    pub(super) fn rows_by_host(estate: &'a Estate) -> Vec<(usize, &'a Placed<OutsideHost>)> {
        let matched = estate.outside.iter().filter_map(|(row, host)| Some(((*host)?, estate.facts.outside.get(row)?)));
        let mut rows: Vec<_> = matched.filter(|(_, row)| row.fact.in_use).collect();
        // Stable: the rows of a host stay in the order of their ids.
        rows.sort_by_key(|(host, _)| *host);
        rows
    }
}
