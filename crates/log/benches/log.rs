//! Times the budgets of the evidence log, one line a measure: `cargo bench -p patchseal-log -- [LEAVES]`.
//! Writes in the folder `BENCH_DIR`, else in the temporary folder of the system: what a flush costs is the disk's.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;
use std::time::{Duration, Instant};

use patchseal_log::{Key, PackBuilder, Store, VerifyOptions, Writer, compress, prove, verify};

/// A million leaves are a year of batches for 100,000 assets.
const LEAVES: u64 = 1_000_000;
/// Leaves of one checkpoint, when they come in many.
const COMMIT: usize = 4_096;
const PROOFS: u64 = 200;
/// Sixteen batches of the size at which one closes.
const PACKS: u64 = 16;
const PACK_BYTES: usize = 64 << 20;

fn main() {
    // `cargo bench` passes its own flags too.
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(LEAVES);
    let leaves: Vec<Vec<u8>> = (0..count).map(leaf).collect();
    let place = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(place).unwrap();
    let key = Key::generate("example.com/bench").unwrap();

    let pieces = folder.path().join("pieces");
    let mut writer = Writer::create(&pieces, &key).unwrap();
    let took = time(|| leaves.chunks(COMMIT).for_each(|chunk| _ = writer.append(chunk).unwrap()));
    report(&format!("append {count} leaves, {COMMIT} a commit"), took, "");

    let whole = folder.path().join("whole");
    let mut writer = Writer::create(&whole, &key).unwrap();
    let took = time(|| _ = writer.append(&leaves).unwrap());
    report(&format!("append {count} leaves in one commit"), took, "");
    drop(writer);

    let took = time(|| drop(Writer::open(&whole, &key).unwrap()));
    report("open for writing", took, "");
    tree(&whole, count);
    proofs(&whole, count);
    packs(&folder.path().join("packed"), &key);
}

fn tree(dir: &Path, count: u64) {
    let took = time(|| assert_eq!(verify(dir, &VerifyOptions::default()).unwrap().leaves, count));
    report(&format!("verify the tree of {count} leaves"), took, "");
    let store = Store::open(dir).unwrap();
    let took = time(|| assert_eq!(store.leaves(0..count).filter(Result::is_ok).count() as u64, count));
    report(&format!("read {count} leaves, traced to the checkpoint"), took, "");
}

fn proofs(dir: &Path, count: u64) {
    let mut slowest = Duration::ZERO;
    let took = time(|| {
        for i in 0..PROOFS {
            slowest = slowest.max(time(|| drop(prove(dir, i * (count - 1) / PROOFS).unwrap())));
        }
    });
    report(&format!("{PROOFS} proofs, each from a store opened anew"), took, &format!("slowest {slowest:.2?}"));
}

fn packs(dir: &Path, key: &Key) {
    let mut writer = Writer::create(dir, key).unwrap();
    let body: Vec<u8> = noise(PACK_BYTES / 8);
    let took = time(|| {
        for seed in 0..PACKS {
            let mut builder = PackBuilder::new();
            while builder.compressed_bytes() < PACK_BYTES as u64 {
                builder.push(compress(&body));
            }
            let pack = builder.finish(&seed.to_le_bytes());
            writer.put_pack(&pack).unwrap();
            writer.append(&[format!("{{\"pack\":\"{}\"}}", pack.digest).into_bytes()]).unwrap();
        }
    });
    let mut bytes = 0;
    report(&format!("make and store {PACKS} packs"), took, "");
    let took = time(|| {
        let found = verify(dir, &VerifyOptions::default()).unwrap();
        assert_eq!((found.packs, found.problems.len()), (PACKS, 0));
        bytes = found.pack_bytes;
    });
    report(&format!("verify {PACKS} packs"), took, &rate(bytes, took));

    let text = b"{\"InstanceId\":\"i-0123456789abcdef0\",\"KBId\":\"KB5034441\",\"State\":\"Missing\"}".repeat(500_000);
    let mut frame = compress(b"");
    let took = time(|| frame = compress(&text));
    report("compress repetitive text", took, &rate(text.len() as u64, took));
}

/// A leaf of about 300 bytes, as the record of a batch is.
fn leaf(i: u64) -> Vec<u8> {
    let digest = patchseal_log::sha256(&i.to_be_bytes());
    format!(
        "{{\"completeness\":\"complete\",\"counts\":{{\"exchanges\":{i},\"failures\":0}},\"manifest\":\"{digest}\",\
         \"observed_at\":\"2026-11-24T09:00:00Z\",\"run\":\"{digest}\",\"scope\":\"aws/123456789012/eu-west-1\",\
         \"sequence\":{i},\"type\":\"batch/v1\"}}"
    )
    .into_bytes()
}

/// Bytes that do not compress, so that a pack is as long as its bodies.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u64 / 32).flat_map(|i| patchseal_log::sha256(&i.to_be_bytes()).0).collect()
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn rate(bytes: u64, took: Duration) -> String {
    format!("{:.0} MB/s", bytes as f64 / 1e6 / took.as_secs_f64())
}

fn report(what: &str, took: Duration, note: &str) {
    println!("{what:<60} {:>9.1} ms  {note}", took.as_secs_f64() * 1e3);
}
