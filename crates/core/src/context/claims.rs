//! What records claim about a lineage or schedule, and what could not be read of them.

use super::Context;
use crate::asset::{Asset, Lineage};
use crate::claim::{Claim, ClaimSource, State};
use crate::exchange::Evidences;
use crate::fact::HostKind;
use crate::op;
use crate::reading::{Gap, Reading};
use crate::schedule::{Schedule, ScheduleKind};
use crate::scope::{Cloud, Scope};
use std::collections::BTreeMap;

impl<'a> Context<'a> {
    /// Claims about the hosts of a lineage and about the group itself.
    pub fn claims(&self, lineage: &Lineage) -> Vec<&'a Claim> {
        let book = &self.estate.claims;
        let hosts = self.members(lineage).filter(|asset| asset.runs_a_host_os());
        hosts.flat_map(|asset| book.of_host(&asset.key)).chain(book.of_group(&lineage.id)).collect()
    }

    /// Claims of a schedule's runs, the last first.
    pub fn claims_of_schedule(&self, schedule: &Schedule) -> Vec<&'a Claim> {
        let mut all: Vec<_> = self.estate.claims.of_plan(&schedule.scope, &schedule.id).collect();
        all.reverse();
        all
    }

    /// Runs of Azure's maintenance configurations of a name, host by host, in the order of the register.
    pub fn maintenance_runs(&self, name: &str) -> &[&'a Claim] {
        let all = self.maintenance_runs.get_or_init(|| {
            let mut all: BTreeMap<&'a str, Vec<&'a Claim>> = BTreeMap::new();
            let runs = self.estate.claims.claims();
            for run in runs.filter(|run| run.record.source == ClaimSource::AzureMaintenance) {
                all.entry(&run.record.title).or_default().push(run);
            }
            all
        });
        all.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a claim stands now.
    pub fn standing(&self, claim: &Claim) -> State {
        claim.state(self.as_of, self.policy)
    }

    /// Hosts of a lineage whose system a tool of the customer's patches.
    pub fn patched_hosts(&self, lineage: &Lineage) -> impl Iterator<Item = &'a Asset> + use<'a> {
        self.members(lineage).filter(|asset| asset.runs_a_host_os() && asset.kind != HostKind::OutsideHost)
    }

    /// A list of records that was to be read where the lineage stands, and was not: it may have claims that nobody knows.
    pub fn records_gap(&self, lineage: &Lineage) -> Option<&Gap> {
        let of_groups = lineage.group.as_ref().and_then(|_| {
            let list = if lineage.scope.cloud == Cloud::Azure { op::AZURE_RESOURCES } else { op::GROUPS };
            self.expected_gap(list, &lineage.scope)
        });
        let mut hosts = self.patched_hosts(lineage);
        of_groups.or_else(|| {
            hosts.find_map(|asset| {
                let around = self.records_gap_in(&asset.scope);
                around.or_else(|| self.records_gap_in(&asset.scope.account_wide()))
            })
        })
    }

    /// A list of records that was to be read in a scope itself, and was not.
    pub fn records_gap_in(&self, scope: &Scope) -> Option<&Gap> {
        let records: &[&str] = match scope.cloud {
            Cloud::Azure => &[op::AZURE_INSTALLATIONS, op::AZURE_MAINTENANCE],
            _ => &[op::COMMANDS, op::INVOCATIONS],
        };
        self.gaps(scope).iter().find(|gap| records.contains(&&*gap.operation))
    }

    /// What of a schedule's runs could not be read.
    pub fn runs_gap<'s>(&self, schedule: &'s Schedule) -> Option<&'s Gap> {
        let needed: &[&str] = match schedule.kind {
            ScheduleKind::MaintenanceWindow => &[op::WINDOW_EXECUTIONS, op::WINDOW_TARGETS],
            ScheduleKind::Association => &[op::ASSOCIATION_EXECUTIONS],
            ScheduleKind::MaintenanceConfiguration => &[],
        };
        schedule.action_gap().or_else(|| needed.iter().find_map(|operation| schedule.gap_of(operation)))
    }

    /// Why nothing independent is known of the lineage's hosts, where an answer should have told.
    pub fn observation_gap(&self, lineage: &Lineage) -> Option<Gap> {
        self.patched_hosts(lineage).find_map(|asset| match (self.patch_state(asset), self.lacking(asset)) {
            (Reading::Unread(gap), _) => Some(gap),
            (Reading::Known(..), Reading::Unread(gap)) => Some(gap),
            _ => self.unlisted(asset),
        })
    }

    /// What of the hosts that a schedule may mean was to be looked at, and was not.
    pub fn schedule_observation_gap(&self, schedule: &Schedule) -> Option<&Gap> {
        let lists = [op::PATCH_STATES, op::EC2_INSTANCES, op::AGENTS];
        lists.iter().find_map(|operation| self.expected_gap(operation, &schedule.scope))
    }

    /// That every host of the lineage was scanned recently, and its patches and the scanner's findings read whole.
    pub fn seen_whole(&self, lineage: &Lineage) -> Result<Option<Evidences>, Gap> {
        let mut all: Option<Evidences> = None;
        for asset in self.patched_hosts(lineage) {
            if let Some(gap) = self.expected_gap(op::VULNERABILITIES, &asset.scope) {
                return Err(gap.clone());
            }
            match (self.fresh_scan(asset), self.lacking(asset)) {
                (Reading::Known(_, scan), Reading::Known(_, list)) => {
                    all = Some(match all {
                        Some(all) => all.and(scan).and(list),
                        None => Evidences::of(scan).and(list),
                    });
                }
                (Reading::Unread(gap), _) | (_, Reading::Unread(gap)) => return Err(gap),
                (Reading::Absent(seen), _) | (_, Reading::Absent(seen)) => {
                    return Err(Gap {
                        operation: self.estate.exchange(seen.exchange).operation.clone(),
                        scope: asset.scope.clone(),
                        subject: Some(asset.key.clone()),
                        reason: crate::reading::Reason::NeverScanned,
                        message: format!("{} was never scanned", asset.name),
                        evidence: Some(seen),
                    });
                }
            }
        }
        Ok(all)
    }
}
