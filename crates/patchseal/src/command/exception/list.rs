//! `exception list`: what the log, the files and the providers hold, and where each exception stands.

use super::place;
use crate::cli::{Global, ListArgs, TableFormat};
use crate::command::{evaluate, now, stream};
use crate::error::Error;
use crate::exceptions::{given, sealed};
use crate::exit::Exit;
use crate::pipeline::{self, Begin, Question};
use crate::store;
use jiff::Timestamp;
use patchseal_core::context::{Context, Holding};
use patchseal_core::engine::Keep;
use patchseal_core::estate::EstateBuilder;
use patchseal_core::exception::{Filed, Standing, Terms};
use patchseal_core::text::{count, minute};
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    as_of: String,
    exceptions: &'a [Row],
}

#[derive(Serialize)]
struct Row {
    id: String,
    origin: &'static str,
    version: Option<u32>,
    state: &'static str,
    r#type: Option<&'static str>,
    tier: Option<&'static str>,
    owner: Option<String>,
    requester: Option<String>,
    approved_by: Vec<String>,
    approved_at: Option<String>,
    in_force_until: Option<String>,
    expires: Option<String>,
    renewals: u32,
    findings: usize,
    ticket: Option<String>,
    source: Option<String>,
    sealed: bool,
    missing: Option<String>,
    adopts: Vec<String>,
    /// What only a provider's has.
    held: Option<Held>,
}

#[derive(Serialize)]
struct Held {
    kind: &'static str,
    name: String,
    place: String,
    on: String,
    covers: Vec<String>,
    created_by: Option<String>,
    created_at: Option<String>,
    reason: String,
    adopted_by: Option<String>,
    rule: &'static str,
}

/// Leaf of what is not sealed yet.
const UNSEALED: u64 = u64::MAX;

/// Lists.
pub(super) fn run(global: &Global, args: &ListArgs) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    let policy = &config.policy.exceptions;
    let as_of = evaluate::requested(args.as_of.as_deref())?.unwrap_or_else(now);
    let (mut filed, mut approvals) = Default::default();
    let mut estate = None;
    if store::exists(&global.store) {
        let store = store::read(&global.store)?;
        let question = Question {
            config: &config,
            as_of,
            known_at: store.checkpoint().size,
            keep: Keep::Findings,
            begin: Begin::Resume,
        };
        estate = Some(pipeline::estate(&store, &question)?);
        (filed, approvals) = sealed::sealed(&store, store.checkpoint().size, policy)?;
    }
    let present = now();
    for one in given(&folder)?.unwrap_or_default() {
        let id: Arc<str> = one.record.id.clone();
        let is_sealed = filed
            .iter()
            .rev()
            .find(|known| known.id == id)
            .is_some_and(|known| matches!(&known.terms, Terms::Record(record) if **record == one.record));
        let own = approvals.entry(id.clone()).or_default();
        for (source, _, said) in &one.approvals {
            let approval = sealed::approval(&id, said, source, present, policy);
            if !own.iter().any(|known| {
                (&known.approver, known.record, known.signed_at)
                    == (&approval.approver, approval.record, approval.signed_at)
            }) {
                own.push(approval);
            }
        }
        if !is_sealed {
            filed.push(Filed { id, leaf: UNSEALED, logged_at: present, terms: Terms::Record(Box::new(one.record)) });
        }
    }
    let mut estate = estate.unwrap_or_else(|| EstateBuilder::new(&config.policy, as_of).finish());
    estate.file(filed, approvals);
    let mut rows: Vec<Row> = estate
        .exceptions
        .iter()
        .filter_map(|dossier| {
            let standing = dossier.standing(policy, config.policy.sla.due_soon, as_of)?;
            let is_sealed = estate.exchange(standing.entry.evidence.exchange).leaf != UNSEALED;
            Some(row(&dossier.id, &standing, is_sealed))
        })
        .collect();
    rows.extend(Context::new(&config.policy, &estate).holdings().into_iter().map(held));
    stream(global, |out| match args.format {
        TableFormat::Human => human(&rows, as_of, out),
        TableFormat::Json => {
            let document = Document { schema: "patchseal.exceptions/v1", as_of: as_of.to_string(), exceptions: &rows };
            serde_json::to_writer_pretty(&mut *out, &document)?;
            out.write_all(b"\n")
        }
        TableFormat::Csv => table(&rows, out),
    })?;
    Ok(Exit::Clean)
}

fn row(id: &str, standing: &Standing<'_>, is_sealed: bool) -> Row {
    let record = standing.record;
    let force = standing.in_force.as_ref();
    let time = |time: Timestamp| time.to_string();
    Row {
        id: id.to_owned(),
        origin: "file",
        version: record.map(|record| record.version),
        state: standing.state.as_str(),
        r#type: record.map(|record| record.kind.as_str()),
        tier: record.map(|record| record.tier.as_str()),
        owner: record.map(|record| record.owner.to_string()),
        requester: record.map(|record| record.requester.to_string()),
        approved_by: force.map(|force| force.by.clone()).unwrap_or_default(),
        approved_at: standing.approved.map(time),
        in_force_until: force.map(|force| time(force.until)),
        expires: record.map(|record| time(record.expires)),
        renewals: standing.renewals,
        findings: record.map_or(0, |record| record.members.len()),
        ticket: record.and_then(|record| record.ticket.clone()),
        source: record.map(|record| record.source.to_string()),
        sealed: is_sealed,
        missing: standing.missing.clone(),
        adopts: record.map(|record| record.adopts.iter().map(|one| one.held.to_string()).collect()).unwrap_or_default(),
        held: None,
    }
}

/// The row of an exception that a provider holds.
fn held(one: Holding) -> Row {
    Row {
        origin: "provider",
        version: None,
        state: one.state,
        r#type: None,
        tier: None,
        owner: None,
        requester: None,
        approved_by: Vec::new(),
        approved_at: None,
        in_force_until: None,
        expires: one.expires.map(|time| time.to_string()),
        renewals: 0,
        findings: 0,
        ticket: None,
        source: None,
        sealed: true,
        missing: one.why,
        adopts: Vec::new(),
        held: Some(Held {
            kind: one.kind,
            name: one.name,
            place: one.scope.to_string(),
            on: one.on,
            covers: one.covers,
            created_by: one.created_by,
            created_at: one.created.map(|time| time.to_string()),
            reason: one.reason,
            adopted_by: one.adopted_by,
            rule: one.rule,
        }),
        id: one.id,
    }
}

fn human(rows: &[Row], as_of: Timestamp, out: &mut dyn Write) -> std::io::Result<()> {
    for row in rows {
        let word = |text: Option<&'static str>| text.unwrap_or("?");
        if let Some(held) = &row.held {
            one_held(row, held, out)?;
            continue;
        }
        write!(out, "{:<11} {:<8}  {}", row.state, row.origin, row.id)?;
        if let Some(version) = row.version {
            write!(
                out,
                " v{version}  {}, {} risk, {}",
                word(row.r#type),
                word(row.tier),
                count(row.findings, "finding")
            )?;
        }
        if let Some(expires) = &row.expires {
            write!(out, "  until {expires}")?;
        }
        if !row.approved_by.is_empty() {
            write!(out, "  approved by {}", row.approved_by.join(", "))?;
        }
        if !row.adopts.is_empty() {
            write!(out, "  adopts {}", row.adopts.join(", "))?;
        }
        writeln!(out, "{}", if row.sealed { "" } else { "  (not sealed yet)" })?;
        if let Some(missing) = &row.missing {
            writeln!(out, "                      {missing}")?;
        }
    }
    let held = rows.iter().filter(|row| row.held.is_some()).count();
    write!(out, "{}", count(rows.len() - held, "exception"))?;
    if held > 0 {
        write!(out, ", and {held} that providers hold,")?;
    }
    writeln!(out, " as of {}", minute(as_of))
}

/// An exception that a provider holds: what it is on a line, and below it what there is to say.
fn one_held(row: &Row, held: &Held, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, "{:<11} {:<8}  {} {}", row.state, row.origin, held.kind, held.name)?;
    if let Some(at) = &held.created_at {
        write!(out, "  since {at}")?;
    }
    if let Some(by) = &held.created_by {
        write!(out, "  by {by}")?;
    }
    match &row.expires {
        Some(expires) => write!(out, "  until {expires}")?,
        None => write!(out, "  without end")?,
    }
    match &held.adopted_by {
        Some(id) => writeln!(out, "  adopted by {id}")?,
        None => writeln!(out, "  ({})", held.rule)?,
    }
    let mut more = |key: &str, text: &str| match text.is_empty() {
        true => Ok(()),
        false => writeln!(out, "                      {key}{text}"),
    };
    more("", &row.id)?;
    more("of ", &held.covers.join(", "))?;
    more("because ", held.reason.trim())?;
    more("", row.missing.as_deref().unwrap_or_default())
}

fn table(rows: &[Row], out: &mut dyn Write) -> std::io::Result<()> {
    let header = [
        "exception_id",
        "version",
        "state",
        "type",
        "tier",
        "owner",
        "requester",
        "approved_by",
        "approved_at",
        "in_force_until",
        "expires_at",
        "renewals",
        "findings",
        "ticket",
        "source",
        "sealed",
        "origin",
        "adopts",
        "held_kind",
        "held_on",
        "held_covers",
        "held_created_by",
        "held_created_at",
        "held_reason",
        "adopted_by",
    ];
    let mut all = vec![header.map(str::to_owned).to_vec()];
    for row in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        all.push(vec![
            row.id.clone(),
            row.version.map(|version| version.to_string()).unwrap_or_default(),
            row.state.to_owned(),
            row.r#type.unwrap_or_default().to_owned(),
            row.tier.unwrap_or_default().to_owned(),
            text(&row.owner),
            text(&row.requester),
            row.approved_by.join(" "),
            text(&row.approved_at),
            text(&row.in_force_until),
            text(&row.expires),
            row.renewals.to_string(),
            row.findings.to_string(),
            text(&row.ticket),
            text(&row.source),
            row.sealed.to_string(),
            row.origin.to_owned(),
            row.adopts.join(" "),
        ]);
        let held = |member: fn(&Held) -> String| row.held.as_ref().map(member).unwrap_or_default();
        if let Some(last) = all.last_mut() {
            last.extend([
                held(|one| one.kind.to_owned()),
                held(|one| one.on.clone()),
                held(|one| one.covers.join(" ")),
                held(|one| one.created_by.clone().unwrap_or_default()),
                held(|one| one.created_at.clone().unwrap_or_default()),
                held(|one| one.reason.clone()),
                held(|one| one.adopted_by.clone().unwrap_or_default()),
            ]);
        }
    }
    patchseal_render::csv::rows(&all, out)
}
