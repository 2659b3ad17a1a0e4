//! What an evaluation leaves for the next one to go on from, so that the cost of a day does not grow with the days before.
//!
//! It is a file beside the log, named by its digest; the digest stands in the evaluation's leaf. Who finds no such file, or
//! one that is of another policy, edition or past, reads every answer again: it is never evidence, and `reperform` never
//! looks at it.

use crate::error::Error;
use crate::pipeline::{self, Question};
use crate::recall::{self, Outline, Part, SealedRun};
use jiff::Timestamp;
use patchseal_core::estate::{CARRIED_FORM, EstateBuilder};
use patchseal_core::gather::Memory;
use patchseal_log::{Store, sha256};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Folder in the store.
const FOLDER: &str = "carried";

/// First line of the file.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Of the bytes that follow.
    form: u32,
    /// Rules and engine.
    edition: String,
    /// Digest of the policy's text.
    policy: String,
    /// Runs that are in it, in order.
    runs: Vec<Known>,
    /// Bytes that follow of what answers came to; after them comes what runs left.
    memory: usize,
}

/// A run that is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    collector: String,
    observed_at: Timestamp,
    /// Recordings by id, with the number of their batches.
    parts: BTreeMap<String, usize>,
}

impl Known {
    fn of(run: &SealedRun) -> Known {
        let (collector, observed_at) = (run.run.collector.clone(), run.run.observed_at);
        Known { collector, observed_at, parts: run.ids.clone() }
    }
}

/// Where reading goes on.
pub struct Resumed<'p> {
    /// What the runs before left.
    pub builder: EstateBuilder<'p>,
    /// What the answers of each collector's latest run came to.
    pub memory: BTreeMap<String, Memory>,
    /// Those runs.
    pub known: Vec<Known>,
    /// Their recordings, where a run has to be read again.
    pub sealed: Vec<Part>,
    /// Runs that follow.
    pub runs: Vec<SealedRun>,
    /// Digest of the file.
    pub digest: String,
}

/// Goes on from what the newest evaluation left, where that fits the question; `first` is the earliest time asked about.
pub fn resume<'p>(
    store: &Store,
    question: &Question<'p>,
    outline: &Outline,
    first: Timestamp,
) -> Result<Option<Resumed<'p>>, Error> {
    let Some((digest, head, bytes)) = outline.carried.as_ref().and_then(|digest| read(store, question, digest)) else {
        return Ok(None);
    };
    let Some((at, collector)) = head.runs.last().map(|run| (run.observed_at, run.collector.clone())) else {
        return Ok(None);
    };
    let ids: BTreeMap<&str, usize> =
        head.runs.iter().flat_map(|run| &run.parts).map(|(id, batches)| (id.as_str(), *batches)).collect();
    let (sealed, new): (Vec<Part>, Vec<Part>) =
        outline.parts.iter().cloned().partition(|part| ids.get(part.run.as_str()) == Some(&part.batches()));
    // All that it knows is there, and all that it does not know comes later: otherwise the past is another one.
    if sealed.len() != ids.len() || first < at || new.iter().any(|part| part.observed_at < at) {
        return Ok(None);
    }
    let runs = recall::gather(store, new)?;
    if runs.iter().any(|run| (run.run.observed_at, &run.run.collector) <= (at, &collector)) {
        return Ok(None);
    }
    let builder = EstateBuilder::resume(&question.config.policy, question.as_of, &bytes[head.builder..]);
    let memory = Memory::resume(&bytes[head.memory..head.builder]);
    Ok(builder.zip(memory).map(|(builder, memory)| Resumed {
        builder,
        memory,
        known: head.runs,
        sealed,
        runs,
        digest: digest.clone(),
    }))
}

struct Read {
    runs: Vec<Known>,
    /// Where the memory begins, and where it ends and the rest begins.
    memory: usize,
    builder: usize,
}

/// The file, where it is what it is named and of this policy and edition.
fn read<'d>(store: &Store, question: &Question<'_>, digest: &'d String) -> Option<(&'d String, Read, Vec<u8>)> {
    let bytes = fs::read(store.dir().join(FOLDER).join(digest)).ok()?;
    if sha256(&bytes).to_string() != *digest {
        return None;
    }
    let memory = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    let head: Head = serde_json::from_slice(&bytes[..memory]).ok()?;
    let builder = memory.checked_add(head.memory).filter(|builder| *builder <= bytes.len())?;
    let fits = head.form == CARRIED_FORM && head.edition == pipeline::edition() && head.policy == policy(question);
    fits.then_some((digest, Read { runs: head.runs, memory, builder }, bytes))
}

fn policy(question: &Question<'_>) -> String {
    sha256(question.config.text.as_bytes()).to_string()
}

/// Of the runs before and those read since.
pub fn known(before: Vec<Known>, since: &[SealedRun]) -> Vec<Known> {
    before.into_iter().chain(since.iter().map(Known::of)).collect()
}

/// What is left for the next evaluation.
pub struct Left<'a> {
    /// What runs leave.
    pub builder: &'a EstateBuilder<'a>,
    /// What the answers of each collector's latest run came to.
    pub memory: &'a BTreeMap<String, Memory>,
    /// The runs.
    pub runs: Vec<Known>,
}

/// Leaves what the next evaluation goes on from. Gives its digest, or nothing where it cannot be written: then the next
/// one reads every answer again.
pub fn leave(store: &Store, question: &Question<'_>, left: Left<'_>) -> Option<String> {
    let Left { builder, memory, runs } = left;
    let mut remembered = Vec::new();
    Memory::carry(memory, &mut |bytes| remembered.extend_from_slice(bytes));
    let (edition, policy) = (pipeline::edition(), policy(question));
    let head = Head { form: CARRIED_FORM, edition, policy, runs, memory: remembered.len() };
    let folder = store.dir().join(FOLDER);
    let draft = folder.join("draft");
    let written = write(&folder, &draft, &head, &remembered, builder);
    let placed = written.and_then(|digest| fs::rename(&draft, folder.join(&digest)).map(|()| digest));
    if placed.is_err() {
        let _ = fs::remove_file(&draft);
    }
    placed.ok()
}

fn write(folder: &Path, draft: &Path, head: &Head, memory: &[u8], builder: &EstateBuilder<'_>) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(fs::File::create(draft)?);
    let mut hasher = sha2::Sha256::new();
    let mut result = Ok(());
    let mut put = |bytes: &[u8]| {
        hasher.update(bytes);
        if result.is_ok() {
            result = file.write_all(bytes);
        }
    };
    put(&serde_json::to_vec(head)?);
    put(b"\n");
    put(memory);
    builder.carry(&mut put);
    result?;
    file.flush()?;
    Ok(patchseal_log::Digest(hasher.finalize().into()).to_string())
}

/// Removes what no evaluation goes on from any more.
pub fn tidy(dir: &Path, digest: &str) {
    let Ok(entries) = fs::read_dir(dir.join(FOLDER)) else { return };
    for entry in entries.flatten().filter(|entry| *entry.file_name() != *digest) {
        let _ = fs::remove_file(entry.path());
    }
}
