//! Change records among the facts.

use super::facts::Table;
use crate::exchange::Evidence;
use crate::fact::ChangeRecord;
use crate::scope::Scope;
use std::sync::Arc;

/// Takes a record in. Of two pages that say different things of one change neither is believed, whichever came first.
pub(super) fn put(
    changes: &mut Table<(Arc<str>, Arc<str>), ChangeRecord>,
    scope: &Arc<Scope>,
    mut record: ChangeRecord,
    at: Evidence,
) {
    let key = (record.source.clone(), record.id.clone());
    if let Some(known) = changes.get(&key) {
        let mut same = known.fact.clone();
        (same.line, same.problems) = (record.line, record.problems.clone());
        if same != record || record.problems != known.fact.problems {
            let problem = "two files of the source say different things of it".to_owned();
            // The greater record stays; both carry the mark, so that the order of files does not matter.
            let mut greater = known.fact.clone().max(record.clone());
            if !greater.problems.contains(&problem) {
                greater.problems.push(problem);
            }
            let evidence = if known.fact >= record { known.evidence.clone() } else { at };
            record = greater;
            changes.replace(key, scope, record, evidence);
            return;
        }
    }
    changes.put(key, scope, record, at);
}
