//! Reading a store. Every leaf handed out has been traced to the signed checkpoint: leaf to tile, tile to the tile
//! above, up to the right edge, whose root is the checkpoint's.

mod tiles;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bundle::Bundle;
use crate::digest::leaf_hash;
use crate::edge::Edge;
use crate::error::At as _;
use crate::tile::{Kind, WIDTH};
use crate::{Checkpoint, Digest, Error, PackReader, Result};
use tiles::Tiles;

/// Packs kept open. A report reads one batch after the other; a few stay in use at once.
const OPEN_PACKS: usize = 32;

/// A store opened for reading, at the checkpoint it had then. Takes no lock; many threads may use it at once.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    checkpoint: Checkpoint,
    note: String,
    tiles: Tiles,
    /// The bundle read last: leaves are mostly asked for in order.
    bundle: Mutex<Option<(u64, Arc<Bundle>)>>,
    packs: Mutex<Vec<(Digest, PackReader)>>,
}

impl Store {
    /// Opens the store in `dir` at its current checkpoint, which must carry the signature of its `log.vkey`.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let mut note = read_note(dir)?;
        loop {
            match Self::open_at(dir, note.clone()) {
                Ok(store) => return Ok(store),
                Err(error) => {
                    // A writer may have replaced the partial tiles between our two looks.
                    let newer = read_note(dir)?;
                    if newer == note {
                        return Err(error);
                    }
                    note = newer;
                }
            }
        }
    }

    fn open_at(dir: &Path, note: String) -> Result<Self> {
        let path = dir.join("log.vkey");
        let vkey = fs::read_to_string(&path).reading(path)?;
        let checkpoint = Checkpoint::verify(&note, &vkey)?;
        let tiles = Tiles::open(dir, &checkpoint)?;
        let (bundle, packs) = (Mutex::new(None), Mutex::new(Vec::new()));
        Ok(Store { dir: dir.into(), checkpoint, note, tiles, bundle, packs })
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The checkpoint this reader stands at.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note of that checkpoint, as stored: what to keep elsewhere.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The leaf at `index`, traced to the checkpoint.
    pub fn leaf(&self, index: u64) -> Result<Vec<u8>> {
        if index >= self.checkpoint.size {
            return Err(Error::NoSuchLeaf { index, size: self.checkpoint.size });
        }
        let bundle = self.bundle(index / WIDTH)?;
        let leaf = bundle.leaf((index % WIDTH) as usize);
        leaf.map(<[u8]>::to_vec).ok_or(Error::NoSuchLeaf { index, size: self.checkpoint.size })
    }

    /// Leaves from `from` up to, not including, `to`; a range beyond the log ends with it. Holds one bundle at a time.
    pub fn leaves(&self, range: std::ops::Range<u64>) -> Leaves<'_> {
        Leaves { store: self, next: range.start, end: range.end.min(self.checkpoint.size), bundle: None }
    }

    /// Root that the log had when it held `size` leaves. Reads all of them.
    pub fn root_at(&self, size: u64) -> Result<Digest> {
        if size > self.checkpoint.size {
            return Err(Error::NoSuchLeaf { index: size, size: self.checkpoint.size });
        }
        if size == self.checkpoint.size {
            return Ok(self.checkpoint.root);
        }
        let mut edge = Edge::empty();
        for leaf in self.leaves(0..size) {
            edge.push(&leaf?, |_| ());
        }
        Ok(edge.root())
    }

    /// Inclusion proof of the leaf at `index`, as text of c2sp.org/tlog-proof@v1 with the checkpoint of this reader.
    pub fn prove(&self, index: u64) -> Result<String> {
        let leaf = leaf_hash(&self.leaf(index)?);
        let path = self.tiles.inclusion(index)?;
        let proof = crate::Proof { index, path, note: self.note.clone() };
        proof.holds(&self.checkpoint, leaf)?;
        Ok(proof.to_string())
    }

    /// Opens a pack.
    pub fn pack(&self, digest: &Digest) -> Result<PackReader> {
        let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = packs.iter().position(|(held, _)| held == digest) {
            let found = packs.remove(at);
            packs.push(found);
        } else {
            let opened = PackReader::open(&self.dir, digest)?;
            if packs.len() == OPEN_PACKS {
                packs.remove(0);
            }
            packs.push((*digest, opened));
        }
        // Pushed last in both branches.
        packs
            .last()
            .map(|(_, pack)| pack.clone())
            .ok_or_else(|| Error::PackAbsent { digest: *digest, path: self.dir.clone() })
    }

    fn bundle(&self, index: u64) -> Result<Arc<Bundle>> {
        let held = self.bundle.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, bundle)) = held.filter(|(held, _)| *held == index) {
            return Ok(bundle);
        }
        let hashes = self.tiles.tile(0, index)?;
        let (path, bytes) = self.tiles.read(Kind::Entries, index, hashes.len() as u64)?;
        let damaged = |reason: String| Error::Damaged { path: path.clone(), reason };
        let bundle = Bundle::parse(bytes, hashes.len())
            .ok_or_else(|| damaged(format!("it does not hold {} leaves", hashes.len())))?;
        for (leaf, (found, expected)) in (index * WIDTH..).zip(bundle.iter().map(leaf_hash).zip(hashes.iter())) {
            if found != *expected {
                return Err(damaged(format!("leaf {leaf} hashes to {found}, expected {expected}")));
            }
        }
        let bundle = Arc::new(bundle);
        *self.bundle.lock().unwrap_or_else(PoisonError::into_inner) = Some((index, Arc::clone(&bundle)));
        Ok(bundle)
    }
}

/// Leaves in order, read bundle by bundle. After an error it ends.
#[derive(Debug)]
pub struct Leaves<'a> {
    store: &'a Store,
    next: u64,
    end: u64,
    bundle: Option<Arc<Bundle>>,
}

impl Iterator for Leaves<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        if self.bundle.is_none() || self.next.is_multiple_of(WIDTH) {
            match self.store.bundle(self.next / WIDTH) {
                Ok(bundle) => self.bundle = Some(bundle),
                Err(error) => {
                    self.end = self.next;
                    return Some(Err(error));
                }
            }
        }
        let leaf = self.bundle.as_ref()?.leaf((self.next % WIDTH) as usize)?.to_vec();
        self.next += 1;
        Some(Ok(leaf))
    }
}

fn read_note(dir: &Path) -> Result<String> {
    let path = dir.join("log/checkpoint");
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Absent { path }),
        note => note.reading(path),
    }
}
