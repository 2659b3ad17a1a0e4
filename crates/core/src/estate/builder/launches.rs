//! Which image each group launches, and the members that a roll-out is held against.

use super::{EstateBuilder, RunState, listing};
use crate::claim::{Launched, Members, Rolling};
use crate::estate::facts::Facts;
use crate::fact::{Group, HostKind, TemplateVersion};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

impl EstateBuilder<'_> {
    /// Takes in what groups launch in a run.
    pub(super) fn take_launches(&mut self, state: &RunState) {
        let templates = Templates::of(&state.facts);
        for ((scope, _), placed) in state.facts.groups.iter() {
            let group = &placed.fact;
            let Some((image, ordered)) = launches(state, scope, group, &templates) else { continue };
            let made = |image: &str| match scope.cloud {
                Cloud::Azure => crate::lifecycle::dated(image.rsplit('/').next().unwrap_or_default()),
                _ => state.facts.images.get(&(scope.clone(), image.to_owned())).and_then(|image| image.fact.created),
            };
            let launched = Launched {
                lineage: self.texts.text(&group.id),
                name: group.name.as_str().into(),
                scope: placed.scope.clone(),
                image: self.texts.text(&image),
                ordered,
                evidence: placed.evidence.clone(),
            };
            self.claims.launches(state.observed_at, launched, made);
        }
    }

    /// Holds roll-outs against the members of their groups.
    pub(super) fn settle_rollouts(&mut self, state: &RunState) {
        let rolling = self.claims.rolling();
        let mut members: BTreeMap<&Arc<str>, Members> = BTreeMap::new();
        for (lineage, rolling) in &rolling {
            // A group without members has none only where the list that would name them was read.
            let kind = if rolling.scope.cloud == Cloud::Azure { HostKind::AzureVm } else { HostKind::Ec2Instance };
            let complete = state.coverage.answered_around(listing(kind), &rolling.scope).is_ok();
            members.insert(lineage, Members { complete, ..Members::default() });
        }
        let hosts = if rolling.is_empty() { None } else { Some(self.assets.values()) };
        // What was replaced and is gone is no member any more.
        for asset in hosts.into_iter().flatten().filter(|asset| asset.runs_a_host_os() && !asset.gone) {
            let Some((lineage, Rolling { image, since, .. })) = rolling.get_key_value(&asset.lineage) else { continue };
            let Some(members) = members.get_mut(lineage) else { continue };
            members.all += 1;
            members.complete &= asset.last_seen == state.observed_at
                && state.coverage.answered_around(listing(asset.kind), &asset.scope).is_ok();
            let same = asset.image.as_ref() == Some(image);
            // An image reference of Azure's can change under a machine that was never made anew.
            let anew = asset.kind != HostKind::AzureVm || asset.launched.is_some_and(|at| at >= *since);
            if !(same && anew) {
                members.others += 1;
                members.first_other.get_or_insert((asset.key.clone(), asset.evidence.clone()));
            }
            members.first.get_or_insert(asset.evidence.clone());
        }
        for (lineage, members) in members {
            self.claims.rolled(state.observed_at, lineage, members, self.policy);
        }
    }
}

/// Versions of launch templates by place and by id or name.
struct Templates<'f>(BTreeMap<(&'f Scope, &'f str), Vec<&'f TemplateVersion>>);

impl<'f> Templates<'f> {
    fn of(facts: &'f Facts) -> Templates<'f> {
        let mut all: BTreeMap<(&Scope, &str), Vec<&TemplateVersion>> = BTreeMap::new();
        for ((place, ..), placed) in facts.templates.iter() {
            let fact = &placed.fact;
            all.entry((place, &fact.id)).or_default().push(fact);
            if fact.name != fact.id {
                all.entry((place, &fact.name)).or_default().push(fact);
            }
        }
        Templates(all)
    }
}

/// The one image that a group launches, with when its template's version was made; `None` where there are several, or
/// the image is resolved only at launch.
fn launches(
    state: &RunState,
    scope: &Scope,
    group: &Group,
    templates: &Templates<'_>,
) -> Option<(String, Option<Timestamp>)> {
    let facts = &state.facts;
    let mut images: Vec<(String, Option<Timestamp>)> = Vec::new();
    images.extend(group.image.iter().map(|image| (image.clone(), None)));
    images.extend(group.override_images.iter().map(|image| (image.clone(), None)));
    for (template, version) in &group.templates {
        let mut own = templates.0.get(&(scope, template.as_str()))?.iter();
        let meant = match version.as_str() {
            "$Latest" => own.max_by_key(|fact| fact.version),
            "$Default" | "" => own.find(|fact| fact.default),
            number => own.find(|fact| fact.version.to_string() == number),
        }?;
        images.push((meant.image.clone()?, meant.created));
    }
    if let Some(name) = &group.launch_configuration {
        let fact = &facts.launch_configurations.get(&(scope.clone(), name.clone()))?.fact;
        images.push((fact.image.clone()?, fact.created));
    }
    let (image, created) = images.first()?.clone();
    let one = images.iter().all(|(other, _)| *other == image) && !image.starts_with("resolve:");
    one.then_some((image, created))
}
