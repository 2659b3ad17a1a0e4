//! Exceptions come to an estate once its runs are folded: they are no answers, and are cited like them.

use super::Estate;
use crate::exception::{Approval, Dossier, Entry, Filed};
use crate::exchange::{Evidence, ExchangeId, Pointer, Source};
use crate::op;
use crate::scope::{Cloud, Scope};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where exceptions stand in results.
pub(crate) fn place() -> Scope {
    Scope::new(Cloud::Governance, "exceptions", Scope::GLOBAL)
}

impl Estate {
    /// Takes in what was sealed of exceptions, in the order of the log, and their approvals by id.
    pub fn file(&mut self, filed: Vec<Filed>, mut approvals: BTreeMap<Arc<str>, Vec<Approval>>) {
        let scope = Arc::new(place());
        let operation: Arc<str> = op::EXCEPTION.into();
        let mut dossiers: BTreeMap<Arc<str>, Dossier> = BTreeMap::new();
        for Filed { id, leaf, logged_at, terms } in filed {
            let exchange = ExchangeId(self.exchanges.len() as u32);
            let (scope, operation) = (scope.clone(), operation.clone());
            self.exchanges.push(Source { leaf, index: 0, operation, scope, observed_at: logged_at });
            let evidence = Evidence { exchange, pointer: Pointer::Whole };
            let dossier = dossiers.entry(id.clone()).or_insert_with(|| Dossier {
                approvals: approvals.remove(&id).unwrap_or_default(),
                entries: Vec::new(),
                id,
            });
            dossier.entries.push(Entry { logged_at, evidence, terms });
        }
        self.exceptions = dossiers.into_values().collect();
    }
}
