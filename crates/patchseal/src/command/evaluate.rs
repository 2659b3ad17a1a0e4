//! `assess` and `check`: evaluate, seal, show, and say it in an exit code.

use super::{document, import, now, say, stream, write_file};
use crate::carried;
use crate::cli::{AssessArgs, CheckArgs, EvaluationArgs, Format, Global};
use crate::config::controls::Controls;
use crate::config::{self, Config};
use crate::error::Error;
use crate::exceptions::folder::NAME;
use crate::exceptions::{self, Folder};
use crate::exit::Exit;
use crate::history::Index;
use crate::manifest::{Leaf, Manifest};
use crate::pipeline::{self, Begin, Evaluated, Question};
use crate::store::{self, Opened};
use crate::{recall, recording};
use jiff::Timestamp;
use patchseal_core::control::own;
use patchseal_core::engine::{Finding, Keep};
use patchseal_core::rule::Verdict;
use patchseal_core::severity::Severity;
use patchseal_log::Store;
use patchseal_render::controls::{self, Judged, Statement};
use patchseal_render::{Answers, LogState, Report, csv, explain, html, human, json, markdown, ndjson};
use std::cell::RefCell;
use std::path::Path;

/// Import, check and report in one go.
pub(super) fn assess(global: &Global, args: &AssessArgs) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), Some(&args.folder))?;
    requested(args.evaluation.as_of.as_deref())?;
    let controls = own_controls(global, Some(&args.folder), &config, &args.evaluation)?;
    let recordings = recording::find(&args.folder)?;
    exceptions::given(&Folder::of(&config))?;
    exceptions::policy::given(&config)?;
    let mut opened = import::open(global)?;
    let imported = import::import(global, &mut opened, &recordings, &config)?;
    // Before the time that `now` means: what is sealed in this run counts in it.
    seal_exceptions(global, &mut opened, &config)?;
    let as_of = requested(args.evaluation.as_of.as_deref())?;
    let rejected = imported.runs.iter().flat_map(|run| &run.files).any(|file| file.rejected);
    let newest = imported.runs.iter().map(|run| run.observed_at).max();
    // A line per file is as much as a tenth of all that an evaluation needs.
    drop((recordings, imported));
    let (as_of, because) = match (as_of, newest) {
        (Some(time), _) => (time, "--as-of"),
        (None, Some(newest)) => (newest, "the newest observation given"),
        (None, None) => (now(), "now"),
    };
    let settings = (&config, &controls);
    let exit = evaluate(global, &mut opened, settings, &args.evaluation, (as_of, because), Some(&args.html))?;
    Ok(if rejected && exit == Exit::Clean && !args.evaluation.allow_incomplete { Exit::Incomplete } else { exit })
}

/// Evaluates what is sealed.
pub(super) fn check(global: &Global, args: &CheckArgs) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), None)?;
    requested(args.evaluation.as_of.as_deref())?;
    if !store::exists(&global.store) {
        return Err(Error::NoStore { path: global.store.clone() });
    }
    let controls = own_controls(global, None, &config, &args.evaluation)?;
    exceptions::given(&Folder::of(&config))?;
    exceptions::policy::given(&config)?;
    let mut opened = import::open(global)?;
    seal_exceptions(global, &mut opened, &config)?;
    let as_of = requested(args.evaluation.as_of.as_deref())?;
    let moment = as_of.map_or_else(|| (now(), "now"), |time| (time, "--as-of"));
    evaluate(global, &mut opened, (&config, &controls), &args.evaluation, moment, args.html.as_deref())
}

/// Own controls, read and checked before anything is sealed; and that what was asked for exists and has a format.
fn own_controls(
    global: &Global,
    folder: Option<&Path>,
    config: &Config,
    args: &EvaluationArgs,
) -> Result<Controls, Error> {
    let controls = config::controls::load(global.config.as_deref(), folder, &config.policy)?;
    for id in &args.control {
        controls.find(id, &config.policy)?;
    }
    if !args.control.is_empty() && !matches!(args.format, Format::Human | Format::Json | Format::Csv) {
        return Err(Error::Usage("--control is stated as human, json or csv".to_owned()));
    }
    Ok(controls)
}

/// Seals the exceptions and approvals beside the policy; says so where the log has some and nobody says where they are.
pub(super) fn seal_exceptions(global: &Global, opened: &mut Opened, config: &Config) -> Result<Vec<u64>, Error> {
    let folder = Folder::of(config);
    let held = opened.exceptions.values().flatten().count();
    if held > 0 && !folder.governs && !folder.path.is_dir() {
        say(global, &format!("note: {held} exceptions stay as they are sealed: there is no folder {NAME} here"));
    }
    let mut leaves = exceptions::policy::seal(opened, config, now())?;
    leaves.extend(exceptions::seal(opened, &folder, now())?);
    Ok(leaves)
}

pub(super) fn requested(text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    match text {
        None => Ok(None),
        Some("now") => Ok(Some(now())),
        Some(text) => text.parse().map(Some).map_err(|_| {
            Error::Usage(format!(
                "--as-of {text:?} is no time: write it with its offset, such as 2026-11-24T06:00:00Z, or `now`"
            ))
        }),
    }
}

/// The size of the log that counts.
pub(super) fn known(asked: Option<u64>, size: u64) -> Result<u64, Error> {
    match asked {
        Some(asked) if asked > size => {
            Err(Error::Usage(format!("--known-at {asked} lies beyond the log, which has {size} leaves")))
        }
        asked => Ok(asked.unwrap_or(size)),
    }
}

fn evaluate(
    global: &Global,
    opened: &mut Opened,
    (config, controls): (&Config, &Controls),
    args: &EvaluationArgs,
    (as_of, because): (Timestamp, &str),
    html_file: Option<&Path>,
) -> Result<Exit, Error> {
    opened.seal_policy(config, now())?;
    opened.seal_controls(&controls.text, now())?;
    let store = opened.writer.reader()?;
    let size = store.checkpoint().size;
    let known_at = known(args.known_at, size)?;
    let keep = if args.all { Keep::All } else { Keep::Findings };
    let begin = if args.known_at.is_some() { Begin::Resume } else { Begin::Leave };
    let question = Question { config, as_of, known_at, keep, begin };
    let index = Index::read(&store)?;
    // A question about what was known then is about its own time alone; otherwise history is brought up to date.
    let earlier = if args.known_at.is_some() { Vec::new() } else { index.due(as_of, known_at, args.restate) };
    if !earlier.is_empty() && !global.no_progress {
        say(global, &format!("history: {}", words(&earlier)));
    }
    let sealing = RefCell::new((pipeline::Sealing::new(opened, &question, index)?, opened));
    let seal = |time, evaluated: &Evaluated| {
        let (sealing, opened) = &mut *sealing.borrow_mut();
        sealing.take(opened, time, evaluated, now())
    };
    let evaluated = pipeline::evaluate_at(&store, &question, &earlier, &mut |time, evaluated| seal(time, &evaluated))?;
    seal(as_of, &evaluated)?;
    let (sealing, opened) = sealing.into_inner();
    sealing.finish(opened)?;
    if let Some(digest) = &evaluated.carried {
        carried::tidy(store.dir(), digest);
    }
    let store = opened.writer.reader()?;
    let judge = |id: &String| -> Result<Judged, Error> {
        let control = controls.find(id, &config.policy)?;
        let tested = own::test(&control, &config.policy, &evaluated.estate);
        Ok(Judged { control, tested })
    };
    let judged: Vec<Judged> = args.control.iter().map(judge).collect::<Result<_, _>>()?;
    present(global, &store, &question, (&evaluated, &judged), args, because, html_file)?;
    let exit = exit(&evaluated, args);
    // The process ends next: giving back the memory of 100,000 hosts piece by piece takes most of a second.
    std::mem::forget(evaluated);
    Ok(exit)
}

/// Which earlier times are evaluated on the way.
fn words(earlier: &[Timestamp]) -> String {
    match earlier {
        [one] => format!("evaluating {one} too"),
        [first, .., last] => format!("evaluating {} earlier times too, {first} to {last}", earlier.len()),
        [] => String::new(),
    }
}

/// Writes the document asked for, and the HTML report where one is wanted.
fn present(
    global: &Global,
    store: &Store,
    question: &Question<'_>,
    (evaluated, judged): (&Evaluated, &[Judged]),
    args: &EvaluationArgs,
    because: &str,
    html_file: Option<&Path>,
) -> Result<(), Error> {
    let findings = &evaluated.evaluation.findings;
    let shown: Vec<usize> = (0..findings.len()).filter(|at| is_shown(&findings[*at], args)).collect();
    let checkpoint = store.checkpoint();
    let root = checkpoint.root.to_string();
    let edition = pipeline::edition();
    let answers = Sealed(store);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        edition: &edition,
        as_of: question.as_of,
        as_of_because: because,
        known_at: question.known_at,
        // One signed log without witnesses or time stamps reaches L1.
        log: LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" },
        policy: &question.config.policy,
        estate: &evaluated.estate,
        evaluation: &evaluated.evaluation,
        answers: &answers,
        shown: &shown,
        allow_incomplete: args.allow_incomplete,
    };
    let statement = || Statement {
        controls: judged,
        as_of: question.as_of,
        known_at: question.known_at,
        log: LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" },
    };
    stream(global, |out| match args.format {
        Format::Json if !judged.is_empty() => controls::json(&statement(), out),
        Format::Csv if !judged.is_empty() => controls::table(&statement(), out),
        _ if !judged.is_empty() => controls::human(&statement(), out),
        Format::Human => human::write(&report, out),
        Format::Json => json::write(&report, out),
        Format::Ndjson => ndjson::write(&report, out),
        Format::Markdown => markdown::write(&report, out),
        Format::Csv => csv::findings(&report, out),
        Format::CsvAssets => csv::assets(&report, out),
        Format::CsvExposures => csv::exposures(&report, out),
        Format::CsvClaims => csv::claims(&report, out),
        Format::CsvMetrics => csv::metrics(&report, out),
        Format::CsvRuns => csv::runs(&report, out),
        Format::CsvRules => csv::rules(&report, out),
        Format::CsvChanges => csv::changes(&report, out),
        Format::CsvScopes => csv::scopes(&report, out),
        Format::CsvReconciliation => csv::reconciliation(&report, out),
    })?;
    if let Some(path) = html_file {
        write_file(path, |out| html::write(&report, out))?;
        say(global, &format!("report: {}", path.display()));
    }
    Ok(())
}

fn is_shown(finding: &Finding, args: &EvaluationArgs) -> bool {
    let subject = &finding.subject;
    let any = |wanted: &[String], is: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|text| is(text));
    let scope = format!("{}/{}/{}", subject.cloud, subject.account, subject.region);
    any(&args.scope, &|text| scope.contains(text))
        && any(&args.service, &|text| subject.service.as_deref() == Some(text))
        && any(&args.owner, &|text| subject.owner.as_deref() == Some(text))
        && any(&args.rule, &|text| finding.rule.id == text)
}

/// The exit code of an evaluation: a known failure outranks an unknown, and an unknown still outranks a clean result.
fn exit(evaluated: &Evaluated, args: &EvaluationArgs) -> Exit {
    let threshold = Severity::from(args.fail_on);
    // A failure under a valid exception was decided on; it is shown and counted all the same.
    let failed = |finding: &Finding| {
        matches!(finding.verdict, Verdict::Fail(_)) && finding.severity >= threshold && finding.exception.is_none()
    };
    if evaluated.evaluation.findings.iter().any(|finding| failed(finding)) {
        return Exit::Findings;
    }
    // Nothing judged is nothing proven.
    let incomplete = evaluated.evaluation.total.unknown > 0 || evaluated.evaluation.total.total() == 0;
    if incomplete && !args.allow_incomplete { Exit::Incomplete } else { Exit::Clean }
}

/// Recorded answers out of the store.
struct Sealed<'a>(&'a Store);

impl Answers for Sealed<'_> {
    fn body(&self, leaf: u64, exchange: u32) -> Option<Vec<u8>> {
        let pack = match Leaf::parse(&self.0.leaf(leaf).ok()?)? {
            Leaf::Batch { pack, .. } => pack,
            Leaf::Exception { pack, sha256, .. } => {
                return exceptions::sealed::text(self.0, leaf, &pack?, &sha256?).ok().map(String::into_bytes);
            }
            Leaf::Policy { pack, sha256, .. } | Leaf::PolicyApproval { pack, sha256, .. } => {
                return exceptions::policy::text(self.0, leaf, &pack, &sha256).ok().map(String::into_bytes);
            }
            _ => return None,
        };
        let reader = self.0.pack(&pack.parse().ok()?).ok()?;
        let manifest: Manifest = serde_json::from_slice(&reader.manifest().ok()?).ok()?;
        let entry = manifest.exchanges.get(exchange as usize)?;
        let other = entry.body.pack.as_ref().map(|pack| self.0.pack(&pack.parse().ok()?).ok());
        let body = other.unwrap_or(Some(reader))?.body(entry.body.place(), entry.body.bytes).ok()?;
        (patchseal_log::sha256(&body).to_string() == entry.body.sha256).then_some(body)
    }
}

/// Explains one finding of the store's present state.
pub(super) fn explain_finding(global: &Global, id: &str) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), None)?;
    let store = store::read(&global.store)?;
    let as_of = recall::newest(&store)?.unwrap_or_else(now);
    let question = Question {
        config: &config,
        as_of,
        known_at: store.checkpoint().size,
        keep: Keep::Findings,
        begin: Begin::Resume,
    };
    let evaluated = pipeline::evaluate(&store, &question)?;
    let Some(finding) = evaluated.evaluation.findings.iter().find(|finding| *finding.id == *id) else {
        return Err(Error::Usage(format!("no finding of the newest observation has the id {id:?}")));
    };
    let checkpoint = store.checkpoint();
    let root = checkpoint.root.to_string();
    let edition = pipeline::edition();
    let answers = Sealed(&store);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        edition: &edition,
        as_of,
        as_of_because: "the newest observation",
        known_at: question.known_at,
        log: LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" },
        policy: &config.policy,
        estate: &evaluated.estate,
        evaluation: &evaluated.evaluation,
        answers: &answers,
        shown: &[],
        allow_incomplete: false,
    };
    let mut text = Vec::new();
    explain::finding(&report, finding, &mut text)
        .map_err(|source| Error::Write { path: "the explanation".into(), source })?;
    document(global, &text)?;
    Ok(Exit::Clean)
}
