//! Who collects, and when each of them did.

use super::Context;
use crate::exchange::Evidence;
use crate::scope::Cloud;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A collector to judge.
pub struct CollectorSubject<'a> {
    /// Its name, as recordings and the policy have it.
    pub name: &'a str,
    /// Its runs to which a source answered something, oldest first: when, and one of the answers.
    pub runs: Vec<(Timestamp, Evidence)>,
    /// Runs that nothing answered.
    pub unanswered: usize,
    /// An answer to the newest run of any collector: it stands for all that could have been this one's.
    pub newest: Option<Evidence>,
}

impl CollectorSubject<'_> {
    /// Id in results.
    pub fn id(&self) -> String {
        format!("collectors/{}", self.name)
    }
}

/// Whether what is read there is a source's answer: every import brings the table of lifecycles along by itself.
fn is_a_source(cloud: Cloud, account: &str) -> bool {
    !(cloud == Cloud::Feeds && account == "lifecycle")
}

impl<'a> Context<'a> {
    /// Every collector that ran or that the policy names, by name.
    pub fn collectors(&self) -> Vec<CollectorSubject<'a>> {
        let mut answers: BTreeMap<u32, &Evidence> = BTreeMap::new();
        for (scope, history) in &self.estate.scopes {
            if is_a_source(scope.cloud, &scope.account) {
                for run in &history.runs {
                    if let Some(evidence) = &run.evidence {
                        answers.entry(run.run).or_insert(evidence);
                    }
                }
            }
        }
        let newest = answers.last_key_value().map(|(_, evidence)| (*evidence).clone());
        let subject =
            |name: &'a str| CollectorSubject { name, runs: Vec::new(), unanswered: 0, newest: newest.clone() };
        let named = self.policy.collectors.keys();
        let mut all: BTreeMap<&'a str, CollectorSubject<'a>> =
            named.map(|name| (name.as_str(), subject(name))).collect();
        for (number, run) in self.estate.runs.iter().enumerate() {
            let own = all.entry(&run.collector).or_insert_with(|| subject(&run.collector));
            match answers.get(&(number as u32)) {
                Some(evidence) => own.runs.push((run.observed_at, (*evidence).clone())),
                None => own.unanswered += 1,
            }
        }
        all.into_values().collect()
    }
}
