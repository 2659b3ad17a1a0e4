//! Results to bytes, one file per format. Pure: answers come in through [`Answers`], bytes go out through a writer.
//! Formats write in small pieces: hand them a buffered writer.

pub mod affected;
pub mod cited;
pub mod controls;
pub mod coverage;
pub mod csv;
pub mod explain;
pub mod figures;
pub mod history;
pub mod html;
pub mod human;
pub mod json;
pub mod markdown;
pub mod ndjson;
pub mod populations;
pub mod query;
pub mod since;
pub mod summary;
pub mod words;

use jiff::Timestamp;
use patchseal_core::engine::Evaluation;
use patchseal_core::estate::Estate;
use patchseal_core::policy::Policy;

/// Everything a format needs.
pub struct Report<'a> {
    /// Version of Patchseal.
    pub version: &'a str,
    /// Digest of the rules and the engine.
    pub edition: &'a str,
    /// The state of the world at this time.
    pub as_of: Timestamp,
    /// Why this time: `newest observation`, `now`, `--as-of`.
    pub as_of_because: &'a str,
    /// As far as the log knew at this size.
    pub known_at: u64,
    /// The log.
    pub log: LogState<'a>,
    /// The policy.
    pub policy: &'a Policy,
    /// The state.
    pub estate: &'a Estate,
    /// The verdicts.
    pub evaluation: &'a Evaluation,
    /// Recorded answers, for snippets.
    pub answers: &'a dyn Answers,
    /// Findings below this are left out of what is shown, not of the counts. Filters were applied already.
    pub shown: &'a [usize],
    /// A clean result was allowed to be incomplete (`--allow-incomplete`); reports say so first.
    pub allow_incomplete: bool,
}

/// Where the log stands, as every document states it.
#[derive(Clone, Copy, serde::Serialize)]
pub struct LogState<'a> {
    /// Origin line of its checkpoints.
    pub origin: &'a str,
    /// Leaves.
    pub size: u64,
    /// Root, in hexadecimal.
    pub root: &'a str,
    /// Assurance level reached, `L0` to `L4`.
    #[serde(skip)]
    pub assurance: &'a str,
}

/// Gives back recorded answers.
pub trait Answers {
    /// The redacted body of an exchange; `None` where the pack has expired or the exchange failed.
    fn body(&self, leaf: u64, exchange: u32) -> Option<Vec<u8>>;
}
