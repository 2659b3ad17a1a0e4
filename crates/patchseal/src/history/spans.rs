//! Deltas read back into spans: what held from which evaluation to which.

use super::{Given, Index, lines};
use crate::error::Error;
use jiff::Timestamp;
use patchseal_core::history::{Point, Timeline};
use patchseal_log::Store;
use patchseal_render::history::{Entry, Key, Row, Table};
use std::collections::{BTreeMap, BTreeSet};

/// What held when, as far as the log knew at a size.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The evaluations it is made of, in the order of time.
    pub points: Vec<Point>,
    /// What held, by key and time.
    pub entries: Vec<Entry>,
}

/// A row as text. Its note does not count as a difference.
#[derive(Clone, Debug)]
struct Value {
    row: Box<str>,
    note: Option<Box<str>>,
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.row == other.row
    }
}

impl History {
    /// Reads what the log knew at a size of these tables, up to a time.
    pub fn read(
        store: &Store,
        index: &Index,
        known_at: u64,
        until: Option<Timestamp>,
        tables: &[Table],
    ) -> Result<History, Error> {
        let mut points = index.points(known_at);
        points.retain(|point| until.is_none_or(|until| point.as_of <= until));
        let mut timeline: Timeline<Key, Value> = Timeline::default();
        let mut current = None;
        for point in &points {
            let Some(given) = index.given.get(&point.leaf) else { continue };
            if given.base.is_some() && given.base == current {
                for (key, value) in changes(store, given, tables)? {
                    timeline.change(*point, key, value);
                }
            } else {
                let state = state(store, index, given, tables)?;
                let gone: Vec<Key> = timeline.keys().filter(|key| !state.contains_key(*key)).copied().collect();
                for key in gone {
                    timeline.change(*point, key, None);
                }
                for (key, value) in state {
                    timeline.change(*point, key, Some(value));
                }
            }
            current = Some(point.leaf);
        }
        let replaced: BTreeSet<Timestamp> = {
            let known = |given: &&Given| given.point.leaf < known_at;
            let mut times: Vec<Timestamp> = index.given.values().filter(known).map(|given| given.point.as_of).collect();
            times.sort_unstable();
            times.chunk_by(|one, other| one == other).filter(|same| same.len() > 1).map(|same| same[0]).collect()
        };
        let mut entries = Vec::new();
        for span in timeline.spans() {
            let wrong = |error: serde_json::Error| Error::Evidence {
                leaf: span.recorded,
                reason: format!("a row of its delta cannot be read: {error}"),
            };
            let recorded_at = index.given.get(&span.recorded).map(|given| given.logged_at).unwrap_or_default();
            entries.push(Entry {
                key: span.key,
                row: Row::parse(span.key.0, &span.value.row).map_err(wrong)?,
                note: span.value.note.map(String::from),
                from: span.from,
                to: span.to,
                recorded: span.recorded,
                recorded_at,
                restated: replaced.contains(&span.from),
            });
        }
        Ok(History { points, entries })
    }

    /// What held at a time: at the last evaluation up to it.
    pub fn at(&self, time: Timestamp) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.held_at(time))
    }
}

/// The rows of an evaluation that are asked for.
pub(super) fn rows(store: &Store, index: &Index, leaf: u64, wanted: &[Key]) -> Result<BTreeMap<Key, Row>, Error> {
    let Some(given) = index.given.get(&leaf) else { return Ok(BTreeMap::new()) };
    let all = [Table::Scope, Table::Asset, Table::Exposure, Table::Verdict];
    let mut found = BTreeMap::new();
    for (key, value) in state(store, index, given, &all)? {
        if wanted.binary_search(&key).is_ok() {
            let wrong = |error| Error::Evidence { leaf, reason: format!("a row of its delta cannot be read: {error}") };
            found.insert(key, Row::parse(key.0, &value.row).map_err(wrong)?);
        }
    }
    Ok(found)
}

type Changes = Vec<(Key, Option<Value>)>;

fn changes(store: &Store, given: &Given, tables: &[Table]) -> Result<Changes, Error> {
    let mut changes = Vec::new();
    lines::read(store, given.point.leaf, &given.delta, |key, row, note| {
        if tables.contains(&key.0) {
            let value = row.map(|row| Value { row: row.into(), note: note.map(String::into_boxed_str) });
            changes.push((key, value));
        }
    })?;
    Ok(changes)
}

/// Everything that an evaluation has, from its own delta and those that it rests on.
fn state(store: &Store, index: &Index, given: &Given, tables: &[Table]) -> Result<BTreeMap<Key, Value>, Error> {
    let mut state = BTreeMap::new();
    for given in index.chain(given.point.leaf)?.into_iter().rev() {
        for (key, value) in changes(store, given, tables)? {
            match value {
                Some(value) => state.insert(key, value),
                None => state.remove(&key),
            };
        }
    }
    Ok(state)
}
