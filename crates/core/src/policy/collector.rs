//! How often each collector is to run, and since when.

use super::{Policy, Seconds};
use jiff::Timestamp;

/// What the policy promises of one collector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collector {
    /// How often it is to run; `evidence.cadence` where it does not say.
    pub cadence: Option<Seconds>,
    /// Slack on top of that; `evidence.tolerance` where it does not say.
    pub tolerance: Option<Seconds>,
    /// When it began: what is missing since then was missed, and what was before is not asked for.
    pub since: Option<Timestamp>,
    /// Line of the policy.
    pub line: u32,
}

impl Policy {
    /// How often a collector is to run.
    pub fn cadence(&self, collector: &str) -> Seconds {
        self.collectors.get(collector).and_then(|own| own.cadence).unwrap_or(self.evidence.cadence)
    }

    /// Slack on top of that.
    pub fn tolerance(&self, collector: &str) -> Seconds {
        self.collectors.get(collector).and_then(|own| own.tolerance).unwrap_or(self.evidence.tolerance)
    }

    /// Longest time between two runs of a collector, the slack included.
    pub fn run_limit(&self, collector: &str) -> Seconds {
        self.cadence(collector) + self.tolerance(collector)
    }

    /// Key that sets how often a collector is to run.
    pub fn cadence_key(&self, collector: &str) -> String {
        match self.collectors.get(collector).and_then(|own| own.cadence) {
            Some(_) => format!("collectors.{collector}.cadence"),
            None => "evidence.cadence".to_owned(),
        }
    }
}
