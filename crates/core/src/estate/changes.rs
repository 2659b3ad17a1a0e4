//! Change records among the facts.

use super::table::Table;
use crate::exchange::Evidence;
use crate::fact::ChangeRecord;
use crate::scope::Scope;
use std::sync::Arc;

/// Takes a record in. Of two pages that say different things of one change neither is believed, whichever came first.
pub(super) fn put(
    changes: &mut Table<(Arc<str>, Arc<str>), ChangeRecord>,
    scope: &Arc<Scope>,
    record: ChangeRecord,
    at: Evidence,
) {
    let key = (record.source.clone(), record.id.clone());
    if let Some(known) = changes.get(&key) {
        let line = known.fact.line;
        if (ChangeRecord { line, ..record.clone() }) != known.fact {
            let (source, id) = key.clone();
            let problems = vec!["two files of the source say different things of it".to_owned()];
            let record = ChangeRecord { source, id, line: line.min(record.line), problems, ..ChangeRecord::default() };
            let evidence = known.evidence.clone();
            changes.replace(key, scope, record, evidence);
            return;
        }
    }
    changes.put(key, scope, record, at);
}
