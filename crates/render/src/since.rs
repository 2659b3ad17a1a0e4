//! `patchseal report --since`: what changed from one evaluation to another.

mod formats;

pub use formats::{SCHEMA, human, json, markdown, table};

use crate::history::{Entry, ExposureRow, Key, Row, SubjectRow, Table};
use jiff::{SignedDuration, Timestamp};
use patchseal_core::scope::Scope;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was not there, and never before as far as history goes.
    New,
    /// It was not there, and had been before.
    Reopened,
    /// It was there with another verdict, severity or deadline.
    Changed,
    /// It is there no more, and its scope was read whole.
    Closed,
    /// It is there no more, and its scope was not read whole: what it was about may just not have been seen.
    Unconfirmed,
    /// It is there no more, because what it was about is not.
    Retired,
    /// It came and went in between.
    Transient,
}

impl Change {
    /// Every change, in the order they are shown.
    pub const ALL: [Change; 7] = [
        Change::New,
        Change::Reopened,
        Change::Changed,
        Change::Closed,
        Change::Unconfirmed,
        Change::Retired,
        Change::Transient,
    ];

    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Reopened => "reopened",
            Change::Changed => "changed",
            Change::Closed => "closed",
            Change::Unconfirmed => "unconfirmed",
            Change::Retired => "retired",
            Change::Transient => "transient",
        }
    }
}

/// What changed.
pub struct Changes<'a> {
    /// From the evaluation of this time.
    pub since: Timestamp,
    /// To the one of this time.
    pub until: Timestamp,
    /// Findings, by change, rule and subject; with the entry that says most: the newest.
    pub findings: Vec<(Change, &'a Entry)>,
    /// Exposures that are open and fall due within the policy's `sla.due_soon`, the nearest first.
    pub due_soon: Vec<(Timestamp, &'a Entry)>,
    /// Exposures that are open and past their deadline, the oldest first.
    pub overdue: Vec<(Timestamp, &'a Entry)>,
    /// Owners of hosts, by their short keys.
    owners: BTreeMap<&'a str, &'a str>,
}

/// Compares what held at two times. `entries` are of every table, by key and time.
pub fn changes(entries: &[Entry], since: Timestamp, until: Timestamp, due_soon: SignedDuration) -> Changes<'_> {
    let now = |table| entries.iter().filter(move |entry| entry.key.0 == table && entry.held_at(until));
    let mut there: BTreeSet<&str> = BTreeSet::new();
    let mut hosts: BTreeSet<&str> = BTreeSet::new();
    let mut owners = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.from <= until) {
        if let Row::Asset(row) = &entry.row {
            hosts.insert(&row.subject.id);
            owners.insert(&*row.key, row.subject.owner.as_deref().unwrap_or_default());
            if entry.held_at(until) {
                there.insert(&row.subject.id);
            }
        }
    }
    let mut read: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
    for entry in now(Table::Scope) {
        if let Row::Scope(row) = &entry.row {
            read.insert((&row.cloud, &row.account, &row.region), row.status == "complete");
        }
    }
    let mut findings = Vec::new();
    let verdicts = entries.iter().filter(|entry| entry.key.0 == Table::Verdict && entry.from <= until);
    let verdicts: Vec<&Entry> = verdicts.collect();
    for spans in verdicts.chunk_by(|one, other| one.key == other.key) {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { continue };
        let before = spans.iter().find(|span| span.held_at(since));
        let after = last.held_at(until);
        let change = match (before, after) {
            (Some(before), true) if before.from == last.from => continue,
            (Some(_), true) => Change::Changed,
            (Some(_), false) => {
                let subject = match &last.row {
                    Row::Verdict(row) => &row.subject,
                    _ => continue,
                };
                if hosts.contains(&*subject.id) && !there.contains(&*subject.id) {
                    Change::Retired
                } else if was_read(subject, &read) {
                    Change::Closed
                } else {
                    Change::Unconfirmed
                }
            }
            (None, true) if first.from < since => Change::Reopened,
            (None, true) => Change::New,
            (None, false) if last.from > since => Change::Transient,
            (None, false) => continue,
        };
        findings.push((change, *last));
    }
    findings.sort_by(|(one, a), (other, b)| (one, order(a)).cmp(&(other, order(b))));
    let (mut soon, mut overdue) = (Vec::new(), Vec::new());
    for entry in now(Table::Exposure) {
        if let Row::Exposure(ExposureRow { due: Some(due), closed: None, .. }) = &entry.row {
            if *due <= until {
                overdue.push((*due, entry));
            } else if due.duration_since(until) <= due_soon {
                soon.push((*due, entry));
            }
        }
    }
    soon.sort_by_key(|(due, entry)| (*due, entry.key));
    overdue.sort_by_key(|(due, entry)| (*due, entry.key));
    Changes { since, until, findings, due_soon: soon, overdue, owners }
}

/// Whether the place that a finding is of was read whole. A subject that an unread list would name has no verdict at all,
/// which must not look like a repair.
fn was_read(subject: &SubjectRow<'_>, read: &BTreeMap<(&str, &str, &str), bool>) -> bool {
    // What is of no place, and files that are sealed whole, cannot go unread.
    if subject.account.is_empty() || subject.cloud == "governance" {
        return true;
    }
    let places =
        [&*subject.region, Scope::GLOBAL].map(|region| read.get(&(&*subject.cloud, &*subject.account, region)));
    let mut known = places.into_iter().flatten().peekable();
    known.peek().is_some() && known.all(|whole| *whole)
}

fn order(entry: &Entry) -> (&str, &str, Key) {
    match &entry.row {
        Row::Verdict(row) => (&row.rule, &row.subject.id, entry.key),
        _ => ("", "", entry.key),
    }
}

/// Counts of one owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are what is counted")]
pub struct Counts {
    pub new: usize,
    pub reopened: usize,
    pub changed: usize,
    pub closed: usize,
    pub unconfirmed: usize,
    pub retired: usize,
    pub transient: usize,
    pub due_soon: usize,
    pub overdue: usize,
}

impl Counts {
    fn of(&mut self, change: Change) -> &mut usize {
        match change {
            Change::New => &mut self.new,
            Change::Reopened => &mut self.reopened,
            Change::Changed => &mut self.changed,
            Change::Closed => &mut self.closed,
            Change::Unconfirmed => &mut self.unconfirmed,
            Change::Retired => &mut self.retired,
            Change::Transient => &mut self.transient,
        }
    }
}

impl Changes<'_> {
    /// Counts by owner; an empty name stands for what nobody owns.
    pub fn by_owner(&self) -> BTreeMap<&str, Counts> {
        let mut owners: BTreeMap<&str, Counts> = BTreeMap::new();
        for (change, entry) in &self.findings {
            if let Row::Verdict(row) = &entry.row {
                *owners.entry(row.subject.owner.as_deref().unwrap_or_default()).or_default().of(*change) += 1;
            }
        }
        for (_, entry) in &self.due_soon {
            owners.entry(self.owner(entry)).or_default().due_soon += 1;
        }
        for (_, entry) in &self.overdue {
            owners.entry(self.owner(entry)).or_default().overdue += 1;
        }
        owners
    }

    /// Owner of the first host that lacks the fix.
    fn owner(&self, entry: &Entry) -> &str {
        let Row::Exposure(row) = &entry.row else { return "" };
        row.hosts.first().and_then(|host| self.owners.get(&**host)).copied().unwrap_or_default()
    }

    fn exposures(&self) -> [(&'static str, &[(Timestamp, &Entry)]); 2] {
        [("due soon", &self.due_soon), ("overdue", &self.overdue)]
    }
}
