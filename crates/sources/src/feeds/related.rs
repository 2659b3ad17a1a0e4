//! Relations gathered out of a document: one for each fix, with every weakness that it removes.

use super::csaf::Csaf;
use super::index;
use crate::{Reject, Rows, Sink, Tally};
use jiff::Timestamp;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Feed, FixedBy, Relation};
use std::collections::{BTreeMap, BTreeSet};

/// What tells relations apart: advisory, fix, product or release.
type Key = (String, FixedBy, String);

#[derive(Default)]
struct Removed {
    cves: BTreeSet<String>,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
}

/// Relations of a document.
pub(super) struct Collected {
    feed: &'static str,
    advisory: String,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
    newest: Option<Timestamp>,
    fixes: BTreeMap<Key, Removed>,
    /// Ids of the documents.
    read: BTreeSet<String>,
    without: BTreeMap<&'static str, u64>,
}

impl Collected {
    pub(super) fn new(feed: &'static str) -> Collected {
        Collected {
            feed,
            advisory: String::new(),
            published: None,
            modified: None,
            newest: None,
            fixes: BTreeMap::new(),
            read: BTreeSet::new(),
            without: BTreeMap::new(),
        }
    }

    /// The advisory that the fixes from here on belong to. The newest of all dates the feed.
    pub(super) fn document(&mut self, advisory: &str, published: Option<Timestamp>, modified: Option<Timestamp>) {
        self.advisory = advisory.trim().to_owned();
        (self.published, self.modified) = (published, modified);
        self.newest = self.newest.max(modified).max(published);
    }

    /// A document was read.
    pub(super) fn read(&mut self, id: &str) {
        self.read.insert(id.to_owned());
    }

    /// A fix of the advisory.
    pub(super) fn fix(&mut self, cve: &str, fix: FixedBy, release: &str) {
        let key = (self.advisory.clone(), fix, release.trim().to_owned());
        let removed = self.fixes.entry(key).or_default();
        removed.cves.insert(cve.trim().to_ascii_uppercase());
        removed.published = self.published;
        removed.modified = self.modified;
    }

    /// A row that states no fix, and why.
    pub(super) fn without(&mut self, reason: &'static str) {
        *self.without.entry(reason).or_default() += 1;
    }

    /// States what was gathered, the feed itself first.
    pub(super) fn state(self, sink: &mut dyn Sink) -> Tally {
        let mut rows = Rows::into_sink(sink);
        let feed = Feed {
            name: self.feed.to_owned(),
            // Of several files the newest speaks for the feed: its date is what is compared first.
            version: self.newest.map_or_else(String::new, |newest| newest.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            dated: self.newest,
            records: Some(self.fixes.len() as u64),
        };
        rows.more(Pointer::Whole, Fact::Feed(feed));
        for ((advisory, fix, release), removed) in self.fixes {
            let relation = Relation {
                feed: self.feed,
                advisory,
                cves: removed.cves.into_iter().collect(),
                fix,
                release,
                published: removed.published,
                modified: removed.modified,
            };
            // A fix is said in many places of its document.
            rows.fact(Pointer::Whole, Fact::Relation(Box::new(relation)));
        }
        for id in self.read {
            rows.more(Pointer::Whole, index::read(self.feed, &id));
        }
        for (reason, times) in self.without {
            for _ in 0..times {
                rows.without(reason);
            }
        }
        rows.tally()
    }
}

/// A CVE by its shape: other ids of weaknesses mean nothing elsewhere.
pub(super) fn is_cve(text: &str) -> bool {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let digits = |text: &str, least| text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [cve, year, number] if cve.eq_ignore_ascii_case("CVE") && digits(year, 4) && digits(number, 4))
}

/// Refuses what is not CSAF 2.0: another version may mean something else by the same words.
pub(super) fn check_version(document: &Csaf<'_>) -> Result<(), Reject> {
    let version = &document.document.csaf_version;
    if version == "2.0" {
        return Ok(());
    }
    let message = format!("at /document/csaf_version: expected 2.0, found `{version}`");
    Err(Reject { position: None, cut_short: false, message })
}
