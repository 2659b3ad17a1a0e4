//! Exceptions at the edge: files and signatures in, sealed leaves out, and back.

pub mod draft;
pub mod envelope;
pub mod folder;
pub mod key;
pub mod policy;
pub mod sealed;

pub use folder::{Folder, Given, given};
pub use sealed::{file, seal};
