//! Checkpoints: what a signature over the whole log says, as C2SP tlog-checkpoint spells it.

use signed_note::{Note, StandardVerifier, VerifierList};

use crate::{Digest, Error, Result};

/// The head of a log: who keeps it, how many leaves it has, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log, equal to the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The note text: origin, size and root, one a line.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Reads a note text or the text of a whole signed note, without looking at signatures.
    pub fn parse(text: &str) -> Result<Self> {
        let malformed = |reason: &str| Error::Checkpoint { reason: reason.to_owned() };
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or_else(|| malformed("it has no origin line"))?;
        let digits = lines.next().unwrap_or_default();
        let size: u64 = digits.parse().map_err(|_| malformed("its second line is not a tree size"))?;
        if size.to_string() != digits {
            return Err(malformed("its tree size is not in canonical decimal"));
        }
        let root = lines
            .next()
            .and_then(Digest::from_base64)
            .ok_or_else(|| malformed("its third line is not the base64 of a root hash"))?;
        if lines.next().is_none() {
            return Err(malformed("its text does not end with a newline"));
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }

    /// Reads a signed note and requires a valid signature of `vkey` (`name+hash+base64`), whose name must be
    /// the origin: a key must not vouch for another log. Signatures of other keys, as of witnesses, are left alone.
    pub fn verify(note: &str, vkey: &str) -> Result<Self> {
        let refused = |reason: String| Error::Checkpoint { reason };
        let vkey = vkey.trim_end_matches('\n');
        let name = vkey.split('+').next().unwrap_or_default();
        let verifier = StandardVerifier::new(vkey).map_err(|error| refused(format!("the verifier key: {error}")))?;
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|error| refused(error.to_string()))?;
        parsed.verify(&known).map_err(|error| refused(format!("{error}; expected a valid signature of {name}")))?;
        let text = std::str::from_utf8(parsed.text()).map_err(|_| refused("it is not UTF-8".to_owned()))?;
        let checkpoint = Checkpoint::parse(text)?;
        if checkpoint.origin != name {
            return Err(refused(format!(
                "its origin is {:?}; expected {name:?}, the name of the key",
                checkpoint.origin
            )));
        }
        Ok(checkpoint)
    }
}
