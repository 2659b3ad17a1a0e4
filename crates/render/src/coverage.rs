//! What was read and what was not: the denominator of every number.

use crate::Report;
use jiff::Timestamp;
use patchseal_core::asset::Asset;
use patchseal_core::estate::{Estate, ScopeHistory};
use patchseal_core::fact::Power;
use patchseal_core::op;
use patchseal_core::reading::Gap;
use patchseal_core::rule::Verdict;
use patchseal_core::scope::{Cloud, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// How completely a scope was read by the run that speaks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing of it was read.
    Unread,
    /// Some of it could not be read.
    Partial,
    /// Everything asked was answered.
    Complete,
}

impl Status {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Unread => "unread",
            Status::Partial => "partial",
            Status::Complete => "complete",
        }
    }
}

/// One scope.
pub struct ScopeRow<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// How completely it was read.
    pub status: Status,
    /// Why not wholly, and what earlier runs missed; each names operation and kind of failure.
    pub reasons: Vec<String>,
    /// How many of the reasons, from the first, are about the run that speaks for it.
    pub of_now: usize,
    /// Hosts in it.
    pub assets: usize,
    /// When the run that speaks for it read it; `None` where it did not.
    pub last_read: Option<Timestamp>,
}

/// Hosts by how far they could be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Hosts that exist.
    pub assets: usize,
    /// Those on which no rule had to say "unknown".
    pub evaluated: usize,
    /// Those on which at least one rule could not tell.
    pub unknown: usize,
}

/// Whether a host counts in the population at `as_of`.
pub fn exists(asset: &Asset) -> bool {
    !asset.gone && asset.power != Power::Terminated
}

/// Every scope that was read or should have been, sorted.
pub fn scopes<'a>(report: &Report<'a>) -> Vec<ScopeRow<'a>> {
    scopes_of(report.estate)
}

/// The same of an estate.
pub fn scopes_of(estate: &Estate) -> Vec<ScopeRow<'_>> {
    let mut gaps: BTreeMap<Scope, Vec<Gap>> = BTreeMap::new();
    for gap in estate.coverage.gaps() {
        gaps.entry(gap.scope.clone()).or_default().push(gap);
    }
    let mut assets: BTreeMap<&Scope, (usize, Option<Timestamp>)> = BTreeMap::new();
    for asset in &estate.assets {
        let (count, seen) = assets.entry(&asset.scope).or_default();
        *count += usize::from(exists(asset));
        *seen = (*seen).max(Some(asset.last_seen));
    }
    let row = |(scope, history)| {
        let asked = asked_at(estate, scope);
        let history: &ScopeHistory = estate.scopes.get(&asked).unwrap_or(history);
        let gaps = gaps.get(&asked).map(Vec::as_slice).unwrap_or_default();
        let (count, seen) = assets.get(scope).copied().unwrap_or_default();
        let answered = history.runs.last().is_some_and(|run| run.evidence.is_some() || Some(run.observed_at) == seen);
        let (mut reasons, mut of_now) = reasons(history, answered, gaps);
        let imported = scope.cloud == Cloud::Feeds && estate.facts.feeds.get(&*scope.account).is_some();
        let relates = op::RELATION_FEEDS.iter().any(|(feed, _)| **feed == *scope.account);
        if let Some(gap) = estate.feed_gap(&scope.account, None).filter(|_| imported && relates) {
            reasons.insert(of_now, format!("completeness unknown: {gap}"));
            of_now += 1;
        }
        ScopeRow {
            scope,
            status: status(answered, gaps),
            reasons,
            of_now,
            assets: count,
            last_read: history.runs.last().filter(|_| answered).map(|run| run.observed_at),
        }
    };
    estate.scopes.iter().map(row).collect()
}

/// Where the questions about a scope are put: Azure answers for a subscription as a whole, whatever the location.
fn asked_at(estate: &Estate, scope: &Scope) -> Scope {
    let wide = scope.account_wide();
    if scope.cloud == Cloud::Azure && estate.scopes.contains_key(&wide) { wide } else { scope.clone() }
}

/// `answered`: an answer of the run that speaks for the scope, its own or one that covers many, says something of it.
fn status(answered: bool, gaps: &[Gap]) -> Status {
    match answered {
        false => Status::Unread,
        true if gaps.is_empty() => Status::Complete,
        true => Status::Partial,
    }
}

/// The reasons, and how many of them are about now.
fn reasons(history: &ScopeHistory, answered: bool, gaps: &[Gap]) -> (Vec<String>, usize) {
    let mut reasons = Vec::new();
    match history.runs.last() {
        None => {
            let because = history.expected_because.as_deref().unwrap_or("named by the policy");
            reasons.push(format!("not-asked: expected ({because}), and no run asked anything here"));
        }
        Some(last) if !answered && gaps.is_empty() => {
            reasons.push(format!("not-asked: the run of {} asked nothing here", last.observed_at));
        }
        Some(_) => {}
    }
    // A question per host can fail thousands of times for one cause: say the cause once, with the count.
    let mut now: BTreeMap<(&str, &str), (usize, &str)> = BTreeMap::new();
    for gap in gaps {
        let entry = now.entry((&gap.operation, gap.reason.as_str())).or_insert((0, &gap.message));
        entry.0 += 1;
    }
    for ((operation, kind), (count, message)) in now {
        let times = if count > 1 { format!(", {count} times") } else { String::new() };
        let said = if message.is_empty() { String::new() } else { format!(" ({message})") };
        reasons.push(format!("{operation}: {kind}{times}{said}"));
    }
    let of_now = reasons.len();
    let earlier = history.runs.split_last().map(|(_, earlier)| earlier).unwrap_or_default();
    let mut before: BTreeMap<(&str, &str), (usize, Timestamp)> = BTreeMap::new();
    for run in earlier {
        let mut seen: BTreeSet<(&str, &str)> =
            run.gaps.iter().map(|gap| (&*gap.operation, gap.reason.as_str())).collect();
        if run.evidence.is_none() && run.gaps.is_empty() {
            seen.insert(("every operation", "not-asked"));
        }
        for key in seen {
            let entry = before.entry(key).or_insert((0, run.observed_at));
            entry.0 += 1;
            entry.1 = entry.1.max(run.observed_at);
        }
    }
    for ((operation, kind), (count, last)) in before {
        let runs = if count == 1 { "an earlier run".to_owned() } else { format!("{count} earlier runs") };
        reasons.push(format!("{operation}: {kind} in {runs}, last {last}"));
    }
    (reasons, of_now)
}

/// Counts hosts by whether anything about them is unknown. An unknown lineage makes each of its members unknown.
pub fn hosts(report: &Report<'_>) -> Hosts {
    let unknown: BTreeSet<&str> = report
        .evaluation
        .findings
        .iter()
        .filter(|finding| matches!(finding.verdict, Verdict::Unknown(_)))
        .map(|finding| &*finding.subject.id)
        .collect();
    let mut hosts = Hosts::default();
    for asset in report.estate.assets.iter().filter(|asset| exists(asset)) {
        hosts.assets += 1;
        if unknown.contains(&*asset.id) || unknown.contains(&*asset.lineage) {
            hosts.unknown += 1;
        } else {
            hosts.evaluated += 1;
        }
    }
    hosts
}
