//! `reperform`: every sealed evaluation once more, from what was sealed and nothing else.

use super::{say, stream};
use crate::cli::{Global, ReperformArgs, ReportFormat};
use crate::config::{self, Config};
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::Leaf;
use crate::pipeline::{self, Question};
use crate::store;
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
    /// What differs, in sentences.
    differences: Vec<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    origin: &'a str,
    size: u64,
    root: String,
    evaluations: &'a [Again],
}

/// Evaluates again, and compares.
pub(super) fn run(global: &Global, args: &ReperformArgs) -> Result<Exit, Error> {
    let store = store::read(&global.store)?;
    let size = store.checkpoint().size;
    let mut policies: BTreeMap<String, Config> = BTreeMap::new();
    let mut all = Vec::new();
    for (index, bytes) in (0..size).zip(store.leaves(0..size)) {
        match Leaf::parse(&bytes?) {
            Some(Leaf::Policy { pack, sha256, source, .. }) => {
                policies.insert(sha256.clone(), policy(&store, index, &pack, &sha256, &source)?);
            }
            Some(leaf @ Leaf::Evaluation { .. }) => {
                if !global.no_progress {
                    say(global, &format!("evaluating again: leaf {index}"));
                }
                all.extend(again(&store, index, leaf, &policies)?);
            }
            _ => {}
        }
    }
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

fn again(store: &Store, index: u64, leaf: Leaf, policies: &BTreeMap<String, Config>) -> Result<Option<Again>, Error> {
    let Leaf::Evaluation { as_of, edition, fail, input_root, input_size, other, pass, policy, root, unknown, .. } =
        leaf
    else {
        return Ok(None);
    };
    // What the leaf says of its input, and what it says of the verdicts.
    let (mut input, mut verdicts) = (Vec::new(), Vec::new());
    if input_size > index {
        input.push(format!("it says that it read {input_size} leaves, and there were {index} before it"));
    } else {
        let found = store.root_at(input_size)?.to_string();
        if found != input_root {
            input.push(format!("the log had the root {found} at size {input_size}, and {input_root} was sealed"));
        }
    }
    let config = policies.get(&policy);
    if config.is_none() {
        input.push(format!("no policy with the digest {policy} was sealed before it"));
    }
    let time = as_of.parse().map_err(|_| Error::Evidence { leaf: index, reason: format!("{as_of:?} is no time") })?;
    if let (Some(config), true) = (config, input_size <= index) {
        let question = Question { config, as_of: time, known_at: input_size, keep: Keep::Findings };
        let found = pipeline::evaluate(store, &question)?.evaluation;
        let total = found.total;
        for (word, sealed, found) in [
            ("passed", pass, total.pass),
            ("failed", fail, total.fail),
            ("unknown", unknown, total.unknown),
            ("inherited or not applicable", other, total.inherited + total.not_applicable),
        ] {
            if sealed != found {
                verdicts.push(format!("{word}: {sealed} sealed, {found} found"));
            }
        }
        let found = found.root.to_string();
        if found != root {
            verdicts.push(format!("the verdicts have the root {found}, and {root} was sealed"));
        }
    }
    let foreign = edition != pipeline::edition();
    let standing = match (input.is_empty(), verdicts.is_empty()) {
        (true, true) => Standing::Same,
        (true, false) if foreign => Standing::Restated,
        _ => Standing::Differs,
    };
    if standing == Standing::Restated {
        verdicts.push("another edition of the rules judged then".to_owned());
    }
    input.extend(verdicts);
    Ok(Some(Again { leaf: index, as_of, input_size, standing, differences: input }))
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
