//! A sealed state held against the one that is found: which rows differ, in words.

use super::rows::{asset, exposure, scope, verdict};
use super::{Index, State, spans};
use crate::error::Error;
use crate::pipeline::Evaluated;
use patchseal_log::Store;
use patchseal_render::coverage;
use patchseal_render::history::{Key, Row, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// A row that differs.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// What kind of row it is.
    pub table: Table,
    /// Its id; of a verdict, the finding's.
    pub id: String,
    /// What it is about, such as a rule and its subject.
    pub about: String,
    /// What was sealed, where anything was: a verdict that is not there passed or did not apply.
    pub sealed: Option<String>,
    /// What was found.
    pub found: Option<String>,
}

/// What differs between the rows of a sealed evaluation and those that were found.
pub fn differences_of(
    store: &Store,
    index: &Index,
    leaf: u64,
    evaluated: &Evaluated,
) -> Result<Vec<Difference>, Error> {
    let keys = State::read(store, index, leaf)?.differences(&State::of(evaluated));
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sealed = spans::rows(store, index, leaf, &keys)?;
    let found = rows_of(evaluated, &keys);
    let mut differences = Vec::new();
    for key in keys {
        let (sealed, found) = (sealed.get(&key), found.get(&key));
        let Some(about) = sealed.or(found).map(about) else { continue };
        differences.push(Difference {
            table: key.0,
            id: format!("{:016x}", key.1),
            about,
            sealed: sealed.map(says),
            found: found.map(says),
        });
    }
    differences.sort_by(|one, other| (one.table, &one.about, &one.id).cmp(&(other.table, &other.about, &other.id)));
    Ok(differences)
}

fn about(row: &Row) -> String {
    match row {
        Row::Verdict(row) => format!("{} of {}", row.rule, row.subject.id),
        Row::Exposure(row) => format!("{} lacking {}", row.lineage, row.title),
        Row::Asset(row) => format!("asset {}", row.subject.id),
        Row::Scope(row) => format!("scope {} {}/{}", row.cloud, row.account, row.region),
    }
}

fn says(row: &Row) -> String {
    let maybe = |word: &str, text: Option<String>| text.map(|text| format!(", {word} {text}")).unwrap_or_default();
    match row {
        Row::Verdict(row) => format!(
            "{} ({}{}{}{}{})",
            row.verdict,
            row.severity,
            maybe("under", row.exception.as_deref().map(str::to_owned)),
            maybe("because", row.reason.as_deref().map(str::to_owned)),
            maybe("opened", row.opened.map(|time| time.to_string())),
            maybe("due", row.due.map(|time| time.to_string()))
        ),
        Row::Exposure(row) => format!(
            "{} ({} hosts, opened {}{}{})",
            row.severity,
            row.hosts.len(),
            row.opened,
            maybe("due", row.due.map(|time| time.to_string())),
            maybe("closed", row.closed.map(|time| time.to_string()))
        ),
        Row::Asset(row) => format!(
            "environment {}, internet-facing {}, stateful {}",
            row.subject.environment.as_deref().unwrap_or("unknown"),
            row.internet_facing,
            row.stateful
        ),
        Row::Scope(row) => format!("{} ({})", row.status, row.reasons.join("; ")),
    }
}

/// Rows of an evaluation by key, as they are stored.
fn rows_of(evaluated: &Evaluated, wanted: &[Key]) -> BTreeMap<Key, Row> {
    let mut found = BTreeMap::new();
    let mut put = |key: Key, text: &dyn Fn() -> Result<String, serde_json::Error>| {
        if wanted.binary_search(&key).is_ok()
            && let Ok(row) = text().and_then(|text| Row::parse(key.0, &text))
        {
            found.insert(key, row);
        }
    };
    for one in coverage::scopes_of(&evaluated.estate) {
        let (key, row) = scope(&one);
        put(key, &|| serde_json::to_string(&row));
    }
    for (key, row) in evaluated.estate.assets.iter().filter_map(|one| asset(one)) {
        put(key, &|| serde_json::to_string(&row));
    }
    for (key, row) in evaluated.estate.ledger.exposures().map(exposure) {
        put(key, &|| serde_json::to_string(&row));
    }
    for (key, row, _) in evaluated.evaluation.findings.iter().filter_map(|one| verdict(one)) {
        put(key, &|| serde_json::to_string(&row));
    }
    found
}
