//! `query` and `report`: what held when, and what changed, out of the history that is sealed. Nothing is evaluated.

use super::{evaluate, now, stream};
use crate::cli::{Global, QueryArgs, QueryTable, ReportArgs, SinceFormat, TableFormat};
use crate::error::Error;
use crate::exit::Exit;
use crate::history::{History, Index};
use crate::{config, store};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use patchseal_log::Store;
use patchseal_render::history::{Entry, Row, SubjectRow, Table};
use patchseal_render::query::{Answer, human, json, table};
use patchseal_render::{LogState, since};
use std::collections::BTreeMap;

/// What held when.
pub(super) fn query(global: &Global, args: &QueryArgs) -> Result<Exit, Error> {
    let table_asked = match (args.what, &args.cve) {
        (Some(QueryTable::Exposures) | None, Some(_)) => Table::Exposure,
        (Some(_), Some(_)) => {
            return Err(Error::Usage("--cve filters exposures: `patchseal query exposures --cve …`".to_owned()));
        }
        (Some(what), None) => what.into(),
        (None, None) => Table::Verdict,
    };
    if args.rule.is_some() && table_asked != Table::Verdict {
        return Err(Error::Usage("--rule filters verdicts: `patchseal query verdicts --rule …`".to_owned()));
    }
    let (store, index, known_at) = open(global, args.known_at)?;
    let span = |text: &Option<String>, option| text.as_deref().map(|text| time(text, option)).transpose();
    let (at, from, to) = (span(&args.at, "--at")?, span(&args.from, "--from")?, span(&args.to, "--to")?);
    let tables: &[Table] =
        if table_asked == Table::Exposure { &[Table::Asset, Table::Exposure] } else { &[table_asked] };
    let history = History::read(&store, &index, known_at, None, tables)?;
    evaluated(&history)?;
    let mut hosts: BTreeMap<&str, &SubjectRow<'static>> = BTreeMap::new();
    for entry in &history.entries {
        if let Row::Asset(row) = &entry.row {
            hosts.insert(&row.key, &row.subject);
        }
    }
    let held = |entry: &Entry| {
        at.is_none_or(|at| entry.held_at(at))
            && from.is_none_or(|from| entry.to.is_none_or(|to| from < to))
            && to.is_none_or(|to| entry.from < to)
    };
    let mut entries: Vec<&Entry> = history
        .entries
        .iter()
        .filter(|entry| entry.key.0 == table_asked && held(entry) && is_wanted(args, entry, &hosts))
        .collect();
    entries.sort_by_cached_key(|entry| (entry.from, entry.row.order(), entry.key));
    let checkpoint = store.checkpoint();
    let root = checkpoint.root.to_string();
    let answer = Answer {
        table: table_asked,
        entries: &entries,
        evaluations: (
            history.points.len(),
            history.points.first().map(|point| point.as_of),
            history.points.last().map(|point| point.as_of),
        ),
        known_at,
        log: LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" },
    };
    stream(global, |out| match args.format {
        TableFormat::Human => human(&answer, out),
        TableFormat::Json => json(&answer, out),
        TableFormat::Csv => table(&answer, out),
    })?;
    Ok(Exit::Clean)
}

fn is_wanted(args: &QueryArgs, entry: &Entry, hosts: &BTreeMap<&str, &SubjectRow<'static>>) -> bool {
    let any = |wanted: &Option<String>, is: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(is);
    let scope = |cloud: &str, account: &str, region: &str| {
        any(&args.scope, &|text| format!("{cloud}/{account}/{region}").contains(text))
    };
    let of_subject = |subject: &SubjectRow<'_>| {
        scope(&subject.cloud, &subject.account, &subject.region)
            && any(&args.service, &|name| subject.service.as_deref() == Some(name))
            && any(&args.owner, &|name| subject.owner.as_deref() == Some(name))
            && any(&args.asset, &|text| {
                [&subject.id, &subject.name, &subject.lineage].iter().any(|id| id.contains(text))
            })
    };
    match &entry.row {
        Row::Verdict(row) => of_subject(&row.subject) && any(&args.rule, &|rule| row.rule == rule),
        Row::Asset(row) => of_subject(&row.subject),
        Row::Scope(row) => scope(&row.cloud, &row.account, &row.region),
        Row::Exposure(row) => {
            let filters = [&args.asset, &args.service, &args.owner, &args.scope];
            // A closed exposure names no hosts any more; its lineage says which it was about.
            let by_lineage = any(&args.asset, &|text| row.lineage.contains(text))
                && [&args.service, &args.owner, &args.scope].iter().all(|filter| filter.is_none());
            let of_hosts = || {
                row.hosts.iter().filter_map(|host| hosts.get(&**host)).any(|subject| of_subject(subject))
                    || hosts.values().any(|subject| subject.lineage == row.lineage && of_subject(subject))
            };
            any(&args.cve, &|cve| row.cves.iter().any(|known| known.eq_ignore_ascii_case(cve)))
                && (filters.iter().all(|filter| filter.is_none()) || by_lineage || of_hosts())
        }
    }
}

/// What changed.
pub(super) fn report(global: &Global, args: &ReportArgs) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), None)?;
    let (store, index, known_at) = open(global, args.known_at)?;
    let asked = moment(&index, &args.since)?;
    let until = args.until.as_deref().map(|text| time(text, "--until")).transpose()?;
    let tables = [Table::Scope, Table::Asset, Table::Exposure, Table::Verdict];
    let history = History::read(&store, &index, known_at, until, &tables)?;
    evaluated(&history)?;
    let last = |time: Timestamp| history.points.iter().rev().map(|point| point.as_of).find(|at| *at <= time);
    let (Some(since), Some(until)) = (last(asked), history.points.last().map(|point| point.as_of)) else {
        let first = history.points.first().map(|point| point.as_of).unwrap_or_default();
        return Err(Error::Usage(format!(
            "--since {}: nothing is evaluated as of {asked} or before; the first evaluation is of {first}",
            args.since
        )));
    };
    let due_soon = SignedDuration::from_secs(config.policy.sla.due_soon);
    let changes = since::changes(&history.entries, since, until, due_soon);
    let checkpoint = store.checkpoint();
    let root = checkpoint.root.to_string();
    let log = LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" };
    stream(global, |out| match args.format {
        SinceFormat::Human => since::human(&changes, out),
        SinceFormat::Markdown => since::markdown(&changes, out),
        SinceFormat::Csv => since::table(&changes, out),
        SinceFormat::Json => since::json(&changes, known_at, &log, out),
    })?;
    Ok(Exit::Clean)
}

fn open(global: &Global, known_at: Option<u64>) -> Result<(Store, Index, u64), Error> {
    let store = store::read(&global.store)?;
    let known_at = evaluate::known(known_at, store.checkpoint().size)?;
    let index = Index::read(&store)?;
    Ok((store, index, known_at))
}

/// History is made of evaluations: without any there is nothing to ask.
fn evaluated(history: &History) -> Result<(), Error> {
    if history.points.is_empty() {
        return Err(Error::Usage("there is no history yet: `patchseal check` evaluates what is sealed".to_owned()));
    }
    Ok(())
}

/// A time, or a day, which begins at midnight UTC.
fn time(text: &str, option: &str) -> Result<Timestamp, Error> {
    if text == "now" {
        return Ok(now());
    }
    let midnight = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    text.parse().ok().or_else(midnight).ok_or_else(|| {
        Error::Usage(format!("{option} {text:?} is no time: write it as 2026-11-24T06:00:00Z, as 2026-11-24, or `now`"))
    })
}

/// Shorter than this, the begin of a run's id could be anything.
const RUN: usize = 6;

/// When a run was observed, or a time.
fn moment(index: &Index, text: &str) -> Result<Timestamp, Error> {
    if text.len() >= RUN && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut found = index.runs.iter().filter(|(run, _)| run.starts_with(text));
        return match (found.next(), found.next()) {
            (Some((_, (at, _))), None) => Ok(*at),
            (None, _) => Err(Error::Usage(format!("--since {text}: no run has an id that begins like this"))),
            (Some(_), Some(_)) => {
                Err(Error::Usage(format!("--since {text}: several runs have an id that begins like this")))
            }
        };
    }
    time(text, "--since")
}
