//! Lines of a delta: what came or changed, with its row, and what went.

use crate::error::Error;
use patchseal_log::{Frame, PackBuilder, Place, Store, compress, sha256};
use patchseal_render::history::{Key, Table};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A line as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Line<'a> {
    pub(super) table: Table,
    /// 16 hexadecimal digits.
    pub(super) id: String,
    /// The row; none where it went.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<&'a RawValue>,
    /// What may differ from one evaluation to the next without anything having changed, such as an age in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

impl Line<'_> {
    pub(super) fn key(&self) -> Option<Key> {
        (self.id.len() == 16).then(|| u64::from_str_radix(&self.id, 16).ok()).flatten().map(|id| (self.table, id))
    }
}

/// Digest of a row, short: it is only ever compared with the row of the same key.
pub(super) fn print(row: &str) -> u64 {
    u64::from_be_bytes(sha256(row.as_bytes()).0.first_chunk().copied().unwrap_or_default())
}

/// The manifest of a delta's pack.
#[derive(Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) schema: String,
    /// Lines here.
    pub(super) lines: u64,
    /// Lines here and in all that this one rests on, back to one that rests on nothing, which does not count.
    pub(super) chain: u64,
    /// Rows of the whole state.
    pub(super) rows: u64,
    /// Pieces, each lines as a whole.
    pub(super) frames: Vec<Piece>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Piece {
    bytes: u64,
    length: u32,
    offset: u64,
    sha256: String,
}

pub(super) const SCHEMA: &str = "patchseal.delta/v1";

/// Bytes of lines in one piece: all of a large estate's are never in memory at once.
const PIECE: usize = 1 << 20;

/// Puts lines into a pack.
#[derive(Default)]
pub(super) struct Writer {
    pack: PackBuilder,
    buffer: Vec<u8>,
    frames: Vec<Piece>,
    pub(super) lines: u64,
}

impl Writer {
    pub(super) fn put(&mut self, lines: u64, bytes: &[u8]) {
        self.lines += lines;
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.close();
        }
    }

    fn close(&mut self) {
        let Frame { digest, raw, compressed } = compress(&self.buffer);
        self.buffer.clear();
        let Place { offset, length } = self.pack.push(Frame { digest, raw, compressed });
        self.frames.push(Piece { bytes: raw, length, offset, sha256: digest.to_string() });
    }

    pub(super) fn finish(mut self, chain: u64, rows: u64) -> patchseal_log::Pack {
        if !self.buffer.is_empty() {
            self.close();
        }
        let manifest = Manifest { schema: SCHEMA.to_owned(), lines: self.lines, chain, rows, frames: self.frames };
        self.pack.finish(&serde_json::to_vec(&manifest).unwrap_or_default())
    }
}

/// Reads a delta's lines in their order, and its manifest.
pub(super) fn read(
    store: &Store,
    leaf: u64,
    delta: &str,
    mut take: impl FnMut(Key, Option<&str>, Option<String>),
) -> Result<Manifest, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason: format!("its delta: {reason}") };
    let digest = delta.parse().map_err(|_| wrong(format!("{delta:?} is no digest")))?;
    let pack = store.pack(&digest)?;
    let manifest: Manifest =
        serde_json::from_slice(&pack.manifest()?).map_err(|error| wrong(format!("its manifest: {error}")))?;
    for piece in &manifest.frames {
        let bytes = pack.body(Place { offset: piece.offset, length: piece.length }, piece.bytes)?;
        if sha256(&bytes).to_string() != piece.sha256 {
            return Err(wrong(format!("a piece does not hash to {}", piece.sha256)));
        }
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Line<'_> = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
            let key = line.key().ok_or_else(|| wrong(format!("{:?} is no id", line.id)))?;
            take(key, line.row.map(RawValue::get), line.note);
        }
    }
    Ok(manifest)
}
