//! What an evaluation changed since another one: written next to it, and read back into a state.

use super::Index;
use super::lines::{self, Line, Writer, print};
use super::rows::{asset, exposure, scope, verdict};
use crate::error::Error;
use crate::pipeline::Evaluated;
use patchseal_log::{Pack, Store};
use patchseal_render::coverage;
use patchseal_render::history::Key;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Every row of an evaluation, as digests: enough to tell what the next one changes.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Sorted.
    rows: Vec<(Key, u64)>,
    /// Lines of the deltas that it rests on, the first of which does not count.
    chain: u64,
}

/// Changes, ready to be stored.
pub struct Delta {
    /// The pack.
    pub pack: Pack,
    /// It holds every row and is held against nothing.
    pub whole: bool,
    /// Lines.
    pub lines: u64,
}

/// Rows encoded at a time.
const CHUNK: usize = 1024;
/// Chunks encoded before what changed of them is compressed and forgotten.
const TOGETHER: usize = 4;
/// A delta rests on others until they have more lines than there are rows, or than this: reading the state costs twice the
/// state at most, and what is written twice is as much again as what changed.
const CHAIN: u64 = 4096;

/// One row, ready to be written.
struct Encoded {
    key: Key,
    print: u64,
}

/// Rows of one piece of work: their digests, and lines of those that changed.
#[derive(Default)]
struct Piece {
    rows: Vec<Encoded>,
    changed: u64,
    bytes: Vec<u8>,
}

impl Piece {
    fn put(&mut self, base: &State, key: Key, row: &impl Serialize, note: Option<&str>) {
        let Ok(raw) = serde_json::value::to_raw_value(row) else { return };
        let print = print(raw.get());
        self.rows.push(Encoded { key, print });
        if base.get(key) != Some(print) {
            self.line(key, Some(&raw), note);
        }
    }

    fn line(&mut self, (table, id): Key, row: Option<&RawValue>, note: Option<&str>) {
        let line = Line { table, id: format!("{id:016x}"), row, note: note.map(str::to_owned) };
        self.changed += 1;
        if serde_json::to_writer(&mut self.bytes, &line).is_ok() {
            self.bytes.push(b'\n');
        }
    }
}

impl State {
    /// The digest of a row.
    pub fn get(&self, key: Key) -> Option<u64> {
        let at = self.rows.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.rows[at].1)
    }

    /// The state that a leaf's delta leads to.
    pub fn read(store: &Store, index: &Index, leaf: u64) -> Result<State, Error> {
        let chain = index.chain(leaf)?;
        let mut all: Vec<(Key, usize, Option<u64>)> = Vec::new();
        let mut length = 0;
        for (order, given) in chain.iter().rev().enumerate() {
            let read = |key, row: Option<&str>, _| all.push((key, order, row.map(print)));
            length = lines::read(store, given.point.leaf, &given.delta, read)?.chain;
        }
        // Of several lines about one row, the last one counts.
        all.sort_unstable_by_key(|(key, order, _)| (*key, std::cmp::Reverse(*order)));
        all.dedup_by_key(|(key, ..)| *key);
        let rows = all.into_iter().filter_map(|(key, _, print)| Some((key, print?))).collect();
        Ok(State { rows, chain: length })
    }

    /// What an evaluation changes, and the state it leads to. `base` is the state before, where there is one.
    pub fn advance(base: Option<&State>, evaluated: &Evaluated) -> (Delta, State) {
        State::advance_within(base, evaluated, CHAIN)
    }

    fn advance_within(base: Option<&State>, evaluated: &Evaluated, least: u64) -> (Delta, State) {
        let whole = base.is_none_or(|base| base.chain > least.max(base.rows.len() as u64));
        let nothing = State::default();
        let base = base.filter(|_| !whole).unwrap_or(&nothing);
        let mut writer = Writer::default();
        let scopes = coverage::scopes_of(&evaluated.estate);
        let exposures: Vec<_> = evaluated.estate.ledger.exposures().collect();
        let Evaluated { estate, evaluation, .. } = evaluated;
        // Growing would take half as much again, beside the estate itself.
        let most = scopes.len() + estate.assets.len() + exposures.len() + evaluation.findings.len();
        let mut rows: Vec<(Key, u64)> = Vec::with_capacity(most);
        let mut take = |pieces: Vec<Piece>| {
            for piece in pieces {
                writer.put(piece.changed, &piece.bytes);
                rows.extend(piece.rows.iter().map(|row| (row.key, row.print)));
            }
        };
        each(&scopes, &mut take, |one, piece| {
            let (key, row) = scope(one);
            piece.put(base, key, &row, None);
        });
        each(&estate.assets, &mut take, |one, piece| {
            if let Some((key, row)) = asset(one) {
                piece.put(base, key, &row, None);
            }
        });
        each(&exposures, &mut take, |one, piece| {
            let (key, row) = exposure(one);
            piece.put(base, key, &row, None);
        });
        each(&evaluation.findings, &mut take, |one, piece| {
            if let Some((key, row, note)) = verdict(one) {
                piece.put(base, key, &row, note);
            }
        });
        rows.sort_unstable();
        let mut gone = Piece::default();
        for (key, _) in &base.rows {
            if rows.binary_search_by_key(key, |(key, _)| *key).is_err() {
                gone.line(*key, None, None);
            }
        }
        writer.put(gone.changed, &gone.bytes);
        let lines = writer.lines;
        let chain = if whole { 0 } else { base.chain + lines };
        let pack = writer.finish(chain, rows.len() as u64);
        (Delta { pack, whole, lines }, State { rows, chain })
    }

    /// The state of an evaluation.
    pub fn of(evaluated: &Evaluated) -> State {
        State::advance(None, evaluated).1
    }

    /// Rows that two states do not have alike.
    pub fn differences(&self, other: &State) -> Vec<Key> {
        let mut both: BTreeMap<Key, (Option<u64>, Option<u64>)> = BTreeMap::new();
        for (key, print) in &self.rows {
            both.entry(*key).or_default().0 = Some(*print);
        }
        for (key, print) in &other.rows {
            both.entry(*key).or_default().1 = Some(*print);
        }
        both.into_iter().filter(|(_, (one, other))| one != other).map(|(key, _)| key).collect()
    }
}

/// Encodes in parallel and takes in order.
fn each<T: Sync>(items: &[T], take: &mut impl FnMut(Vec<Piece>), encode: impl Fn(&T, &mut Piece) + Sync) {
    for some in items.chunks(CHUNK * TOGETHER) {
        let piece = |chunk: &[T]| {
            let mut piece = Piece::default();
            chunk.iter().for_each(|item| encode(item, &mut piece));
            piece
        };
        take(some.par_chunks(CHUNK).map(piece).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchseal_core::engine::{Keep, evaluate};
    use patchseal_core::example::World;
    use patchseal_core::rules::RULES;

    fn evaluated(change: impl FnOnce(World) -> World) -> Evaluated {
        let world = change(World::new().host("web-1").host("web-2"));
        let estate = world.estate();
        let evaluation = evaluate(RULES, &world.policy, &estate, Keep::Findings);
        Evaluated { estate, evaluation, carried: None }
    }

    #[test]
    fn what_stays_is_written_once_and_what_changes_every_time() {
        let (plain, terminated) = (evaluated(|world| world), evaluated(World::terminated));
        let (first, state) = State::advance(None, &plain);
        assert!(first.whole && first.lines == state.rows.len() as u64);
        let (same, state) = State::advance(Some(&state), &plain);
        assert!(!same.whole && same.lines == 0, "{} lines for nothing", same.lines);
        let (changed, state) = State::advance(Some(&state), &terminated);
        assert!(!changed.whole && changed.lines > 0);
        assert_eq!(state.differences(&State::of(&terminated)), []);
        let (back, state) = State::advance(Some(&state), &plain);
        assert_eq!(back.lines, changed.lines, "what went comes back");
        assert_eq!(state.chain, back.lines + changed.lines);
    }

    /// Reading a state costs twice its rows at most, however often it changes.
    #[test]
    fn a_long_chain_ends_in_a_whole_state() {
        let both = [evaluated(|world| world), evaluated(World::terminated)];
        let (_, mut state) = State::advance(None, &both[0]);
        let mut wholes = 0;
        for turn in 1..40 {
            let (delta, next) = State::advance_within(Some(&state), &both[turn % 2], 0);
            wholes += usize::from(delta.whole);
            assert!(next.chain <= next.rows.len() as u64 + delta.lines);
            state = next;
        }
        assert!((1..20).contains(&wholes), "{wholes} whole states in 39 turns");
    }
}
