//! What outside inventories say.

use super::Context;
use crate::asset::Asset;
use crate::estate::Placed;
use crate::exchange::Evidence;
use crate::fact::OutsideHost;
use crate::op;

impl<'a> Context<'a> {
    /// Whether there is any outside inventory, with one of its rows or its (empty, complete) answer.
    pub fn outside_inventory(&self) -> Option<Evidence> {
        let row = self.estate.facts.outside.iter().next().map(|(_, placed)| placed.evidence.clone());
        row.or_else(|| {
            let questions = self.estate.coverage.questions();
            questions
                .filter(|(operation, ..)| *operation == op::OUTSIDE)
                .find_map(|(_, scope, _, _)| self.estate.coverage.answered(op::OUTSIDE, scope, None).ok())
        })
    }

    /// Rows of outside inventories that belong to a host.
    pub fn outside_rows(&self, asset: &Asset) -> Vec<&'a Placed<OutsideHost>> {
        let at = self.estate.by_key.get(&asset.key).copied();
        let own = self.estate.outside.iter().filter(|(_, host)| host.is_some() && **host == at);
        own.filter_map(|(row, _)| self.estate.facts.outside.get(row)).collect()
    }
}
