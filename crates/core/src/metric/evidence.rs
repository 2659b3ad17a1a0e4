//! How gapless the record is.

use super::{FRESHNESS, GAP_COUNT, GAP_LONGEST, GAP_SHARE, Metric};
use crate::estate::{Estate, ScopeRun};
use crate::policy::Policy;

/// What a run got of a scope, in a word: everything that was asked, a part, or nothing.
pub fn status(run: &ScopeRun) -> &'static str {
    match (&run.evidence, run.gaps.is_empty()) {
        (None, _) => "unread",
        (Some(_), true) => "complete",
        (Some(_), false) => "partial",
    }
}

pub(super) fn add(policy: &Policy, estate: &Estate, all: &mut Vec<Metric>) {
    let now = estate.as_of.as_second();
    let (mut gaps, mut missed, mut longest, mut seconds) = (0, 0, 0, 0);
    let (mut observed, mut never, mut oldest, mut never_complete) = (0, 0, 0, 0);
    for history in estate.scopes.values() {
        let read: Vec<i64> =
            history.runs.iter().filter(|run| status(run) != "unread").map(|run| run.observed_at.as_second()).collect();
        let Some(first) = read.first() else {
            never += 1;
            continue;
        };
        observed += 1;
        let limit = policy.run_limit(estate.strictest_collector(history, policy));
        seconds += now - first;
        for (at, next) in read.iter().zip(read.iter().skip(1).chain([&now])) {
            let length = next - at;
            if length > limit {
                gaps += 1;
                missed += length;
                longest = longest.max(length);
            }
        }
        match history.runs.iter().rfind(|run| status(run) == "complete") {
            Some(last) => oldest = oldest.max(now - last.observed_at.as_second()),
            None => never_complete += 1,
        }
    }
    all.extend([
        Metric::plain(&GAP_COUNT, gaps, observed, never),
        Metric::share(&GAP_SHARE, "all", missed, seconds, never),
        Metric::plain(&GAP_LONGEST, longest, 1, never),
        Metric::plain(&FRESHNESS, oldest, 1, never + never_complete),
    ]);
}
