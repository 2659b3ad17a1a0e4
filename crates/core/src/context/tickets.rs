//! Patch runs and the change records that they were to be announced by.

use super::{Context, Covered};
use crate::asset::Asset;
use crate::claim::{Claim, ClaimSource, Told};
use crate::estate::Placed;
use crate::fact::ChangeRecord;
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::Verdict;
use crate::schedule::{Meant, Schedule};
use crate::scope::{Cloud, Scope};
use crate::text::minute;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Whether a change record announces a patch run.
pub enum Ticket<'a> {
    /// This one does.
    Has(&'a Placed<ChangeRecord>),
    /// Nobody can tell.
    Perhaps(Verdict),
    /// None does.
    Hasnt,
}

/// Whether a claim is of a run that installed. A group's roll-out replaces hosts, and a run that has not ended may yet
/// install nothing.
pub fn is_run(claim: &Claim) -> bool {
    claim.record.source != ClaimSource::ImageRollout && claim.told != Told::Running
}

impl<'a> Context<'a> {
    /// Whether an export of a ticket system was ever given.
    pub fn has_ticket_system(&self) -> bool {
        self.estate.scopes.keys().any(|scope| scope.cloud == Cloud::Changes)
    }

    /// The time that every export speaks of: from the first time that its records name until it was made.
    pub fn changes_span(&self) -> Option<(Timestamp, Timestamp)> {
        let mut begins: BTreeMap<&Scope, Timestamp> = BTreeMap::new();
        for (_, placed) in self.estate.facts.changes.iter() {
            let record = &placed.fact;
            let first = [&record.window_start, &record.deployed_at, &record.closed_at].into_iter();
            let Some(first) = first.filter_map(|said| said.value()).min() else { continue };
            if record.problems.is_empty() {
                begins.entry(&placed.scope).and_modify(|known| *known = *first.min(known)).or_insert(*first);
            }
        }
        let mut span: Option<(Timestamp, Timestamp)> = None;
        for scope in self.estate.scopes.keys().filter(|scope| scope.cloud == Cloud::Changes) {
            let begin = *begins.get(scope)?;
            let end = self.observed_at(&self.estate.coverage.answered(op::CHANGES, scope, None).ok()?);
            span = Some(span.map_or((begin, end), |(from, to)| (from.max(begin), to.min(end))));
        }
        span
    }

    /// Names by which a change record may mean a host: its own, its group's, its service's, and those of schedules that
    /// patch it.
    fn names_of_host(&self, asset: &'a Asset) -> Vec<&'a str> {
        let mut names = vec![&*asset.key];
        names.extend(asset.group.as_deref().map(|group| group.rsplit('/').next().unwrap_or(group)));
        names.extend(asset.service.as_deref());
        for (schedule, meant) in self.schedules_of(asset).0 {
            if meant == Meant::Yes && schedule.installs() != Some(false) {
                names.extend([&*schedule.id, &*schedule.name]);
            }
        }
        names
    }

    /// Whether a change record announces a run on a host.
    pub fn ticket_of_host(&self, asset: &'a Asset, run: &Claim) -> Ticket<'a> {
        self.ticket(&self.names_of_host(asset), run)
    }

    /// Whether a change record announces a schedule's run: one that names it, or one for each host that it means.
    pub fn ticket_of_schedule(&self, schedule: &'a Schedule, run: &Claim) -> Ticket<'a> {
        let own = self.ticket(&[&schedule.id, &schedule.name], run);
        if !matches!(own, Ticket::Hasnt) {
            return own;
        }
        let (hosts, gap) = self.hosts_of(schedule);
        let mut found = None;
        let mut doubt = gap.map(|gap| Ticket::Perhaps(gap.into()));
        for (host, meant) in hosts {
            if meant == Meant::No || host.launched.is_some_and(|launched| launched > run.deployed_at()) {
                continue;
            }
            match self.ticket_of_host(host, run) {
                Ticket::Hasnt if meant == Meant::Yes => return Ticket::Hasnt,
                Ticket::Hasnt => {
                    let message = format!("nobody can tell whether {} reaches {}", schedule.name, host.name);
                    doubt = doubt.or(Some(perhaps(message, run)));
                }
                Ticket::Has(record) => found = found.or(Some(record)),
                perhaps => doubt = doubt.or(Some(perhaps)),
            }
        }
        doubt.or(found.map(Ticket::Has)).unwrap_or(Ticket::Hasnt)
    }

    fn ticket(&self, names: &[&str], run: &Claim) -> Ticket<'a> {
        let at = run.claimed_at();
        match self.covered_patching(names, at) {
            Covered::By(record) => return Ticket::Has(record),
            Covered::Perhaps(record, why) => {
                let message = format!("{} may cover the run of {}, but {why}", record.fact.id, minute(at));
                let evidence = run.evidences().and(record.evidence.clone());
                return Ticket::Perhaps(Verdict::unknown(Reason::NotStated, message, evidence));
            }
            Covered::No => {}
        }
        if let Some(verdict) = self.changes_gap() {
            return Ticket::Perhaps(verdict);
        }
        let Some((begin, end)) = self.changes_span() else {
            return perhaps("no record of the export says when anything was done".to_owned(), run);
        };
        if at < begin || end < at {
            let message = format!(
                "a run of {} is outside the time that the change records speak of, {} to {}",
                minute(at),
                minute(begin),
                minute(end)
            );
            return perhaps(message, run);
        }
        if run.told == Told::Failed {
            let message = format!("a run of {} failed without a change, and may have installed something", minute(at));
            return perhaps(message, run);
        }
        Ticket::Hasnt
    }

    /// What was not read of where runs on a host would be on record.
    pub fn runs_of_host_gap(&self, asset: &Asset) -> Option<Gap> {
        let states = (asset.scope.cloud != Cloud::Azure).then(|| self.expected_gap(op::PATCH_STATES, &asset.scope));
        let records = || self.records_gap_in(&asset.scope);
        let around = || self.records_gap_in(&asset.scope.account_wide());
        states.flatten().or_else(records).or_else(around).cloned()
    }
}

fn perhaps<'a>(message: String, run: &Claim) -> Ticket<'a> {
    Ticket::Perhaps(Verdict::unknown(Reason::NotStated, message, run.evidences()))
}
