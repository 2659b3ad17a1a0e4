//! What an answer made worth asking, held against what was asked: the difference is what nobody read.

use patchseal_core::coverage::Coverage;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_sources::{Ask, Operation, Reach, When};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Questions worth asking in a run.
#[derive(Default)]
pub(crate) struct Asked {
    asks: BTreeMap<(&'static str, Scope), BTreeSet<Option<Arc<str>>>>,
}

impl Asked {
    /// Takes note of what an answer made worth asking.
    pub(crate) fn note(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            let subjects = self.asks.entry((ask.operation, ask.scope)).or_default();
            subjects.insert(ask.subject.map(Arc::from));
        }
    }

    /// What was worth asking and has no answer, neither its own nor one of an operation that states the same.
    pub(crate) fn unanswered(
        mut self,
        coverage: &Coverage,
        operations: &BTreeMap<&str, &'static Operation>,
    ) -> Vec<(&'static str, Scope, Option<Arc<str>>)> {
        self.start(coverage, operations);
        let mut unanswered = Vec::new();
        for ((operation, scope), subjects) in self.asks {
            let places = Places::new(coverage, operations, operation, &scope);
            let open = subjects.into_iter().filter(|subject| !places.hold(subject.as_deref()));
            unanswered.extend(open.map(|subject| (operation, scope.clone(), subject)));
        }
        unanswered
    }

    /// Questions that every scope is asked.
    fn start(&mut self, coverage: &Coverage, operations: &BTreeMap<&str, &'static Operation>) {
        let scopes: BTreeSet<&Scope> = coverage.asked_scopes().collect();
        let mut ask = |operation: &'static str, scope: Scope| {
            self.asks.entry((operation, scope)).or_default().insert(None);
        };
        for operation in operations.values().filter(|operation| operation.when == When::Start) {
            let cloud = if operation.id.starts_with("resource-graph.") || operation.id.starts_with("subscriptions.") {
                Cloud::Azure
            } else {
                Cloud::Aws
            };
            for scope in scopes.iter().filter(|scope| scope.cloud == cloud) {
                match operation.reach {
                    Reach::Region if !scope.is_global() => ask(operation.id, (*scope).clone()),
                    Reach::Account => ask(operation.id, scope.account_wide()),
                    Reach::Organisation => {
                        // Once is enough, wherever it was asked; where it never was, the first account stands for all.
                        let asked = coverage.places(operation.id).any(|place| place.cloud == cloud);
                        let first = scopes.iter().find(|scope| scope.cloud == cloud);
                        if let (false, Some(first)) = (asked, first) {
                            ask(operation.id, first.account_wide());
                        }
                    }
                    Reach::Region | Reach::Resource => {}
                }
            }
        }
    }
}

/// Where a question of one operation and scope may have been answered.
struct Places<'c> {
    coverage: &'c Coverage,
    scope: &'c Scope,
    /// The operation, and those that state the same.
    operations: Vec<&'static str>,
    /// Answered for every subject: by a tenant-wide answer, or by files that are synchronised host by host.
    all: bool,
}

impl<'c> Places<'c> {
    fn new(
        coverage: &'c Coverage,
        known: &BTreeMap<&str, &'static Operation>,
        operation: &'static str,
        scope: &'c Scope,
    ) -> Places<'c> {
        let instead = known.get(operation).map(|operation| operation.instead).unwrap_or_default();
        // Resource Data Sync has a file per host: one of them shows that the type is synchronised in this region.
        let synchronised =
            |id: &&str| id.starts_with("resource-data-sync.") && coverage.places(id).any(|place| place == scope);
        // A tenant-wide answer serves every subscription of the tenant.
        let tenant_wide = |id: &&str| {
            let is_tenant = |place: &&Scope| coverage.is_asked(patchseal_core::op::SUBSCRIPTIONS, place, None);
            scope.cloud == Cloud::Azure && coverage.places(id).any(|place| is_tenant(&place))
        };
        let mut operations = vec![operation];
        operations.extend(instead);
        let all = operations.iter().any(tenant_wide) || instead.iter().any(synchronised);
        Places { coverage, scope, operations, all }
    }

    fn hold(&self, subject: Option<&str>) -> bool {
        let asked = |id: &&str| {
            self.coverage.is_asked(id, self.scope, subject)
                || subject.is_some() && self.coverage.is_asked(id, self.scope, None)
        };
        self.all || self.operations.iter().any(asked)
    }
}
