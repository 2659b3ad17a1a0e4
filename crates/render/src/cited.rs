//! Evidence as results print it. Internal ids never leave: a reader sees leaf, exchange and pointer.

use crate::Report;
use jiff::Timestamp;
use patchseal_core::estate::Estate;
use patchseal_core::exchange::{Evidence, Evidences, Pointer};
use patchseal_core::rule::Verdict;
use std::fmt;

/// One place in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cited<'a> {
    /// Leaf that seals the batch.
    pub leaf: u64,
    /// Position in the batch.
    pub exchange: u32,
    /// Place in the answer, as a JSON pointer; empty for the whole answer.
    pub pointer: String,
    /// Operation that was asked.
    pub operation: &'a str,
    /// When.
    pub observed_at: Timestamp,
}

impl fmt::Display for Cited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.leaf, self.exchange)
    }
}

/// An evidence reference, resolved.
pub fn cite<'a>(estate: &'a Estate, evidence: &Evidence) -> Cited<'a> {
    let exchange = estate.exchange(evidence.exchange);
    Cited {
        leaf: exchange.leaf,
        exchange: exchange.index,
        pointer: evidence.pointer.to_string(),
        operation: &exchange.operation,
        observed_at: exchange.observed_at,
    }
}

/// Everything a verdict rests on, in the order of the log.
pub fn all<'a>(report: &Report<'a>, verdict: &Verdict) -> Vec<Cited<'a>> {
    crate::words::evidences(verdict).map(|evidences| each(report.estate, evidences)).unwrap_or_default()
}

/// Every evidence, in the order of the log.
pub fn each<'a>(estate: &'a Estate, evidences: &Evidences) -> Vec<Cited<'a>> {
    let mut cited: Vec<_> = evidences.iter().map(|evidence| cite(estate, evidence)).collect();
    cited.sort();
    cited.dedup();
    cited
}

/// The one place worth showing: the first that names a part of an answer, else the first.
pub fn best<'a>(report: &Report<'a>, verdict: &Verdict) -> Option<Cited<'a>> {
    let evidences = crate::words::evidences(verdict)?;
    let part = evidences.iter().find(|evidence| evidence.pointer != Pointer::Whole);
    part.or_else(|| evidences.iter().next()).map(|evidence| cite(report.estate, evidence))
}
