//! What was on record by a time of a fix that was still missing: an exception, or a change that was to bring it. What was
//! filed or approved afterwards is no cover for the time before.

use super::Context;
use crate::asset::{Asset, Lineage};
use crate::exception::{Stake, State};
use crate::exchange::{Evidence, Evidences};
use crate::exposure::Exposure;
use crate::fact::{Approval, ChangeKind, ChangeOutcome, ChangeRecord};
use crate::fix::kb_of;
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::Verdict;
use crate::text::minute;
use jiff::Timestamp;

/// A fix or weakness on hosts.
pub struct Missing<'a> {
    /// What findings about it have as their subject.
    pub lineage: &'a str,
    /// Its hosts.
    pub hosts: Vec<&'a Asset>,
    /// Fix line; empty for a weakness without a fix.
    pub line: &'a str,
    /// Title of the fix.
    pub title: &'a str,
    /// Weaknesses.
    pub cves: Vec<&'a str>,
}

/// What has to be on record.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// By then.
    pub by: Timestamp,
    /// A change that was over before then explains nothing.
    pub reaching: Timestamp,
    /// Whoever decided before then did not know what there is to decide, unless the record names the weakness.
    pub knowing: Option<Timestamp>,
    /// Only emergency changes count.
    pub emergency: bool,
}

impl Wanted {
    /// Why a fix is late.
    pub fn delay(due: Timestamp) -> Wanted {
        Wanted { by: due, reaching: due, knowing: None, emergency: false }
    }

    /// That somebody decided about an exploited weakness since that was known.
    pub fn triage(by: Timestamp, known: Timestamp) -> Wanted {
        Wanted { by, reaching: known, knowing: Some(known), emergency: false }
    }

    /// That a fix was let through a freeze.
    pub fn emergency(by: Timestamp, reaching: Timestamp) -> Wanted {
        Wanted { by, reaching, knowing: None, emergency: true }
    }
}

/// Whether something was on record.
pub enum OnRecord {
    /// This was.
    By(String, Evidence),
    /// Nobody can tell.
    Perhaps(Verdict),
    /// Nothing was.
    No,
}

impl<'a> Context<'a> {
    /// An exposure, with the hosts that lack the fix; with all of its lineage once it is closed.
    pub fn missing(&self, exposure: &'a Exposure) -> Missing<'a> {
        let open = exposure.members.iter().filter_map(|member| self.estate.asset(&member.host));
        let mut hosts: Vec<&'a Asset> = open.collect();
        if hosts.is_empty() {
            let lineages = &self.estate.lineages;
            let at = lineages.binary_search_by(|lineage| lineage.id.cmp(&exposure.lineage)).ok();
            hosts.extend(at.into_iter().flat_map(|at| self.members(&lineages[at])));
        }
        Missing {
            lineage: &exposure.lineage,
            hosts,
            line: &exposure.fix_line,
            title: &exposure.title,
            cves: exposure.cves.iter().map(|cve| &**cve).collect(),
        }
    }

    /// Where it is said what a host lacks and when that is due; or why nobody knows.
    pub fn fixes_known(&self, asset: &Asset) -> Result<Evidences, Box<Verdict>> {
        if let Some(gap) = self.deadline_gap(&asset.lineage) {
            return Err(Box::new(gap.into()));
        }
        // A scanner that should have answered may have seen a fix missing that the patch tool does not count.
        if let Some(gap) = self.expected_gap(op::VULNERABILITIES, &asset.scope) {
            return Err(Box::new(gap.clone().into()));
        }
        match (self.fresh_scan(asset), self.lacking(asset)) {
            (Reading::Known(_, scan), Reading::Known(_, list)) => Ok(Evidences::of(scan).and(list)),
            (Reading::Unread(gap), _) | (_, Reading::Unread(gap)) => Err(Box::new(gap.into())),
            (Reading::Absent(seen), _) | (_, Reading::Absent(seen)) => {
                let message = format!("{} was never scanned: what it lacks is not known", asset.name);
                Err(Box::new(Verdict::unknown(Reason::NeverScanned, message, seen)))
            }
        }
    }

    /// The first of a lineage's hosts of which nobody knows what it lacks and when that is due.
    pub fn fixes_unknown(&self, lineage: &Lineage) -> Option<Verdict> {
        let doubt = self.patched_hosts(lineage).find_map(|asset| self.fixes_known(asset).err());
        doubt.map(|verdict| *verdict)
    }

    /// Whether an exception or an approved change was on record.
    pub fn on_record(&self, missing: &Missing<'a>, wanted: Wanted) -> OnRecord {
        let excepted = self.excepted_at(missing, wanted);
        if matches!(excepted, OnRecord::By(..)) {
            return excepted;
        }
        let changed = self.change_on_record(missing, wanted);
        match (changed, excepted) {
            (OnRecord::No, perhaps) => perhaps,
            (changed, _) => changed,
        }
    }

    /// An exception in force then that covers the fix, with all its weaknesses, on every host.
    fn excepted_at(&self, missing: &Missing<'a>, wanted: Wanted) -> OnRecord {
        let policy = &self.policy.exceptions;
        let stake = Stake { line: missing.line, cves: missing.cves.clone() };
        let mut doubt = OnRecord::No;
        for dossier in &self.estate.exceptions {
            let Some(standing) = dossier.standing(policy, self.policy.sla.due_soon, wanted.by) else { continue };
            let evidence = standing.entry.evidence.clone();
            let covers = |record: &crate::exception::Record, from: Option<Timestamp>| {
                let knew = |accepted: bool| wanted.knowing.is_none_or(|known| accepted || from >= Some(known));
                let on = |subject: &str| {
                    let mut own = record.members.iter().filter(|member| *member.subject == *subject);
                    own.any(|member| stake.is_covered_by(member) && knew(member.exploited))
                };
                on(missing.lineage) || (!missing.hosts.is_empty() && missing.hosts.iter().all(|host| on(&host.id)))
            };
            if standing.in_force.as_ref().is_some_and(|force| covers(force.record, Some(force.from))) {
                return OnRecord::By(format!("exception {}", dossier.id), evidence);
            }
            let unreadable = standing.state == State::Unreadable;
            let unclear = standing.unclear && standing.record.is_some_and(|record| covers(record, Some(wanted.by)));
            if unreadable || unclear {
                let message = format!("whether {} covered it at {} cannot be told", dossier.id, minute(wanted.by));
                doubt = OnRecord::Perhaps(Verdict::unknown(Reason::Malformed, message, evidence));
            }
        }
        doubt
    }

    /// Approved changes by then that name each of its hosts, or their group or service.
    fn change_on_record(&self, missing: &Missing<'a>, wanted: Wanted) -> OnRecord {
        let (mut found, mut doubt) = (None, None);
        let mut all = !missing.hosts.is_empty();
        for host in &missing.hosts {
            let group = host.group.as_deref().map(|group| group.rsplit('/').next().unwrap_or(group));
            let names = [Some(&*host.key), group, host.service.as_deref()];
            let records = names.into_iter().flatten().flat_map(|name| self.changes_naming(name));
            let mut own = None;
            for placed in records {
                let about = self.is_about(&placed.fact, missing);
                match counts(&placed.fact, wanted, names_one(&placed.fact, missing)) {
                    _ if about == Some(false) => {}
                    Ok(true) if about.is_none() => {
                        doubt = doubt.or(Some((placed, "it does not say whether it is about patching")));
                    }
                    Ok(true) => own = own.or(Some(placed)),
                    Ok(false) => {}
                    Err(why) => doubt = doubt.or(Some((placed, why))),
                }
            }
            all &= own.is_some();
            found = found.or(own);
        }
        if let Some(placed) = found.filter(|_| all) {
            return OnRecord::By(format!("change {}", placed.fact.id), placed.evidence.clone());
        }
        if let Some((placed, why)) = doubt {
            return OnRecord::Perhaps(super::doubt(placed, Reason::NotStated, why));
        }
        if let Some(verdict) = self.changes_gap() {
            return OnRecord::Perhaps(verdict);
        }
        match self.changes_span() {
            Some((begin, end)) if begin <= wanted.by && wanted.by <= end => OnRecord::No,
            span => OnRecord::Perhaps(outside(missing, wanted.by, span)),
        }
    }

    /// Whether a record is about patching, and about this fix where it names any; `None` where nobody can tell.
    fn is_about(&self, record: &ChangeRecord, missing: &Missing<'_>) -> Option<bool> {
        let kb = kb_of(missing.title);
        let is_this = |fix: &String| {
            missing.cves.iter().any(|cve| cve.eq_ignore_ascii_case(fix))
                || (!missing.line.is_empty()
                    && [missing.line, missing.title].iter().any(|own| own.eq_ignore_ascii_case(fix)))
                || kb.is_some_and(|kb| fix.trim_start_matches(['K', 'k', 'B', 'b']) == kb)
        };
        let names_others = !record.fixes.is_empty() && !record.fixes.iter().any(is_this);
        if names_others { Some(false) } else { self.may_cover_patching(record) }
    }
}

/// Whether a record names one of the weaknesses.
fn names_one(record: &ChangeRecord, missing: &Missing<'_>) -> bool {
    record.fixes.iter().any(|fix| missing.cves.iter().any(|cve| cve.eq_ignore_ascii_case(fix)))
}

/// Whether a record counts; or why that cannot be told. `named`: it names the weakness itself.
fn counts(record: &ChangeRecord, wanted: Wanted, named: bool) -> Result<bool, &'static str> {
    if record.outcome == ChangeOutcome::Cancelled || matches!(record.approval, Approval::Rejected) {
        return Ok(false);
    }
    if wanted.emergency && !matches!(record.kind, ChangeKind::Emergency | ChangeKind::Unsaid) {
        return Ok(false);
    }
    // When it was to be carried out; a ticket may be closed weeks after that.
    let times = [&record.deployed_at, &record.window_end, &record.window_start];
    let carried_out = times.into_iter().find_map(|said| said.value());
    if carried_out.is_some_and(|at| *at < wanted.reaching) {
        return Ok(false);
    }
    if !record.problems.is_empty() {
        return Err("the record contradicts itself");
    }
    match (record.approval, record.approved_at.value()) {
        (_, Some(approved)) if *approved > wanted.by => return Ok(false),
        (_, Some(approved)) if !named && wanted.knowing.is_some_and(|known| *approved < known) => return Ok(false),
        (Approval::Missing, _) => return Ok(false),
        (_, Some(_)) => {}
        (_, None) => return Err("it does not say whether and when it was approved"),
    }
    if wanted.emergency && record.kind == ChangeKind::Unsaid {
        return Err("it does not say whether it was an emergency");
    }
    carried_out.map(|_| true).ok_or("it does not say when it was to be carried out")
}

fn outside(missing: &Missing<'_>, by: Timestamp, span: Option<(Timestamp, Timestamp)>) -> Verdict {
    let speaks = match span {
        Some((begin, end)) => format!("the change records speak of {} to {} only", minute(begin), minute(end)),
        None => "no record of the export says when anything was done".to_owned(),
    };
    let message = format!("whether a change for {} was on record at {}: {speaks}", missing.title, minute(by));
    let evidence = missing.hosts.first().map(|host| host.evidence.clone().into());
    Verdict::Unknown(crate::rule::Unknown { reason: Reason::NotStated, message: message.into(), evidence })
}
