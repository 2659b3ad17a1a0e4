//! The files of one recording on their way into packs, batch by batch.

use super::stored::Stored;
use super::{BUILT_IN, Cut, ImportedFile, Prepared};
use crate::error::Error;
use crate::manifest::{Entry, MANIFEST, Manifest, RunEntry};
use crate::recording::Recording;
use crate::store::Opened;
use patchseal_core::scope::Scope;
use patchseal_log::{Frame, PackBuilder, sha256};

/// A recording on its way into packs.
pub(super) struct Sealing {
    run: RunEntry,
    cut: Cut,
    builder: PackBuilder,
    /// What the builder holds.
    entries: Vec<Entry>,
    rows: u64,
    /// Paths and digests so far: what makes two recordings the same.
    pub(super) identity: String,
    lifecycle_given: bool,
    pub(super) files: Vec<ImportedFile>,
    pub(super) sealed: Vec<SealedBatch>,
}

impl Sealing {
    pub(super) fn new(recording: &Recording, cut: Cut) -> Sealing {
        Sealing {
            run: RunEntry {
                collector: recording.collector.clone(),
                observed_at: recording.observed_at.to_string(),
                origin: "imported".to_owned(),
                note: recording.note.clone(),
            },
            cut,
            builder: PackBuilder::new(),
            entries: Vec::new(),
            rows: 0,
            identity: String::new(),
            lifecycle_given: false,
            files: Vec::new(),
            sealed: Vec::new(),
        }
    }

    /// Takes files in, in the order of their paths, and closes batches where they are full.
    pub(super) fn take(&mut self, opened: &mut Opened, prepared: Vec<Result<Prepared, Error>>) -> Result<(), Error> {
        for one in prepared {
            let Prepared { entry, frame, report } = one?;
            self.identity.push_str(&format!("{}\0{}\n", entry.path, entry.body.sha256));
            self.lifecycle_given |= entry.operation == patchseal_core::op::LIFECYCLE;
            self.rows += report.tally.rows;
            self.files.push(report);
            self.push(entry, frame);
            if self.builder.raw_bytes() >= self.cut.bytes || self.entries.len() >= self.cut.exchanges {
                self.close(opened)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, mut entry: Entry, frame: Option<Frame>) {
        if let Some(frame) = frame {
            let place = self.builder.push(frame);
            (entry.body.offset, entry.body.length) = (place.offset, place.length);
        }
        self.entries.push(entry);
    }

    fn close(&mut self, opened: &mut Opened) -> Result<(), Error> {
        let exchanges = std::mem::take(&mut self.entries);
        let builder = std::mem::take(&mut self.builder);
        self.sealed.push(put_batch(opened, builder, &self.run, exchanges, std::mem::take(&mut self.rows))?);
        Ok(())
    }

    /// Closes the last batch.
    pub(super) fn finish(mut self, opened: &mut Opened, stored: &Stored) -> Result<Sealing, Error> {
        if !self.lifecycle_given {
            let (entry, frame) = built_in_lifecycle(stored);
            self.push(entry, frame);
        }
        if !self.entries.is_empty() {
            self.close(opened)?;
        }
        Ok(self)
    }
}

/// What a leaf says of a batch.
pub(super) struct SealedBatch {
    pub(super) manifest: String,
    pub(super) pack: String,
    pub(super) exchanges: u64,
    pub(super) failures: u64,
    pub(super) rows: u64,
}

/// Writes a batch's pack. Its leaf follows when the whole recording was read, so that a recording is sealed whole or
/// not at all; the same recording again gives the same packs.
fn put_batch(
    opened: &mut Opened,
    builder: PackBuilder,
    run: &RunEntry,
    exchanges: Vec<Entry>,
    rows: u64,
) -> Result<SealedBatch, Error> {
    let failures = exchanges.iter().filter(|entry| entry.failure.is_some()).count() as u64;
    let count = exchanges.len() as u64;
    let manifest = Manifest { schema: MANIFEST.to_owned(), run: run.clone(), exchanges };
    let bytes = serde_json::to_vec(&manifest).map_err(|error| Error::Usage(error.to_string()))?;
    let pack = builder.finish(&bytes);
    opened.writer.put_pack(&pack)?;
    Ok(SealedBatch {
        manifest: sha256(&bytes).to_string(),
        pack: pack.digest.to_string(),
        exchanges: count,
        failures,
        rows,
    })
}

/// The project's own lifecycle table, sealed with every recording that brings none, so that a verdict can be given
/// again when the table has moved on.
fn built_in_lifecycle(stored: &Stored) -> (Entry, Option<Frame>) {
    let (body, frame) = stored.or_compress(patchseal_sources::feeds::LIFECYCLE_TABLE);
    let entry = Entry {
        operation: patchseal_core::op::LIFECYCLE.to_owned(),
        scope: ["feeds".to_owned(), "lifecycle".to_owned(), Scope::GLOBAL.to_owned()],
        subject: None,
        page: 1,
        path: BUILT_IN.to_owned(),
        status: 200,
        media_type: "application/json".to_owned(),
        body,
        redactions: Vec::new(),
        failure: None,
    };
    (entry, frame)
}
