//! `verify` and `evidence`.

use super::{document, write_file};
use crate::cli::{EvidenceCommand, Global, ReportFormat, VerifyArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::{Leaf, Manifest};
use crate::store;
use patchseal_log::{Problem, VerifyOptions};
use serde_json::json;
use std::path::Path;

/// Verifies the log and its packs.
pub(super) fn verify(global: &Global, args: &VerifyArgs) -> Result<Exit, Error> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_path_buf(), source });
    if !global.store.join("log").is_dir() {
        return Err(Error::NoStore { path: global.store.clone() });
    }
    let options = VerifyOptions {
        checkpoint: args.checkpoint.as_deref().map(read).transpose()?,
        vkey: args.vkey.as_deref().map(read).transpose()?,
    };
    let report = patchseal_log::verify(&global.store, &options)?;
    let good = report.problems.is_empty();
    let text = match args.format {
        ReportFormat::Human => {
            let mut text = String::new();
            let line = |problem: &Problem| {
                let leaf = problem.leaf.map_or(String::new(), |leaf| format!(" (leaf {leaf})"));
                format!("{}{leaf}: {}", problem.path, problem.message)
            };
            for problem in &report.problems {
                text.push_str(&format!("damaged: {}\n", line(problem)));
            }
            for leftover in &report.leftovers {
                text.push_str(&format!("leftover: {}\n", line(leftover)));
            }
            text.push_str(&format!(
                "{}  log {}  {} of {} leaves  root {}  {} packs, {} expired\n",
                if good { "verified" } else { "NOT VERIFIED" },
                report.origin,
                report.leaves,
                report.size,
                report.root,
                report.packs,
                report.expired_packs,
            ));
            if args.checkpoint.is_none() {
                text.push_str("not compared with a checkpoint held elsewhere: a store that was rolled back whole looks like this too\n");
            }
            text
        }
        ReportFormat::Json => {
            let list = |problems: &[Problem]| -> Vec<_> {
                problems.iter().map(|p| json!({"path": p.path, "leaf": p.leaf, "message": p.message})).collect()
            };
            let document = json!({
                "schema": "patchseal.verification/v1",
                "verified": good,
                "log": {"origin": report.origin, "size": report.size, "root": report.root.to_string()},
                "leaves": report.leaves,
                "packs": report.packs,
                "expired_packs": report.expired_packs,
                "compared_with_checkpoint": args.checkpoint.is_some(),
                "problems": list(&report.problems),
                "leftovers": list(&report.leftovers),
            });
            format!("{document:#}\n")
        }
    };
    document(global, text.as_bytes())?;
    Ok(if good { Exit::Clean } else { Exit::Unverified })
}

/// Shows and proves.
pub(super) fn run(global: &Global, command: EvidenceCommand) -> Result<Exit, Error> {
    match command {
        EvidenceCommand::Show { evidence } => show(global, &evidence),
        EvidenceCommand::Prove { leaf, leaf_file } => {
            let store = store::read(&global.store)?;
            let size = store.checkpoint().size;
            if leaf >= size {
                return Err(Error::Usage(format!(
                    "the log has no leaf {leaf}: its leaves are 0 to {}",
                    size.saturating_sub(1)
                )));
            }
            let proof = store.prove(leaf)?;
            if let Some(path) = leaf_file {
                let bytes = store.leaf(leaf)?;
                write_file(&path, |out| out.write_all(&bytes))?;
            }
            document(global, proof.as_bytes())?;
            Ok(Exit::Clean)
        }
    }
}

fn show(global: &Global, evidence: &str) -> Result<Exit, Error> {
    let usage = || Error::Usage(format!("{evidence:?} is no evidence: write LEAF or LEAF/EXCHANGE, such as 3 or 3/41"));
    let (leaf, exchange) = match evidence.split_once('/') {
        Some((leaf, exchange)) => (leaf, Some(exchange.parse::<usize>().map_err(|_| usage())?)),
        None => (evidence, None),
    };
    let leaf: u64 = leaf.parse().map_err(|_| usage())?;
    let store = store::read(&global.store)?;
    let size = store.checkpoint().size;
    if leaf >= size {
        return Err(Error::Usage(format!(
            "the log has no leaf {leaf}: its leaves are 0 to {}",
            size.saturating_sub(1)
        )));
    }
    let bytes = store.leaf(leaf)?;
    let Some(exchange) = exchange else {
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let mut text = format!("{value:#}\n");
        if let Some(Leaf::Batch { pack, .. }) = Leaf::parse(&bytes) {
            for (index, entry) in manifest(&store, leaf, &pack)?.0.exchanges.iter().enumerate() {
                let failure = entry
                    .failure
                    .as_ref()
                    .map_or(String::new(), |failure| format!("  {}: {}", failure.kind, failure.message));
                text.push_str(&format!("{leaf}/{index}  {}  {} bytes{failure}\n", entry.path, entry.body.bytes));
            }
        }
        document(global, text.as_bytes())?;
        return Ok(Exit::Clean);
    };
    if let (Some(Leaf::Exception { pack: Some(pack), sha256: Some(digest), .. }), 0) = (Leaf::parse(&bytes), exchange) {
        let text = crate::exceptions::sealed::text(&store, leaf, &pack, &digest)?;
        document(global, text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    if let (Some(Leaf::Policy { pack, sha256, .. } | Leaf::PolicyApproval { pack, sha256, .. }), 0) =
        (Leaf::parse(&bytes), exchange)
    {
        let text = crate::exceptions::policy::text(&store, leaf, &pack, &sha256)?;
        document(global, text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    let Some(Leaf::Batch { pack, .. }) = Leaf::parse(&bytes) else {
        return Err(Error::Usage(format!(
            "leaf {leaf} is no batch of exchanges: `patchseal evidence show {leaf}` shows what it is"
        )));
    };
    let (manifest, reader) = manifest(&store, leaf, &pack)?;
    let entry = manifest.exchanges.get(exchange).ok_or_else(|| {
        Error::Usage(format!(
            "leaf {leaf} has {} exchanges, counted from 0: there is no {exchange}",
            manifest.exchanges.len()
        ))
    })?;
    let reader = match &entry.body.pack {
        None => reader,
        Some(other) => {
            let wrong = |_| Error::Evidence { leaf, reason: format!("exchange {exchange}: {other:?} is no digest") };
            store.pack(&other.parse().map_err(wrong)?)?
        }
    };
    let body = reader.body(entry.body.place(), entry.body.bytes)?;
    let found = patchseal_log::sha256(&body).to_string();
    if found != entry.body.sha256 {
        let reason = format!("exchange {exchange}: its body hashes to {found}, and {} was sealed", entry.body.sha256);
        return Err(Error::Evidence { leaf, reason });
    }
    let [cloud, account, region] = &entry.scope;
    let mut text = format!(
        "leaf {leaf}, exchange {exchange}: {} in {cloud} {account}/{region}{}, page {}\nobserved {} by {} ({}), HTTP status {}\nsha256 {} of {} bytes{}\n",
        entry.operation,
        entry.subject.as_ref().map_or(String::new(), |subject| format!(" about {subject}")),
        entry.page,
        manifest.run.observed_at,
        manifest.run.collector,
        manifest.run.origin,
        entry.status,
        entry.body.sha256,
        entry.body.bytes,
        if entry.redactions.is_empty() {
            String::new()
        } else {
            format!(", redacted: {}", entry.redactions.join(", "))
        },
    );
    if let Some(failure) = &entry.failure {
        text.push_str(&format!("no usable answer: {}: {}\n", failure.kind, failure.message));
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&body));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    document(global, text.as_bytes())?;
    Ok(Exit::Clean)
}

fn manifest(
    store: &patchseal_log::Store,
    leaf: u64,
    pack: &str,
) -> Result<(Manifest, patchseal_log::PackReader), Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason };
    let digest = pack.parse().map_err(|_| wrong(format!("{pack:?} is no digest")))?;
    let reader = store.pack(&digest)?;
    let manifest = serde_json::from_slice(&reader.manifest()?)
        .map_err(|error| wrong(format!("its manifest is not one: {error}")))?;
    Ok((manifest, reader))
}
