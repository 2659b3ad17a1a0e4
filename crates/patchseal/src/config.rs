//! `patchseal.toml`: the customer's policy, read with spans so that every error and finding points at a line.

mod approvers;
mod changes;
mod claims;
mod collectors;
pub mod controls;
pub mod exception;
mod monitoring;
mod services;
mod table;

use crate::error::Error;
use jiff::Timestamp;
use patchseal_core::exchange::Digest;
use patchseal_core::policy::{DAY, HOUR, Policy, Seconds};
use patchseal_core::profile::{Anchor, INDUSTRY_DEFAULT, PROFILES};
use patchseal_core::scope::{Cloud, Scope};
use patchseal_core::severity::Severity;
use patchseal_sources::inventory::Mapping;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Table;

/// The policy in force and what belongs to it.
pub struct Config {
    /// The policy.
    pub policy: Policy,
    /// Its text, sealed with every evaluation; empty for the built-in one.
    pub text: String,
    /// Column mappings of outside inventories, by name.
    pub inventories: BTreeMap<String, Mapping>,
    /// Mappings of exports of ticket systems, by name.
    pub changes: BTreeMap<String, patchseal_sources::changes::Mapping>,
    /// Folder of the file it was read from.
    pub folder: Option<PathBuf>,
}

/// Name of the file looked for.
pub const FILE: &str = "patchseal.toml";

/// Finds and reads the policy: the file named, else the folder's, else the working folder's, else the built-in one.
pub fn load(named: Option<&Path>, folder: Option<&Path>) -> Result<Config, Error> {
    let Some(path) = locate(named, folder) else { return Ok(built_in()) };
    let text = std::fs::read_to_string(&path).map_err(|source| Error::ReadPolicy { path: path.clone(), source })?;
    let shown = path.file_name().map_or_else(|| FILE.to_owned(), |name| name.to_string_lossy().into_owned());
    match parse(&text, &shown) {
        Ok(config) => Ok(Config { folder: Some(path.parent().unwrap_or(Path::new("")).to_path_buf()), ..config }),
        Err(error) => Err(Error::Policy { path, line: error.line, column: error.column, message: error.message }),
    }
}

/// Where the policy is, if it is not built in.
fn locate(named: Option<&Path>, folder: Option<&Path>) -> Option<PathBuf> {
    let candidates = [folder.map(|folder| folder.join(FILE)), Some(PathBuf::from(FILE))];
    match named {
        Some(path) => Some(path.to_path_buf()),
        None => candidates.into_iter().flatten().find(|path| path.is_file()),
    }
}

/// The built-in policy, under the profile recommended by default.
pub fn built_in() -> Config {
    Config {
        policy: Policy::built_in(&INDUSTRY_DEFAULT),
        text: String::new(),
        inventories: BTreeMap::new(),
        changes: BTreeMap::new(),
        folder: None,
    }
}

/// What is wrong with a policy, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What, and what was expected.
    pub message: String,
}

/// Reads a policy.
pub fn parse(text: &str, source: &str) -> Result<Config, Wrong> {
    let mut root = Table::parse(text)?;
    let profile = match root.text("profile")? {
        Some((id, at)) => PROFILES.iter().copied().find(|profile| profile.id == id).ok_or_else(|| {
            at.wrong(format!("no profile is called {id:?}: the profiles are {}", list(PROFILES.iter().map(|p| p.id))))
        })?,
        None => &INDUSTRY_DEFAULT,
    };
    let mut policy = Policy::built_in(profile);
    policy.source = source.to_owned();
    policy.sha256 = Digest(patchseal_log::sha256(text.as_bytes()).0);
    if let Some(line) = root.line_of("profile") {
        policy.lines.insert("sla.profile".to_owned(), line);
    }
    read_sla(&mut root, &mut policy)?;
    read_evidence(&mut root, &mut policy)?;
    collectors::read(&mut root, &mut policy)?;
    claims::read(&mut root, &mut policy)?;
    read_meaning(&mut root, &mut policy)?;
    services::read(&mut root, &mut policy)?;
    monitoring::read(&mut root, &mut policy)?;
    read_scopes(&mut root, &mut policy)?;
    approvers::read(&mut root, &mut policy)?;
    let inventories = read_inventories(&mut root, &policy)?;
    let changes = changes::read(&mut root, &mut policy)?;
    root.finish()?;
    Ok(Config { policy, text: text.to_owned(), inventories, changes, folder: None })
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// The keys that set limits, and what each limits; `None` is "known to be exploited".
const LIMITS: [(&str, Option<Severity>); 5] = [
    ("critical", Some(Severity::Critical)),
    ("high", Some(Severity::High)),
    ("medium", Some(Severity::Medium)),
    ("low", Some(Severity::Low)),
    ("exploited", None),
];

const ANCHORS: [(&str, Anchor); 5] = [
    ("first-detected", Anchor::FirstDetected),
    ("vendor-release", Anchor::VendorRelease),
    ("published", Anchor::Published),
    ("fix-available", Anchor::FixAvailable),
    ("kev-added", Anchor::KevAdded),
];

fn read_sla(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut sla) = root.table("sla")? else { return Ok(()) };
    if let Some((word, at)) = sla.text("anchor")? {
        let anchor = ANCHORS.iter().find(|(name, _)| *name == word);
        policy.sla.anchor = anchor
            .ok_or_else(|| {
                at.wrong(format!("no anchor is called {word:?}: the anchors are {}", list(ANCHORS.iter().map(|a| a.0))))
            })?
            .1;
    }
    policy.sla.limits = read_limits(&mut sla, "sla", &mut policy.lines)?;
    set(&mut sla, "scan_interval", &mut policy.sla.scan_interval)?;
    set(&mut sla, "reopen_within", &mut policy.sla.reopen_within)?;
    set(&mut sla, "due_soon", &mut policy.sla.due_soon)?;
    if let Some(mut environments) = sla.table("environments")? {
        for name in environments.keys() {
            let Some(mut own) = environments.table(&name)? else { continue };
            let prefix = format!("sla.environments.{name}");
            let limits = read_limits(&mut own, &prefix, &mut policy.lines)?;
            policy.sla.environments.insert(name.to_ascii_lowercase(), limits);
            own.finish()?;
        }
        environments.finish()?;
    }
    sla.finish()
}

fn read_limits(
    table: &mut Table<'_>,
    prefix: &str,
    lines: &mut BTreeMap<String, u32>,
) -> Result<BTreeMap<Option<Severity>, u32>, Wrong> {
    let mut limits = BTreeMap::new();
    for (key, severity) in LIMITS {
        let line = table.line_of(key);
        if let Some((length, at)) = table.duration(key)? {
            if length < HOUR {
                return Err(at.wrong(format!("{key} is a deadline of at least 1h")));
            }
            limits.insert(severity, (length / HOUR) as u32);
            lines.extend(line.map(|line| (format!("{prefix}.{key}"), line)));
        }
    }
    Ok(limits)
}

fn set(table: &mut Table<'_>, key: &str, value: &mut Seconds) -> Result<(), Wrong> {
    if let Some((length, _)) = table.duration(key)? {
        *value = length;
    }
    Ok(())
}

fn read_evidence(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("evidence")? else { return Ok(()) };
    for key in table.keys() {
        policy.lines.extend(table.line_of(&key).map(|line| (format!("evidence.{key}"), line)));
    }
    let limits = &mut policy.evidence;
    if table.is_word("ingest_limit", "off") {
        limits.ingest_limit = None;
        table.text("ingest_limit")?;
    } else if let Some((length, _)) = table.duration("ingest_limit")? {
        limits.ingest_limit = Some(length);
    }
    set(&mut table, "cadence", &mut limits.cadence)?;
    set(&mut table, "tolerance", &mut limits.tolerance)?;
    set(&mut table, "lookback", &mut limits.lookback)?;
    set(&mut table, "scan_max_age", &mut limits.scan_max_age)?;
    set(&mut table, "agent_max_silence", &mut limits.agent_max_silence)?;
    set(&mut table, "new_host_grace", &mut limits.new_host_grace)?;
    set(&mut table, "feed_max_age", &mut limits.feed_max_age)?;
    set(&mut table, "clock_tolerance", &mut limits.clock_tolerance)?;
    table.finish()
}

fn read_meaning(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    if let Some(mut tags) = root.table("tags")? {
        for key in tags.keys() {
            policy.lines.extend(tags.line_of(&key).map(|line| (format!("tags.{key}"), line)));
        }
        let names = &mut policy.tags;
        for (key, value) in [
            ("service", &mut names.service),
            ("owner", &mut names.owner),
            ("environment", &mut names.environment),
            ("data_class", &mut names.data_class),
            ("internet_facing", &mut names.internet_facing),
        ] {
            if let Some(words) = tags.words(key)? {
                *value = words;
            }
        }
        if let Some(exclusion) = tags.table("exclusion")? {
            names.exclusion = exclusion.words_by_key()?;
        }
        tags.finish()?;
    }
    if let Some(mut environments) = root.table("environments")? {
        let line = environments.line_of("production");
        policy.lines.extend(line.map(|line| ("environments.production".to_owned(), line)));
        if let Some(words) = environments.words("production")? {
            policy.production = words;
        }
        environments.finish()?;
    }
    if let Some(mut stateful) = root.table("stateful")? {
        if let Some(words) = stateful.words("names")? {
            policy.stateful.names = words;
        }
        if let Some(tags) = stateful.table("tags")? {
            policy.stateful.tags = tags.words_by_key()?;
        }
        stateful.finish()?;
    }
    if let Some(mut lineage) = root.table("lineage")? {
        policy.lineage_tag = lineage.text("tag")?.map(|(tag, _)| tag);
        lineage.finish()?;
    }
    for (section, key, value) in
        [("images", "max_age", &mut policy.image_max_age), ("baselines", "approval_max", &mut policy.approval_max)]
    {
        if let Some(mut table) = root.table(section)? {
            policy.lines.extend(table.line_of(key).map(|line| (format!("{section}.{key}"), line)));
            set(&mut table, key, value)?;
            table.finish()?;
        }
    }
    if let Some(mut table) = root.table("exclusions")? {
        policy.lines.extend(table.line_of("max_percent").map(|line| ("exclusions.max_percent".to_owned(), line)));
        if let Some((percent, at)) = table.number("max_percent")? {
            policy.exclusion_max_percent = u32::try_from(percent)
                .ok()
                .filter(|percent| *percent <= 100)
                .ok_or_else(|| at.wrong(format!("max_percent is {percent}, and has to lie between 0 and 100")))?;
        }
        table.finish()?;
    }
    Ok(())
}

fn read_scopes(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("scopes")? else { return Ok(()) };
    let at = table.place("expected");
    for text in table.words("expected")?.unwrap_or_default() {
        let parts: Vec<&str> = text.split('/').collect();
        let scope = match parts.as_slice() {
            [cloud, account] => Cloud::from_word(cloud).map(|cloud| Scope::new(cloud, *account, Scope::GLOBAL)),
            [cloud, account, region] => Cloud::from_word(cloud).map(|cloud| Scope::new(cloud, *account, *region)),
            _ => None,
        };
        policy.expected_scopes.push(scope.ok_or_else(|| {
            at.wrong(format!("{text:?} is no scope: write aws/<account>/<region> or azure/<subscription>"))
        })?);
    }
    if let Some(mut regions) = table.table("ignored_regions")? {
        for region in regions.keys() {
            let (reason, _) = regions.required_text(&region)?;
            policy.ignored_regions.insert(region, reason);
        }
    }
    table.finish()
}

fn read_inventories(root: &mut Table<'_>, policy: &Policy) -> Result<BTreeMap<String, Mapping>, Wrong> {
    let mut inventories = BTreeMap::new();
    let Some(mut table) = root.table("inventory")? else { return Ok(inventories) };
    for name in table.keys() {
        let Some(mut own) = table.table(&name)? else { continue };
        let mut mapping = table::mapping(&mut own)?;
        // What an inventory says of owner and service reads like the policy's own tags from here on.
        for (tag, names) in [
            (&mut mapping.tag_names.owner, &policy.tags.owner),
            (&mut mapping.tag_names.environment, &policy.tags.environment),
            (&mut mapping.tag_names.service, &policy.tags.service),
            (&mut mapping.tag_names.data_class, &policy.tags.data_class),
        ] {
            if let Some(name) = names.first() {
                tag.clone_from(name);
            }
        }
        inventories.insert(name, mapping);
        own.finish()?;
    }
    table.finish()?;
    Ok(inventories)
}

/// The longest length of time a policy can name: a century is a typing mistake.
const LONGEST: Seconds = 36_500 * DAY;

/// What a `recording.toml` says.
pub struct Marker {
    /// When the sources were asked.
    pub observed_at: Timestamp,
    /// Who asked.
    pub collector: String,
    /// Free text.
    pub note: String,
}

/// Reads a `recording.toml`.
pub fn recording(text: &str) -> Result<Marker, Wrong> {
    let mut table = Table::parse(text)?;
    let marker = Marker {
        observed_at: table.required_time("observed_at")?,
        collector: table.text("collector")?.map_or_else(|| "unnamed".to_owned(), |(name, _)| name),
        note: table.text("note")?.map_or_else(String::new, |(note, _)| note),
    };
    table.finish()?;
    Ok(marker)
}
