//! `import`: recordings into the log. Answers are redacted, read once for the report, compressed in parallel, and
//! sealed in the order of their paths.

use crate::config::Config;
use crate::error::Error;
use crate::manifest::{Entry, Failure, Leaf};
use crate::read::{self, Nowhere};
use crate::recording::{File, Question, Recording};
use crate::store::Opened;
use batches::Sealing;
use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, FailureKind, Outcome};
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::{Frame, sha256};
use patchseal_sources::redact;
use rayon::prelude::*;
use std::collections::BTreeMap;
use stored::Stored;

mod batches;
mod stored;

/// Where a batch closes. Results do not depend on it; how many leaves a day makes does.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// At this many raw bytes.
    pub bytes: u64,
    /// At this many exchanges.
    pub exchanges: usize,
}

impl Default for Cut {
    /// Both from the design, so that a day is thousands of leaves.
    fn default() -> Cut {
        Cut { bytes: 64 << 20, exchanges: 4096 }
    }
}

/// Path of the lifecycle table that is sealed where a recording brings none; no file can have it.
pub(crate) const BUILT_IN: &str = "(built in) feeds/lifecycle.json";
/// Files read and compressed at a time: enough to keep two threads busy, few enough to stay small.
const AHEAD: usize = 256;

/// What an import did.
pub struct Imported {
    /// Per recording.
    pub runs: Vec<ImportedRun>,
}

/// What an import did with one recording.
pub struct ImportedRun {
    /// Its folder, as given.
    pub folder: String,
    /// Run id.
    pub run: String,
    /// When the sources were asked.
    pub observed_at: Timestamp,
    /// It was sealed before; nothing was added.
    pub already_sealed: bool,
    /// Per file, in the order of paths.
    pub files: Vec<ImportedFile>,
    /// Leaves written.
    pub leaves: u64,
}

/// What became of one file.
pub struct ImportedFile {
    /// Path in the recording.
    pub path: String,
    /// Operation, empty when the path names none.
    pub operation: String,
    /// Rows, facts, and rows without facts.
    pub tally: patchseal_sources::Tally,
    /// Why it is no usable answer.
    pub failure: Option<(FailureKind, String)>,
    /// It was rejected: unknown or malformed, as against an error answer that is recorded as such.
    pub rejected: bool,
}

/// Seals recordings.
pub fn import(
    opened: &mut Opened,
    recordings: &[Recording],
    config: &Config,
    cut: Cut,
    now: Timestamp,
    progress: &dyn Fn(u64),
) -> Result<Imported, Error> {
    let mut runs = Vec::new();
    for recording in recordings {
        runs.push(import_one(opened, recording, config, cut, now, progress)?);
    }
    Ok(Imported { runs })
}

/// A file on its way into a pack.
struct Prepared {
    entry: Entry,
    /// The body, unless it is stored already.
    frame: Option<Frame>,
    report: ImportedFile,
}

fn import_one(
    opened: &mut Opened,
    recording: &Recording,
    config: &Config,
    cut: Cut,
    now: Timestamp,
    progress: &dyn Fn(u64),
) -> Result<ImportedRun, Error> {
    let mut sealing = Sealing::new(recording, cut);
    let stored = Stored::before(opened, recording)?;
    // While one thread packs and writes what was read, the next files are read.
    let mut ready = Vec::new();
    for chunk in recording.files.chunks(AHEAD) {
        let (next, packed) = rayon::join(
            || chunk.par_iter().map(|file| prepare(recording, file, config, &stored)).collect(),
            || sealing.take(opened, std::mem::take(&mut ready)),
        );
        packed?;
        ready = next;
        progress(chunk.len() as u64);
    }
    sealing.take(opened, ready)?;
    let Sealing { identity, files, sealed, .. } = sealing.finish(opened, &stored)?;
    let head = format!("{}\n{}\n", recording.collector, recording.observed_at);
    let run = sha256(format!("{head}{identity}").as_bytes()).to_string();
    let result = |already_sealed, leaves| ImportedRun {
        folder: recording.folder.display().to_string(),
        run: run.clone(),
        observed_at: recording.observed_at,
        already_sealed,
        files,
        leaves,
    };
    if opened.runs.contains(&run) {
        return Ok(result(true, 0));
    }
    let sequences = sealed.len() as u32;
    let leaves: Vec<Vec<u8>> = sealed
        .into_iter()
        .enumerate()
        .map(|(sequence, batch)| {
            Leaf::Batch {
                exchanges: batch.exchanges,
                failures: batch.failures,
                logged_at: now.to_string(),
                manifest: batch.manifest,
                observed_at: recording.observed_at.to_string(),
                pack: batch.pack,
                rows: batch.rows,
                run: run.clone(),
                sequence: sequence as u32,
                sequences,
            }
            .bytes()
        })
        .collect();
    let count = leaves.len() as u64;
    opened.writer.append(&leaves)?;
    opened.runs.insert(run.clone());
    Ok(result(false, count))
}

fn prepare(recording: &Recording, file: &File, config: &Config, stored: &Stored) -> Result<Prepared, Error> {
    let path = recording.folder.join(&file.path);
    let raw = std::fs::read(&path).map_err(|source| Error::Read { path, source })?;
    let media_type = media_type(&file.path, &raw);
    let operation = file.question.as_ref().map(|question| question.operation.id).unwrap_or_default();
    let redacted = redact::redact(operation, media_type, &raw);
    let body = redacted.body.as_ref();
    let mut report = ImportedFile {
        path: file.path.clone(),
        operation: operation.to_owned(),
        tally: Default::default(),
        failure: None,
        rejected: false,
    };
    let (scope, subject, page, status) = match &file.question {
        Err(message) => {
            report.failure = Some((FailureKind::Malformed, format!("{}: {message}", file.path)));
            report.rejected = true;
            (Scope::new(Cloud::Inventory, "unknown-files", Scope::GLOBAL), Some(file.path.clone()), 1, 200)
        }
        Ok(question) => {
            judge(recording, question, config, body, media_type, &mut report);
            (question.scope.clone(), question.subject.clone(), question.page, question.status)
        }
    };
    let (body, frame) = stored.or_compress(body);
    let entry = Entry {
        operation: report.operation.clone(),
        scope: [scope.cloud.as_str().to_owned(), scope.account.to_string(), scope.region.to_string()],
        subject,
        page,
        path: file.path.clone(),
        status,
        media_type: media_type.to_owned(),
        body,
        redactions: redacted.pointers,
        failure: report
            .failure
            .as_ref()
            .map(|(kind, message)| Failure { kind: kind.as_str().to_owned(), message: message.clone() }),
    };
    Ok(Prepared { entry, frame, report })
}

/// Whether the bytes are an answer, and how many rows they hold.
fn judge(
    recording: &Recording,
    question: &Question,
    config: &Config,
    body: &[u8],
    media_type: &str,
    report: &mut ImportedFile,
) {
    if !(200..300).contains(&question.status) {
        report.failure = Some(read::failure(question.status, body));
        return;
    }
    let exchange = exchange_of(recording, question, body, media_type);
    match read::rows(question.operation, config, &exchange, body, &mut Nowhere) {
        Ok(tally) => report.tally = tally,
        Err(reject) => {
            let kind = if reject.cut_short { FailureKind::Truncated } else { FailureKind::Malformed };
            // An error document saved under a plain name is an error answer, not a malformed one.
            let error_document = (kind == FailureKind::Malformed)
                .then(|| read::failure(500, body))
                .filter(|(kind, _)| *kind != FailureKind::Error);
            report.failure = Some(error_document.unwrap_or_else(|| {
                report.rejected = true;
                let position = reject.position.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
                (kind, format!("{}{position}: not an answer of {}: {}", report.path, report.operation, reject.message))
            }));
        }
    }
}

fn exchange_of(recording: &Recording, question: &Question, body: &[u8], media_type: &str) -> Exchange {
    Exchange {
        leaf: 0,
        index: 0,
        run: 0,
        operation: question.operation.id.into(),
        scope: question.scope.clone(),
        subject: question.subject.as_deref().map(Into::into),
        page: question.page,
        observed_at: recording.observed_at,
        outcome: Outcome::Answer {
            status: question.status,
            media_type: media_type.into(),
            body: Digest([0; 32]),
            bytes: body.len() as u64,
            redactions: Box::default(),
        },
    }
}

fn media_type(path: &str, body: &[u8]) -> &'static str {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    match (path.rsplit('.').next(), first) {
        (Some("csv"), _) => "text/csv",
        (_, Some(b'<')) => "application/xml",
        _ if path.starts_with("resource-data-sync/") => "application/x-ndjson",
        _ => "application/json",
    }
}

/// Counts over all files of an import.
pub fn totals(imported: &Imported) -> BTreeMap<&'static str, u64> {
    let mut totals = BTreeMap::new();
    for file in imported.runs.iter().flat_map(|run| &run.files) {
        *totals.entry("files").or_default() += 1;
        *totals.entry("rows").or_default() += file.tally.rows;
        *totals.entry("rejected").or_default() += u64::from(file.rejected);
        *totals.entry("failures").or_default() += u64::from(file.failure.is_some());
    }
    totals
}
