//! Who changed what patches are allowed to reach, held against change records and against what is set today.

use super::Context;
use crate::asset::Asset;
use crate::estate::{Placed, Since, exclusion_of};
use crate::exchange::Evidence;
use crate::fact::{Approval, ChangeKind, ChangeOutcome, ChangeRecord, SettingChange, SettingKind, Target};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Unknown, Verdict};
use crate::scope::{Cloud, Scope};
use crate::text::minute;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a rule about settings over time judges.
pub enum SettingSubject<'a> {
    /// A change.
    Change(&'a Placed<SettingChange>),
    /// A place whose history was not read, or not all of it.
    Place(Scope, Gap),
    /// No history was ever read.
    Nobody,
}

impl SettingSubject<'_> {
    /// Id in results.
    pub fn id(&self) -> String {
        match self {
            SettingSubject::Change(placed) => {
                let SettingChange { event, tag, .. } = &placed.fact;
                let tag = tag.as_ref().map_or(String::new(), |tag| format!("/{tag}"));
                format!("setting-changes/{event}{tag}")
            }
            SettingSubject::Place(scope, _) => format!("setting-changes/{}", crate::engine::scope_id(scope)),
            SettingSubject::Nobody => "population/setting-changes".to_owned(),
        }
    }
}

/// Events by what they changed.
pub(super) type EventsByResource<'a> = BTreeMap<&'a str, Vec<&'a Placed<SettingChange>>>;

/// Whether change records cover an event.
pub enum Covered<'a> {
    /// This approved change does.
    By(&'a Placed<ChangeRecord>),
    /// This one names the resource, and it cannot be told.
    Perhaps(&'a Placed<ChangeRecord>, &'static str),
    /// None does.
    No,
}

impl<'a> Context<'a> {
    /// Everything that rules about settings over time judge.
    pub fn setting_subjects(&self) -> Vec<SettingSubject<'a>> {
        let coverage = &self.estate.coverage;
        let read = |operation: &str| coverage.places(operation).next().is_some();
        if !read(op::TRAIL) && !read(op::ACTIVITY_LOG) && self.estate.facts.setting_changes.is_empty() {
            return vec![SettingSubject::Nobody];
        }
        // Where nothing at all was asked, scope-uncollected says so.
        let asked = self.estate.scopes.iter().filter(|(_, history)| !history.runs.is_empty());
        let places = asked.filter_map(|(scope, _)| {
            let operation = match scope.cloud {
                Cloud::Aws if !scope.is_global() => op::TRAIL,
                Cloud::Azure if scope.is_global() => op::ACTIVITY_LOG,
                _ => return None,
            };
            let gap = coverage.answered(operation, scope, None).err()?;
            Some(SettingSubject::Place(scope.clone(), gap))
        });
        let changes = self.estate.facts.setting_changes.iter().map(|(_, placed)| SettingSubject::Change(placed));
        let mut subjects: Vec<_> = changes.chain(places).collect();
        subjects.sort_by_cached_key(SettingSubject::id);
        subjects
    }

    /// Whether a tag decides what is patched, how soon, or by which baseline.
    pub fn tag_matters(&self, key: &str) -> bool {
        let names = &self.policy.tags;
        let lists = [&names.environment, &names.data_class, &names.internet_facing, &names.service];
        let exclusion = names.exclusion.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
        let targeted = |target: &Target| match target {
            Target::Tag { key: name, .. } => name == key,
            // Names of Azure's tags know no case.
            Target::Dynamic(scope) => scope.tags.keys().any(|name| name.eq_ignore_ascii_case(key)),
            _ => false,
        };
        exclusion
            || ["Patch Group", "PatchGroup"].contains(&key)
            || lists.iter().any(|list| list.iter().any(|name| name == key))
            || self
                .estate
                .schedules
                .iter()
                .any(|schedule| schedule.targets.iter().any(|(group, _)| group.iter().any(targeted)))
    }

    /// The approved change record that covers all these resources at a time, if any does.
    pub fn covered(&self, resources: &[String], at: Timestamp) -> Covered<'a> {
        let mut perhaps = None;
        for placed in self.changes_naming_all(resources) {
            match covers(&placed.fact, at) {
                Ok(true) => return Covered::By(placed),
                Ok(false) => {}
                Err(why) => perhaps = perhaps.or(Some((placed, why))),
            }
        }
        perhaps.map_or(Covered::No, |(placed, why)| Covered::Perhaps(placed, why))
    }

    /// The approved patch change that covers a time and names any of these, if one does.
    pub(super) fn covered_patching(&self, names: &[&str], at: Timestamp) -> Covered<'a> {
        let mut perhaps = None;
        for placed in names.iter().flat_map(|name| self.changes_naming(name)) {
            let concerns = self.may_cover_patching(&placed.fact);
            if concerns == Some(false) {
                continue;
            }
            match covers(&placed.fact, at) {
                Ok(true) if concerns.is_none() => perhaps = perhaps.or(Some((placed, super::changes::UNSORTED))),
                Ok(true) => return Covered::By(placed),
                Ok(false) => {}
                Err(why) => perhaps = perhaps.or(Some((placed, why))),
            }
        }
        perhaps.map_or(Covered::No, |(placed, why)| Covered::Perhaps(placed, why))
    }

    /// Change records that name every one of these resources.
    fn changes_naming_all(&self, resources: &[String]) -> Vec<&'a Placed<ChangeRecord>> {
        let mut resources = resources.iter();
        let Some(first) = resources.next() else { return Vec::new() };
        let mut all = self.changes_naming(first);
        for resource in resources {
            let own = self.changes_naming(resource);
            all.retain(|one| own.iter().any(|other| std::ptr::eq(*one, *other)));
        }
        all
    }

    /// The last change of a setting of a resource, as far as the history goes.
    pub fn last_change(
        &self,
        resource: &str,
        is: impl Fn(&SettingChange) -> bool,
    ) -> Option<&'a Placed<SettingChange>> {
        let index = self.events_by_resource.get_or_init(|| {
            let mut index: EventsByResource<'a> = BTreeMap::new();
            for (_, placed) in self.estate.facts.setting_changes.iter() {
                for resource in &placed.fact.resources {
                    index.entry(resource).or_default().push(placed);
                }
            }
            index
        });
        let short = resource.rsplit('/').next().unwrap_or(resource);
        let names = [Some(resource), (short != resource).then_some(short)];
        let all = names.into_iter().flatten().filter_map(|name| index.get(name)).flatten().copied();
        all.filter(|placed| placed.fact.at <= self.as_of && is(&placed.fact))
            .max_by(|one, other| (one.fact.at, &one.fact.event).cmp(&(other.fact.at, &other.fact.event)))
    }

    /// Who brought about what a finding is about, for the end of its message; and the event.
    pub fn origin(
        &self,
        scope: &Scope,
        resource: &str,
        setting: &str,
        is: impl Fn(&SettingChange) -> bool,
    ) -> (String, Option<Evidence>) {
        if let Some(placed) = self.last_change(resource, is) {
            let SettingChange { actor, at, action, from, to, .. } = &placed.fact;
            let values = match (from, to) {
                (Some(from), Some(to)) => format!(", from {from} to {to}"),
                (None, Some(to)) => format!(", to {to}"),
                _ => String::new(),
            };
            let text = format!("; last changed by {actor} at {} ({action}{values})", minute(*at));
            return (text, Some(placed.evidence.clone()));
        }
        (self.unknown_start(scope, setting), None)
    }

    /// The same for a tag of a host.
    pub fn origin_of_tag(&self, asset: &Asset, tag: &str) -> (String, Option<Evidence>) {
        self.origin(&asset.scope, &asset.key, &exclusion_of(&asset.key), |change| {
            change.kind == SettingKind::Tag && change.tag.as_deref() == Some(tag)
        })
    }

    /// The same for what reaches a host at all: its tags.
    pub fn origin_of_targeting(&self, asset: &Asset) -> (String, Option<Evidence>) {
        let is = |change: &SettingChange| change.tag.as_deref().is_some_and(|tag| self.tag_matters(tag));
        match self.last_change(&asset.key, is) {
            Some(_) => self.origin(&asset.scope, &asset.key, "", is),
            None => (format!("; start unknown, the host is observed since {}", minute(asset.first_seen)), None),
        }
    }

    /// Since when a setting has been as it is, where no event says who made it so.
    fn unknown_start(&self, scope: &Scope, setting: &str) -> String {
        match self.estate.past.since(scope, setting) {
            Some(Since { at, before: None }) => format!("; start unknown, before {}", minute(at)),
            Some(Since { at, before: Some(before) }) => {
                format!("; began between {} and {}, by nobody on record", minute(before), minute(at))
            }
            None => "; start unknown".to_owned(),
        }
    }

    /// The event that changed a host's tag of a classification between two observations.
    pub fn tag_event(
        &self,
        asset: &Asset,
        what: &str,
        before: Timestamp,
        at: Timestamp,
    ) -> Option<&'a Placed<SettingChange>> {
        let names = &self.policy.tags;
        let keys = match what {
            "environment" => &names.environment,
            "internet-facing" => &names.internet_facing,
            _ => &names.data_class,
        };
        self.last_change(&asset.key, |change| {
            let own = change.tag.as_ref().is_some_and(|tag| keys.contains(tag));
            own && before <= change.at && change.at <= at
        })
    }

    /// Whether change records cover a resource at a time that is known to lie between two others only. At most perhaps.
    pub fn covered_between(&self, resources: &[String], from: Timestamp, to: Timestamp) -> Covered<'a> {
        let overlaps = |record: &ChangeRecord| {
            let begin = record.window_start.value().or(record.deployed_at.value());
            let end = record.window_end.value().or(record.closed_at.value());
            begin.is_none_or(|begin| *begin <= to) && end.is_none_or(|end| from <= *end)
        };
        match self.changes_naming_all(resources).into_iter().find(|placed| overlaps(&placed.fact)) {
            Some(placed) => Covered::Perhaps(placed, "no event says when it was changed"),
            None => Covered::No,
        }
    }
}

/// Whether an approved change covers a time; or why that cannot be told.
fn covers(record: &ChangeRecord, at: Timestamp) -> Result<bool, &'static str> {
    if record.outcome == ChangeOutcome::Cancelled {
        return Ok(false);
    }
    let from = record.window_start.value().or(record.deployed_at.value());
    let to = record.window_end.value().or(record.closed_at.value());
    if from.is_some_and(|from| at < *from) || to.is_some_and(|to| at > *to) {
        return Ok(false);
    }
    if !record.problems.is_empty() {
        return Err("the record contradicts itself");
    }
    if from.is_none() || to.is_none() {
        return Err("it does not say from when to when it was carried out");
    }
    match (record.approval, record.approved_at.value()) {
        (_, Some(approved)) if *approved > at => Ok(false),
        (Approval::Approved, Some(_)) => Ok(true),
        (Approval::Missing, _) if record.kind == ChangeKind::Standard => Ok(record.template.value().is_some()),
        (Approval::Missing | Approval::Rejected, _) => Ok(false),
        (Approval::Unsaid, Some(_)) => Ok(true),
        (_, None) => Err("it does not say whether and when it was approved"),
    }
}

/// No history was read.
pub fn no_history() -> Verdict {
    Verdict::Unknown(Unknown {
        reason: Reason::NotAsked,
        message: "no history of settings was read: give Patchseal cloudtrail.LookupEvents or activity-log.List".into(),
        evidence: None,
    })
}
