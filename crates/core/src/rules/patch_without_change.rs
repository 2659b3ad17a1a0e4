//! A patch run that no change record announces, and a patch change that no patch run carried out.

use crate::asset::{Asset, Lineage};
use crate::claim::{Claim, Told};
use crate::context::{Context, ScopeSubject, Ticket, doubt, is_run, rests_on};
use crate::control::{PC_10, PC_11};
use crate::estate::Placed;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::exposure::ClosedBy;
use crate::fact::{Approval, ChangeOutcome, ChangeRecord, PatchAction, Said, Target};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::minute;
use jiff::Timestamp;

/// Seconds before the first run that was read in which records of runs can still be expected. Resource Graph keeps
/// installations for 30 days (Azure Update Manager, "Query logs"); of Systems Manager's commands and executions no page that
/// we know of names a time, and that they are as old at most is our judgement. A change from before is unknown.
const KEPT: i64 = 30 * 24 * 3600;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-without-change",
    title: "patch run without a change record, or the other way round",
    severity: Severity::Medium,
    since: "0.1",
    why: "A run that no ticket announces was neither approved nor tested as the process says, however well it went. A ticket \
          that was closed as done, and that no run and no fix answers to, is a record of work that nobody did.",
    fix: "Give recurring runs a standing (standard) change that names the window, configuration, service or hosts and holds \
          the time; record other runs before they start. Ask who closed a change without a run what was done.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final", "https://csrc.nist.gov/pubs/sp/800/128/upd1/final"],
    controls: &[&PC_10, &PC_11],
    checks: &[
        Check::EachLineage(of_lineage),
        Check::EachSchedule(of_schedule),
        Check::EachChange(of_change),
        Check::EachScope(of_scope),
    ],
    examples: &[
        pass("an approved change names the host and holds the time", |w| {
            w.host("web-1").commanded(22, "Success").change("CHG1")
        }),
        pass("an Azure run", |w| w.vm("web-1").installed(22, |_| {}).change("CHG1")),
        pass("a change that names the window", |w| {
            weekly(w.host("web-1")).change_with("CHG1", |_, c| c.assets = Said::Value(vec!["mw-weekly".into()]))
        }),
        pass("a window's run, and a change for its host", |w| weekly(w.host("web-1")).change("CHG1")),
        fail("a run at another time than the change", |w| {
            w.host("web-1").commanded(22, "Success").commanded(10, "Success").change("CHG1")
        }),
        fail("a run on another host than the change's", |w| {
            w.host("web-2").commanded(22, "Success").host("web-1").commanded(22, "Success").change("CHG1")
        }),
        fail("an Azure run at another time", |w| {
            w.vm("web-1").installed(22, |_| {}).installed(10, |_| {}).change("CHG1")
        }),
        fail("a window's run that no change names", |w| {
            weekly(w.host("web-1")).host("web-2").commanded(22, "Success").change("CHG1")
        }),
        fail("trap: approved only afterwards", |w| {
            w.host("web-1").commanded(22, "Success").change_with("CHG1", |w, c| c.approved_at = w.said(2))
        }),
        fail("trap: a change of something else than patches", |w| {
            w.host("web-1").commanded(22, "Success").change_with("CHG1", |_, c| {
                c.title = Said::Value("New dispatch screen".into());
                c.categories = Said::Value(vec!["Software".into()]);
            })
        }),
        fail("a change closed as done, and no run", |w| w.host("web-1").scanned(2).change("CHG1")),
        unknown("no change records were ever read", |w| w.host("web-1").commanded(22, "Success")),
        unknown("change records denied", |w| {
            w.host("web-1").commanded(22, "Success").change("CHG1").denied(op::CHANGES)
        }),
        unknown("trap: a run before anything that the export speaks of", |w| {
            w.host("web-1").commanded(22, "Success").commanded(200, "Success").change("CHG1")
        }),
        unknown("trap: a run that failed, and may have installed something", |w| {
            w.host("web-1").commanded(22, "Success").commanded(10, "Failed").change("CHG1")
        }),
        unknown("a change at the time that does not say whether it is about patches", |w| {
            w.host("web-1").commanded(22, "Success").change_with("CHG1", |_, c| {
                c.title = Said::Value("Monthly maintenance".into());
                c.categories = Said::Unsaid;
            })
        }),
        unknown("the record names the host and no time", |w| {
            w.host("web-1").commanded(22, "Success").change_with("CHG1", |_, c| {
                (c.window_start, c.deployed_at) = (Said::Unsaid, Said::Unsaid);
            })
        }),
        unknown("the record does not say whether it was approved", |w| {
            w.host("web-1").commanded(22, "Success").change_with("CHG1", |_, c| {
                (c.approval, c.approved_at) = (Approval::Unsaid, Said::Unsaid);
            })
        }),
        unknown("commands denied: there may be runs that nobody knows", |w| {
            w.host("web-1").scanned(2).change("CHG1").denied(op::COMMANDS)
        }),
        unknown("a change for a machine that no list has", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.assets = Said::Value(vec!["db-9".into()]))
        }),
        unknown("trap: a change from before the clouds' records", |w| {
            w.host("web-1").scanned(2).change_with("CHG1", |w, c| {
                (c.window_start, c.deployed_at) = (w.said(1000), w.said(1000));
                (c.window_end, c.closed_at) = (w.said(996), w.said(996));
            })
        }),
        not_applicable("nothing ran, and the change is not carried out", |w| {
            w.host("web-1").scanned(2).change_with("CHG1", |_, c| c.outcome = ChangeOutcome::Cancelled)
        }),
        not_applicable("the change failed", |w| {
            w.host("web-1").scanned(2).change_with("CHG1", |_, c| c.outcome = ChangeOutcome::Failed)
        }),
    ],
};

fn weekly(world: World) -> World {
    world.window("weekly").aimed_at(Target::All).patching(PatchAction::Install).ran(22, "SUCCESS")
}

const NOBODY: &str = "no change records were ever read, which is said once";

fn of_lineage(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    if !cx.has_ticket_system() {
        return Verdict::NotApplicable(NOBODY);
    }
    let mut runs = Vec::new();
    for asset in cx.patched_hosts(lineage) {
        for run in cx.estate.claims.of_host(&asset.key).iter().filter(|run| is_run(run)) {
            runs.push((run, &*asset.name, cx.ticket_of_host(asset, run)));
        }
    }
    judge(runs, || {
        cx.records_gap(lineage).cloned().or_else(|| cx.patched_hosts(lineage).find_map(|a| cx.runs_of_host_gap(a)))
    })
}

fn of_schedule(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if !cx.has_ticket_system() {
        return Verdict::NotApplicable(NOBODY);
    }
    if schedule.installs() == Some(false) || schedule.kind == ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("its runs install nothing, or are judged host by host");
    }
    // The estate's own schedule lives as long as the records that cover it.
    let schedules = &cx.estate.schedules;
    let Ok(at) = schedules
        .binary_search_by(|own| (&own.scope, own.kind, &own.id).cmp(&(&schedule.scope, schedule.kind, &schedule.id)))
    else {
        return Verdict::NotApplicable("it is no schedule");
    };
    let schedule = &schedules[at];
    let runs = cx.claims_of_schedule(schedule).into_iter().filter(|run| is_run(run));
    let runs = runs.map(|run| (run, &*schedule.name, cx.ticket_of_schedule(schedule, run))).collect();
    judge(runs, || cx.runs_gap(schedule).cloned())
}

/// Where records were to be read and were not, there may be runs that nobody knows: said once a place.
fn of_scope(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    match cx.records_gap_in(subject.scope) {
        Some(gap) if cx.has_ticket_system() => gap.clone().into(),
        _ => Verdict::NotApplicable("each run is judged where it was made"),
    }
}

/// The worst of some runs: the last of those that nothing announces, then any that is in doubt.
fn judge(mut runs: Vec<(&Claim, &str, Ticket<'_>)>, gap: impl Fn() -> Option<Gap>) -> Verdict {
    runs.sort_by(|one, other| {
        let key = |run: &Claim| (run.claimed_at(), run.record.source, run.record.id.clone());
        key(other.0).cmp(&key(one.0)).then(one.1.cmp(other.1))
    });
    let bare: Vec<_> = runs.iter().filter(|(_, _, ticket)| matches!(ticket, Ticket::Hasnt)).collect();
    if let Some((run, name, _)) = bare.first() {
        let at = run.claimed_at();
        let more = match bare.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let record = &run.record;
        let title = if *record.title == **name { String::new() } else { format!(" {}", record.title) };
        return Verdict::fail(
            format!(
                "{}{title} ran on {name} at {}, and no approved change covers it{more}",
                record.source.as_str(),
                minute(at)
            ),
            "an approved patch change that names it and holds the time",
            format!("run {}", record.id),
            Evidences::of(run.evidence.clone()),
        )
        .with_times(Some(at), None);
    }
    let mut all: Option<Evidences> = None;
    for (run, _, ticket) in runs {
        match ticket {
            Ticket::Perhaps(verdict) => return verdict,
            Ticket::Has(record) => {
                let own = [run.evidence.clone(), record.evidence.clone()];
                all = Evidences::collect(
                    all.into_iter().flat_map(|all| all.iter().cloned().collect::<Vec<_>>()).chain(own),
                );
            }
            Ticket::Hasnt => {}
        }
    }
    match (all, gap()) {
        (None, _) => Verdict::NotApplicable("no patch run is on record here"),
        (Some(_), Some(gap)) => gap.into(),
        (Some(all), None) => Verdict::Pass(all),
    }
}

/// The time in which a change was carried out, as far as its record says.
struct Span(Timestamp, Timestamp);

impl Span {
    fn has(&self, run: &Claim) -> bool {
        // A run that failed, or is still going on, is not the one that a change closed as done speaks of.
        let did = run.told.claims_all() || matches!(run.told, Told::Partly(_));
        did && run.claimed_at() <= self.1 && self.0 <= run.deployed_at()
    }
}

fn of_change<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    if let Err(verdict) = cx.deployed(change) {
        return verdict;
    }
    let record = &change.fact;
    if matches!(record.outcome, ChangeOutcome::Failed | ChangeOutcome::Open) {
        return Verdict::NotApplicable("it was not closed as done");
    }
    let from = [record.window_start.value(), record.deployed_at.value()].into_iter().flatten().min();
    let to = [record.window_end.value(), record.closed_at.value()].into_iter().flatten().max();
    let (Some(from), Some(to)) = (from, to) else {
        return doubt(change, Reason::NotStated, "it does not say from when to when it was carried out");
    };
    if *to > cx.as_of {
        return Verdict::NotApplicable("its time is not over");
    }
    let span = Span(*from, *to);
    let named = cx.hosts_of_change(record);
    if let Some(verdict) = cx.unnamed_hosts(change, named.as_ref()) {
        return verdict;
    }
    let schedules = schedules_of(record, cx);
    let hosts = named.map(|named| named.hosts).unwrap_or_default();
    if hosts.is_empty() && schedules.is_empty() {
        return Verdict::NotApplicable("it names a setting, and no machine or schedule");
    }
    let mut all = rests_on(change);
    let mut gap = None;
    let mut without = Vec::new();
    let mut fixed = false;
    for schedule in schedules {
        match run_of(schedule, &span, cx) {
            Some(run) => all = all.and(run.evidence.clone()),
            None => {
                gap = gap.or_else(|| cx.runs_gap(schedule).cloned()).or_else(|| scope_gap(schedule, cx));
                without.push((&*schedule.name, &schedule.scope, None));
            }
        }
    }
    for host in hosts {
        match run_on(host, &span, cx) {
            Ok(Some(run)) => all = all.and(run.evidence.clone()),
            Ok(None) if is_fixed(host, &span, cx) => fixed = true,
            Ok(None) => without.push((&*host.name, &host.scope, Some(host))),
            Err(found) => {
                gap = gap.or(Some(found));
                without.push((&*host.name, &host.scope, Some(host)));
            }
        }
    }
    let Some((name, ..)) = without.first() else {
        return match fixed {
            true => Verdict::NotApplicable("a fix was verified after it, and no run of it is on record"),
            false => Verdict::Pass(all),
        };
    };
    if let Some(gap) = gap {
        return gap.into();
    }
    for (name, scope, host) in &without {
        if host.is_some_and(|host| host.gone || host.launched.is_some_and(|launched| launched > span.0)) {
            return doubt(change, Reason::NotStated, &format!("{name} is not the machine any more that it was then"));
        }
        let runs = cx.estate.scopes.get(scope).or_else(|| cx.estate.scopes.get(&scope.account_wide()));
        let read = runs.and_then(|history| history.runs.iter().find(|run| run.evidence.is_some()));
        if read.is_none_or(|run| span.0.as_second() < run.observed_at.as_second() - KEPT) {
            let message = format!("it is older than any record of runs that was read of {scope}");
            return doubt(change, Reason::NotStated, &message);
        }
    }
    let more = match without.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Verdict::fail(
        format!(
            "{} was closed as done, and {name}{more} has no patch run and no verified fix of {} to {}",
            record.id,
            minute(span.0),
            minute(span.1)
        ),
        "a patch run, or a fix verified after it",
        "none on record",
        all,
    )
    .with_times(Some(span.0), None)
}

/// Schedules that a change names.
fn schedules_of<'a>(record: &ChangeRecord, cx: &Context<'a>) -> Vec<&'a Schedule> {
    let names = record.assets.value().map(Vec::as_slice).unwrap_or_default();
    let is = |own: &str, name: &str| {
        own.eq_ignore_ascii_case(name) || own.rsplit('/').next().is_some_and(|short| short.eq_ignore_ascii_case(name))
    };
    let named = |schedule: &&Schedule| {
        names.iter().any(|name| is(&schedule.id, name.trim()) || is(&schedule.name, name.trim()))
    };
    cx.estate.schedules.iter().filter(named).collect()
}

/// A schedule's run in a time. Azure's stand host by host.
fn run_of<'a>(schedule: &'a Schedule, span: &Span, cx: &Context<'a>) -> Option<&'a Claim> {
    if schedule.kind != ScheduleKind::MaintenanceConfiguration {
        return cx.claims_of_schedule(schedule).into_iter().find(|run| span.has(run));
    }
    cx.maintenance_runs(&schedule.name).iter().copied().find(|run| span.has(run))
}

/// What was not read of Azure's runs, which stand host by host.
fn scope_gap(schedule: &Schedule, cx: &Context<'_>) -> Option<Gap> {
    let scope = &schedule.scope;
    cx.records_gap_in(scope).or_else(|| cx.records_gap_in(&scope.account_wide())).cloned()
}

/// A run on a host in a time: its own, or that of a schedule which means it or of its group.
fn run_on<'a>(host: &'a Asset, span: &Span, cx: &Context<'a>) -> Result<Option<&'a Claim>, Gap> {
    let book = &cx.estate.claims;
    let own = book.of_host(&host.key).iter().chain(book.of_group(&host.lineage)).find(|run| span.has(run));
    if own.is_some() {
        return Ok(own);
    }
    let (schedules, gaps) = cx.schedules_of(host);
    let mut gap = cx.runs_of_host_gap(host).or_else(|| gaps.first().cloned());
    for (schedule, meant) in schedules.into_iter().filter(|(_, meant)| *meant != Meant::No) {
        let runs = cx.claims_of_schedule(schedule);
        match runs.into_iter().find(|run| span.has(run)) {
            Some(run) if meant == Meant::Yes => return Ok(Some(run)),
            Some(run) => gap = gap.or_else(|| Some(unclear(schedule, host, run))),
            None => gap = gap.or_else(|| cx.runs_gap(schedule).cloned()),
        }
    }
    gap.map_or(Ok(None), Err)
}

/// Nobody can tell whether a schedule that ran means a host.
fn unclear(schedule: &Schedule, host: &Asset, run: &Claim) -> Gap {
    Gap {
        operation: op::WINDOW_TARGETS.into(),
        scope: schedule.scope.clone(),
        subject: Some(schedule.id.as_str().into()),
        reason: Reason::NotStated,
        message: format!("nobody can tell whether {} reaches {}", schedule.name, host.name),
        evidence: Some(run.evidence.clone()),
    }
}

/// Whether a fix was verified on a host's lineage after a change began, and within the time for verification.
fn is_fixed(host: &Asset, span: &Span, cx: &Context<'_>) -> bool {
    let last = crate::clock::after(span.1, cx.policy.claims.verify_within);
    cx.estate
        .ledger
        .of_lineage(&host.lineage)
        .filter_map(|exposure| exposure.closed())
        .any(|(at, by)| by == ClosedBy::Verified && span.0 <= at && at <= last)
}
