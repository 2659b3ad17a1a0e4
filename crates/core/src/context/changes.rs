//! What change records say, held against the policy and the lists of hosts.

use super::Context;
use crate::asset::Asset;
use crate::estate::Placed;
use crate::exchange::Evidences;
use crate::fact::{ChangeRecord, Deployment, Said};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Unknown, Verdict};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a rule about changes judges.
pub enum ChangeSubject<'a> {
    /// A record.
    Record(&'a Placed<ChangeRecord>),
    /// A ticket system whose records were not read, or not all of them.
    Source(Scope, Gap),
    /// No ticket system's records were ever read.
    Nobody,
}

impl ChangeSubject<'_> {
    /// Id in results.
    pub fn id(&self) -> String {
        match self {
            ChangeSubject::Record(placed) => format!("changes/{}/{}", placed.fact.source, placed.fact.id),
            ChangeSubject::Source(scope, _) => format!("changes/{}", scope.account),
            ChangeSubject::Nobody => "population/changes".to_owned(),
        }
    }
}

/// Hosts that a change names.
pub struct Named<'a> {
    /// Those that a list has.
    pub hosts: Vec<&'a Asset>,
    /// Names that no list has.
    pub strangers: Vec<&'a str>,
}

/// Hosts by every name that a record may use for them, in lower case.
pub(super) type HostNames<'a> = BTreeMap<String, Vec<&'a Asset>>;

/// Change records by the names they use for what they change, in lower case.
pub(super) type ChangesByName<'a> = BTreeMap<String, Vec<&'a Placed<ChangeRecord>>>;

impl<'a> Context<'a> {
    /// Everything that a rule about changes judges: the records, and the sources that were not read whole.
    pub fn change_subjects(&self) -> Vec<ChangeSubject<'a>> {
        let records = self.estate.facts.changes.iter().map(|(_, placed)| ChangeSubject::Record(placed));
        let mut subjects: Vec<_> = records.chain(self.unread_sources()).collect();
        subjects.sort_by_cached_key(ChangeSubject::id);
        subjects
    }

    /// Ticket systems whose records were not read whole; or that there is none.
    fn unread_sources(&self) -> Vec<ChangeSubject<'a>> {
        let mut sources = self.estate.scopes.keys().filter(|scope| scope.cloud == Cloud::Changes).peekable();
        if sources.peek().is_none() {
            return vec![ChangeSubject::Nobody];
        }
        let unread = sources.filter_map(|scope| {
            let gap = self.estate.coverage.answered(op::CHANGES, scope, None).err()?;
            Some(ChangeSubject::Source(scope.clone(), gap))
        });
        unread.collect()
    }

    /// Why nobody can say that there is no change record of something: none were read, or not all of them.
    pub fn changes_gap(&self) -> Option<Verdict> {
        self.unread_sources().into_iter().find_map(|subject| match subject {
            ChangeSubject::Record(_) => None,
            ChangeSubject::Source(_, gap) => Some(gap.into()),
            ChangeSubject::Nobody => Some(no_records()),
        })
    }

    /// Change records that name a resource: by its id, the end of its ARN, or a host's name.
    pub(super) fn changes_naming(&self, resource: &str) -> Vec<&'a Placed<ChangeRecord>> {
        let index = self.changes_by_name.get_or_init(|| {
            let mut index: ChangesByName<'a> = BTreeMap::new();
            for (_, placed) in self.estate.facts.changes.iter() {
                for name in placed.fact.assets.value().into_iter().flatten() {
                    let name = name.trim().to_lowercase();
                    let short = name.rsplit('/').next().unwrap_or(&name).to_owned();
                    // An inventory's number stands for the host that the inventory means.
                    for host in self.host_names().get(&name).into_iter().flatten() {
                        index.entry(host.key.to_lowercase()).or_default().push(placed);
                    }
                    for key in [Some(short.clone()), (name != short).then_some(name)].into_iter().flatten() {
                        index.entry(key).or_default().push(placed);
                    }
                }
            }
            index
        });
        let named = |name: &str| index.get(&name.to_lowercase()).into_iter().flatten().copied();
        let host = self.estate.asset(resource).map(|asset| &*asset.name).filter(|name| *name != resource);
        let mut all: Vec<_> = named(resource).chain(host.into_iter().flat_map(named)).collect();
        all.sort_by(|one, other| (&one.fact.source, &one.fact.id).cmp(&(&other.fact.source, &other.fact.id)));
        all.dedup_by(|one, other| std::ptr::eq(*one, *other));
        all
    }

    /// Whether a change concerns patching, by the policy.
    pub fn concerns_patching(&self, change: &ChangeRecord) -> Option<bool> {
        self.policy.changes.concerns_patching(change)
    }

    /// Whether a change can stand for one about patching; `None` where nobody can tell.
    pub fn may_cover_patching(&self, change: &ChangeRecord) -> Option<bool> {
        self.policy.changes.may_cover_patching(change)
    }

    /// The time that rules about a deployed patch change go by; or what they all say of another change.
    pub fn deployed(&self, change: &Placed<ChangeRecord>) -> Result<Deployment, Verdict> {
        let record = &change.fact;
        let concerns = self.concerns_patching(record);
        if concerns == Some(false) {
            return Err(Verdict::NotApplicable("it does not concern patching"));
        }
        let deployment = record.deployment();
        if let Some(problem) = record.problems.first() {
            return Err(doubt(change, Reason::Malformed, problem));
        }
        match deployment {
            Deployment::Never(why) => Err(Verdict::NotApplicable(why)),
            _ if concerns.is_none() => Err(doubt(change, Reason::NotStated, UNSORTED)),
            deployment => Ok(deployment),
        }
    }

    /// Hosts that a change names; `None` where the record has no place for them or names none.
    pub fn hosts_of_change(&self, change: &'a ChangeRecord) -> Option<Named<'a>> {
        let Said::Value(names) = &change.assets else { return None };
        let mut named = Named { hosts: Vec::new(), strangers: Vec::new() };
        for name in names {
            match self.host_names().get(&name.trim().to_lowercase()) {
                Some(hosts) => named.hosts.extend(hosts.iter().copied()),
                None => named.strangers.push(name),
            }
        }
        named.hosts.sort_by(|one, other| one.id.cmp(&other.id));
        named.hosts.dedup_by(|one, other| one.id == other.id);
        Some(named)
    }

    /// What rules say that need to know a change's hosts, and do not.
    pub fn unnamed_hosts(&self, change: &Placed<ChangeRecord>, named: Option<&Named<'_>>) -> Option<Verdict> {
        let Some(named) = named else {
            return Some(doubt(change, Reason::NotStated, "it does not say which machines it is about"));
        };
        let stranger = named.strangers.first()?;
        Some(match self.listing_gap() {
            Some(gap) => gap.clone().into(),
            None => doubt(change, Reason::NotStated, &format!("it names {stranger}, which no list of machines has")),
        })
    }

    /// The record of a change by its id, in the same source first.
    pub fn change(&self, source: &str, id: &str) -> Option<&'a Placed<ChangeRecord>> {
        let changes = &self.estate.facts.changes;
        let own = changes.get(&(source.into(), id.into()));
        own.or_else(|| changes.iter().find(|((_, known), _)| **known == *id).map(|(_, placed)| placed))
    }

    fn host_names(&self) -> &HostNames<'a> {
        self.host_names.get_or_init(|| {
            let mut names = HostNames::new();
            // A change of a baseline or a window names no machine, and no stranger either.
            let facts = &self.estate.facts;
            let ids = (facts.baselines_listed.iter().map(|((_, id), _)| id.as_str()))
                .chain(facts.baselines.iter().map(|((_, id), _)| id.as_str()))
                .chain(facts.windows.iter().map(|((_, id), _)| id.as_str()))
                .chain(facts.associations.iter().map(|((_, id), _)| id.as_str()))
                .chain(self.estate.schedules.iter().flat_map(|schedule| [&*schedule.id, &*schedule.name]))
                .chain(facts.patch_groups.iter().map(|((_, group, _), _)| group.as_str()))
                .chain(facts.setting_changes.iter().flat_map(|(_, event)| &event.fact.resources).map(String::as_str));
            for id in ids {
                let short = id.rsplit('/').next().unwrap_or(id);
                for name in [id, short] {
                    names.entry(name.to_lowercase()).or_default();
                }
            }
            let mut put = |name: &str, asset: &'a Asset| {
                if !name.is_empty() {
                    names.entry(name.to_lowercase()).or_default().push(asset);
                }
            };
            for asset in &self.estate.assets {
                put(&asset.key, asset);
                if asset.id != asset.key {
                    put(&asset.id, asset);
                }
                if asset.name != asset.key {
                    put(&asset.name, asset);
                }
            }
            for ((inventory, id), host) in &self.estate.outside {
                let Some(asset) = host.map(|at| &*self.estate.assets[at]) else { continue };
                put(id, asset);
                if let Some(row) = self.estate.facts.outside.get(&(inventory.clone(), id.clone())) {
                    put(&row.fact.name, asset);
                }
            }
            names
        })
    }
}

/// What is said of a change with a title that names no patch, and without a category.
pub(super) const UNSORTED: &str = "it has no category, and its title does not say whether it is about patching";

/// No ticket system was read.
pub fn no_records() -> Verdict {
    Verdict::Unknown(Unknown {
        reason: Reason::NoChangeRecords,
        message: "no change records were read: give Patchseal an export of the ticket system (changes/*.csv or .json)"
            .into(),
        evidence: None,
    })
}

/// Unknown, with the change and its place in front.
pub fn doubt(change: &Placed<ChangeRecord>, reason: Reason, what: &str) -> Verdict {
    let record = &change.fact;
    Verdict::unknown(reason, format!("{} ({}): {what}", record.id, record.place()), change.evidence.clone())
}

/// What a verdict on a change rests on.
pub fn rests_on(change: &Placed<ChangeRecord>) -> Evidences {
    Evidences::of(change.evidence.clone())
}

/// The time of a deployment, where it is known to the minute.
pub fn exactly(deployment: Deployment) -> Option<Timestamp> {
    match deployment {
        Deployment::At(at) => Some(at),
        _ => None,
    }
}
