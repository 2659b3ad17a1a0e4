//! The tree, recomputed from the entry bundles up and compared with every stored hash.
//!
//! Where a bundle and its tile disagree, the hash in the tile above says which of the two is damaged; verification
//! goes on with the sound one, so that one flipped bit gives one problem.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::Problem;
use super::files::{Folder, LEVELS, WIDTH};
use super::leaf::Relies;
use super::root::root;
use crate::Digest;
use crate::digest::leaf_hash;

/// Bundles read before their results are merged: bounds memory, and is plenty for every core.
const CHUNK: u64 = 256;
/// Missing files named one by one before the size itself is doubted.
const MISSING: u64 = 4_096;

/// What the bundles say.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) leaves: u64,
    pub(super) relies: Relies,
    /// Root of each full level-0 tile; `None` where neither bundle nor tile nor parent could be read.
    full: Vec<Option<Digest>>,
    /// Leaf hashes of the bundle the log ends in.
    last: Option<Vec<Digest>>,
    /// Leaf hashes of the bundle in which the checkpoint held elsewhere ends.
    kept: Option<(u64, Vec<Digest>)>,
}

impl Tree {
    /// Root over the first `size` leaves, for the size of the log or the one that was kept.
    pub(super) fn root_at(&self, size: u64) -> Option<Digest> {
        let full: Option<Vec<Digest>> = self.full.get(..(size / WIDTH) as usize)?.iter().copied().collect();
        let width = (size % WIDTH) as usize;
        let kept = self.kept.as_ref().filter(|(index, _)| *index == size / WIDTH).map(|(_, hashes)| hashes);
        // The last bundle may have been settled after it was kept.
        let ends_here = self.full.len() as u64 == size / WIDTH;
        let hashes = if ends_here { self.last.as_ref() } else { kept };
        let partial = if width == 0 { &[] } else { hashes?.get(..width)? };
        Some(root(&full?, partial))
    }
}

/// One bundle and its level-0 tile.
#[derive(Default)]
struct Pair {
    /// Leaf hashes to go on with.
    hashes: Option<Vec<Digest>>,
    /// The tile's own, where nothing but the root can tell which is right.
    other: Option<Vec<Digest>>,
    root: Option<Digest>,
    leaves: u64,
    relies: Relies,
    problems: Vec<Problem>,
}

/// What the tree is held against.
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) root: Digest,
    /// Size at which a root will be asked for later.
    pub(super) keep: Option<u64>,
}

/// `tiles` is the number of tile files there are: the size is only a claim, and work must not follow it for ever.
pub(super) fn check(dir: &Path, head: &Head, tiles: u64, problems: &mut Vec<Problem>) -> Tree {
    let Head { size, keep, .. } = *head;
    let limit = tiles + MISSING;
    let above: Vec<Vec<Option<Digest>>> =
        (1..LEVELS).map(|level| stored_hashes(dir, level, size, limit, problems)).collect();
    let (edge, width) = Folder::Entries.edge(size);
    let mut bundles = edge + u64::from(width > 0);
    if bundles > limit {
        let message = format!("it says {size} leaves; expected no more than {tiles} tile files can hold");
        problems.push(Problem::at(tiles * WIDTH, "log/checkpoint", message));
        bundles = limit;
    }
    let mut tree = Tree::default();
    let mut other = None;
    let mut from = 0;
    while from < bundles {
        let to = bundles.min(from + CHUNK);
        let parent = |index: u64| above[0].get(index as usize).copied().flatten();
        let width_of = |index: u64| if index < edge { WIDTH } else { width };
        let pairs: Vec<Pair> =
            (from..to).into_par_iter().map(|index| examine(dir, index, width_of(index), parent(index))).collect();
        for (index, pair) in (from..to).zip(pairs) {
            tree.leaves += pair.leaves;
            tree.relies.append(pair.relies);
            problems.extend(pair.problems);
            if index < edge {
                tree.full.push(pair.root.or(parent(index)));
            } else {
                tree.last = pair.hashes.clone();
                other = pair.other;
            }
            if keep.is_some_and(|size| size / WIDTH == index) {
                tree.kept = pair.hashes.map(|hashes| (index, hashes));
            }
        }
        from = to;
    }
    compare_above(&tree, &above, problems);
    settle(&mut tree, head, other, problems);
    tree
}

/// Decides about the last bundle and its tile, then compares the root.
fn settle(tree: &mut Tree, head: &Head, other: Option<Vec<Digest>>, problems: &mut Vec<Problem>) {
    let Head { size, root: expected, .. } = *head;
    let computed = tree.root_at(size);
    let (edge, width) = Folder::Entries.edge(size);
    let mut blame = |folder: Folder, message: &str| {
        problems.push(Problem::at(folder.first_leaf(edge), folder.path(edge, width), message));
    };
    if let Some(other) = other {
        let first = other.iter().zip(tree.last.iter().flatten()).position(|(tile, bundle)| tile != bundle).unwrap_or(0);
        let leaf = folder_leaf(edge, first);
        if computed == Some(expected) {
            blame(
                Folder::Level(0),
                &format!(
                    "its hash of leaf {leaf} is not that of the leaf in the entry bundle, which the checkpoint confirms"
                ),
            );
            return;
        }
        let bundle = tree.last.replace(other);
        if tree.root_at(size) == Some(expected) {
            tree.leaves -= bundle.map_or(0, |hashes| hashes.len() as u64);
            blame(
                Folder::Entries,
                &format!("leaf {leaf} does not hash to what the tile says, which the checkpoint confirms"),
            );
            return;
        }
        blame(Folder::Entries, &format!("leaf {leaf} does not hash to what the tile says, and the root fits neither"));
        blame(
            Folder::Level(0),
            &format!("its hash of leaf {leaf} is not that of the leaf in the entry bundle, and the root fits neither"),
        );
        tree.last = bundle;
    }
    match computed {
        Some(root) if root == expected => {}
        Some(root) => {
            let message =
                format!("its root of {size} leaves is {expected}; expected {root}, recomputed from the entry bundles");
            problems.push(Problem::at(0, "log/checkpoint", message));
        }
        // What could not be read is a problem of its own already.
        None => {}
    }
}

fn folder_leaf(index: u64, position: usize) -> u64 {
    index * WIDTH + position as u64
}

/// All hashes stored at a level, `None` where a tile is unreadable.
fn stored_hashes(dir: &Path, level: u8, size: u64, limit: u64, problems: &mut Vec<Problem>) -> Vec<Option<Digest>> {
    let folder = Folder::Level(level);
    let (edge, width) = folder.edge(size);
    let mut hashes = Vec::new();
    for index in 0..limit.min(edge + u64::from(width > 0)) {
        let width = if index < edge { WIDTH } else { width };
        match tile(dir, folder, index, width) {
            Ok(tile) => hashes.extend(tile.into_iter().map(Some)),
            Err(problem) => {
                problems.push(problem);
                hashes.extend((0..width).map(|_| None));
            }
        }
    }
    hashes
}

/// Compares every hash above level 0 with what the tiles below give.
fn compare_above(tree: &Tree, above: &[Vec<Option<Digest>>], problems: &mut Vec<Problem>) {
    let mut computed = tree.full.clone();
    for (level, stored) in (1u8..).zip(above) {
        let folder = Folder::Level(level);
        for (position, (computed, stored)) in (0u64..).zip(computed.iter().zip(stored)) {
            if let (Some(computed), Some(stored)) = (computed, stored)
                && computed != stored
            {
                let (index, first) = (position / WIDTH, folder.first_leaf(position) / WIDTH);
                let width = (stored_width(position, above[usize::from(level) - 1].len() as u64)).min(WIDTH);
                let last = first + (folder.first_leaf(1) / WIDTH) - 1;
                let message = format!(
                    "its hash of leaves {first} to {last} is {stored}; expected {computed}, recomputed from below"
                );
                problems.push(Problem::at(first, folder.path(index, width), message));
            }
        }
        computed = computed
            .chunks_exact(WIDTH as usize)
            .map(|tile| tile.iter().copied().collect::<Option<Vec<_>>>().map(|hashes| root(&[], &hashes)))
            .collect();
    }
}

/// Width of the tile that holds the hash at `position` of a level of `count` hashes.
fn stored_width(position: u64, count: u64) -> u64 {
    count - position / WIDTH * WIDTH
}

fn examine(dir: &Path, index: u64, width: u64, parent: Option<Digest>) -> Pair {
    let mut pair = Pair::default();
    let path = Folder::Entries.path(index, width);
    let first = folder_leaf(index, 0);
    let range = format!("leaves {first} to {}", first + width - 1);
    let bundle = match fs::read(dir.join(&path)) {
        Err(error) => Err(format!("cannot be read: {error}; expected {range}")),
        Ok(bytes) => match entries(&bytes) {
            Some(leaves) if leaves.len() as u64 == width => {
                for (index, leaf) in (first..).zip(&leaves) {
                    pair.relies.read(index, leaf, &path);
                }
                Ok(leaves.into_iter().map(leaf_hash).collect::<Vec<_>>())
            }
            _ => Err(format!("its lengths do not add up; expected {range}")),
        },
    };
    let tile = tile(dir, Folder::Level(0), index, width);
    let root_of = |hashes: &[Digest]| (width == WIDTH).then(|| root(&[], hashes));
    match (bundle, tile) {
        (Ok(bundle), Ok(tile)) if bundle == tile => {
            pair.leaves = width;
            pair.root = root_of(&bundle);
            pair.hashes = Some(bundle);
        }
        (Ok(bundle), Ok(tile)) => {
            let wrong: Vec<u64> =
                (first..).zip(bundle.iter().zip(&tile)).filter(|(_, (a, b))| a != b).map(|(leaf, _)| leaf).collect();
            let (leaf, count) = (wrong.first().copied().unwrap_or(first), wrong.len());
            let blame_bundle = Problem::at(
                leaf,
                &path,
                format!("{count} of {range} do not hash to what the tile says, first leaf {leaf}"),
            );
            let tile_path = Folder::Level(0).path(index, width);
            let blame_tile = Problem::at(
                leaf,
                tile_path,
                format!("{count} of its hashes are not those of the entry bundle, first that of leaf {leaf}"),
            );
            if width < WIDTH {
                pair.leaves = width;
                pair.other = Some(tile);
                pair.hashes = Some(bundle);
            } else if parent.is_some() && parent == root_of(&tile) {
                pair.problems.push(blame_bundle);
                pair.relies = Relies::default();
                pair.root = parent;
                pair.hashes = Some(tile);
            } else {
                pair.problems.push(blame_tile);
                pair.leaves = width;
                pair.root = root_of(&bundle);
                if parent.is_none() || parent != pair.root {
                    pair.problems.push(blame_bundle);
                    pair.leaves = 0;
                }
                pair.hashes = Some(bundle);
            }
        }
        (Ok(bundle), Err(problem)) => {
            pair.problems.push(problem);
            pair.leaves = width;
            pair.root = root_of(&bundle);
            pair.hashes = Some(bundle);
        }
        (Err(message), tile) => {
            pair.problems.push(Problem::at(first, path, message));
            match tile {
                Ok(tile) => {
                    pair.root = root_of(&tile);
                    pair.hashes = Some(tile);
                }
                Err(problem) => pair.problems.push(problem),
            }
        }
    }
    pair
}

/// The hashes of a tile, exactly `width` of them.
fn tile(dir: &Path, folder: Folder, index: u64, width: u64) -> Result<Vec<Digest>, Problem> {
    let path = folder.path(index, width);
    let first = folder.first_leaf(index);
    let expected = format!("expected {width} hashes of 32 bytes, over the leaves from {first}");
    match fs::read(dir.join(&path)) {
        Err(error) => Err(Problem::at(first, path, format!("cannot be read: {error}; {expected}"))),
        Ok(bytes) if bytes.len() as u64 != 32 * width => {
            Err(Problem::at(first, path, format!("has {} bytes; {expected}", bytes.len())))
        }
        Ok(bytes) => Ok(bytes.as_chunks::<32>().0.iter().map(|hash| Digest(*hash)).collect()),
    }
}

/// Leaves of an entry bundle; `None` unless the lengths use up the bytes.
pub(super) fn entries(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        bytes = rest;
    }
    bytes.is_empty().then_some(leaves)
}
