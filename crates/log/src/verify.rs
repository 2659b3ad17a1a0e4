//! Verifies a store from its bytes alone. Shares only hashing and note parsing with the code that writes one, so
//! that a mistake there cannot hide itself: paths, bundles and roots are worked out a second time here.

mod files;
mod leaf;
mod packs;
mod root;
mod tree;

use std::fs;
use std::path::Path;

use crate::{Checkpoint, Digest, Error, Result};
use files::{Files, Name};

/// What a store is held against besides itself.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Signed note of a checkpoint kept elsewhere. Nothing else shows that a store was rolled back.
    pub checkpoint: Option<String>,
    /// Verifier key obtained elsewhere. Without it the one in the store is believed, which shows only that the
    /// store agrees with itself.
    pub vkey: Option<String>,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Leaves the checkpoint commits to.
    pub size: u64,
    /// Root the checkpoint commits to.
    pub root: Digest,
    /// Name of the log.
    pub origin: String,
    /// Leaves that were read and belong to the tree.
    pub leaves: u64,
    /// Pack files that were read and hash to their name.
    pub packs: u64,
    /// Packs a leaf relies on that a later retention leaf says were deleted, and that are gone.
    pub expired_packs: u64,
    /// Bytes of the pack files that were read.
    pub pack_bytes: u64,
    /// Everything that contradicts the checkpoint or is missing or strange, in order of path.
    pub problems: Vec<Problem>,
    /// Harmless remains of an interrupted append or import. Tiles beyond the checkpoint are among them; they are also what
    /// a checkpoint replaced by an older one looks like.
    pub leftovers: Vec<Problem>,
}

/// Something wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path relative to the store.
    pub path: String,
    /// First leaf concerned.
    pub leaf: Option<u64>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Problem {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { path: path.into(), leaf: None, message: message.into() }
    }

    fn at(leaf: u64, path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { path: path.into(), leaf: Some(leaf), message: message.into() }
    }
}

/// Verifies the store in `dir`. Damage is in the report; an error means there is no store there or a folder of it cannot be
/// listed.
pub fn verify(dir: impl AsRef<Path>, options: &VerifyOptions) -> Result<Report> {
    let dir = dir.as_ref();
    let log = dir.join("log");
    if !log.is_dir() {
        return Err(Error::Absent { path: log });
    }
    loop {
        let note = fs::read(log.join("checkpoint")).ok();
        let report = verify_once(dir, options)?;
        // A writer at work replaces the partial tiles we are about to read; what it committed meanwhile counts.
        if report.problems.is_empty() || fs::read(log.join("checkpoint")).ok() == note {
            return Ok(report);
        }
    }
}

fn verify_once(dir: &Path, options: &VerifyOptions) -> Result<Report> {
    let mut problems = Vec::new();
    let vkey = verifier_key(dir, options, &mut problems);
    let head = head(dir, vkey.as_deref(), &mut problems);
    let (size, root) = head.as_ref().map_or((0, crate::digest::empty_root()), |head| (head.size, head.root));
    let held = options
        .checkpoint
        .as_ref()
        .and_then(|note| held_elsewhere(note, vkey.as_deref(), head.as_ref(), &mut problems));

    let files = Files::list(dir)?;
    let keep = held.as_ref().map(|held| held.size);
    let mut tree = tree::check(dir, &tree::Head { size, root, keep }, files.tiles(), &mut problems);
    if let Some(held) = &held {
        consistent(held, &tree, &mut problems);
    }
    let mut leftovers = Vec::new();
    strange_files(dir, &files, size, head.is_some(), &mut problems, &mut leftovers);
    let found = packs::check(dir, &files, &tree.relies, &mut problems);
    leftovers.extend(found.leftovers);

    problems.append(&mut tree.relies.problems);
    problems.sort();
    leftovers.sort();
    Ok(Report {
        size,
        root,
        origin: head.map(|head| head.origin).unwrap_or_default(),
        leaves: tree.leaves,
        packs: found.packs,
        expired_packs: found.expired,
        pack_bytes: found.bytes,
        problems,
        leftovers,
    })
}

/// The key to believe: the one obtained elsewhere if there is one, and then the store must have the same.
fn verifier_key(dir: &Path, options: &VerifyOptions, problems: &mut Vec<Problem>) -> Option<String> {
    let stored = match fs::read_to_string(dir.join("log.vkey")) {
        Ok(text) => Some(text.trim_end().to_owned()),
        Err(error) => {
            problems
                .push(Problem::new("log.vkey", format!("cannot be read: {error}; expected the public key of the log")));
            None
        }
    };
    let given = options.vkey.as_ref().map(|text| text.trim_end().to_owned());
    if let (Some(given), Some(stored)) = (&given, &stored)
        && given != stored
    {
        problems.push(Problem::new("log.vkey", format!("is {stored}; expected the given key {given}")));
    }
    given.or(stored)
}

/// The checkpoint of the store. One with a bad signature is still followed, so that the rest of the damage is found.
fn head(dir: &Path, vkey: Option<&str>, problems: &mut Vec<Problem>) -> Option<Checkpoint> {
    let path = "log/checkpoint";
    let note = match fs::read(dir.join(path)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            problems.push(Problem::new(path, format!("cannot be read: {error}; expected the signed checkpoint")));
            return None;
        }
    };
    let Some(vkey) = vkey else {
        return Checkpoint::parse(&note).ok();
    };
    match Checkpoint::verify(&note, vkey) {
        Ok(head) => Some(head),
        Err(error) => {
            problems.push(Problem::new(path, error.to_string()));
            Checkpoint::parse(&note).ok()
        }
    }
}

/// A checkpoint kept elsewhere, if it is one of this log and not beyond its end.
fn held_elsewhere(
    note: &str,
    vkey: Option<&str>,
    head: Option<&Checkpoint>,
    problems: &mut Vec<Problem>,
) -> Option<Checkpoint> {
    let path = "log/checkpoint";
    let held = match Checkpoint::verify(note, vkey?) {
        Ok(held) => held,
        Err(error) => {
            problems.push(Problem::new(path, format!("the checkpoint held elsewhere proves nothing: {error}")));
            return None;
        }
    };
    let size = head?.size;
    if held.size > size {
        let message = format!("rolled back: it has {size} leaves, but the checkpoint held elsewhere has {}", held.size);
        problems.push(Problem::at(size, path, message));
        return None;
    }
    Some(held)
}

fn consistent(held: &Checkpoint, tree: &tree::Tree, problems: &mut Vec<Problem>) {
    let message = match tree.root_at(held.size) {
        Some(root) if root == held.root => return,
        Some(root) => format!(
            "history was rewritten: the first {} leaves have the root {root}, but the checkpoint held elsewhere says {}",
            held.size, held.root
        ),
        None => format!(
            "the first {} leaves cannot be read, so they cannot be held against the other checkpoint",
            held.size
        ),
    };
    problems.push(Problem::at(0, "log/checkpoint", message));
}

/// Files that verification did not need. Every one is named: nothing hides in the store.
fn strange_files(
    dir: &Path,
    files: &Files,
    size: u64,
    know_size: bool,
    problems: &mut Vec<Problem>,
    leftovers: &mut Vec<Problem>,
) {
    for (path, name) in &files.names {
        match *name {
            Name::Checkpoint | Name::Pack(_) => {}
            Name::Tile { .. } if !know_size => {}
            Name::Tile { folder, index, width } => {
                let (edge, edge_width) = folder.edge(size);
                if (index, width) == (edge, edge_width) || (index < edge && width == files::WIDTH) {
                    continue;
                }
                if index > edge || (index == edge && width > edge_width) {
                    let message = format!(
                        "lies beyond the checkpoint of {size} leaves: an interrupted append, or a checkpoint put back"
                    );
                    leftovers.push(Problem::at(folder.first_leaf(index), path, message));
                } else if let Some(message) = files::superseded(dir, path, folder, index, width, size) {
                    problems.push(Problem::at(folder.first_leaf(index), path, message));
                } else {
                    leftovers.push(Problem::at(folder.first_leaf(index), path, "superseded by a wider tile"));
                }
            }
            Name::Unknown(message) => problems.push(Problem::new(path, message)),
        }
    }
}
