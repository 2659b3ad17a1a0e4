//! The store from outside: what is appended can be read, proven and verified; what is touched shows.

#![allow(missing_docs, clippy::unwrap_used)]

#[path = "log/damage.rs"]
mod damage;
#[path = "log/proofs.rs"]
mod proofs;
#[path = "log/python.rs"]
mod python;
#[path = "log/store.rs"]
mod store;

use std::path::Path;

use patchseal_log::{Key, PackBuilder, Report, VerifyOptions, Writer, compress, verify};

pub fn key() -> Key {
    Key::generate("example.com/log").unwrap()
}

/// `count` different leaves from index `from` on.
pub fn leaves(from: u64, count: u64) -> Vec<Vec<u8>> {
    (from..from + count).map(|i| format!("{{\"n\":{i}}}").into_bytes()).collect()
}

/// Stores a pack and returns a leaf that relies on it.
pub fn put_pack(writer: &mut Writer, seed: u64) -> Vec<u8> {
    let mut builder = PackBuilder::new();
    for i in 0..5 {
        builder.push(compress(format!("body {seed}.{i}").repeat(50).as_bytes()));
    }
    let pack = builder.finish(format!("{{\"seed\":{seed}}}").as_bytes());
    writer.put_pack(&pack).unwrap();
    format!("{{\"pack\":\"{}\",\"type\":\"batch/v1\"}}", pack.digest).into_bytes()
}

pub fn check(dir: &Path) -> Report {
    verify(dir, &VerifyOptions::default()).unwrap()
}

pub fn assert_clean(dir: &Path) -> Report {
    let report = check(dir);
    assert_eq!((&report.problems, &report.leftovers), (&vec![], &vec![]));
    assert_eq!(report.leaves, report.size);
    report
}
