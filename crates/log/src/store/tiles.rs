//! Tiles read with proof: a full tile is believed when its root is the hash its parent tile holds, and the edge
//! when its root is the checkpoint's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::digest::node_hash;
use crate::edge::{Edge, complete_root};
use crate::error::At as _;
use crate::tile::{self, Kind, WIDTH};
use crate::{Checkpoint, Digest, Error, Result};

/// Tiles kept: the ancestors of the tile in use, several times over.
const HELD: usize = 32;

#[derive(Debug)]
pub(super) struct Tiles {
    dir: PathBuf,
    edge: Edge,
    held: Mutex<Vec<Held>>,
}

type Held = ((u8, u64), Arc<Vec<Digest>>);

impl Tiles {
    pub(super) fn open(dir: &Path, checkpoint: &Checkpoint) -> Result<Self> {
        let edge = Edge::load(checkpoint.size, |kind, index, width| {
            let (path, bytes) = read_tile(dir, kind, index, width)?;
            hashes(&path, &bytes, width)
        })?;
        if edge.root() != checkpoint.root {
            let reason = format!("the partial tiles give the root {}, expected {}", edge.root(), checkpoint.root);
            return Err(Error::Damaged { path: dir.join("log/tile"), reason });
        }
        Ok(Tiles { dir: dir.into(), edge, held: Mutex::new(Vec::new()) })
    }

    /// Hashes of a tile that is within the log, traced to the checkpoint.
    pub(super) fn tile(&self, level: u8, index: u64) -> Result<Arc<Vec<Digest>>> {
        if Kind::Hashes(level).edge(self.edge.size()).0 == index {
            return Ok(Arc::new(self.edge.partial(level).to_vec()));
        }
        if let Some(held) = self.held(level, index) {
            return Ok(held);
        }
        let (path, bytes) = self.read(Kind::Hashes(level), index, WIDTH)?;
        let hashes = hashes(&path, &bytes, WIDTH)?;
        let parent = self.tile(level + 1, index / WIDTH)?;
        let expected = parent.get((index % WIDTH) as usize);
        let found = complete_root(&hashes);
        if expected != Some(&found) {
            let expected = expected.map_or_else(|| "none".to_owned(), Digest::to_string);
            return Err(Error::Damaged { path, reason: format!("its root is {found}, expected {expected}") });
        }
        let hashes = Arc::new(hashes);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() == HELD {
            held.remove(0);
        }
        held.push(((level, index), Arc::clone(&hashes)));
        Ok(hashes)
    }

    fn held(&self, level: u8, index: u64) -> Option<Arc<Vec<Digest>>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let at = held.iter().position(|(name, _)| *name == (level, index))?;
        let found = held.remove(at);
        let hashes = Arc::clone(&found.1);
        held.push(found);
        Some(hashes)
    }

    /// Bytes of a tile or bundle of which at least `width` hashes or leaves are wanted.
    pub(super) fn read(&self, kind: Kind, index: u64, width: u64) -> Result<(PathBuf, Vec<u8>)> {
        read_tile(&self.dir, kind, index, width)
    }

    /// RFC 6962 §2.1.1 audit path of a leaf, from its sibling to the child of the root.
    pub(super) fn inclusion(&self, index: u64) -> Result<Vec<Digest>> {
        let (mut from, mut to) = (0, self.edge.size());
        let mut path = Vec::new();
        while to - from > 1 {
            let middle = from + (to - from).next_power_of_two() / 2;
            if index < middle {
                path.push(self.subtree(middle, to)?);
                to = middle;
            } else {
                path.push(self.subtree(from, middle)?);
                from = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// Root over the leaves `from..to`, a range that RFC 6962 splits off.
    fn subtree(&self, from: u64, to: u64) -> Result<Digest> {
        let width = to - from;
        if width.is_power_of_two() {
            let height = width.trailing_zeros();
            let (level, within) = ((height / 8) as u8, height % 8);
            let first = from >> (8 * u32::from(level));
            let tile = self.tile(level, first / WIDTH)?;
            let start = (first % WIDTH) as usize;
            return match tile.get(start..start + (1 << within)) {
                Some(hashes) => Ok(complete_root(hashes)),
                None => Err(Error::NoSuchLeaf { index: to - 1, size: self.edge.size() }),
            };
        }
        let middle = from + width.next_power_of_two() / 2;
        Ok(node_hash(&self.subtree(from, middle)?, &self.subtree(middle, to)?))
    }
}

fn hashes(path: &Path, bytes: &[u8], width: u64) -> Result<Vec<Digest>> {
    let found: Vec<_> = bytes.as_chunks::<32>().0.iter().take(width as usize).map(|hash| Digest(*hash)).collect();
    if found.len() as u64 == width {
        return Ok(found);
    }
    let reason = format!("it has {} bytes, expected {width} hashes of 32 bytes", bytes.len());
    Err(Error::Damaged { path: path.into(), reason })
}

/// A writer removes a partial tile once a wider one replaces it, and that one begins with the same hashes or leaves.
fn read_tile(dir: &Path, kind: Kind, index: u64, width: u64) -> Result<(PathBuf, Vec<u8>)> {
    let exact = dir.join(tile::path(kind, index, width));
    let mut candidates = vec![exact.clone()];
    if width < WIDTH {
        candidates.extend((width + 1..=WIDTH).rev().map(|wider| dir.join(tile::path(kind, index, wider))));
    }
    for path in candidates {
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            bytes => return Ok((path.clone(), bytes.reading(path)?)),
        }
    }
    Err(Error::Damaged { path: exact, reason: "it is missing, and the checkpoint needs it".to_owned() })
}
