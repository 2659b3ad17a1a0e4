//! Packs: bodies too large for a leaf, each its own zstd frame behind a manifest, in a file named by the digest of
//! its bytes. A skippable frame in front says how long the manifest is, so that one read finds it and
//! `zstd -dc FILE` still prints everything.

mod reader;

use std::cell::RefCell;

use sha2::{Digest as _, Sha256};
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

pub use reader::PackReader;

use crate::{Digest, sha256};

/// zstd's own default: 0.8 GB/s on one thread, and cloud JSON shrinks to an eighth.
const LEVEL: i32 = 3;
/// Skippable frame of 24 bytes.
const MAGIC: [u8; 8] = [0x50, 0x2A, 0x4D, 0x18, 24, 0, 0, 0];
/// Says what the skippable frame is; another layout gets another tag.
const TAG: [u8; 8] = *b"pack/v1\n";
/// Length of the skippable frame: magic, tag, compressed and raw length of the manifest.
const HEADER: usize = 32;

/// One compressed body.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Digest of the raw bytes.
    pub digest: Digest,
    /// Length of the raw bytes.
    pub raw: u64,
    /// A zstd frame with content size and checksum.
    pub compressed: Vec<u8>,
}

/// Compresses a body. Any number of threads may do so at once.
///
/// # Panics
///
/// When memory runs out inside zstd: it cannot fail otherwise with a buffer of its own bound.
pub fn compress(raw: &[u8]) -> Frame {
    thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = slot.get_or_insert_with(|| {
            let mut compressor = Compressor::new(LEVEL).expect("level 3 exists");
            compressor.set_parameter(CParameter::ChecksumFlag(true)).expect("frames may have a checksum");
            compressor
        });
        let mut compressed = Vec::with_capacity(compress_bound(raw.len()));
        compressor.compress_to_buffer(raw, &mut compressed).expect("the buffer has zstd's own bound");
        // Thousands of these wait in a batch; the bound is an eighth too large at best.
        compressed.shrink_to_fit();
        Frame { digest: sha256(raw), raw: raw.len() as u64, compressed }
    })
}

/// Where a body lies in its pack. Public members: the caller stores them in its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Offset from the end of the manifest frame, so that it can be told before the manifest exists.
    pub offset: u64,
    /// Length of the zstd frame.
    pub length: u32,
}

/// Collects the bodies of a pack.
#[derive(Debug, Default)]
pub struct PackBuilder {
    bodies: Vec<u8>,
    frames: usize,
    raw: u64,
}

impl PackBuilder {
    /// A pack without bodies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a body and says where it will lie.
    ///
    /// # Panics
    ///
    /// When the frame is 4 GiB or longer.
    pub fn push(&mut self, frame: Frame) -> Place {
        let length = u32::try_from(frame.compressed.len()).expect("a frame is shorter than 4 GiB");
        let place = Place { offset: self.bodies.len() as u64, length };
        self.bodies.extend_from_slice(&frame.compressed);
        self.frames += 1;
        self.raw += frame.raw;
        place
    }

    /// Raw bytes of all bodies so far.
    pub fn raw_bytes(&self) -> u64 {
        self.raw
    }

    /// Compressed bytes of all bodies so far.
    pub fn compressed_bytes(&self) -> u64 {
        self.bodies.len() as u64
    }

    /// Number of bodies so far.
    pub fn len(&self) -> usize {
        self.frames
    }

    /// Whether there is no body yet.
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Puts the manifest in front and closes the pack.
    pub fn finish(self, manifest: &[u8]) -> Pack {
        let frame = compress(manifest);
        let mut front = Vec::with_capacity(HEADER + frame.compressed.len());
        front.extend_from_slice(&MAGIC);
        front.extend_from_slice(&TAG);
        front.extend_from_slice(&(frame.compressed.len() as u64).to_le_bytes());
        front.extend_from_slice(&frame.raw.to_le_bytes());
        front.extend_from_slice(&frame.compressed);
        // Moved aside in place: a second copy of all bodies would be the largest thing in memory.
        let mut bytes = self.bodies;
        bytes.splice(0..0, front);
        Pack { digest: Digest(Sha256::digest(&bytes).into()), bytes }
    }
}

/// A finished pack, not yet in a store.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Digest of `bytes`, the name of the pack.
    pub digest: Digest,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Pack {
    /// Where a pack lies, relative to its store.
    pub(crate) fn path(digest: &Digest) -> String {
        let name = digest.to_string();
        format!("packs/{}/{name}.pack", &name[..2])
    }
}
