//! What the log holds of one exception, and where it stands at a time: the life cycle.

use super::approval::{Approved, ExceptionPolicy, Objection};
use super::terms::Record;
use crate::clock::after;
use crate::exchange::{Digest, Evidence};
use crate::policy::Seconds;
use jiff::Timestamp;
use std::sync::Arc;

/// What was sealed of an exception at one time, before it has a place in an estate.
pub struct Filed {
    /// Id.
    pub id: Arc<str>,
    /// Leaf.
    pub leaf: u64,
    /// When.
    pub logged_at: Timestamp,
    /// What.
    pub terms: Terms,
}

/// What a leaf says of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terms {
    /// A record.
    Record(Box<Record>),
    /// A text that this version cannot read: nothing is known of it.
    Unreadable(String),
    /// Its file is no longer there.
    Removed,
}

/// The same, in an estate.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it was sealed.
    pub logged_at: Timestamp,
    /// Where.
    pub evidence: Evidence,
    /// What.
    pub terms: Terms,
}

/// What checking a signature came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Made with the key that the policy names for the approver.
    Valid,
    /// Not, and why.
    Wrong(String),
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Approver's id.
    pub approver: Arc<str>,
    /// Digest of the record that was signed.
    pub record: Digest,
    /// When, by the signer's own word.
    pub signed_at: Timestamp,
    /// When it was sealed.
    pub logged_at: Timestamp,
    /// What the signature is worth.
    pub signature: Signature,
    /// File.
    pub source: Arc<str>,
}

/// All that is known of one exception.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// Id.
    pub id: Arc<str>,
    /// What was sealed, in the order of the log; never empty.
    pub entries: Vec<Entry>,
    /// Approvals of any of its versions.
    pub approvals: Vec<Approval>,
}

/// A state of the life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its text cannot be read.
    Unreadable,
    /// Waits for approvals.
    Unapproved,
    /// Approved, and begins later.
    Approved,
    /// In force.
    Active,
    /// In force, and ends soon.
    Expiring,
    /// Approved, and covers nothing: its members were changed, it was extended too often, or the policy cut it short.
    Void,
    /// Over.
    Expired,
    /// Taken back.
    Revoked,
    /// Its file was taken away.
    Removed,
}

impl State {
    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Unreadable => "unreadable",
            State::Unapproved => "unapproved",
            State::Approved => "approved",
            State::Active => "active",
            State::Expiring => "expiring",
            State::Void => "void",
            State::Expired => "expired",
            State::Revoked => "revoked",
            State::Removed => "removed",
        }
    }
}

/// A record that covers at a time.
#[derive(Clone, Debug)]
pub struct InForce<'a> {
    /// The record.
    pub record: &'a Record,
    /// From when.
    pub from: Timestamp,
    /// Until when, exclusive.
    pub until: Timestamp,
    /// By whom it was approved.
    pub by: Vec<String>,
}

/// Where an exception stands at a time.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// State.
    pub state: State,
    /// What was sealed last by then; where all was sealed later, the last of all.
    pub entry: &'a Entry,
    /// The record last seen, also where its file was taken away.
    pub record: Option<&'a Record>,
    /// Since when its approvals count, where they are complete.
    pub approved: Option<Timestamp>,
    /// The last signature's own time.
    pub signed: Option<Timestamp>,
    /// Why it is not approved.
    pub missing: Option<String>,
    /// Whether it is approved cannot be told.
    pub unclear: bool,
    /// Approvals by whoever asked or owns, in sentences.
    pub own: Vec<String>,
    /// The record that covers at that time: this one, or the one it renews until this one is approved.
    pub in_force: Option<InForce<'a>>,
    /// How often it was extended: as stated, or as the log shows.
    pub renewals: u32,
}

impl Dossier {
    /// Every record that was sealed.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.entries.iter().filter_map(Entry::record)
    }

    /// Whether there was such an exception at a time. What was sealed only afterwards, and says itself that it was written
    /// afterwards, has no defects to tell of then; a signature that is older than its text speaks against the text.
    fn exists(&self, at: Timestamp) -> bool {
        let written = self.records().map(|record| record.created).chain(self.approvals.iter().map(|one| one.signed_at));
        self.entries.iter().any(|entry| entry.logged_at <= at) || written.min().is_none_or(|written| written <= at)
    }

    /// Where it stands; `None` where there was no such exception.
    pub fn standing<'a>(&'a self, policy: &ExceptionPolicy, due_soon: Seconds, at: Timestamp) -> Option<Standing<'a>> {
        if !self.exists(at) {
            return None;
        }
        let known: Vec<&Entry> = match self.entries.iter().any(|entry| policy.knows(entry, at)) {
            true => self.entries.iter().filter(|entry| policy.knows(entry, at)).collect(),
            // Sealed later than the time asked about: it covers nothing then, and its defects can be told all the same.
            false => self.entries.iter().collect(),
        };
        let entry = *known.last()?;
        let record = known.iter().rev().find_map(|entry| entry.record());
        let approvals: Vec<&Approval> = self.approvals.iter().collect();
        let none = Standing {
            state: if entry.terms == Terms::Removed { State::Removed } else { State::Unreadable },
            entry,
            record,
            approved: None,
            signed: None,
            missing: None,
            unclear: false,
            own: Vec::new(),
            in_force: None,
            renewals: 0,
        };
        let (Some(record), false) = (record, matches!(entry.terms, Terms::Unreadable(_))) else { return Some(none) };
        let newest = known.iter().filter_map(|entry| entry.record()).map(|record| record.version).max();
        let approved = match newest.filter(|newest| *newest > record.version) {
            None => policy.approved(record, &approvals),
            // What was revoked or replaced does not come back with its old approvals by putting its old file back.
            Some(newest) => Err(Objection::plain(format!(
                "version {} stands where version {newest} was sealed before",
                record.version
            ))),
        };
        let removed = entry.terms == Terms::Removed;
        let own = approvals.iter().filter(|approval| approval.record == record.digest).filter_map(|approval| {
            let objection = policy.objection(record, approval).err()?;
            objection.same_person.then_some(objection.why)
        });
        let extended = known.iter().filter_map(|entry| entry.record()).filter(|before| {
            before.expires < record.expires && policy.approved(before, &approvals).is_ok_and(|before| before.from <= at)
        });
        let mut extended: Vec<Digest> = extended.map(|before| before.digest).collect();
        extended.sort_unstable();
        extended.dedup();
        let renewals = record.renewals.max(extended.len() as u32);
        let in_force = match (removed || record.revoked.is_some(), &approved) {
            (true, _) => None,
            (false, Ok(now)) if now.from <= at => policy.in_force(record, renewals, now, at),
            // A renewal that waits does not end what it renews.
            _ => known.iter().filter_map(|entry| entry.record()).find_map(|before| {
                let approved = policy.approved(before, &approvals).ok()?;
                let renewed = record.previous == Some(before.digest);
                renewed.then(|| policy.in_force(before, before.renewals, &approved, at))?
            }),
        };
        let state = match &approved {
            _ if removed => State::Removed,
            _ if record.revoked.is_some() => State::Revoked,
            Err(_) => State::Unapproved,
            Ok(now) if now.from > at => State::Unapproved,
            Ok(_) if record.start.is_some_and(|start| start > at) => State::Approved,
            Ok(_) if record.expires <= at => State::Expired,
            Ok(_) if in_force.is_none() => State::Void,
            Ok(_) if record.expires.as_second() - at.as_second() <= due_soon => State::Expiring,
            Ok(_) => State::Active,
        };
        Some(Standing {
            state,
            approved: approved.as_ref().ok().map(|now| now.from),
            signed: approved.as_ref().ok().map(|now| now.signed),
            missing: approved.as_ref().err().map(|objection| objection.why.clone()),
            unclear: approved.as_ref().err().is_some_and(|objection| objection.unclear),
            own: own.collect(),
            in_force,
            renewals,
            ..none
        })
    }
}

impl Entry {
    fn record(&self) -> Option<&Record> {
        match &self.terms {
            Terms::Record(record) => Some(record),
            _ => None,
        }
    }
}

impl ExceptionPolicy {
    /// Whether an entry counts at a time.
    fn knows(&self, entry: &Entry, at: Timestamp) -> bool {
        self.seal_limit.is_none() || entry.logged_at <= at
    }

    /// A record as far as it covers at a time: from approval on, never longer than the policy allows, and not beyond its
    /// renewals.
    fn in_force<'a>(
        &self,
        record: &'a Record,
        renewals: u32,
        approved: &Approved,
        at: Timestamp,
    ) -> Option<InForce<'a>> {
        let from = record.start.map_or(approved.from, |start| start.max(approved.from));
        let begun = record.begins(Some(approved.signed));
        let until = record.expires.min(after(begun, self.longest(record.tier)));
        let sound = record.members_stated == record.members_found && renewals <= self.renewals(record.tier);
        (sound && from <= at && at < until).then(|| InForce { record, from, until, by: approved.by.clone() })
    }
}
