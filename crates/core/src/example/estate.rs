//! Worlds folded into estates, straight or by way of the bytes that are carried from run to run.

use super::{Draft, World};
use crate::coverage::PageSigns;
use crate::estate::EstateBuilder;
use crate::exchange::{Digest, Exchange, Origin, Outcome, Pointer, Run};
use crate::fact::Fact;
use crate::gather::{Gatherer, Interest};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who asks in these worlds.
const COLLECTOR: &str = "example";

impl World {
    /// The state of the world, for `test` to look at.
    pub fn estate(&self) -> crate::estate::Estate {
        let mut builder = EstateBuilder::new(&self.policy, self.now());
        for draft in &self.runs {
            builder.begin(run_of(draft));
            self.answer(draft, &mut builder);
            builder.end();
        }
        self.filed_in(builder)
    }

    /// The same by way of bytes: what each run leaves is written, and read back before the next; and the last run is read
    /// again.
    pub fn estate_carried(&self) -> crate::estate::Estate {
        let left = self.left();
        let resumed = EstateBuilder::resume(&self.policy, self.now(), &left);
        let mut builder = resumed.expect("what was written can be read");
        if let Some(draft) = self.runs.last() {
            assert_eq!(builder.unread().keys().collect::<Vec<_>>(), [COLLECTOR]);
            builder.begin_again(COLLECTOR);
            self.answer(draft, &mut builder);
            assert!(builder.end_again(), "the same run is the one that was told of");
        }
        self.filed_in(builder)
    }

    /// What the runs leave, each after the other, as bytes.
    pub(crate) fn left(&self) -> Vec<u8> {
        let mut left = Vec::new();
        EstateBuilder::new(&self.policy, self.now()).carry(&mut |piece| left.extend_from_slice(piece));
        for draft in &self.runs {
            let resumed = EstateBuilder::resume(&self.policy, self.now(), &left);
            let mut builder = resumed.expect("what was written can be read");
            builder.begin(run_of(draft));
            self.answer(draft, &mut builder);
            builder.end();
            left.clear();
            builder.carry(&mut |piece| left.extend_from_slice(piece));
        }
        left
    }

    /// The same, with nothing written on the way.
    #[cfg(test)]
    pub(crate) fn left_at_once(&self) -> Vec<u8> {
        let mut builder = EstateBuilder::new(&self.policy, self.now());
        for draft in &self.runs {
            builder.begin(run_of(draft));
            self.answer(draft, &mut builder);
            builder.end();
        }
        let mut left = Vec::new();
        builder.carry(&mut |piece| left.extend_from_slice(piece));
        left
    }

    fn filed_in(&self, builder: EstateBuilder<'_>) -> crate::estate::Estate {
        let mut estate = builder.finish();
        let (filed, approvals) = self.filed();
        estate.file(filed, approvals);
        let leaf = |logged_at| crate::estate::PolicyLeaf { leaf: 0, logged_at };
        let approvals = self.policy_approvals.iter().map(|one| (leaf(one.logged_at), one.clone()));
        estate.govern(self.sealed.map(leaf), approvals.collect());
        estate
    }

    /// The answers of a run.
    fn answer(&self, draft: &Draft, builder: &mut EstateBuilder<'_>) {
        let mut interest = Interest::default();
        for fact in self.runs.iter().flat_map(|draft| draft.facts.values()).flatten() {
            if let Fact::Relation(relation) = fact {
                interest.add(&relation.fix);
            }
        }
        let mut keys: BTreeSet<_> = draft.answered.iter().chain(draft.facts.keys()).collect();
        keys.extend(draft.failed.keys());
        for (number, key) in keys.into_iter().enumerate() {
            let (operation, scope, subject) = key;
            let outcome = match draft.failed.get(key) {
                Some(kind) => Outcome::Failure { kind: *kind, message: "AccessDenied".to_owned() },
                None => Outcome::Answer {
                    status: 200,
                    media_type: "application/json".into(),
                    body: Digest([0; 32]),
                    bytes: 0,
                    redactions: Box::default(),
                },
            };
            let failed = matches!(outcome, Outcome::Failure { .. });
            let exchange = Exchange {
                leaf: 0,
                index: number as u32,
                run: 0,
                operation: (*operation).into(),
                scope: scope.clone(),
                subject: subject.as_deref().map(Arc::from),
                page: 1,
                observed_at: draft.at,
                outcome,
            };
            let id = builder.add(exchange, PageSigns::default());
            if failed {
                continue;
            }
            let watch = builder.watch();
            let mut gatherer = Gatherer::new(&watch).keeping(&interest);
            for (row, fact) in draft.facts.get(key).into_iter().flatten().enumerate() {
                gatherer.take(Pointer::Row(&"/rows", row as u32), fact.clone());
            }
            builder.absorb(id, gatherer.finish());
        }
        for (operation, scope, subject) in &draft.unasked {
            builder.not_asked(operation, scope.clone(), subject.as_deref().map(Arc::from));
        }
        for (operation, scope, subject) in &draft.needless {
            builder.needless((*operation).into(), scope.clone(), subject.as_deref().map(Arc::from));
        }
    }
}

fn run_of(draft: &Draft) -> Run {
    Run {
        collector: COLLECTOR.to_owned(),
        observed_at: draft.at,
        logged_at: draft.logged,
        origin: Origin::Imported,
        note: String::new(),
    }
}
