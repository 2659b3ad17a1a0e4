//! What feeds say of a weakness, held against what a host lacks and has. A feed can show a host exposed, or that the fix is
//! in place; it is never one of the witnesses that a host is not affected.
//!
//! Nothing here turns safe into exposed, and nothing may: then deleting the feed would make a host safe. Where both
//! witnesses speak they outvote the feed; where one of them is blind the feed decides.

use super::{Affected, List, Standing, said_of};
use crate::asset::Asset;
use crate::context::Context;
use crate::estate::{Means, PatchRow, Stated};
use crate::exchange::{Evidence, Evidences};
use crate::fact::{PatchPresence, Scheme};
use crate::fix::is_kernel;
use crate::reading::{Gap, Reading};
use crate::scope::Cloud;
use crate::text::day;
use crate::version::{bare_name, compare, release};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The feed that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// Name: `msrc`, `osv`, `redhat`, `amazon`.
    pub feed: &'static str,
    /// Its own date.
    pub dated: Option<Timestamp>,
    /// Advisory.
    pub advisory: Arc<str>,
    /// The fix, such as `KB5046615` or `openssl-libs 1:3.0.8-1.amzn2023.0.11`.
    pub fix: String,
}

/// What the feeds make of a host of which nothing else tells.
pub(super) fn answer<'a>(
    cve: &str,
    asset: &'a Asset,
    plain: Affected<'a>,
    list: Option<&List>,
    cx: &Context<'a>,
) -> Affected<'a> {
    let host = Host::new(asset, cx);
    let fixes: Vec<(&Stated, &Evidence)> = cx.estate.relations().of_cve(cve).collect();
    if let Some(exposed) = fixes.iter().find_map(|fix| host.exposed(cve, *fix)) {
        return exposed;
    }
    let Some(list) = list else { return plain };
    if let Some(fixed) = host.fixed(cve, &fixes, list) {
        return fixed;
    }
    host.undecided(&fixes, plain)
}

/// A fix that the host lacks and that may remove the weakness, as far as anybody says: the list of what it lacks then says
/// nothing of the weakness.
pub(super) fn unexplained<'a>(cve: &str, asset: &'a Asset, cx: &Context<'a>) -> Option<&'a (PatchRow, Evidence)> {
    cx.unnamed_fixes(asset).into_iter().find(|(row, _)| !explained(cve, row, cx))
}

/// Whether a recent feed knows both the fix and the weakness, and keeps them apart.
fn explained(cve: &str, row: &PatchRow, cx: &Context<'_>) -> bool {
    let relations = cx.estate.relations();
    let fresh = |stated: &Stated| matches!(cx.relation_feed(stated.feed), Reading::Known(..));
    let of_weakness: Vec<&Stated> = relations.of_cve(cve).map(|(stated, _)| stated).collect();
    if of_weakness.is_empty() || !of_weakness.iter().all(|stated| fresh(stated)) {
        return false;
    }
    // A document that is not there may be the one that relates the two.
    if of_weakness.iter().any(|stated| cx.feed_gap(stated.feed).is_some()) {
        return false;
    }
    match row.kb() {
        // A cumulative update brings the fixes of the months before, which the host may lack with it: an update for the
        // same product may hold the fix whatever its month.
        Some(kb) => {
            let own: Vec<&Stated> = relations.of_kb(kb).map(|(stated, _)| stated).filter(|one| fresh(one)).collect();
            let may_hold = |fix: &&Stated| {
                matches!(fix.means, Means::Kb { .. }) && own.iter().any(|one| one.release == fix.release)
            };
            // One feed has to know both: what another one does not mention it was not asked about.
            let knows =
                |fix: &&Stated| matches!(fix.means, Means::Kb { .. }) && own.iter().any(|one| one.feed == fix.feed);
            of_weakness.iter().any(knows) && !of_weakness.iter().any(may_hold)
        }
        None => {
            let name = bare_name(&row.fix.line);
            let is_own = |stated: &Stated| matches!(&stated.means, Means::Package { name: own, .. } if **own == *name);
            let same = |stated: &Stated| match (&stated.means, row.package_version()) {
                (Means::Package { version, scheme, .. }, Some(own)) => {
                    compare(*scheme, own, version) == Some(Ordering::Equal)
                }
                _ => false,
            };
            let knows = |stated: &Stated| of_weakness.iter().any(|fix| fix.feed == stated.feed);
            let known = relations.of_package(name).any(|(stated, _)| fresh(stated) && same(stated) && knows(stated));
            // Packages of a source go by other names than the source: nobody says that this one is none of them.
            let by_source = |stated: &&Stated| matches!(stated.means, Means::Package { source_only: true, .. });
            known && !of_weakness.iter().any(|fix| is_own(fix) || by_source(fix))
        }
    }
}

struct Host<'c, 'a> {
    asset: &'a Asset,
    cx: &'c Context<'a>,
    release: Option<String>,
}

impl<'c, 'a> Host<'c, 'a> {
    fn new(asset: &'a Asset, cx: &'c Context<'a>) -> Host<'c, 'a> {
        Host { asset, cx, release: host_release(asset) }
    }

    fn rows(&self) -> &'a [(PatchRow, Evidence)] {
        self.cx.lacking_rows(self.asset)
    }

    /// Rows of the package, with how their versions stand to the first one that has the fix.
    fn versions(&self, stated: &Stated) -> Vec<(Ordering, &'a PatchRow, &'a Evidence)> {
        let Means::Package { name, version, scheme, .. } = &stated.means else { return Vec::new() };
        let own = self.rows().iter().filter(|(row, _)| row.kb().is_none() && bare_name(&row.fix.line) == &**name);
        let ordered = own.filter_map(|(row, evidence)| {
            let order = compare(*scheme, row.package_version()?, version)?;
            // Debian's versions do not say which release they are for. One and the same is one and the same fix.
            let comparable = match scheme {
                Scheme::Rpm => true,
                Scheme::Deb => order == Ordering::Equal || self.release.as_deref() == Some(&*stated.release),
            };
            comparable.then_some((order, row, evidence))
        });
        ordered.collect()
    }

    fn cited(&self, stated: &Stated) -> Cited {
        Cited {
            feed: stated.feed,
            dated: self.cx.estate.facts.feeds.get(stated.feed).and_then(|placed| placed.fact.dated),
            advisory: stated.advisory.clone(),
            fix: stated.fix(),
        }
    }

    fn standing(&self, standing: Standing, because: String, stated: &Stated, evidence: Evidences) -> Affected<'a> {
        Affected {
            asset: self.asset,
            standing,
            because,
            seen: None,
            due: None,
            feed: Some(self.cited(stated)),
            evidence: Some(evidence),
        }
    }

    /// It lacks the fix, or an earlier one of the same package.
    fn exposed(&self, cve: &str, (stated, said): (&Stated, &Evidence)) -> Option<Affected<'a>> {
        let lacking = |row: &PatchRow| row.presence.is_exposed();
        let (row, seen) = match &stated.means {
            Means::Kb { number, .. } => {
                let (row, seen) = self.rows().iter().find(|(row, _)| lacking(row) && row.kb() == Some(number))?;
                (row, seen)
            }
            Means::Package { .. } => {
                let versions = self.versions(stated);
                let too_old = |(order, row, _): &&(Ordering, &PatchRow, &Evidence)| lacking(row) && order.is_le();
                match versions.iter().find(too_old) {
                    Some((_, row, seen)) => (*row, *seen),
                    // What is in place is older than the fix, and nothing newer is there.
                    None if versions.iter().all(|(order, row, _)| !lacking(row) && order.is_lt()) => {
                        let (_, row, seen) = versions.first()?;
                        (*row, *seen)
                    }
                    None => return None,
                }
            }
        };
        let because = match row.presence {
            presence if lacking(row) => {
                format!(
                    "{} {}, and {} says that {} removes {cve}",
                    row.fix.title,
                    said_of(presence),
                    stated.feed,
                    stated.fix()
                )
            }
            _ => format!("{} is in place, and {} says that {} removes {cve}", row.fix.title, stated.feed, stated.fix()),
        };
        let scanned = self.cx.patch_state(self.asset).known().and_then(|(state, _)| state.ended);
        let mut found =
            self.standing(Standing::Exposed, because, stated, Evidences::of(seen.clone()).and(said.clone()));
        found.seen = scanned.or(Some(self.cx.observed_at(seen)));
        let own = self.cx.estate.ledger.of_lineage(&self.asset.lineage).filter(|exposure| {
            exposure.is_open()
                && exposure.fix_line == row.fix.line
                && exposure.members.iter().any(|member| member.host == self.asset.key)
        });
        found.due = own.filter_map(|exposure| exposure.due()).min();
        Some(found)
    }

    /// Today's answers say that the fix is in place, in every package of it that they name.
    fn fixed(&self, cve: &str, fixes: &[(&Stated, &Evidence)], list: &List) -> Option<Affected<'a>> {
        // A scanner that was not read could have seen it. (None is read of Azure machines.)
        let unread = matches!(self.cx.scan_coverage(self.asset), Reading::Unread(_));
        if unread && self.asset.scope.cloud != Cloud::Azure {
            return None;
        }
        let fresh = |stated: &Stated| matches!(self.cx.relation_feed(stated.feed), Reading::Known(..));
        if !fixes.iter().all(|(stated, _)| fresh(stated)) {
            return None;
        }
        let in_place =
            |row: &PatchRow| matches!(row.presence, PatchPresence::Installed | PatchPresence::InstalledOther);
        let mut proof: Option<(&PatchRow, &Evidence, &Stated, &Evidence)> = None;
        let mut packages: BTreeMap<&str, bool> = BTreeMap::new();
        for (stated, said) in fixes {
            match &stated.means {
                Means::Kb { number, .. } => {
                    let brings = |row: &PatchRow| {
                        row.kb().is_some_and(|kb| self.cx.estate.relations().superseded_by(kb).contains(number))
                    };
                    let row = self.rows().iter().find(|(row, _)| in_place(row) && brings(row));
                    proof = proof.or(row.map(|(row, seen)| (row, seen, *stated, *said)));
                }
                Means::Package { name, source_only, .. } => {
                    let versions = self.versions(stated);
                    let Some((_, row, seen)) =
                        versions.iter().find(|(order, row, _)| in_place(row) && order.is_ge()).copied()
                    else {
                        // Another advisory asks for a later version than the one in place.
                        if !versions.is_empty() {
                            return None;
                        }
                        continue;
                    };
                    // Which kernel runs is not said by what is on the disk, nor which packages come from a source.
                    let told = !is_kernel(name) && !*source_only && versions.iter().all(|(_, row, _)| in_place(row));
                    *packages.entry(&**name).or_insert(true) &= told;
                    proof = proof.or(Some((row, seen, *stated, *said)));
                }
            }
        }
        if packages.values().any(|told| !told) {
            return None;
        }
        let (row, seen, stated, said) = proof?;
        let later = match (&stated.means, row.kb()) {
            (Means::Kb { number, .. }, Some(kb)) if **number != *kb => " and was replaced by it",
            _ => "",
        };
        let (title, feed, fix) = (&row.fix.title, stated.feed, stated.fix());
        let because = format!("{title} is in place, and {feed} says that {fix} removes {cve}{later}");
        let evidence = list.evidence.clone().and(seen.clone()).and(said.clone());
        let mut found = self.standing(Standing::Fixed, because, stated, evidence);
        found.seen = list.scanned;
        Some(found)
    }

    /// Still unknown, with what the feed has to do with it.
    fn undecided(&self, fixes: &[(&Stated, &Evidence)], plain: Affected<'a>) -> Affected<'a> {
        let Some((stated, said)) = fixes.iter().find(|(stated, _)| self.concerns(stated)).or(fixes.first()) else {
            return plain;
        };
        let feed = |because: String| {
            let evidence =
                plain.evidence.clone().map_or_else(|| Evidences::of((*said).clone()), |all| all.and((*said).clone()));
            Affected { because, feed: Some(self.cited(stated)), evidence: Some(evidence), ..plain.clone() }
        };
        match self.cx.relation_feed(stated.feed) {
            Reading::Known(..) => {
                let dated = self.cited(stated).dated.map_or_else(String::new, |dated| format!(" of {}", day(dated)));
                let what = if self.concerns(stated) {
                    format!("{}, and no answer of today says that it is in place", stated.fix())
                } else {
                    "fixes for other systems only".to_owned()
                };
                let doubt = self.cx.feed_gap(stated.feed).map_or_else(String::new, |gap| format!("; {gap}"));
                feed(format!("{}; {}{dated} names {what}{doubt}", plain.because, stated.feed))
            }
            Reading::Unread(Gap { message, .. }) if !message.is_empty() => {
                feed(format!("{}; {message}", plain.because))
            }
            _ => feed(format!("{}; the feed {} was not read whole", plain.because, stated.feed)),
        }
    }

    /// Whether the fix is one for systems of its kind, as far as that can be told.
    fn concerns(&self, stated: &Stated) -> bool {
        match &stated.means {
            Means::Kb { .. } => self.asset.family == crate::fact::Family::Windows,
            Means::Package { scheme: Scheme::Deb, .. } => self.release.as_deref() == Some(&*stated.release),
            Means::Package { .. } => !self.versions(stated).is_empty(),
        }
    }
}

/// Release of a Debian or Ubuntu host: by what its system says, else by its image.
fn host_release(asset: &Asset) -> Option<String> {
    let stated = release(&asset.os_name, &asset.os_version);
    stated.or_else(|| {
        // `publisher/offer/sku/version`
        let parts: Vec<&str> = asset.image.as_deref()?.split('/').collect();
        match parts.as_slice() {
            [publisher, offer, sku, ..] if !publisher.is_empty() => release(offer, sku),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
