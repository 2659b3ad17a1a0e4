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
    made: Option<Timestamp>,
    /// Last run that saw it.
    seen: Timestamp,
    /// Images before it.
    earlier: Vec<Arc<str>>,
    pub(super) rollback: Option<Rollback>,
}

/// The one image that a group launches in a run.
pub(crate) struct Launched {
    pub lineage: Arc<str>,
    pub name: Arc<str>,
    pub scope: Arc<Scope>,
    pub image: Arc<str>,
    /// When the image was made, where that is known.
    pub made: Option<Timestamp>,
    /// When the template's version was made, where there is one.
    pub ordered: Option<Timestamp>,
    pub evidence: Evidence,
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
    /// Takes in what a group launches.
    pub(crate) fn launches(&mut self, at: Timestamp, launched: Launched) {
        let Launched { lineage, name, scope, image, made, ordered, evidence } = launched;
        let Some(known) = self.launches.get_mut(&lineage) else {
            let new = Launches { image, made, seen: at, earlier: Vec::new(), rollback: None };
            self.launches.insert(lineage, new);
            return;
        };
        let before = std::mem::replace(&mut known.seen, at);
        if known.image == image {
            return;
        }
        let from = std::mem::replace(&mut known.image, image.clone());
        let older = known.earlier.contains(&image) || known.made.zip(made).is_some_and(|(was, is)| is < was);
        known.made = made;
        known.rollback =
            older.then(|| Rollback { from: from.clone(), to: image.clone(), at, evidence: evidence.clone() });
        known.earlier.push(from.clone());
        if older {
            for claim in self.by_group.get_mut(&lineage).into_iter().flatten() {
                if claim.progress == Progress::Verified && claim.record.title.ends_with(&*format!(" to {from}")) {
                    (claim.progress, claim.witness) = (Progress::Regressed, Some(evidence.clone()));
                }
            }
        }
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

    /// Groups with a roll-out that is not decided: lineage and the image that members should be made from.
    pub(crate) fn rolling(&self) -> Vec<(Arc<str>, Arc<str>, Timestamp)> {
        let last = self.by_group.iter().filter_map(|(lineage, claims)| Some((lineage, claims.last()?)));
        let open = last.filter(|(_, claim)| !matches!(claim.progress, Progress::Verified | Progress::Regressed));
        let launch = open.filter_map(|(lineage, claim)| {
            Some((lineage.clone(), self.launches.get(lineage)?.image.clone(), claim.deployed_at()))
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
                claim.against_host = Some(host);
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
    Launches { image, made, seen, earlier, rollback }
}
