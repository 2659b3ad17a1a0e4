//! One error for the crate. `Display` says what was attempted and where; the cause is the `source`.

use std::io;
use std::path::PathBuf;

use crate::Digest;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What could not be done, and to which file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read.
    #[error("reading {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file or folder could not be written, flushed, renamed or removed.
    #[error("writing {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The lock file could not be used at all.
    #[error("locking {}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Another writer holds the store.
    #[error("locking {}: another process is writing to this store", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A store is created only where nothing is.
    #[error("creating a store: {} already exists", path.display())]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// There is no store to open.
    #[error("opening a store: there is no {}", path.display())]
    Absent {
        /// The file whose absence says so.
        path: PathBuf,
    },
    /// The origin cannot name a key.
    #[error("making a key: origin {origin:?} is empty or holds a space, a plus or a control character")]
    Origin {
        /// The refused origin.
        origin: String,
    },
    /// A key text is not what it should be.
    #[error("reading the key {}: {reason}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint or the note around it is malformed, or nobody trusted signed it.
    #[error("reading a checkpoint: {reason}")]
    Checkpoint {
        /// What is wrong.
        reason: String,
    },
    /// A file of the store contradicts what the checkpoint commits to.
    #[error("reading {}: {reason}", path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
    },
    /// A leaf does not fit the length prefix of an entry bundle.
    #[error("appending leaf {index}: it has {bytes} bytes and at most 65535 fit")]
    LeafTooLarge {
        /// Index the leaf would have had.
        index: u64,
        /// Its length.
        bytes: usize,
    },
    /// The log is shorter than that.
    #[error("reading leaf {index}: the log holds {size} leaves")]
    NoSuchLeaf {
        /// The index asked for.
        index: u64,
        /// Leaves in the log.
        size: u64,
    },
    /// An earlier write failed half way, so this writer no longer knows what is on the disk.
    #[error("writing {}: an earlier write failed; open the store again", path.display())]
    Poisoned {
        /// The store.
        path: PathBuf,
    },
    /// A pack is not in the store.
    #[error("opening the pack {digest}: there is no {}", path.display())]
    PackAbsent {
        /// The pack.
        digest: Digest,
        /// Where it should be.
        path: PathBuf,
    },
    /// A proof is malformed or does not hold.
    #[error("checking a proof: {reason}")]
    Proof {
        /// What is wrong.
        reason: String,
    },
}

/// Shorthand for the two variants nearly every file operation needs.
pub(crate) trait At<T> {
    /// Says which path was being read.
    fn reading(self, path: impl Into<PathBuf>) -> Result<T>;
    /// Says which path was being written.
    fn writing(self, path: impl Into<PathBuf>) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn reading(self, path: impl Into<PathBuf>) -> Result<T> {
        self.map_err(|source| Error::Read { path: path.into(), source })
    }

    fn writing(self, path: impl Into<PathBuf>) -> Result<T> {
        self.map_err(|source| Error::Write { path: path.into(), source })
    }
}
