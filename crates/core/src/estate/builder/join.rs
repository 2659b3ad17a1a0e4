//! The last step: lineages, schedules, outside rows and expected scopes are joined.

use super::{EstateBuilder, LineageTable, Texts};
use crate::asset::{Asset, Lineage, Listed};
use crate::coverage::Coverage;
use crate::estate::{Estate, Facts, ScopeHistory};
use crate::fact::{HostKind, OutsideHost, Power, Target};
use crate::op;
use crate::schedule::{Schedule, ScheduleKind};
use crate::scope::{Cloud, Scope};
use crate::tags::Tags;
use std::collections::BTreeMap;
use std::sync::Arc;

impl EstateBuilder<'_> {
    pub(super) fn join(mut self, mut facts: Facts, coverage: Coverage) -> Estate {
        let outside = self.match_outside(&facts);
        // Nothing new comes in: what was kept to share it is not needed beside the last tables.
        self.texts = Texts::default();
        // Every agent reports its own, and they told all they had to tell.
        let nothing: Arc<str> = Arc::default();
        for agent in facts.agents.facts_mut() {
            (agent.computer_name, agent.address) = (nothing.clone(), nothing.clone());
        }
        self.expect_scopes(&facts);
        let mut assets: Vec<Box<Asset>> = std::mem::take(&mut self.assets).into_values().collect();
        assets.sort_by(|one, other| (&one.id, &one.key).cmp(&(&other.id, &other.key)));
        for (at, asset) in assets.iter_mut().enumerate() {
            asset.position = at as u32;
        }
        let mut by_key: Vec<u32> = (0..assets.len() as u32).collect();
        by_key.sort_by(|one, other| assets[*one as usize].key.cmp(&assets[*other as usize].key));
        let position = |key: &str| {
            let at = by_key.binary_search_by(|at| (*assets[*at as usize].key).cmp(key)).ok()?;
            Some(by_key[at] as usize)
        };
        let outside = outside
            .into_iter()
            .map(|(row, key)| {
                let known = key.and_then(|key| position(&key)).filter(|at| assets[*at].kind != HostKind::OutsideHost);
                (row, known)
            })
            .collect();
        Estate {
            as_of: self.as_of,
            lineages: lineages(&assets, &facts),
            schedules: schedules(&facts, &coverage, |_| true),
            runs: self.runs,
            exchanges: self.exchanges,
            coverage,
            facts,
            assets,
            by_key,
            ledger: self.ledger,
            claims: self.claims,
            scopes: self.histories,
            outside,
            past: self.past,
            exceptions: Vec::new(),
            policy: Default::default(),
        }
    }

    /// Finds the host of each outside row: by cloud id, then by name, then by the name or address its agent reports. A
    /// row in use that nobody else knows becomes a host of its own.
    fn match_outside(&mut self, facts: &Facts) -> BTreeMap<(Arc<str>, Arc<str>), Option<Arc<str>>> {
        // Names that rows ask for: those of every host would be a tenth of all memory.
        let mut by_name: BTreeMap<String, Option<Arc<str>>> = BTreeMap::new();
        for text in facts.outside.iter().flat_map(|(_, placed)| names_of(&placed.fact)) {
            by_name.insert(text.to_ascii_lowercase(), None);
            by_name.insert(short_name(text), None);
        }
        let mut known = |name: String, key: &Arc<str>| {
            if let Some(host) = by_name.get_mut(&name) {
                host.get_or_insert_with(|| key.clone());
            }
        };
        for (key, asset) in self.assets.iter().filter(|(_, asset)| !asset.gone) {
            known(short_name(&asset.name), key);
            known(asset.key.to_ascii_lowercase(), key);
        }
        for (key, agent) in facts.agents.iter().filter(|(key, _)| self.assets.contains_key(*key)) {
            for text in [&agent.fact.computer_name, &agent.fact.address].into_iter().filter(|text| !text.is_empty()) {
                known(short_name(text), key);
            }
        }
        let mut matched = BTreeMap::new();
        for (row, placed) in facts.outside.iter() {
            let fact = &placed.fact;
            let by_name = |name: String| by_name.get(&name).cloned().flatten();
            let known = names_of(fact)
                .find_map(|text| by_name(text.to_ascii_lowercase()).or_else(|| by_name(short_name(text))));
            if known.is_none() && fact.in_use {
                let scope = Scope::new(Cloud::Inventory, fact.inventory.clone(), Scope::GLOBAL);
                let state = super::RunState { observed_at: self.as_of, ..Default::default() };
                let asset = self.asset_of(&state, Listed::Outside(fact), None, scope, placed.evidence.clone());
                matched.insert(row.clone(), Some(asset.key.clone()));
                self.assets.insert(asset.key.clone(), Box::new(asset));
            } else {
                if let Some(asset) = known.as_ref().and_then(|key| self.assets.get_mut(key)) {
                    adopt_tags(asset, &fact.tags, self.policy);
                }
                matched.insert(row.clone(), known);
            }
        }
        matched
    }

    /// Places that answers or the policy name, and that nobody read.
    fn expect_scopes(&mut self, facts: &Facts) {
        let mut expect = |scope: Scope, because: String, evidence: Option<crate::exchange::Evidence>| {
            let account_is_read =
                self.histories.keys().any(|read| read.cloud == scope.cloud && read.account == scope.account);
            let is_read = if scope.is_global() { account_is_read } else { self.histories.contains_key(&scope) };
            if !is_read && !self.policy.ignored_regions.contains_key(&*scope.region) {
                self.histories.entry(scope).or_insert(ScopeHistory {
                    expected_because: Some(because),
                    expected_evidence: evidence,
                    runs: Vec::new(),
                });
            }
        };
        for scope in &self.policy.expected_scopes {
            expect(scope.clone(), "the policy names it".to_owned(), self.newest.clone());
        }
        for (id, account) in facts.accounts.iter().filter(|(_, account)| account.fact.active) {
            let scope = Scope::new(account.scope.cloud, id.clone(), Scope::GLOBAL);
            expect(
                scope,
                format!("the organisation lists it as {:?}", account.fact.name),
                Some(account.evidence.clone()),
            );
        }
        for ((scope, name), region) in facts.regions.iter().filter(|(_, region)| region.fact.enabled) {
            let place = Scope::new(scope.cloud, scope.account.clone(), name.clone());
            expect(place, "the account has the region enabled".to_owned(), Some(region.evidence.clone()));
        }
    }
}

/// Texts of an outside row that may name a host, the surest first.
fn names_of(row: &OutsideHost) -> impl Iterator<Item = &str> {
    let texts = [row.cloud_id.as_deref(), Some(&*row.name), row.address.as_deref()];
    texts.into_iter().flatten().filter(|text| !text.is_empty())
}

/// Agents' lists carry no tags: what an outside inventory says of a hybrid node stands in for them.
fn adopt_tags(asset: &mut Asset, tags: &Tags, policy: &crate::policy::Policy) {
    if asset.kind != HostKind::HybridNode {
        return;
    }
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    all.extend(tags.iter().chain(asset.tags.iter()).map(|(key, value)| (key.to_owned(), value.to_owned())));
    let words = crate::asset::classify(&all, &asset.name, policy);
    asset.service = asset.service.take().or(words.service.map(Arc::from));
    asset.owner = asset.owner.take().or(words.owner.map(Arc::from));
    asset.environment = asset.environment.take().or(words.environment.map(Arc::from));
    asset.data_class = asset.data_class.take().or(words.data_class.map(Arc::from));
    asset.stateful |= words.stateful;
}

/// A host name without its domain, in lower case; addresses stay whole.
fn short_name(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let is_address = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || name.contains(':');
    match name.split_once('.') {
        Some((short, _)) if !is_address => short.to_owned(),
        _ => name,
    }
}

fn lineages(assets: &[Box<Asset>], facts: &Facts) -> Vec<Lineage> {
    let mut table = LineageTable::new();
    for ((scope, key), group) in facts.groups.iter() {
        table.insert(
            Arc::from(group.fact.id.as_str()),
            Box::new(Lineage {
                id: group.fact.id.as_str().into(),
                name: if group.fact.name.is_empty() { key.clone() } else { group.fact.name.as_str().into() },
                kind: if scope.cloud == Cloud::Azure { "scale-set" } else { "auto-scaling-group" },
                scope: scope.clone(),
                group: Some(key.clone()),
                members: Vec::new(),
            }),
        );
    }
    for (at, asset) in assets.iter().enumerate() {
        let lineage = table.entry(asset.lineage.clone()).or_insert_with(|| {
            let alone = asset.lineage == asset.id;
            Box::new(Lineage {
                id: asset.lineage.clone(),
                name: match &asset.group {
                    _ if alone => asset.name.clone(),
                    Some(group) => group.rsplit('/').next().unwrap_or(group).into(),
                    None => asset.lineage.clone(),
                },
                kind: match (alone, &asset.group) {
                    (true, _) => asset.kind.as_str(),
                    (false, Some(_)) if asset.scope.cloud == Cloud::Azure => "scale-set",
                    (false, Some(_)) => "auto-scaling-group",
                    (false, None) => "tagged",
                },
                scope: asset.scope.clone(),
                group: if alone { None } else { asset.group.clone() },
                members: Vec::new(),
            })
        });
        if !asset.gone && asset.power != Power::Terminated {
            lineage.members.reserve_exact(1);
            lineage.members.push(at as u32);
        }
    }
    table.into_values().map(|lineage| *lineage).collect()
}

/// Joins windows, targets, tasks and runs of the scopes wanted; keeps what has to do with patching.
pub(super) fn schedules(facts: &Facts, coverage: &Coverage, wanted: impl Fn(&Scope) -> bool) -> Vec<Schedule> {
    let mut all = Vec::new();
    for ((scope, key), placed) in facts.windows.iter().filter(|((scope, _), _)| wanted(scope)) {
        let aws = scope.cloud == Cloud::Aws;
        let mut schedule = Schedule {
            kind: if aws { ScheduleKind::MaintenanceWindow } else { ScheduleKind::MaintenanceConfiguration },
            id: placed.fact.id.clone(),
            name: placed.fact.name.clone(),
            scope: scope.clone(),
            enabled: placed.fact.enabled,
            window: Some(placed.fact.clone()),
            association: None,
            targets: Vec::new(),
            tasks: Vec::new(),
            executions: Vec::new(),
            association_executions: Vec::new(),
            gaps: Vec::new(),
            evidence: placed.evidence.clone(),
        };
        let needed: &[&str] =
            if aws { &[op::WINDOW_TARGETS, op::WINDOW_TASKS, op::WINDOW_EXECUTIONS] } else { &[op::AZURE_MAINTENANCE] };
        for operation in needed {
            let answered = if aws {
                coverage.answered(operation, scope, Some(key))
            } else {
                coverage.answered_around(operation, &scope.account_wide())
            };
            schedule.gaps.extend(answered.err());
        }
        let from = (key.clone(), String::new());
        let mut targets: BTreeMap<&str, &[Target]> = BTreeMap::new();
        for ((_, id), target) in facts.window_targets.from(&from).take_while(|((window, _), _)| window == key) {
            targets.insert(id, &target.fact.targets);
            schedule.targets.push((target.fact.targets.clone(), target.evidence.clone()));
        }
        for (_, task) in facts.window_tasks.from(&from).take_while(|((window, _), _)| window == key) {
            if is_patch_document(&task.fact.document) {
                if !task.fact.targets.is_empty() {
                    schedule.targets.push((task.fact.targets.clone(), task.evidence.clone()));
                }
                if task.fact.action.is_none() {
                    let own = op::window_task(key, &task.fact.id);
                    schedule.gaps.extend(coverage.answered(op::WINDOW_TASK, scope, Some(&own)).err());
                }
                schedule.tasks.push((task.fact.clone(), task.evidence.clone()));
            }
        }
        let from = (key.clone(), None, String::new());
        for (_, execution) in facts.window_executions.from(&from).take_while(|((window, _, _), _)| window == key) {
            schedule.executions.push((execution.fact.clone(), execution.evidence.clone()));
        }
        if schedule.patches() {
            all.push(schedule);
        }
    }
    for ((scope, key), placed) in facts
        .associations
        .iter()
        .filter(|((scope, _), placed)| wanted(scope) && is_patch_document(&placed.fact.document))
    {
        let from = (key.clone(), None, String::new());
        let executions =
            facts.association_executions.from(&from).take_while(|((association, _, _), _)| association == key);
        all.push(Schedule {
            kind: ScheduleKind::Association,
            id: placed.fact.id.clone(),
            name: if placed.fact.name.is_empty() { placed.fact.document.clone() } else { placed.fact.name.clone() },
            scope: scope.clone(),
            enabled: true,
            window: None,
            association: Some(placed.fact.clone()),
            targets: vec![(placed.fact.targets.clone(), placed.evidence.clone())],
            tasks: Vec::new(),
            executions: Vec::new(),
            association_executions: executions.map(|(_, run)| (run.fact.clone(), run.evidence.clone())).collect(),
            gaps: coverage.answered(op::ASSOCIATION_EXECUTIONS, scope, Some(key)).err().into_iter().collect(),
            evidence: placed.evidence.clone(),
        });
    }
    all.sort_by(|one, other| (&one.scope, one.kind, &one.id).cmp(&(&other.scope, other.kind, &other.id)));
    all
}

/// Documents that scan for or install patches (source: list of SSM's own documents).
fn is_patch_document(document: &str) -> bool {
    let name = document.rsplit('/').next().unwrap_or(document);
    [
        "AWS-RunPatchBaseline",
        "AWS-RunPatchBaselineAssociation",
        "AWS-RunPatchBaselineWithHooks",
        "AWS-InstallWindowsUpdates",
        "AWS-ApplyPatchBaseline",
        "AWS-FindWindowsUpdates",
        "AWS-InstallMissingWindowsUpdates",
        "AWS-InstallSpecificWindowsUpdates",
        "AWS-PatchInstanceWithRollback",
        "AWS-PatchAsgInstance",
    ]
    .contains(&name)
}
