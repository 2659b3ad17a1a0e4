//! What opening a store does before the first append: rebuild the edge from the partial tiles, refuse to go on if
//! they are not those of the checkpoint, and remove what an interrupted append left.

use std::fs;
use std::io;
use std::path::Path;

use crate::bundle::Bundle;
use crate::digest::leaf_hash;
use crate::disk::Disk;
use crate::edge::Edge;
use crate::error::At as _;
use crate::tile::{self, Kind};
use crate::{Checkpoint, Digest, Error, Result};

/// The right edge of the log and the bytes of its partial entry bundle.
pub(super) fn edge(dir: &Path, checkpoint: &Checkpoint) -> Result<(Edge, Vec<u8>)> {
    let damaged = |path: &Path, reason: String| Error::Damaged { path: path.into(), reason };
    let edge = Edge::load(checkpoint.size, |kind, index, width| {
        let path = dir.join(tile::path(kind, index, width));
        let bytes = read_needed(&path)?;
        if bytes.len() as u64 != 32 * width {
            return Err(damaged(&path, format!("it has {} bytes, expected {} hashes of 32 bytes", bytes.len(), width)));
        }
        Ok(bytes.as_chunks::<32>().0.iter().map(|hash| Digest(*hash)).collect())
    })?;
    if edge.root() != checkpoint.root {
        let reason = format!(
            "its root is {}, but the partial tiles of {} leaves give {}; nothing was changed",
            checkpoint.root,
            checkpoint.size,
            edge.root()
        );
        return Err(damaged(&dir.join("log/checkpoint"), reason));
    }
    let (index, width) = Kind::Entries.edge(checkpoint.size);
    if width == 0 {
        return Ok((edge, Vec::new()));
    }
    let path = dir.join(tile::path(Kind::Entries, index, width));
    let bytes = read_needed(&path)?;
    let length = bytes.len();
    let bundle = Bundle::parse(bytes, width as usize)
        .ok_or_else(|| damaged(&path, format!("it does not hold {width} leaves")))?;
    for (position, (leaf, expected)) in (index * tile::WIDTH..).zip(bundle.iter().zip(edge.partial(0))) {
        if leaf_hash(leaf) != *expected {
            return Err(damaged(&path, format!("leaf {position} hashes to {}, expected {expected}", leaf_hash(leaf))));
        }
    }
    let entries = bundle.into_bytes();
    if entries.len() != length {
        return Err(damaged(&path, format!("it has {length} bytes, but its {width} leaves end at {}", entries.len())));
    }
    Ok((edge, entries))
}

/// A file the checkpoint cannot be without: its absence is damage, not a failure to read.
fn read_needed(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::Damaged { path: path.into(), reason: "it is missing, and the checkpoint needs it".to_owned() })
        }
        bytes => bytes.reading(path),
    }
}

/// Removes files aside, tiles the checkpoint does not cover and partial tiles that later ones supersede.
pub(super) fn sweep(disk: &dyn Disk, dir: &Path, size: u64) -> Result<()> {
    let aside = dir.join("tmp");
    disk.create_dir(&aside).writing(&aside)?;
    for entry in fs::read_dir(&aside).reading(&aside)? {
        let path = entry.reading(&aside)?.path();
        disk.remove(&path).writing(&path)?;
    }
    sweep_folder(disk, dir, "log/tile", size)
}

fn sweep_folder(disk: &dyn Disk, dir: &Path, relative: &str, size: u64) -> Result<()> {
    let folder = dir.join(relative);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.reading(&folder)?,
    };
    let mut removed = false;
    for entry in entries {
        let entry = entry.reading(&folder)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let relative = format!("{relative}/{name}");
        if entry.file_type().reading(entry.path())?.is_dir() {
            sweep_folder(disk, dir, &relative, size)?;
            // Goes only if nothing is in it.
            let _ = fs::remove_dir(entry.path());
        } else if let Some((kind, index, width)) = tile::parse(&relative)
            && !needed(kind, index, width, size)
        {
            disk.remove(&entry.path()).writing(entry.path())?;
            removed = true;
        }
    }
    // What came back after the log had grown past it would look like damage.
    if removed { disk.sync_dir(&folder).writing(&folder) } else { Ok(()) }
}

fn needed(kind: Kind, index: u64, width: u64, size: u64) -> bool {
    let edge = kind.edge(size);
    (index, width) == edge || (width == tile::WIDTH && index < edge.0)
}
