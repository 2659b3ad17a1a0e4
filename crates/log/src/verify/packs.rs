//! Every pack hashed whole, and every pack a leaf relies on there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Problem;
use super::files::{Files, Name};
use super::leaf::Relies;
use crate::Digest;

/// Large enough that reading costs nothing beside hashing.
const BUFFER: usize = 1 << 18;

#[derive(Debug, Default)]
pub(super) struct Packs {
    pub(super) packs: u64,
    pub(super) bytes: u64,
    pub(super) expired: u64,
    pub(super) leftovers: Vec<Problem>,
}

pub(super) fn check(dir: &Path, files: &Files, relies: &Relies, problems: &mut Vec<Problem>) -> Packs {
    let packs: Vec<(&str, Digest)> = files
        .names
        .iter()
        .filter_map(|(path, name)| if let Name::Pack(digest) = name { Some((path.as_str(), *digest)) } else { None })
        .collect();
    let hashed: Vec<_> = packs.par_iter().map(|(path, _)| hash(&dir.join(path))).collect();

    let mut found = Packs::default();
    for ((path, digest), hashed) in packs.iter().zip(hashed) {
        let leaf = relies.on.get(digest).copied();
        match hashed {
            Ok((actual, bytes)) => {
                found.bytes += bytes;
                if actual == *digest {
                    found.packs += 1;
                } else {
                    let message = format!("its {bytes} bytes hash to {actual}; expected {digest}");
                    problems.push(Problem { path: (*path).to_owned(), leaf, message });
                }
            }
            Err(error) => {
                let message = format!("cannot be read: {error}; expected bytes that hash to {digest}");
                problems.push(Problem { path: (*path).to_owned(), leaf, message });
            }
        }
        if leaf.is_none() {
            found.leftovers.push(Problem::new(*path, "no leaf relies on it: an interrupted import can leave one"));
        }
    }

    let there: BTreeSet<Digest> = packs.iter().map(|(_, digest)| *digest).collect();
    for (digest, leaf) in relies.on.iter().filter(|(digest, _)| !there.contains(digest)) {
        // A deletion excuses nothing that was sealed after it.
        if relies.deleted.get(digest).is_some_and(|deleted| deleted > leaf) {
            found.expired += 1;
        } else {
            let name = digest.to_string();
            let message =
                format!("is missing; expected because leaf {leaf} relies on it and no later leaf says it was deleted");
            problems.push(Problem::at(*leaf, format!("packs/{}/{name}.pack", &name[..2]), message));
        }
    }
    found
}

fn hash(path: &Path) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; BUFFER];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest(hasher.finalize().into()), bytes));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}
