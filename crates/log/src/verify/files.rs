//! Every file under `log/` and `packs/`, and what its name says it is.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::error::At as _;
use crate::{Digest, Result};

/// Hashes or leaves in a full tile or bundle.
pub(super) const WIDTH: u64 = 256;
/// Levels a tree of 2^64 leaves can have.
pub(super) const LEVELS: u8 = 8;

/// Folder of `log/tile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Entries,
    Level(u8),
}

impl Folder {
    /// Leaves below one hash of the folder, as a power of two.
    fn shift(self) -> u32 {
        match self {
            Folder::Entries => 0,
            Folder::Level(level) => 8 * u32::from(level),
        }
    }

    /// Index and width of the tile that a log of `size` leaves leaves unfinished; width 0 is no tile.
    pub(super) fn edge(self, size: u64) -> (u64, u64) {
        let hashes = size >> self.shift();
        (hashes >> 8, hashes & 255)
    }

    pub(super) fn first_leaf(self, index: u64) -> u64 {
        index.checked_shl(self.shift() + 8).unwrap_or(u64::MAX)
    }

    /// Path of a tile, relative to the store.
    pub(super) fn path(self, index: u64, width: u64) -> String {
        let digits = index.to_string();
        let padded = format!("{digits:0>length$}", length = digits.len().div_ceil(3) * 3);
        let (above, last) = padded.split_at(padded.len() - 3);
        let mut path = match self {
            Folder::Entries => "log/tile/entries/".to_owned(),
            Folder::Level(level) => format!("log/tile/{level}/"),
        };
        for (position, digit) in above.chars().enumerate() {
            path.push_str(if position % 3 == 0 { "x" } else { "" });
            path.push(digit);
            path.push_str(if position % 3 == 2 { "/" } else { "" });
        }
        path.push_str(last);
        if width == WIDTH { path } else { format!("{path}.p/{width}") }
    }
}

/// What a file is, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    Checkpoint,
    Tile { folder: Folder, index: u64, width: u64 },
    Pack(Digest),
    Unknown(&'static str),
}

/// All files, by path relative to the store.
pub(super) struct Files {
    pub(super) names: BTreeMap<String, Name>,
}

impl Files {
    pub(super) fn list(dir: &Path) -> Result<Self> {
        let mut files = Files { names: BTreeMap::new() };
        for folder in ["log", "packs"] {
            files.enter(dir, folder)?;
        }
        Ok(files)
    }

    /// Number of tiles and bundles, of any width.
    pub(super) fn tiles(&self) -> u64 {
        self.names.values().filter(|name| matches!(name, Name::Tile { .. })).count() as u64
    }

    fn enter(&mut self, dir: &Path, relative: &str) -> Result<()> {
        let folder = dir.join(relative);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.reading(&folder)?,
        };
        for entry in entries {
            let entry = entry.reading(&folder)?;
            let path = format!("{relative}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().reading(entry.path())?;
            if kind.is_dir() {
                self.enter(dir, &path)?;
            } else {
                let name = if kind.is_file() {
                    name(&path)
                } else {
                    Name::Unknown("is not a regular file; expected none but those")
                };
                self.names.insert(path, name);
            }
        }
        Ok(())
    }
}

/// Reads a name. Only the one spelling a path has is accepted.
pub(super) fn name(path: &str) -> Name {
    if path == "log/checkpoint" {
        return Name::Checkpoint;
    }
    if path.starts_with("packs/") {
        return pack_name(path).map_or(Name::Unknown("is not a pack; expected packs/ab/<digest>.pack"), Name::Pack);
    }
    match tile_name(path) {
        Some((folder, index, width)) => Name::Tile { folder, index, width },
        None => Name::Unknown("is not a file of a log; expected the checkpoint, tiles and entry bundles"),
    }
}

fn pack_name(path: &str) -> Option<Digest> {
    let (prefix, file) = path.strip_prefix("packs/")?.split_once('/')?;
    let text = file.strip_suffix(".pack")?;
    text.starts_with(prefix).then_some(())?;
    if prefix.len() == 2 { text.parse().ok() } else { None }
}

fn tile_name(path: &str) -> Option<(Folder, u64, u64)> {
    let (folder, rest) = path.strip_prefix("log/tile/")?.split_once('/')?;
    let folder = match folder {
        "entries" => Folder::Entries,
        level => Folder::Level(level.parse().ok().filter(|level| *level < LEVELS)?),
    };
    let (number, width) =
        rest.split_once(".p/").map_or((rest, Some(WIDTH)), |(number, width)| (number, width.parse().ok()));
    let digits = number.replace("/x", "").replace(['x', '/'], "");
    let (index, width) = (digits.parse().ok()?, width.filter(|width| (1..=WIDTH).contains(width))?);
    (folder.path(index, width) == path).then_some((folder, index, width))
}

/// What is wrong with a partial tile or bundle that a wider one replaced: it must begin like that one.
pub(super) fn superseded(dir: &Path, path: &str, folder: Folder, index: u64, width: u64, size: u64) -> Option<String> {
    let (edge, edge_width) = folder.edge(size);
    let wider = folder.path(index, if index < edge { WIDTH } else { edge_width });
    let (Ok(old), Ok(new)) = (fs::read(dir.join(path)), fs::read(dir.join(&wider))) else {
        return Some(format!("is superseded, but it or {wider} cannot be read"));
    };
    let right_length = match folder {
        Folder::Level(_) => old.len() as u64 == 32 * width,
        Folder::Entries => super::tree::entries(&old).is_some_and(|leaves| leaves.len() as u64 == width),
    };
    (!right_length || !new.starts_with(&old)).then(|| format!("is superseded; expected it to begin as {wider} does"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tile;

    proptest! {
        #[test]
        fn agrees_with_the_writer_on_every_path(
            index in prop_oneof![0..3000u64, any::<u64>()], width in 1..=256u64, level in 0..8u8,
        ) {
            prop_assert_eq!(Folder::Entries.path(index, width), tile::path(tile::Kind::Entries, index, width));
            let path = Folder::Level(level).path(index, width);
            prop_assert_eq!(&path, &tile::path(tile::Kind::Hashes(level), index, width));
            prop_assert_eq!(name(&path), Name::Tile { folder: Folder::Level(level), index, width });
        }

        #[test]
        fn any_text_is_a_name_or_is_not(text in ".{0,60}", tail in "[x0-9./p]{0,40}") {
            name(&text);
            let made = format!("log/tile/entries/{tail}");
            if let Name::Tile { folder, index, width } = name(&made) {
                prop_assert_eq!(folder.path(index, width), made);
            }
        }
    }
}
