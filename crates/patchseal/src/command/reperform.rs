//! `reperform`: every sealed evaluation once more, from what was sealed and nothing else.

use super::{say, stream};
use crate::cli::{Global, ReperformArgs, ReportFormat};
use crate::config::{self, Config};
use crate::error::Error;
use crate::exit::Exit;
use crate::history::{Difference, Index, differences_of};
use crate::manifest::Leaf;
use crate::pipeline::{self, Begin, Evaluated, Question};
use crate::store;
use jiff::Timestamp;
use patchseal_core::engine::Keep;
use patchseal_log::{Store, sha256};
use serde::Serialize;
use std::collections::BTreeMap;

/// Where a sealed evaluation stands.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    /// The same verdicts.
    Same,
    /// Other verdicts, by other rules: no forgery.
    Restated,
    /// Something else than what was sealed.
    Differs,
}

/// What one evaluation came to.
#[derive(Serialize)]
struct Again {
    leaf: u64,
    as_of: String,
    input_size: u64,
    standing: Standing,
    /// What differs in the counts and in what it read, in sentences.
    differences: Vec<String>,
    /// What differs row by row, where the evaluation kept rows.
    rows: Vec<Difference>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    origin: &'a str,
    size: u64,
    root: String,
    evaluations: &'a [Again],
}

/// An evaluation as it was sealed.
struct Claimed {
    index: u64,
    as_of: Timestamp,
    edition: String,
    input_root: String,
    input_size: u64,
    counts: [u64; 4],
    policy: String,
    root: String,
}

/// Evaluates again, and compares.
pub(super) fn run(global: &Global, args: &ReperformArgs) -> Result<Exit, Error> {
    let store = store::read(&global.store)?;
    let size = store.checkpoint().size;
    let mut policies: BTreeMap<String, (u64, Config)> = BTreeMap::new();
    let mut claimed = Vec::new();
    for (index, bytes) in (0..size).zip(store.leaves(0..size)) {
        match Leaf::parse(&bytes?) {
            Some(Leaf::Policy { pack, sha256, source, .. }) if !policies.contains_key(&sha256) => {
                policies.insert(sha256.clone(), (index, policy(&store, index, &pack, &sha256, &source)?));
            }
            Some(leaf @ Leaf::Evaluation { .. }) => claimed.extend(claim(index, leaf)?),
            _ => {}
        }
    }
    let index = Index::read(&store)?;
    // Evaluations of one policy and one size of the log are given again together: answers are read once for all of them.
    let mut groups: BTreeMap<(&str, u64), Vec<&Claimed>> = BTreeMap::new();
    for one in &claimed {
        groups.entry((&one.policy, one.input_size)).or_default().push(one);
    }
    let mut all = Vec::new();
    for ((digest, input_size), group) in groups {
        if !global.no_progress {
            say(global, &format!("evaluating again: {} as far as the log knew at size {input_size}", group.len()));
        }
        let known = policies.get(digest);
        let (usable, unusable): (Vec<&Claimed>, Vec<&Claimed>) = group
            .into_iter()
            .partition(|one| known.is_some_and(|(sealed, _)| *sealed < one.index) && input_size <= one.index);
        for one in unusable {
            let mut differences = input(&store, one)?;
            if known.is_none_or(|(sealed, _)| *sealed >= one.index) {
                differences.push(format!("no policy with the digest {digest} was sealed before it"));
            }
            all.push(one.again(Standing::Differs, differences, Vec::new()));
        }
        let (Some((_, config)), Some(last)) = (known, usable.iter().map(|one| one.as_of).max()) else { continue };
        let mut earlier: Vec<Timestamp> = usable.iter().map(|one| one.as_of).filter(|time| *time < last).collect();
        earlier.sort_unstable();
        earlier.dedup();
        let question =
            Question { config, as_of: last, known_at: input_size, keep: Keep::Findings, begin: Begin::Afresh };
        let mut compare = |time: Timestamp, evaluated: &Evaluated| -> Result<(), Error> {
            for one in usable.iter().filter(|one| one.as_of == time) {
                all.push(again(&store, &index, one, evaluated)?);
            }
            Ok(())
        };
        let found =
            pipeline::evaluate_at(&store, &question, &earlier, &mut |time, evaluated| compare(time, &evaluated))?;
        compare(last, &found)?;
    }
    all.sort_by_key(|one| one.leaf);
    stream(global, |out| match args.format {
        ReportFormat::Human => human(&all, out),
        ReportFormat::Json => {
            let checkpoint = store.checkpoint();
            let document = Document {
                schema: "patchseal.reperformance/v1",
                origin: &checkpoint.origin,
                size,
                root: checkpoint.root.to_string(),
                evaluations: &all,
            };
            serde_json::to_writer_pretty(&mut *out, &document)?;
            out.write_all(b"\n")
        }
    })?;
    let any = |standing| all.iter().any(|one| one.standing == standing);
    Ok(if any(Standing::Differs) {
        Exit::Unverified
    } else if all.is_empty() || any(Standing::Restated) {
        // What was not given again, or not by the same rules, is not proven.
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// A policy as it was sealed.
fn policy(store: &Store, leaf: u64, pack: &str, digest: &str, source: &str) -> Result<Config, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason };
    let pack = pack.parse().map_err(|_| wrong(format!("{pack:?} is no digest")))?;
    let bytes = store.pack(&pack)?.manifest()?;
    let found = sha256(&bytes).to_string();
    if found != digest {
        return Err(wrong(format!("its policy hashes to {found}, and {digest} was sealed")));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("its policy is no text".to_owned()))?;
    if text.is_empty() {
        return Ok(config::built_in());
    }
    config::parse(&text, source).map_err(|error| {
        wrong(format!("its policy cannot be read: {source}:{}:{}: {}", error.line, error.column, error.message))
    })
}

/// What a leaf claims.
fn claim(index: u64, leaf: Leaf) -> Result<Option<Claimed>, Error> {
    let Leaf::Evaluation { as_of, edition, fail, input_root, input_size, other, pass, policy, root, unknown, .. } =
        leaf
    else {
        return Ok(None);
    };
    let as_of = as_of.parse().map_err(|_| Error::Evidence { leaf: index, reason: format!("{as_of:?} is no time") })?;
    let counts = [pass, fail, unknown, other];
    Ok(Some(Claimed { index, as_of, edition, input_root, input_size, counts, policy, root }))
}

impl Claimed {
    fn again(&self, standing: Standing, differences: Vec<String>, rows: Vec<Difference>) -> Again {
        let Claimed { index, as_of, input_size, .. } = self;
        Again { leaf: *index, as_of: as_of.to_string(), input_size: *input_size, standing, differences, rows }
    }
}

/// Whether what an evaluation says of its input is so.
fn input(store: &Store, one: &Claimed) -> Result<Vec<String>, Error> {
    let Claimed { index, input_root, input_size, .. } = one;
    if input_size > index {
        return Ok(vec![format!("it says that it read {input_size} leaves, and there were {index} before it")]);
    }
    let found = store.root_at(*input_size)?.to_string();
    Ok(if found == *input_root {
        Vec::new()
    } else {
        vec![format!("the log had the root {found} at size {input_size}, and {input_root} was sealed")]
    })
}

fn again(store: &Store, index: &Index, one: &Claimed, evaluated: &Evaluated) -> Result<Again, Error> {
    let mut differences = input(store, one)?;
    let total = evaluated.evaluation.total;
    let found = [total.pass, total.fail, total.unknown, total.inherited + total.not_applicable];
    let words = ["passed", "failed", "unknown", "inherited or not applicable"];
    let mut verdicts = Vec::new();
    for ((word, sealed), found) in words.iter().zip(one.counts).zip(found) {
        if sealed != found {
            verdicts.push(format!("{word}: {sealed} sealed, {found} found"));
        }
    }
    let root = evaluated.evaluation.root.to_string();
    if root != one.root {
        verdicts.push(format!("the verdicts have the root {root}, and {} was sealed", one.root));
    }
    let rows = match index.given.contains_key(&one.index).then(|| differences_of(store, index, one.index, evaluated)) {
        Some(Ok(rows)) => rows,
        Some(Err(error)) => {
            differences.push(format!("its rows cannot be read: {error}"));
            Vec::new()
        }
        None => Vec::new(),
    };
    let standing = match (differences.is_empty(), verdicts.is_empty() && rows.is_empty()) {
        (true, true) => Standing::Same,
        (true, false) if one.edition != pipeline::edition() => Standing::Restated,
        _ => Standing::Differs,
    };
    if standing == Standing::Restated {
        verdicts.push("another edition of the rules judged then".to_owned());
    }
    differences.extend(verdicts);
    Ok(one.again(standing, differences, rows))
}

fn human(all: &[Again], out: &mut dyn std::io::Write) -> std::io::Result<()> {
    for one in all {
        let word = match one.standing {
            Standing::Same => "same",
            Standing::Restated => "restated",
            Standing::Differs => "DIFFERS",
        };
        writeln!(
            out,
            "{word}  leaf {}: as of {}, as far as the log knew at size {}",
            one.leaf, one.as_of, one.input_size
        )?;
        for difference in &one.differences {
            writeln!(out, "  {difference}")?;
        }
        for Difference { about, sealed, found, .. } in &one.rows {
            let word = |row: &Option<String>| row.clone().unwrap_or_else(|| "nothing".to_owned());
            writeln!(out, "  {about}: {} sealed, {} found", word(sealed), word(found))?;
        }
    }
    let number = |standing| all.iter().filter(|one| one.standing == standing).count();
    writeln!(
        out,
        "{} evaluations given again: {} the same, {} restated, {} different",
        all.len(),
        number(Standing::Same),
        number(Standing::Restated),
        number(Standing::Differs)
    )
}
