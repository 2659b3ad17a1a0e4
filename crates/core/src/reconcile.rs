//! One list of machines held against another: whoever is on one and not on the other is a question to answer.

use crate::asset::Asset;
use crate::estate::Estate;
use crate::exchange::Evidence;
use crate::fact::HostKind;
use crate::op;
use crate::reading::Gap;
use std::collections::BTreeSet;

/// Two lists and how they meet.
pub struct Reconciliation {
    /// What is counted first.
    pub source_a: String,
    /// What it is held against.
    pub source_b: String,
    /// Machines on the first list.
    pub a_count: usize,
    /// Machines on the second list.
    pub b_count: usize,
    /// Machines on both.
    pub matched: usize,
    /// Names of those on the first list alone, sorted.
    pub only_a: Vec<String>,
    /// Names of those on the second list alone, sorted.
    pub only_b: Vec<String>,
    /// Machines on the first list alone that are on no other by nature: of those of a cloud its own list is the population.
    pub explained: usize,
    /// Why the comparison is not complete: parts of either list that were not read.
    pub unread: Vec<String>,
    /// A row or answer of the first list.
    pub evidence_a: Option<Evidence>,
    /// A row or answer of the second list.
    pub evidence_b: Option<Evidence>,
}

impl Reconciliation {
    /// Machines on one list alone, those left out of which it is known why.
    pub fn unexplained(&self) -> usize {
        self.only_a.len() + self.only_b.len() - self.explained
    }

    /// Machines on either list.
    pub fn compared(&self) -> usize {
        self.a_count + self.b_count - self.matched
    }
}

/// Every comparison that the answers allow.
pub fn reconciliations(estate: &Estate) -> Vec<Reconciliation> {
    let facts = &estate.facts;
    let gaps = estate.coverage.gaps();
    let of = |kinds: &[HostKind]| -> Vec<&Asset> {
        estate
            .assets
            .iter()
            .map(|asset| &**asset)
            .filter(|asset| exists(asset) && kinds.contains(&asset.kind))
            .collect()
    };
    let mut all = Vec::new();
    let agents: Vec<_> = facts.agents.iter().filter(|(_, agent)| !agent.fact.terminated).collect();
    let instances = of(&[HostKind::Ec2Instance]);
    // Hybrid nodes are on the agents' list by nature, and on no other.
    let registered = agents.iter().filter(|(key, _)| !key.starts_with("mi-"));
    let keys = registered.map(|(key, agent)| (&***key, &agent.evidence));
    all.push(by_key(&gaps, ("EC2 instances", op::EC2_INSTANCES), ("SSM agents", op::AGENTS), &instances, keys));
    for (name, kinds) in
        [("Azure virtual machines", &[HostKind::AzureVm][..]), ("Azure Arc machines", &[HostKind::ArcMachine][..])]
    {
        let machines = of(kinds);
        let assessed = machines
            .iter()
            .filter_map(|asset| facts.patch_state(&asset.key).map(|state| (&*asset.key, &state.evidence)));
        let assessed: Vec<_> = assessed.collect();
        let b = ("Azure update assessments", op::AZURE_ASSESSMENTS);
        all.push(by_key(&gaps, (name, op::AZURE_RESOURCES), b, &machines, assessed.into_iter()));
    }
    all.extend(outside(estate, &gaps));
    all.retain(|one| one.a_count + one.b_count > 0 || !one.unread.is_empty());
    all
}

fn by_key<'a>(
    gaps: &[Gap],
    (source_a, operation_a): (&str, &str),
    (source_b, operation_b): (&str, &str),
    listed: &[&'a Asset],
    other: impl Iterator<Item = (&'a str, &'a Evidence)>,
) -> Reconciliation {
    let other: Vec<_> = other.collect();
    let keys: BTreeSet<&str> = other.iter().map(|(key, _)| *key).collect();
    let known: BTreeSet<&str> = listed.iter().map(|asset| &*asset.key).collect();
    let names = |assets: &mut dyn Iterator<Item = &&'a Asset>| {
        let mut names: Vec<_> = assets.map(|asset| asset.name.to_string()).collect();
        names.sort();
        names
    };
    let mut unread = unread_of(gaps, operation_a);
    unread.extend(unread_of(gaps, operation_b));
    Reconciliation {
        source_a: source_a.to_owned(),
        source_b: source_b.to_owned(),
        a_count: listed.len(),
        b_count: keys.len(),
        matched: keys.intersection(&known).count(),
        only_a: names(&mut listed.iter().filter(|asset| !keys.contains(&*asset.key))),
        only_b: keys.difference(&known).map(|key| (*key).to_owned()).collect(),
        explained: 0,
        unread,
        evidence_a: listed.first().map(|asset| asset.evidence.clone()),
        evidence_b: other.first().map(|(_, evidence)| (*evidence).clone()),
    }
}

/// Every machine of the clouds against each outside inventory; or the statement that there is none.
fn outside(estate: &Estate, gaps: &[Gap]) -> Vec<Reconciliation> {
    let clouds: Vec<usize> = (0..estate.assets.len())
        .filter(|at| exists(&estate.assets[*at]) && estate.assets[*at].kind != HostKind::OutsideHost)
        .collect();
    let mut inventories: BTreeSet<&str> = estate.facts.outside.iter().map(|((name, _), _)| &**name).collect();
    let asked = estate.coverage.questions().filter(|(operation, ..)| *operation == op::OUTSIDE);
    inventories.extend(asked.map(|(_, scope, _, _)| &*scope.account));
    let mut all = Vec::new();
    for name in &inventories {
        let rows: Vec<_> = estate.facts.outside.iter().filter(|((inventory, _), _)| **inventory == **name).collect();
        let mut matched: BTreeSet<usize> = BTreeSet::new();
        let mut only_b = Vec::new();
        for (key, row) in rows.iter().filter(|(_, row)| row.fact.in_use) {
            match estate.outside.get(*key).copied().flatten() {
                Some(at) if clouds.binary_search(&at).is_ok() => {
                    matched.insert(at);
                }
                _ => only_b.push(if row.fact.name.is_empty() { key.1.to_string() } else { row.fact.name.to_string() }),
            }
        }
        only_b.sort();
        let alone: Vec<&usize> = clouds.iter().filter(|at| !matched.contains(at)).collect();
        let explained = alone.iter().filter(|at| !estate.assets[***at].kind.is_hybrid()).count();
        let mut only_a: Vec<_> = alone.into_iter().map(|at| estate.assets[*at].name.to_string()).collect();
        only_a.sort();
        all.push(Reconciliation {
            source_a: "Machines of the clouds".to_owned(),
            source_b: format!("outside inventory {name}"),
            a_count: clouds.len(),
            b_count: matched.len() + only_b.len(),
            matched: matched.len(),
            only_a,
            only_b,
            explained,
            unread: unread_of(gaps, op::OUTSIDE),
            evidence_a: clouds.first().map(|at| estate.assets[*at].evidence.clone()),
            evidence_b: rows.first().map(|(_, row)| row.evidence.clone()),
        });
    }
    if inventories.is_empty() {
        all.push(Reconciliation {
            source_a: "Machines of the clouds".to_owned(),
            source_b: "outside inventory".to_owned(),
            a_count: clouds.len(),
            b_count: 0,
            matched: 0,
            only_a: Vec::new(),
            only_b: Vec::new(),
            explained: 0,
            unread: vec![
                "no outside inventory was given: nothing confirms that the clouds' lists are whole".to_owned(),
            ],
            evidence_a: clouds.first().map(|at| estate.assets[*at].evidence.clone()),
            evidence_b: None,
        });
    }
    all
}

/// Scopes in which a list could not be read.
fn unread_of(gaps: &[Gap], operation: &str) -> Vec<String> {
    let own = gaps.iter().filter(|gap| *gap.operation == *operation && gap.subject.is_none());
    own.map(|gap| format!("{operation} in {}: {}", gap.scope, gap.reason.as_str())).collect()
}

/// Whether a host counts in the population.
fn exists(asset: &Asset) -> bool {
    !asset.gone && asset.power != crate::fact::Power::Terminated
}
