//! Which fixes the question about a weakness is after: what feeds name for it. Rows that show such a fix in place are then
//! kept, where an evaluation only counts them.

use crate::error::Error;
use crate::pipeline::Question;
use crate::{read, recall};
use patchseal_core::exchange::{Outcome, Pointer};
use patchseal_core::fact::{Fact, FixedBy};
use patchseal_core::gather::Interest;
use patchseal_core::op;
use patchseal_log::Store;
use patchseal_sources::{Operation, Sink, operation};
use std::collections::{BTreeMap, BTreeSet};

/// The fixes that sealed feeds name for a weakness, and the updates that took their places.
pub(crate) fn of(store: &Store, question: &Question<'_>, cve: &str) -> Result<Interest, Error> {
    let feeds: BTreeMap<&str, &'static Operation> =
        op::RELATION_FEEDS.into_iter().filter_map(|(_, id)| Some((id, operation(id)?))).collect();
    let mut named = Named { cve, interest: Interest::default(), replaced: BTreeMap::new() };
    let mut shared = recall::Shared::default();
    let outline = recall::outline(store, question.as_of, question.known_at)?;
    // Of each collector the latest run speaks.
    let runs = recall::gather(store, outline.parts)?.into_iter().map(|run| (run.run.collector.clone(), run));
    for run in runs.collect::<BTreeMap<_, _>>().into_values() {
        for piece in run.pieces(store, &mut shared) {
            for sealed in piece? {
                let Some(operation) = feeds.get(&*sealed.exchange.operation) else { continue };
                if matches!(sealed.exchange.outcome, Outcome::Failure { .. }) {
                    continue;
                }
                let body = sealed.read(store)?;
                // A feed that cannot be read is a gap, which the reading that follows notes.
                let _ = read::rows(operation, question.config, &sealed.exchange, &body, &mut named);
            }
        }
    }
    Ok(named.close())
}

struct Named<'c> {
    cve: &'c str,
    interest: Interest,
    /// Updates by what they take the place of.
    replaced: BTreeMap<String, BTreeSet<String>>,
}

impl Sink for Named<'_> {
    fn fact(&mut self, _: Pointer, fact: Fact<'_>) {
        let Fact::Relation(relation) = fact else { return };
        if relation.cves.iter().any(|cve| cve == self.cve) {
            self.interest.add(&relation.fix);
        }
        if let FixedBy::Kb { number, supersedes: Some(older) } = relation.fix {
            self.replaced.entry(older).or_default().insert(number);
        }
    }
}

impl Named<'_> {
    /// With every update that brings the fixes of those named.
    fn close(mut self) -> Interest {
        let mut open: Vec<String> = self.interest.kbs.iter().cloned().collect();
        while let Some(kb) = open.pop() {
            for newer in self.replaced.get(&kb).into_iter().flatten() {
                if self.interest.kbs.insert(newer.clone()) {
                    open.push(newer.clone());
                }
            }
        }
        self.interest
    }
}
