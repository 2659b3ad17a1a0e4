//! Inclusion proofs as c2sp.org/tlog-proof@v1: a leaf, a path, a signed checkpoint; nothing else is needed to check.

use std::fmt;
use std::path::Path;

use crate::digest::{leaf_hash, node_hash};
use crate::{Checkpoint, Digest, Error, Result, Store};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A parsed proof. Displays as the text it was parsed from, without its extra data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Index of the leaf.
    pub index: u64,
    /// RFC 6962 audit path, from the sibling of the leaf to the child of the root.
    pub path: Vec<Digest>,
    /// Signed note of the checkpoint.
    pub note: String,
}

/// Proves that the leaf at `index` is in the log of the store in `dir`.
pub fn prove(dir: impl AsRef<Path>, index: u64) -> Result<String> {
    Store::open(dir)?.prove(index)
}

/// Checks that `proof` shows `leaf` in the log that `vkey` signs for, and returns the checkpoint that says so.
pub fn check_proof(proof: &str, vkey: &str, leaf: &[u8]) -> Result<Checkpoint> {
    let proof = Proof::parse(proof)?;
    let checkpoint = Checkpoint::verify(&proof.note, vkey)?;
    proof.holds(&checkpoint, leaf_hash(leaf))?;
    Ok(checkpoint)
}

impl Proof {
    /// Reads the text of a proof. Says nothing yet about whether it holds.
    pub fn parse(text: &str) -> Result<Self> {
        let malformed = |reason: &str| Error::Proof { reason: reason.to_owned() };
        let (head, note) = text.split_once("\n\n").ok_or_else(|| malformed("no empty line ends its path"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(malformed("its first line is not c2sp.org/tlog-proof@v1"));
        }
        let mut line = lines.next().unwrap_or_default();
        if line.starts_with("extra ") {
            line = lines.next().unwrap_or_default();
        }
        let digits = line.strip_prefix("index ").ok_or_else(|| malformed("it has no index line"))?;
        let index: u64 = digits.parse().map_err(|_| malformed("its index is not a number"))?;
        if index.to_string() != digits {
            return Err(malformed("its index is not in canonical decimal"));
        }
        let path: Option<Vec<_>> = lines.map(Digest::from_base64).collect();
        let path = path.ok_or_else(|| malformed("a line of its path is not the base64 of a hash"))?;
        Ok(Proof { index, path, note: note.to_owned() })
    }

    /// RFC 9162 §2.1.3.2, which needs no more than the two numbers and the path.
    pub(crate) fn holds(&self, checkpoint: &Checkpoint, leaf: Digest) -> Result<()> {
        let refused = |reason: String| Err(Error::Proof { reason });
        if self.index >= checkpoint.size {
            return refused(format!("it is about leaf {} of a log of {} leaves", self.index, checkpoint.size));
        }
        let (mut node, mut last, mut hash) = (self.index, checkpoint.size - 1, leaf);
        for sibling in &self.path {
            if last == 0 {
                return refused("its path is too long".to_owned());
            }
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, &hash);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        if last != 0 {
            return refused("its path is too short".to_owned());
        }
        if hash != checkpoint.root {
            return refused(format!("leaf and path give the root {hash}, the checkpoint says {}", checkpoint.root));
        }
        Ok(())
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.note)
    }
}
