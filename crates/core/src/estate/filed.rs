//! Exceptions come to an estate once its runs are folded: they are no answers, and are cited like them.

use super::Estate;
use crate::exception::{Approval, Dossier, Entry, Filed};
use crate::exchange::{Evidence, ExchangeId, Pointer, Source};
use crate::op;
use crate::policy::{PolicyApproval, PolicyRecord};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where exceptions stand in results.
pub(crate) fn place() -> Scope {
    Scope::new(Cloud::Governance, "exceptions", Scope::GLOBAL)
}

/// Where and when something of the policy was sealed.
#[derive(Clone, Copy, Debug)]
pub struct PolicyLeaf {
    /// Leaf.
    pub leaf: u64,
    /// When.
    pub logged_at: Timestamp,
}

impl Estate {
    /// Takes in where the policy in force was sealed first, and approvals of it or of any other text, in the order of the
    /// log.
    pub fn govern(&mut self, sealed: Option<PolicyLeaf>, approvals: Vec<(PolicyLeaf, PolicyApproval)>) {
        let scope = Arc::new(Scope::new(Cloud::Governance, "policy", Scope::GLOBAL));
        let operation: Arc<str> = op::POLICY.into();
        let mut cite = |at: PolicyLeaf| {
            let exchange = ExchangeId(self.exchanges.len() as u32);
            let (scope, operation) = (scope.clone(), operation.clone());
            self.exchanges.push(Source { leaf: at.leaf, index: 0, operation, scope, observed_at: at.logged_at });
            Evidence { exchange, pointer: Pointer::Whole }
        };
        let sealed = sealed.map(|at| (at.logged_at, cite(at)));
        let approvals = approvals.into_iter().map(|(at, approval)| (approval, cite(at))).collect();
        self.policy = PolicyRecord { sealed, approvals };
    }

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
