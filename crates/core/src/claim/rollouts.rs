//! Claims that a group of hosts was moved to another image, and groups that went back to an older one.

use super::book::{ClaimBook, Entry};
use super::judge::Says;
use super::witness::{Witness, may};
use super::{ClaimSource, Progress, Reach, Told};
use crate::clock;
use crate::exchange::Evidence;
use crate::policy::Policy;
use crate::scope::Scope;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A group that launches an older image than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// Image it launched before.
    pub from: Arc<str>,
    /// Image it launches now.
    pub to: Arc<str>,
    /// When that was seen first.
    pub at: Timestamp,
    /// Where.
    pub evidence: Evidence,
}

/// What a group has launched, as far as runs saw.
#[derive(Clone, Debug)]
pub(crate) struct Launches {
    image: Arc<str>,
    /// Last run that saw it.
    seen: Timestamp,
    /// Images before it.
    earlier: Vec<Arc<str>>,
    /// How it came to its image.
    moved: Option<Rollback>,
    is_older: Option<bool>,
}

impl Launches {
    pub(super) fn rollback(&self) -> Option<&Rollback> {
        self.moved.as_ref().filter(|_| self.is_older == Some(true))
    }

    pub(super) fn undated_move(&self) -> Option<&Rollback> {
        self.moved.as_ref().filter(|_| self.is_older.is_none())
    }
}

/// The one image that a group launches in a run.
pub(crate) struct Launched {
    pub lineage: Arc<str>,
    pub name: Arc<str>,
    pub scope: Arc<Scope>,
    pub image: Arc<str>,
    /// When the template's version was made, where there is one.
    pub ordered: Option<Timestamp>,
    pub evidence: Evidence,
}

/// A roll-out that is not decided.
pub(crate) struct Rolling {
    /// Image that members should be made from.
    pub image: Arc<str>,
    /// Account and region of the group.
    pub scope: Arc<Scope>,
    /// When it was ordered.
    pub since: Timestamp,
}

/// Members of a group in a run.
#[derive(Default)]
pub(crate) struct Members {
    pub all: u32,
    /// Made from another image than the one asked about, or from one that is not known.
    pub others: u32,
    pub first_other: Option<(Arc<str>, Evidence)>,
    pub first: Option<Evidence>,
    /// Every member was listed.
    pub complete: bool,
}

impl ClaimBook {
    /// Takes in what a group launches. `made` tells when an image was made, as far as the run knows.
    pub(crate) fn launches(&mut self, at: Timestamp, launched: Launched, made: impl Fn(&str) -> Option<Timestamp>) {
        let Launched { lineage, name, scope, image, ordered, evidence } = launched;
        let Some(known) = self.launches.get_mut(&lineage) else {
            self.images_made.extend(made(&image).map(|time| (image.clone(), time)));
            let new = Launches { image, seen: at, earlier: Vec::new(), moved: None, is_older: None };
            self.launches.insert(lineage, new);
            return;
        };
        // An image that nobody described when it was seen first may be described later, also once it is launched no more.
        let before = known.moved.as_ref().map(|moved| moved.from.clone());
        for image in [Some(image.clone()), Some(known.image.clone()), before].into_iter().flatten() {
            if let Some(time) = made(&image) {
                self.images_made.insert(image, time);
            }
        }
        let before = std::mem::replace(&mut known.seen, at);
        if known.image == image {
            self.weigh(&lineage);
            return;
        }
        let from = std::mem::replace(&mut known.image, image.clone());
        known.earlier.push(from.clone());
        known.moved = Some(Rollback { from: from.clone(), to: image.clone(), at, evidence: evidence.clone() });
        known.is_older = None;
        self.weigh(&lineage);
        let moved = ordered.filter(|ordered| *ordered > before && *ordered <= at).unwrap_or(at);
        let entry = Entry {
            source: ClaimSource::ImageRollout,
            id: format!("{image}@{moved}").into(),
            scope,
            title: format!("{name} from {from} to {image}").into(),
            told: Told::Done,
            leaves_out: false,
            claimed: moved,
            deployed: moved,
            evidence,
        };
        self.of_a_group(&lineage, entry);
    }

    /// Decides whether a group went back to an older image, as soon as that can be told.
    fn weigh(&mut self, lineage: &Arc<str>) {
        let Some(known) = self.launches.get_mut(lineage).filter(|known| known.is_older.is_none()) else { return };
        let Some(moved) = &known.moved else { return };
        let dates = self.images_made.get(&moved.from).zip(self.images_made.get(&moved.to));
        let again = known.earlier.contains(&moved.to);
        known.is_older = if again { Some(true) } else { dates.map(|(was, is)| is < was) };
        if known.is_older == Some(true) {
            for claim in self.by_group.get_mut(lineage).into_iter().flatten() {
                if claim.progress == Progress::Verified && claim.record.title.ends_with(&*format!(" to {}", moved.from))
                {
                    (claim.progress, claim.witness) = (Progress::Regressed, Some(moved.evidence.clone()));
                }
            }
        }
    }

    /// Groups with a roll-out that is not decided, by lineage.
    pub(crate) fn rolling(&self) -> BTreeMap<Arc<str>, Rolling> {
        let last = self.by_group.iter().filter_map(|(lineage, claims)| Some((lineage, claims.last()?)));
        let open = last.filter(|(_, claim)| !matches!(claim.progress, Progress::Verified | Progress::Regressed));
        let launch = open.filter_map(|(lineage, claim)| {
            let (image, scope) = (self.launches.get(lineage)?.image.clone(), claim.record.scope.clone());
            Some((lineage.clone(), Rolling { image, scope, since: claim.deployed_at() }))
        });
        launch.collect()
    }

    /// Holds the last roll-out of a group against its members.
    pub(crate) fn rolled(&mut self, at: Timestamp, lineage: &str, members: Members, policy: &Policy) {
        let Some(claim) = self.by_group.get_mut(lineage).and_then(|claims| claims.last_mut()) else { return };
        let may = may(ClaimSource::ImageRollout, Witness::InstanceImage);
        let Members { all, others, first_other, first, complete } = members;
        claim.reach =
            Some(Box::new(Reach { hosts: all, verified: all - others, contradicted: others, ..Reach::default() }));
        let over = clock::after(claim.deployed_at(), policy.claims.verify_within) < at;
        match (first_other, first) {
            // Members are replaced one after the other: before its time is over, an old one speaks against nothing.
            (Some((host, evidence)), _) if over && complete && may.contradict => {
                claim.against_hosts = Box::new([host]);
                if claim.progress != Progress::Contradicted {
                    (claim.progress, claim.settled) = (Progress::Contradicted, at.into());
                    (claim.method, claim.witness) = (Some(Witness::InstanceImage), Some(evidence));
                }
            }
            (None, Some(evidence)) if complete && may.verify => {
                claim.take(Says::Agrees(Witness::InstanceImage, at, evidence));
            }
            (None, None) if complete && claim.progress == Progress::Open => claim.progress = Progress::Retired,
            _ => {}
        }
    }
}

crate::carry::carried_struct! {
    Rollback { from, to, at, evidence }
    Launches { image, seen, earlier, moved, is_older }
}
