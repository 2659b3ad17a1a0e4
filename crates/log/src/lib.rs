//! Tamper evidence: bytes in, proofs out. Nothing here knows what the bytes mean, so nothing here can be
//! talked into treating some of them differently.
//!
//! A store is a folder: `log/` is a C2SP [tlog-tiles](https://c2sp.org/tlog-tiles) log that any off-the-shelf
//! verifier can read, `packs/` holds bodies too large for a leaf, named by the digest of their bytes.
//! [`Writer`] is the only way to change a store, [`Store`] reads one, [`verify`] trusts neither.

mod bundle;
mod checkpoint;
mod digest;
mod disk;
mod edge;
mod error;
mod key;
mod pack;
mod proof;
mod store;
mod tile;
mod verify;
mod writer;

pub use bundle::MAX_LEAF;
pub use checkpoint::Checkpoint;
pub use digest::{Digest, ParseDigestError, sha256};
pub use error::{Error, Result};
pub use key::Key;
pub use pack::{Frame, Pack, PackBuilder, PackReader, Place, compress};
pub use proof::{Proof, check_proof, prove};
pub use store::{Leaves, Store};
pub use verify::{Problem, Report, VerifyOptions, verify};
pub use writer::Writer;
