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
        self,
        coverage: &Coverage,
        operations: &BTreeMap<&str, &'static Operation>,
    ) -> Vec<(&'static str, Scope, Option<Arc<str>>)> {
        let mut unanswered = Vec::new();
        for ((operation, scope), subjects) in self.asks {
            let places = Places::new(coverage, operations, operation, &scope);
            let open = subjects.into_iter().filter(|subject| !places.hold(subject.as_deref()));
            unanswered.extend(open.map(|subject| (operation, scope.clone(), subject)));
        }
        unanswered
    }

    /// Questions without any answer that would not be missed: were they not there, nothing would be a gap.
    pub(crate) fn needless(
        &self,
        coverage: &Coverage,
        operations: &BTreeMap<&str, &'static Operation>,
    ) -> Vec<(Arc<str>, Scope, Option<Arc<str>>)> {
        let failed = coverage.questions().filter(|(.., question)| !question.has_a_page());
        let needless = failed.filter(|(operation, scope, subject, _)| match operations.get(operation) {
            Some(known) if known.when == When::Start && known.reach == Reach::Organisation => {
                let others = |place: &&Scope| place.cloud == scope.cloud;
                coverage.places(operation).filter(others).map(|place| coverage.count(operation, place)).sum::<usize>()
                    > 1
            }
            Some(known) => {
                let asks = self.asks.get(&(known.id, (*scope).clone()));
                let worth_asking = asks.is_some_and(|subjects| subjects.contains(&subject.map(Arc::from)));
                !worth_asking || Places::new(coverage, operations, known.id, scope).hold_without(*subject)
            }
            // Nobody can tell what an operation of another version was needed for.
            None => false,
        });
        needless
            .map(|(operation, scope, subject, _)| (operation.into(), scope.clone(), subject.map(Arc::from)))
            .collect()
    }

    /// Adds the questions that every scope is asked.
    pub(crate) fn start(&mut self, coverage: &Coverage, operations: &BTreeMap<&str, &'static Operation>) {
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
    operation: &'static str,
    /// Operations that state the same.
    instead: &'static [&'static str],
    scope: &'c Scope,
    /// Other operations answered for every subject: by a tenant-wide answer, or by files that are synchronised host by
    /// host.
    instead_of_all: bool,
    /// The operation was asked for the whole tenant, from another scope than this one.
    elsewhere: bool,
    /// This scope is a tenant's.
    is_tenant: bool,
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
        let synchronised = |id: &&str| {
            id.starts_with("resource-data-sync.") && coverage.answered_places(id).any(|place| place == scope)
        };
        // A tenant-wide answer serves every subscription of the tenant.
        let is_tenant = |place: &Scope| {
            scope.cloud == Cloud::Azure && coverage.is_asked(patchseal_core::op::SUBSCRIPTIONS, place, None)
        };
        let tenant_wide = |id: &&str| coverage.answered_places(id).any(is_tenant);
        Places {
            coverage,
            operation,
            instead,
            scope,
            // The failure of what could have stood in for an answer says nothing.
            instead_of_all: instead.iter().any(|id| synchronised(id) || tenant_wide(id)),
            elsewhere: coverage.places(operation).any(|place| place != scope && is_tenant(place)),
            is_tenant: is_tenant(scope),
        }
    }

    /// Whether a question has its own answer or another. Its own failure counts: it is a gap already.
    fn hold(&self, subject: Option<&str>) -> bool {
        self.coverage.is_asked(self.operation, self.scope, subject)
            || self.is_tenant && self.coverage.count(self.operation, self.scope) > 0
            || self.hold_other(subject)
    }

    /// Whether a question that was asked would be answered had it not been.
    fn hold_without(&self, subject: Option<&str>) -> bool {
        self.is_tenant && self.coverage.count(self.operation, self.scope) > 1 || self.hold_other(subject)
    }

    fn hold_other(&self, subject: Option<&str>) -> bool {
        let whole = || subject.is_some() && self.coverage.is_asked(self.operation, self.scope, None);
        let instead = |id: &&str| {
            self.coverage.has_a_page(id, self.scope, subject)
                || subject.is_some() && self.coverage.has_a_page(id, self.scope, None)
        };
        self.elsewhere || self.instead_of_all || whole() || self.instead.iter().any(instead)
    }
}
