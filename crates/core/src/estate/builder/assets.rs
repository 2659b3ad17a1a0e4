//! Hosts across runs: who is there, who left, and what tags say of them.

use super::{EstateBuilder, RunState, listing};
use crate::asset::{Asset, Listed, Responsibility, classify, facing};
use crate::exchange::Evidence;
use crate::fact::{Agent, Family, HostKind, Power};
use crate::scope::{Cloud, Scope};
use crate::tags::Tags;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl EstateBuilder<'_> {
    /// Brings hosts to the run's time.
    pub(super) fn move_assets(&mut self, state: &mut RunState, scopes: &BTreeSet<Scope>) {
        let at = state.observed_at;
        // What the lists say of a machine is all in its asset: a second copy would be a quarter of the memory.
        let hosts = std::mem::take(&mut state.facts.hosts);
        for (key, placed) in hosts.into_all() {
            let agent = state.facts.agents.get(&key).map(|agent| &agent.fact);
            let scope = (*placed.scope).clone();
            let asset = self.asset_of(state, Listed::Host(&placed.fact), agent, scope, placed.evidence.clone());
            state.facts.listed.insert(key.clone(), placed.scope.clone());
            self.keep(key, asset, at);
        }
        for (key, placed) in state.facts.agents.iter().filter(|(key, _)| is_hybrid_key(key)) {
            let asset = self.asset_of(
                state,
                Listed::Node(&placed.fact),
                None,
                (*placed.scope).clone(),
                placed.evidence.clone(),
            );
            self.keep(key.clone(), asset, at);
        }
        let max_age = self.policy.evidence.scan_max_age;
        for (key, asset) in &mut self.assets {
            if asset.last_seen == at
                && let Some(ended) = super::claims::last_success(state, key)
            {
                asset.assessed.scan(ended, asset.first_seen, max_age);
            }
            if asset.last_seen == at || asset.gone || !scopes.contains(&asset.scope) {
                continue;
            }
            // Not on the list any more: gone, if the list is complete. Otherwise it stays in the population, unread.
            if let Ok(evidence) = state.coverage.answered_around(listing(asset.kind), &asset.scope) {
                asset.gone = true;
                asset.last_seen = at;
                asset.evidence = evidence;
            }
        }
    }

    fn keep(&mut self, key: Arc<str>, mut asset: Asset, at: Timestamp) {
        asset.last_seen = at;
        asset.gone = asset.power == Power::Terminated;
        self.past.see_host(self.assets.get(&key).map(|known| &**known), &asset, self.policy, at);
        if let Some(known) = self.assets.get(&key) {
            (asset.first_seen, asset.assessed) = (known.first_seen, known.assessed);
        } else {
            asset.first_seen = at;
        }
        if asset.owner.is_none() && asset.name.is_empty() {
            asset.name = key.clone();
        }
        self.assets.insert(key, Box::new(asset));
    }

    /// A host as its sources describe it.
    pub(super) fn asset_of(
        &mut self,
        state: &RunState,
        listed: Listed<'_>,
        agent: Option<&Agent>,
        scope: Scope,
        evidence: Evidence,
    ) -> Asset {
        let power = Power::from(&listed);
        let (key, id, kind, name, tags) = match &listed {
            Listed::Host(host) => (host.key.clone(), host.id.clone(), host.kind, host.name.clone(), host.tags.clone()),
            Listed::Node(node) => {
                let id = format!(
                    "arn:{}:ssm:{}:{}:managed-instance/{}",
                    partition(&scope.region),
                    scope.region,
                    scope.account,
                    node.host
                );
                let name = if node.name.is_empty() { &node.computer_name } else { &node.name };
                (node.host.to_string(), id, HostKind::HybridNode, name.to_string(), node.tags.clone())
            }
            Listed::Outside(row) => {
                let id = format!("inventory/{}/{}", row.inventory, row.id);
                let tags = row.tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
                (id.clone(), id, HostKind::OutsideHost, row.name.to_string(), tags.collect())
            }
        };
        let host = match &listed {
            Listed::Host(host) => Some(*host),
            _ => None,
        };
        let node = match &listed {
            Listed::Node(node) => Some(*node),
            _ => agent,
        };
        let name = if name.is_empty() { key.rsplit('/').next().unwrap_or(&key).to_owned() } else { name };
        let words = classify(&tags, &name, self.policy);
        let group = host.and_then(|host| host.group.clone());
        let key = self.texts.text(&key);
        let id: Arc<str> = id.into();
        let lineage = match self.lineage_of(state, &scope, &id, &tags, group.as_deref()) {
            alone if *alone == *id => id.clone(),
            other => self.texts.text(&other),
        };
        let first = |one: Option<&str>, other: Option<&str>| {
            one.filter(|text| !text.is_empty()).or(other).unwrap_or_default().to_owned()
        };
        let outside_os = match &listed {
            Listed::Outside(row) => Some(&*row.os),
            _ => None,
        };
        // The agent inside knows its system better than the list, which often has no more than a family.
        let os_name = first(node.map(|n| &*n.platform_name), host.map(|h| h.os_name.as_str()).or(outside_os));
        let os_version = first(node.map(|n| &*n.platform_version), host.map(|h| h.os_version.as_str()));
        let family = match (node.map(|n| n.family), host.map(|h| h.family)) {
            (Some(Family::Unknown) | None, Some(family)) => family,
            (Some(family), _) => family,
            (None, None) => Family::Unknown,
        };
        let public_address = host.and_then(|host| host.public_address);
        let texts = &mut self.texts;
        let patch_settings = host.and_then(|host| host.patch_settings.as_ref()).map(|own| texts.settings(own));
        let pairs = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let tags = Tags::shared(pairs, |key, value| texts.tag(key, value));
        let mut shared = |text: Option<&str>| text.map(|text| texts.text(text));
        Asset {
            facing: match kind {
                // A node in a data centre shows no address of its own to the cloud.
                HostKind::HybridNode | HostKind::ArcMachine | HostKind::OutsideHost
                    if words.declared_facing.is_none() =>
                {
                    facing(Some(false), None)
                }
                _ => facing(public_address, words.declared_facing),
            },
            position: 0,
            key,
            id,
            kind,
            scope,
            name: shared(Some(&name)).unwrap_or_default(),
            lineage,
            power,
            family,
            os_name: shared(Some(&os_name)).unwrap_or_default(),
            os_version: shared(Some(&os_version)).unwrap_or_default(),
            image: shared(host.and_then(|host| host.image.as_deref())),
            image_version: shared(host.and_then(|host| host.image_version.as_deref())),
            launched: host.and_then(|host| host.launched).or(node.and_then(|node| node.registered)),
            group: shared(group.as_deref()),
            patch_settings,
            agent_status: shared(host.and_then(|host| host.agent_status.as_deref())),
            agent_seen: host.and_then(|host| host.agent_seen),
            tags,
            service: shared(words.service.as_deref()),
            owner: shared(words.owner.as_deref()),
            environment: shared(words.environment.as_deref()),
            data_class: shared(words.data_class.as_deref()),
            public_address,
            declared_facing: words.declared_facing,
            stateful: words.stateful,
            responsibility: Responsibility::Customer,
            first_seen: state.observed_at,
            last_seen: state.observed_at,
            assessed: crate::metric::Assessed::default(),
            gone: false,
            evidence,
        }
    }

    fn lineage_of(
        &self,
        state: &RunState,
        scope: &Scope,
        id: &str,
        tags: &BTreeMap<String, String>,
        group: Option<&str>,
    ) -> String {
        if let Some(tag) = &self.policy.lineage_tag
            && let Some(value) = tags.get(tag)
        {
            return format!("tag:{tag}={value}");
        }
        let Some(group) = group else { return id.to_owned() };
        let known = state.facts.groups.get(&(scope.clone(), Arc::from(group)));
        match known {
            Some(placed) => placed.fact.id.clone(),
            None if scope.cloud == Cloud::Aws => {
                format!(
                    "arn:{}:autoscaling:{}:{}:autoScalingGroupName/{group}",
                    partition(&scope.region),
                    scope.region,
                    scope.account
                )
            }
            None => group.to_owned(),
        }
    }
}

/// The AWS partition of a region.
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Whether an agent's key is a hybrid node's, which only SSM lists.
fn is_hybrid_key(key: &str) -> bool {
    key.starts_with("mi-")
}

impl From<&Listed<'_>> for Power {
    fn from(listed: &Listed<'_>) -> Power {
        match listed {
            Listed::Host(host) => host.power,
            Listed::Node(_) => Power::Running,
            Listed::Outside(_) => Power::Unknown,
        }
    }
}
