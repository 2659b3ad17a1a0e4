//! History: what every evaluation changed since the one before. An evaluation leaf names a pack with the rows that came,
//! changed or went, and the leaf that they are held against; so history grows with change, not with days or hosts.

mod delta;
mod differences;
mod lines;
mod rows;
mod spans;

pub use delta::{Delta, State};
pub use differences::{Difference, differences_of};
pub use rows::id_of;
pub use spans::History;

use crate::error::Error;
use crate::manifest::Leaf;
use jiff::Timestamp;
use patchseal_core::history::{Point, due, in_force};
use patchseal_log::Store;
use std::collections::BTreeMap;

/// An evaluation that history is made of.
#[derive(Clone, Debug)]
pub struct Given {
    /// Where and when.
    pub point: Point,
    /// Leaf that its changes are held against; none where they are all there is.
    pub base: Option<u64>,
    /// Pack with its changes.
    pub delta: String,
    /// When it was sealed.
    pub logged_at: Timestamp,
    /// Digest of the policy.
    pub policy: String,
    /// Rules and engine.
    pub edition: String,
}

/// What the log holds of history, before any row is read.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Evaluations with rows, by leaf.
    pub given: BTreeMap<u64, Given>,
    /// When something was observed, and the leaf that brought it.
    pub observed: Vec<(Timestamp, u64)>,
    /// Runs by id: when each was observed, and its first leaf.
    pub runs: BTreeMap<String, (Timestamp, u64)>,
    /// Files of the policies that were sealed, by digest.
    pub policies: BTreeMap<String, String>,
}

impl Index {
    /// Reads the leaves.
    pub fn read(store: &Store) -> Result<Index, Error> {
        let mut index = Index::default();
        let size = store.checkpoint().size;
        let time = |leaf, text: &str| {
            text.parse::<Timestamp>().map_err(|_| Error::Evidence { leaf, reason: format!("{text:?} is no time") })
        };
        for (leaf, bytes) in (0..size).zip(store.leaves(0..size)) {
            match Leaf::parse(&bytes?) {
                Some(Leaf::Batch { observed_at, run, .. }) => {
                    let at = time(leaf, &observed_at)?;
                    index.observed.push((at, leaf));
                    index.runs.entry(run).or_insert((at, leaf));
                }
                Some(Leaf::Policy { sha256, source, .. }) => {
                    index.policies.insert(sha256, source);
                }
                Some(Leaf::Evaluation {
                    as_of,
                    base,
                    pack: Some(delta),
                    edition,
                    input_size,
                    logged_at,
                    policy,
                    ..
                }) => {
                    let point = Point { as_of: time(leaf, &as_of)?, input_size, leaf };
                    let logged_at = time(leaf, &logged_at)?;
                    index.given.insert(leaf, Given { point, base, delta, logged_at, policy, edition });
                }
                _ => {}
            }
        }
        Ok(index)
    }

    /// The points in force as far as the log knew at a size, in the order of time.
    pub fn points(&self, known_at: u64) -> Vec<Point> {
        in_force(self.given.values().map(|given| given.point), known_at)
    }

    /// Times up to `as_of` that have to be evaluated before it: every run's that no point gives yet, and every point that
    /// an observation sealed since makes out of date; with `restate`, every point there is.
    pub fn due(&self, as_of: Timestamp, known_at: u64, restate: bool) -> Vec<Timestamp> {
        let points: Vec<Point> = self.points(known_at).into_iter().filter(|point| point.as_of < as_of).collect();
        let known = |(at, leaf): &&(Timestamp, u64)| *at < as_of && *leaf < known_at;
        let observed: Vec<(Timestamp, u64)> = self.observed.iter().filter(known).copied().collect();
        let mut times: Vec<Timestamp> = observed.iter().map(|(at, _)| *at).collect();
        if restate {
            times.extend(points.iter().map(|point| point.as_of));
            times.sort_unstable();
            times.dedup();
            return times;
        }
        due(&times, &points, &observed)
    }

    /// The point in force that comes before a time.
    pub fn before(&self, time: Timestamp) -> Option<Point> {
        self.points(u64::MAX).into_iter().rev().find(|point| point.as_of < time)
    }

    /// An evaluation and those that it rests on, itself first.
    fn chain(&self, leaf: u64) -> Result<Vec<&Given>, Error> {
        let mut chain = Vec::new();
        let mut next = Some(leaf);
        while let Some(leaf) = next {
            let given = self.given.get(&leaf).filter(|given| given.base.is_none_or(|base| base < leaf));
            let given = given.ok_or_else(|| Error::Evidence {
                leaf,
                reason: "history rests on it, and it is no evaluation with rows of its own".to_owned(),
            })?;
            chain.push(given);
            next = given.base;
        }
        Ok(chain)
    }
}
