//! What imported feeds say that fixes remove, and what nobody says.

use super::{Context, feed_scope};
use crate::asset::Asset;
use crate::estate::PatchRow;
use crate::exchange::Evidence;
use crate::fact::{Feed, PatchPresence};
use crate::op;
use crate::reading::{Gap, Reading, Reason};
use crate::text::{ago, day};

impl<'a> Context<'a> {
    /// A feed of relations between weaknesses and fixes, if it was read whole and is recent enough to prove something. An
    /// old one may still say that a fix was missing: what it related once stays so.
    pub fn relation_feed(&self, name: &str) -> Reading<&'a Feed> {
        let scope = feed_scope(name);
        let operation = op::RELATION_FEEDS.iter().find(|(feed, _)| *feed == name).map_or("feeds", |(_, id)| id);
        if let Some(gap) = self.gaps(&scope).first() {
            return Reading::Unread(gap.clone());
        }
        let gap = |reason, message, evidence| {
            Reading::Unread(Gap {
                operation: operation.into(),
                scope: scope.clone(),
                subject: None,
                reason,
                message,
                evidence,
            })
        };
        let Some(placed) = self.estate.facts.feeds.get(name) else {
            return gap(Reason::NotAsked, String::new(), None);
        };
        let seen = placed.evidence.clone();
        match placed.fact.dated {
            None => gap(Reason::NotStated, format!("the feed {name} does not say when it was made"), Some(seen)),
            Some(dated) if self.age(dated) > self.policy.evidence.feed_max_age => {
                let message = format!("the feed {name} is of {}, {}", day(dated), ago(self.age(dated)));
                gap(Reason::Stale, message, Some(seen))
            }
            // A feed from the future would never grow old.
            Some(dated) if self.age(dated) < -self.policy.evidence.clock_tolerance => {
                gap(Reason::NotStated, format!("the feed {name} says that it is of {}", day(dated)), Some(seen))
            }
            Some(_) => Reading::Known(&placed.fact, seen),
        }
    }

    /// Why a feed of relations is not known to be whole. Asked of every host, so that it is worked out once.
    pub fn feed_gap(&self, feed: &str) -> Option<&str> {
        let gaps = self.feed_gaps.get_or_init(|| {
            let all = op::RELATION_FEEDS.iter();
            all.filter_map(|(feed, _)| Some((*feed, self.estate.feed_gap(feed, None)?))).collect()
        });
        gaps.get(feed).map(String::as_str)
    }

    /// Whether any feed of relations was imported.
    pub fn has_relation_feeds(&self) -> bool {
        op::RELATION_FEEDS.iter().any(|(_, operation)| self.estate.coverage.places(operation).next().is_some())
    }

    /// Security fixes that a host lacks and whose weaknesses no answer names: neither a row or finding of the same line on
    /// this host, nor, for a fix that is in place without effect, the rows of when it was missing (SSM names CVEs only then).
    pub fn unnamed_fixes(&self, asset: &Asset) -> Vec<&'a (PatchRow, Evidence)> {
        let rows = self.lacking_rows(asset);
        let found = self.vulnerabilities(asset);
        let open = || self.estate.ledger.of_lineage(&asset.lineage).filter(|exposure| exposure.is_open());
        let is_named = |line: &str, presence: PatchPresence| {
            let was_missing = matches!(presence, PatchPresence::PendingReboot | PatchPresence::InstalledRejected);
            rows.iter().any(|(row, _)| *row.fix.line == *line && !row.cves.is_empty())
                || found.iter().any(|found| found.fact.packages.iter().any(|package| package == line))
                || was_missing && open().any(|exposure| *exposure.fix_line == *line && !exposure.cves.is_empty())
        };
        let exposed = rows.iter().filter(|(row, _)| row.presence.is_exposed() && row.security);
        exposed.filter(|(row, _)| !is_named(&row.fix.line, row.presence)).collect()
    }
}
