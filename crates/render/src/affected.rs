//! The answer to `patchseal exposure`: who is affected by a weakness, a KB or a package.

use crate::csv::{self, Table, text, time};
use crate::{LogState, cited};
use jiff::Timestamp;
use patchseal_core::affected::{Affected, Cited, Standing, Wanted};
use patchseal_core::estate::Estate;
use patchseal_core::text::{ago, day, minute};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{Error, Result, Write};

/// The schema of the JSON document.
pub const SCHEMA: &str = "patchseal.exposure/v1";
/// Hosts named for one reason; the other formats have them all.
const NAMED: usize = 5;

/// The answer and what it rests on.
pub struct Answer<'a> {
    /// What was asked for.
    pub wanted: &'a Wanted,
    /// Hosts, in the order of standings and ids.
    pub hosts: &'a [Affected<'a>],
    /// The state.
    pub estate: &'a Estate,
    /// The state of the world at this time.
    pub as_of: Timestamp,
    /// As far as the log knew at this size.
    pub known_at: u64,
    /// The log.
    pub log: LogState<'a>,
}

impl Answer<'_> {
    /// Hosts in each standing.
    pub fn counts(&self) -> BTreeMap<Standing, usize> {
        let mut counts: BTreeMap<Standing, usize> = Standing::ALL.into_iter().map(|standing| (standing, 0)).collect();
        for host in self.hosts {
            *counts.entry(host.standing).or_default() += 1;
        }
        counts
    }

    fn cited(&self, host: &Affected<'_>) -> String {
        csv::ids(host.evidence.as_ref().map(|all| cited::each(self.estate, all)).unwrap_or_default())
    }

    /// How old the knowledge is, behind the reason.
    fn age(&self, words: &str, seen: Option<Timestamp>) -> String {
        let age = |seen: Timestamp| ago((self.as_of.as_second() - seen.as_second()).max(0));
        seen.map(|seen| format!(", {words} {}", age(seen))).unwrap_or_default()
    }
}

/// For reading: hosts that are exposed one by one, the others by reason.
pub fn human(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    let counts = answer.counts();
    let number = |standing: Standing| counts.get(&standing).copied().unwrap_or_default();
    writeln!(
        out,
        "{} as of {} · as far as the log knew at size {}",
        answer.wanted.name(),
        minute(answer.as_of),
        answer.known_at
    )?;
    for host in answer.hosts.iter().filter(|host| host.standing == Standing::Exposed) {
        let asset = host.asset;
        // ARM ids are long, and their last part says it.
        let short = asset.key.rsplit('/').next().unwrap_or(&asset.key);
        writeln!(out, "\nexposed  {}  {}/{short}", asset.name, asset.scope)?;
        writeln!(out, "  {}{}", host.because, answer.age("seen", host.seen))?;
        if let Some(feed) = &host.feed {
            writeln!(out, "  {}", feed_line(feed))?;
        }
        if let Some(due) = host.due {
            let late = if due <= answer.as_of { "was due" } else { "due" };
            writeln!(out, "  {late} {}", day(due))?;
        }
        let of = |value| Some(text(value)).filter(|name| !name.is_empty()).unwrap_or("unknown");
        writeln!(
            out,
            "  service {} · owner {} · evidence {}",
            of(&asset.service),
            of(&asset.owner),
            answer.cited(host)
        )?;
    }
    for standing in [Standing::Unknown, Standing::Fixed, Standing::NotAffected] {
        let mut reasons: BTreeMap<&str, Vec<&Affected<'_>>> = BTreeMap::new();
        for host in answer.hosts.iter().filter(|host| host.standing == standing) {
            reasons.entry(&host.because).or_default().push(host);
        }
        for (because, hosts) in reasons {
            let names: Vec<&str> = hosts.iter().take(NAMED).map(|host| &*host.asset.name).collect();
            let more = hosts.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            writeln!(out, "\n{}  {}{more}", standing.as_str(), names.join(", "))?;
            // The oldest knowledge is what the answer is worth.
            let oldest = if hosts.iter().any(|host| host.seen.is_none()) {
                None
            } else {
                hosts.iter().filter_map(|host| host.seen).min()
            };
            let words = if hosts.len() > 1 { "at worst seen" } else { "seen" };
            writeln!(out, "  {because}{}", answer.age(words, oldest))?;
            if let Some(feed) = hosts.iter().find_map(|host| host.feed.as_ref()) {
                writeln!(out, "  {}", feed_line(feed))?;
            }
        }
    }
    let related = answer.hosts.iter().any(|host| host.feed.is_some());
    if number(Standing::Exposed) + number(Standing::Fixed) == 0 && !related {
        // A name that nobody uses reads like one that nobody lacks.
        writeln!(
            out,
            "\nno answer that was read names {}: is it spelt as the sources spell it?",
            answer.wanted.name()
        )?;
    }
    writeln!(
        out,
        "\n{} exposed · {} unknown · {} fixed · {} not affected",
        number(Standing::Exposed),
        number(Standing::Unknown),
        number(Standing::Fixed),
        number(Standing::NotAffected)
    )
}

/// `feed: msrc of 2026-11-20 · 2026-Nov · KB5046615`.
fn feed_line(feed: &Cited) -> String {
    let dated = feed.dated.map_or_else(|| "without a date".to_owned(), |dated| format!("of {}", day(dated)));
    format!("feed: {} {dated} · {} · {}", feed.feed, feed.advisory, feed.fix)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    wanted: Named<'a>,
    as_of: String,
    known_at: u64,
    log: &'a LogState<'a>,
    summary: Summary,
    hosts: Vec<Host<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    kind: &'a str,
    name: String,
}

#[derive(Serialize)]
struct Summary {
    exposed: usize,
    unknown: usize,
    fixed: usize,
    not_affected: usize,
}

#[derive(Serialize)]
struct Host<'a> {
    standing: &'static str,
    cloud: &'static str,
    account: &'a str,
    region: &'a str,
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    lineage: &'a str,
    service: Option<&'a str>,
    owner: Option<&'a str>,
    environment: Option<&'a str>,
    because: &'a str,
    seen_at: Option<String>,
    due: Option<String>,
    /// Absent where the answer rests on none.
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<Feed<'a>>,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct Feed<'a> {
    name: &'a str,
    dated: Option<String>,
    advisory: &'a str,
    fix: &'a str,
}

impl<'a> Host<'a> {
    fn of(answer: &Answer<'_>, host: &'a Affected<'_>) -> Host<'a> {
        let asset = host.asset;
        Host {
            standing: host.standing.as_str(),
            cloud: asset.scope.cloud.as_str(),
            account: &asset.scope.account,
            region: &asset.scope.region,
            kind: asset.kind.as_str(),
            id: &asset.id,
            name: &asset.name,
            lineage: &asset.lineage,
            service: asset.service.as_deref(),
            owner: asset.owner.as_deref(),
            environment: asset.environment.as_deref(),
            because: &host.because,
            seen_at: host.seen.map(|time| time.to_string()),
            due: host.due.map(|time| time.to_string()),
            feed: host.feed.as_ref().map(|feed| Feed {
                name: feed.feed,
                dated: feed.dated.map(|time| time.to_string()),
                advisory: &feed.advisory,
                fix: &feed.fix,
            }),
            evidence: answer.cited(host).split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// One document, `patchseal.exposure/v1`.
pub fn json(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    let counts = answer.counts();
    let number = |standing: Standing| counts.get(&standing).copied().unwrap_or_default();
    let document = Document {
        schema: SCHEMA,
        wanted: Named { kind: answer.wanted.kind(), name: answer.wanted.name() },
        as_of: answer.as_of.to_string(),
        known_at: answer.known_at,
        log: &answer.log,
        summary: Summary {
            exposed: number(Standing::Exposed),
            unknown: number(Standing::Unknown),
            fixed: number(Standing::Fixed),
            not_affected: number(Standing::NotAffected),
        },
        hosts: answer.hosts.iter().map(|host| Host::of(answer, host)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(Error::from)?;
    out.write_all(b"\n")
}

/// One row a host.
pub fn table(answer: &Answer<'_>, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(
        out,
        &[
            "wanted",
            "standing",
            "resource_id",
            "cloud",
            "account",
            "region",
            "type",
            "name",
            "lineage",
            "service",
            "owner",
            "env",
            "because",
            "seen_at",
            "due_at",
            "feed",
            "evidence_ids",
        ],
    )?;
    for host in answer.hosts {
        let asset = host.asset;
        table.row(&[
            &answer.wanted.name(),
            host.standing.as_str(),
            &asset.id,
            asset.scope.cloud.as_str(),
            &asset.scope.account,
            &asset.scope.region,
            asset.kind.as_str(),
            &asset.name,
            &asset.lineage,
            text(&asset.service),
            text(&asset.owner),
            text(&asset.environment),
            &host.because,
            &time(host.seen),
            &time(host.due),
            &host.feed.as_ref().map(feed_line).unwrap_or_default(),
            &answer.cited(host),
        ])?;
    }
    table.end()
}
