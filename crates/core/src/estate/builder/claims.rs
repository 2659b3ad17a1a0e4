//! What a run's records claim, and what the same run shows against earlier claims.

use super::join::schedules;
use super::{EstateBuilder, RunState, patches_read};
use crate::asset::Asset;
use crate::claim::{ClaimSource, Entry, Left, Look, PlanRun, Reboot, Scan, Scanned, Seen, Told};
use crate::exchange::Evidence;
use crate::exposure::Ledger;
use crate::fact::{HostKind, Installation, PatchAction, PatchState, ScanStatus, WindowExecution};
use crate::fix::Remedy;
use crate::op;
use crate::policy::{HOUR, Policy, Seconds};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a command or association may go on after it was asked for, where its record has no end. A judgement: longer
/// than runs take, and short enough for the next morning's scan to count; a scan inside the run is none after it.
const LONGEST_RUN: Seconds = 2 * HOUR;

impl EstateBuilder<'_> {
    /// Takes in the run's records, before exposures move: what was missing until now is what they claim to have fixed.
    pub(super) fn take_claims(&mut self, state: &RunState) -> PlanRun {
        self.take_commands(state);
        self.take_reports(state);
        self.take_azure(state);
        self.take_launches(state);
        let plans = schedules(&state.facts, &state.coverage, |scope| scope.cloud == Cloud::Aws);
        let at = state.observed_at;
        for plan in plans.iter().filter(|plan| plan.installs() == Some(true)) {
            let (scope, id): (Arc<Scope>, Arc<str>) = (Arc::new(plan.scope.clone()), plan.id.as_str().into());
            let entry = |source, id: &str, told, claimed: Timestamp, deployed: Timestamp, evidence: &Evidence| Entry {
                source,
                id: id.into(),
                scope: scope.clone(),
                title: plan.name.as_str().into(),
                told,
                leaves_out: false,
                claimed,
                deployed,
                evidence: evidence.clone(),
            };
            for (run, evidence) in &plan.executions {
                let Some(started) = run.started else { continue };
                let ended = run.ended.unwrap_or_else(|| by_then(started, at));
                let source = ClaimSource::MaintenanceWindow;
                let entry = entry(source, &run.id, told_by(&run.status), started, ended, evidence);
                self.claims.of_a_plan(&plan.scope, &id, entry);
            }
            for (run, evidence) in &plan.association_executions {
                let Some(created) = run.created else { continue };
                let source = ClaimSource::Association;
                let entry = entry(source, &run.id, told_by(&run.status), created, by_then(created, at), evidence);
                self.claims.of_a_plan(&plan.scope, &id, entry);
            }
        }
        self.claims.plans(plans)
    }

    fn take_commands(&mut self, state: &RunState) {
        let facts = &state.facts;
        for ((host, requested, command), placed) in facts.invocations.iter() {
            let sent = facts.commands.get(&((*placed.scope).clone(), command.clone()));
            let installs = sent.is_some_and(|sent| sent.fact.action == Some(PatchAction::Install));
            let (Some(requested), true) = (*requested, installs) else { continue };
            let entry = Entry {
                source: ClaimSource::Command,
                id: command.as_str().into(),
                scope: placed.scope.clone(),
                title: placed.fact.document.as_str().into(),
                told: told_by(&placed.fact.status),
                leaves_out: false,
                claimed: requested,
                deployed: by_then(requested, state.observed_at),
                evidence: placed.evidence.clone(),
            };
            self.take(host, entry);
        }
    }

    /// SSM keeps the last operation of a node: an installing one is that run's own record.
    fn take_reports(&mut self, state: &RunState) {
        for ((host, ended), placed) in state.facts.patch_states.iter() {
            let fact = &placed.fact;
            let (Some(ended), PatchAction::Install) = (*ended, fact.action) else { continue };
            let entry = Entry {
                source: ClaimSource::InstallReport,
                id: format!("install@{ended}").into(),
                scope: placed.scope.clone(),
                title: "last installing operation".into(),
                told: told_by_report(fact),
                // An override list installs what it names, and no more.
                leaves_out: fact.override_list.is_some(),
                claimed: fact.started.unwrap_or(ended),
                deployed: ended,
                evidence: placed.evidence.clone(),
            };
            self.take(host, entry);
        }
    }

    fn take_azure(&mut self, state: &RunState) {
        for ((host, ended, id), placed) in state.facts.installations.iter() {
            let run = &placed.fact;
            let Some(started) = run.started.or(*ended) else { continue };
            let entry = Entry {
                source: ClaimSource::AzureInstallation,
                id: id.as_str().into(),
                scope: placed.scope.clone(),
                title: if run.maintenance_run.is_empty() { "installation" } else { "scheduled installation" }.into(),
                told: told_by_installation(run),
                leaves_out: run.excluded > 0,
                claimed: started,
                deployed: ended.unwrap_or(started),
                evidence: placed.evidence.clone(),
            };
            self.take(host, entry);
        }
        let runs = state.facts.window_executions.iter();
        let own = runs.filter_map(|(_, placed)| Some((placed.fact.host.as_deref()?, placed)));
        let own: Vec<(&str, &super::super::Placed<WindowExecution>)> = own.collect();
        if own.is_empty() {
            return;
        }
        let windows: BTreeMap<&str, &str> = state
            .facts
            .windows
            .iter()
            .filter(|(_, window)| {
                window.fact.maintenance_scope.as_deref().is_none_or(|of| of.eq_ignore_ascii_case("InGuestPatch"))
            })
            .map(|((_, key), window)| (key.as_str(), window.fact.name.as_str()))
            .collect();
        for (host, placed) in own {
            let run = &placed.fact;
            let (Some(started), Some(name)) = (run.started, windows.get(&*run.window)) else { continue };
            let entry = Entry {
                source: ClaimSource::AzureMaintenance,
                id: run.id.as_str().into(),
                scope: placed.scope.clone(),
                title: (*name).into(),
                told: told_by(&run.status),
                leaves_out: false,
                claimed: started,
                deployed: run.ended.unwrap_or(started),
                evidence: placed.evidence.clone(),
            };
            self.take(&Arc::from(host), entry);
        }
    }

    /// Takes in a record about a host that some list has.
    fn take(&mut self, host: &Arc<str>, entry: Entry) {
        let Some(asset) = self.assets.get(host) else { return };
        let deployed = entry.deployed;
        let ledger = &self.ledger;
        let known = || known_missing(ledger, &asset.lineage, &asset.key, deployed);
        self.claims.of_a_host(&asset.key, &asset.lineage, entry, known);
    }

    /// Takes the schedules' claims back, and holds roll-outs against the members of their groups.
    pub(super) fn settle_claims(&mut self, state: &RunState, plans: PlanRun) {
        let listed = |scope: &Scope| {
            [op::EC2_INSTANCES, op::AGENTS].iter().all(|list| state.coverage.answered_around(list, scope).is_ok())
        };
        self.claims.settle(plans, listed);
        self.settle_rollouts(state);
    }
}

impl RunState {
    /// Places whose vulnerability scanner was to be read in this run, and was not.
    pub(super) fn note_unread_scanners(&mut self) {
        let gaps = self.coverage.gaps().into_iter().filter(|gap| *gap.operation == *op::VULNERABILITIES);
        self.unread_scanners = gaps.map(|gap| gap.scope).collect();
    }

    /// Whether silence of the scanner about a host means anything: what an unread answer would have named is not in place.
    pub(super) fn scanner_was_read(&self, asset: &Asset) -> bool {
        let unread = &self.unread_scanners;
        unread.is_empty() || !(unread.contains(&asset.scope) || unread.contains(&asset.scope.account_wide()))
    }
}

/// What a run shows of a host.
pub(super) fn look<'a>(
    state: &RunState,
    asset: &'a Asset,
    seen: Vec<Seen>,
    ledger: &'a Ledger,
    before: Option<Timestamp>,
    policy: &Policy,
) -> Look<'a> {
    let facts = &state.facts;
    let scan = separate_scan(state, asset).map(|placed| {
        let (fact, patches) = (&placed.0.fact, facts.patches.get(&asset.key).map(|patches| &**patches));
        let counted: u32 = [fact.counts.missing, fact.counts.failed].into_iter().flatten().sum();
        let listed = patches.map_or(0, |patches| patches.lacking);
        Scan {
            began: fact.started.unwrap_or(placed.1),
            ended: placed.1,
            reboot: match (fact.reboot_pending, fact.counts.pending_reboot) {
                (Some(true), _) | (_, Some(1..)) => Reboot::Pending,
                (Some(false), _) | (_, Some(0)) => Reboot::No,
                (None, None) => Reboot::Unsaid,
            },
            no_reboot_install: fact.last_no_reboot_install,
            evidence: placed.0.evidence.clone(),
            whole: patches_read(&state.coverage, patches, asset)
                .ok()
                .filter(|_| counted <= listed && state.scanner_was_read(asset)),
        }
    });
    let scanner = facts.scan_coverage.get(&asset.key).filter(|placed| placed.fact.active).and_then(|placed| {
        // Without the patch tool's answer nobody knows that it has not looked since, and seen otherwise.
        for needed in [op::VULNERABILITIES, op::PATCH_STATES] {
            state.coverage.answered_around(needed, &asset.scope).ok()?;
        }
        Some(Scanned { at: placed.fact.last_scanned?, evidence: placed.evidence.clone() })
    });
    Look {
        host: &asset.key,
        launched: asset.launched,
        scan,
        scanner,
        old_kernel: old_kernel(state, asset),
        seen,
        exposures: ledger.of_lineage(&asset.lineage).collect(),
        before,
        interval: policy.sla.scan_interval,
        approval: policy.approval_max,
    }
}

/// When the last patch operation on a host ended, where it succeeded.
pub(super) fn last_success(state: &RunState, key: &Arc<str>) -> Option<Timestamp> {
    let fact = &state.facts.patch_state(key)?.fact;
    let good = matches!(fact.status, ScanStatus::Succeeded | ScanStatus::Warnings);
    fact.ended.filter(|ended| good && *ended <= state.observed_at)
}

/// The last operation on a host, where it was a scan that succeeded, and when it ended.
pub(super) fn separate_scan<'s>(
    state: &'s RunState,
    asset: &Asset,
) -> Option<(&'s super::super::Placed<PatchState>, Timestamp)> {
    let placed = state.facts.patch_state(&asset.key)?;
    let good = matches!(placed.fact.status, ScanStatus::Succeeded | ScanStatus::Warnings);
    let ended = placed.fact.ended.filter(|ended| *ended <= state.observed_at)?;
    (good && placed.fact.action == PatchAction::Scan).then_some((placed, ended))
}

/// Arc tells the kernel that runs: the newest installed one, where it is another.
fn old_kernel(state: &RunState, asset: &Asset) -> Option<Evidence> {
    if asset.kind != HostKind::ArcMachine || asset.os_version.is_empty() {
        return None;
    }
    let from = (asset.key.clone(), String::new(), String::new(), String::new());
    let own = state.facts.software.from(&from).take_while(|((host, ..), _)| *host == asset.key);
    let kernels = own.map(|(_, placed)| placed).filter(|kernel| kernel.fact.installed.is_some());
    let newest = kernels.max_by_key(|kernel| kernel.fact.installed)?;
    let runs = newest.fact.name.contains(&*asset.os_version) || asset.os_version.contains(&*newest.fact.version);
    (!runs).then(|| newest.evidence.clone())
}

/// Fixes that a host was known to lack at a time, and that nobody has seen in place since.
fn known_missing(ledger: &Ledger, lineage: &str, host: &Arc<str>, at: Timestamp) -> Box<[Arc<Remedy>]> {
    let open = ledger.of_lineage(lineage).filter(|exposure| exposure.is_open() && exposure.since() <= at);
    let mine = open.filter(|exposure| exposure.members.binary_search_by(|one| one.host.cmp(host)).is_ok());
    mine.map(|exposure| exposure.remedy().clone()).collect()
}

fn by_then(asked: Timestamp, at: Timestamp) -> Timestamp {
    crate::clock::after(asked, LONGEST_RUN).min(at.max(asked))
}

/// What the status of a command, window, association or maintenance run says.
fn told_by(status: &str) -> Told {
    let word: String = status.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    match word.as_str() {
        "success" | "succeeded" | "completed" => Told::Done,
        "pending" | "inprogress" | "delayed" | "cancelling" | "notstarted" | "retrynow" => Told::Running,
        "completedwithwarnings" => Told::Partly(Left::default()),
        _ => Told::Failed,
    }
}

fn told_by_report(state: &PatchState) -> Told {
    let count = |count: Option<u32>| count.unwrap_or(0);
    let left =
        Left { failed: count(state.counts.failed), not_done: count(state.counts.missing), window_exceeded: false };
    match state.status {
        ScanStatus::Failed => Told::Failed,
        ScanStatus::InProgress => Told::Running,
        _ if left != Left::default() => Told::Partly(left),
        _ if count(state.counts.pending_reboot) > 0 => Told::AwaitsReboot,
        _ => Told::Done,
    }
}

fn told_by_installation(run: &Installation) -> Told {
    let left = Left { failed: run.failed, not_done: run.pending, window_exceeded: run.window_exceeded };
    match told_by(&run.status) {
        Told::Running => Told::Running,
        _ if left != Left::default() => Told::Partly(left),
        Told::Done if ["Required", "Started", "Failed"].contains(&run.reboot_status.as_str()) => Told::AwaitsReboot,
        told => told,
    }
}
