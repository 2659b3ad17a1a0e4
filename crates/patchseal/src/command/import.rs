//! `import` and `init`.

use super::{document, now, say, write_file};
use crate::cli::{Global, ImportArgs, InitArgs, ReportFormat};
use crate::config;
use crate::error::Error;
use crate::exit::Exit;
use crate::recording::{self, Recording};
use crate::seal::{self, Cut, Imported};
use crate::store::{self, Opened};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

/// A policy to start from, with every default written down.
const POLICY: &str = include_str!("../../data/patchseal.toml");

/// Makes a store and a policy.
pub(super) fn init(global: &Global, args: &InitArgs) -> Result<Exit, Error> {
    let origin = args.origin.clone().unwrap_or_else(|| store::default_origin(&global.store));
    let writer = store::create(&global.store, &origin)?;
    say(global, &format!("made the store {} for the log {}", global.store.display(), writer.checkpoint().origin));
    say(global, "keep a copy of its log.vkey, and of every checkpoint you show to others, somewhere else");
    let policy = global.config.clone().unwrap_or_else(|| config::FILE.into());
    if policy.exists() {
        say(global, &format!("{} is there already and stays as it is", policy.display()));
    } else {
        write_file(&policy, |out| out.write_all(POLICY.as_bytes()))?;
        say(global, &format!("wrote {}", policy.display()));
    }
    Ok(Exit::Clean)
}

/// Seals recordings.
pub(super) fn run(global: &Global, args: &ImportArgs) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), Some(&args.folder))?;
    let recordings = recording::find(&args.folder)?;
    let mut opened = open(global)?;
    let imported = import(global, &mut opened, &recordings, &config)?;
    let text = match args.format {
        ReportFormat::Human => human(&imported),
        ReportFormat::Json => report(&imported, &opened),
    };
    document(global, text.as_bytes())?;
    let rejected = imported.runs.iter().flat_map(|run| &run.files).any(|file| file.rejected);
    Ok(if rejected { Exit::Incomplete } else { Exit::Clean })
}

/// Opens the store and says so when it had to be made.
pub(super) fn open(global: &Global) -> Result<Opened, Error> {
    let opened = store::open_or_create(&global.store)?;
    if opened.created {
        say(global, &format!("made the store {}: keep a copy of its log.vkey elsewhere", global.store.display()));
    }
    Ok(opened)
}

/// Seals the recordings of a folder, with progress on a terminal.
pub(super) fn import(
    global: &Global,
    opened: &mut Opened,
    recordings: &[Recording],
    config: &config::Config,
) -> Result<Imported, Error> {
    let now = now();
    let files: u64 = recordings.iter().map(|recording| recording.files.len() as u64).sum();
    let target =
        if global.no_progress || global.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(files), target);
    if let Ok(style) = ProgressStyle::with_template("sealing {bar:30} {human_pos}/{human_len} files, {elapsed}") {
        bar.set_style(style);
    }
    let imported = seal::import(opened, recordings, config, Cut::default(), now, &|files| bar.inc(files))?;
    bar.finish_and_clear();
    for run in &imported.runs {
        if run.already_sealed {
            say(global, &format!("{}: sealed before, nothing added", run.folder));
        }
        for file in run.files.iter().filter(|file| file.rejected) {
            if let Some((_, message)) = &file.failure {
                say(global, &format!("error: {}/{message}", run.folder));
            }
        }
        if run.observed_at > now {
            let ahead = patchseal_core::text::length(run.observed_at.as_second() - now.as_second());
            say(global, &format!("warning: {} says it was observed {ahead} from now: check the clocks", run.folder));
        }
    }
    Ok(imported)
}

fn human(imported: &Imported) -> String {
    let mut text = String::new();
    for run in &imported.runs {
        let rows: u64 = run.files.iter().map(|file| file.tally.rows).sum();
        let facts: u64 = run.files.iter().map(|file| file.tally.facts).sum();
        let failures = run.files.iter().filter(|file| file.failure.is_some() && !file.rejected).count();
        let rejected = run.files.iter().filter(|file| file.rejected).count();
        let leaves = if run.already_sealed { "sealed before".to_owned() } else { format!("{} leaves", run.leaves) };
        text.push_str(&format!(
            "{}  observed {}  {} files, {rows} rows, {facts} facts, {failures} error answers, {rejected} rejected  {leaves}\n",
            run.folder,
            patchseal_core::text::minute(run.observed_at),
            run.files.len(),
        ));
    }
    text
}

fn report(imported: &Imported, opened: &Opened) -> String {
    let runs: Vec<_> = imported
        .runs
        .iter()
        .map(|run| {
            let files: Vec<_> = run
                .files
                .iter()
                .map(|file| {
                    json!({
                        "path": file.path,
                        "operation": file.operation,
                        "rows": file.tally.rows,
                        "facts": file.tally.facts,
                        "without_fact": file.tally.without,
                        "failure": file.failure.as_ref().map(|(kind, message)| json!({"kind": kind.as_str(), "message": message})),
                        "rejected": file.rejected,
                    })
                })
                .collect();
            json!({
                "folder": run.folder,
                "run": run.run,
                "observed_at": run.observed_at.to_string(),
                "already_sealed": run.already_sealed,
                "leaves": run.leaves,
                "files": files,
            })
        })
        .collect();
    let checkpoint = opened.writer.checkpoint();
    let document = json!({
        "schema": "patchseal.import/v1",
        "version": env!("CARGO_PKG_VERSION"),
        "totals": seal::totals(imported),
        "log": {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.to_string()},
        "runs": runs,
    });
    format!("{document:#}\n")
}
