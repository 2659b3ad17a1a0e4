//! What can go wrong at the edge, in the words of whoever has to act on it.

use crate::exit::Exit;
use std::io;
use std::path::PathBuf;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The policy cannot be read.
    #[error("cannot read the policy {}", path.display())]
    ReadPolicy {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The policy is wrong.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong and what was expected.
        message: String,
    },
    /// A folder or file given cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A result cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Something the user gave is wrong.
    #[error("{0}")]
    Usage(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] patchseal_log::Error),
    /// What is sealed contradicts itself.
    #[error("leaf {leaf}: {reason}")]
    Evidence {
        /// The leaf.
        leaf: u64,
        /// What was found and what was expected.
        reason: String,
    },
    /// There is no store where one is needed.
    #[error("there is no store in {}: `patchseal import DIR` makes one, `--store DIR` names another", path.display())]
    NoStore {
        /// The folder.
        path: PathBuf,
    },
}

impl Error {
    /// The exit code of this error.
    pub fn exit(&self) -> Exit {
        match self {
            Error::ReadPolicy { .. } | Error::Policy { .. } | Error::Read { .. } | Error::Usage(_) => Exit::Usage,
            Error::Write { .. } | Error::NoStore { .. } => Exit::Store,
            Error::Evidence { .. } => Exit::Unverified,
            Error::Store(error) => match error {
                patchseal_log::Error::Damaged { .. }
                | patchseal_log::Error::Checkpoint { .. }
                | patchseal_log::Error::PackAbsent { .. } => Exit::Unverified,
                _ => Exit::Store,
            },
        }
    }
}
