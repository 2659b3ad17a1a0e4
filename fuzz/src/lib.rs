//! What each target does with foreign bytes: read or refuse, and never panic. Bodies are here and not in the targets, so
//! that `cargo test` runs them on a stable compiler too.

use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::{Checkpoint, Key, PackBuilder, Place, Proof, Writer, compress, sha256};
use patchseal_sources::inventory::{Mapping, rows_with};
use patchseal_sources::{Answer, Asks, Operation, Sink, operations};
use std::cell::RefCell;

#[cfg(test)]
mod mutated;

/// A name, its body, and inputs to start from.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// Every target.
pub const TARGETS: [Target; 9] = [
    ("operations", operation, operation_seeds),
    ("policy", policy, policy_seeds),
    ("exception", exception, exception_seeds),
    ("recording", recording, recording_seeds),
    ("checkpoint", checkpoint, checkpoint_seeds),
    ("pack", pack, pack_seeds),
    ("leaf", leaf, leaf_seeds),
    ("inventory", inventory, inventory_seeds),
    ("changes", changes, changes_seeds),
];

struct Nowhere;

impl Sink for Nowhere {
    fn fact(&mut self, pointer: Pointer, _: Fact<'_>) {
        // Pointers are made of the answer's own bytes.
        std::hint::black_box(pointer.to_string());
    }
}

fn exchange(id: &str, subject: Option<&str>) -> Exchange {
    let cloud = if id.starts_with("resource-graph.") { Cloud::Azure } else { Cloud::Aws };
    Exchange {
        leaf: 0,
        index: 0,
        run: 0,
        operation: id.into(),
        scope: Scope::new(cloud, "111122223333", "eu-west-1"),
        subject: subject.map(Into::into),
        page: 1,
        observed_at: Timestamp::UNIX_EPOCH,
        outcome: Outcome::Answer {
            status: 200,
            media_type: "application/json".into(),
            body: Digest([0; 32]),
            bytes: 0,
            redactions: Box::default(),
        },
    }
}

fn answer(operation: &Operation, body: &[u8]) {
    for subject in [None, Some("i-0abc"), Some("rg-shop~web-1"), Some("~"), Some("")] {
        let exchange = exchange(operation.id, subject);
        let answer = Answer { exchange: &exchange, body };
        if let Ok(tally) = (operation.rows)(&answer, &mut Nowhere) {
            let without: u64 = tally.without.values().sum();
            assert!(tally.rows <= tally.facts + without, "{}: a row states nothing, for no reason", operation.id);
        }
        std::hint::black_box((operation.page)(&answer));
        let mut asks = Asks::default();
        (operation.asks)(&answer, &mut asks);
        std::hint::black_box(asks.into_asks());
    }
}

/// The first byte chooses an operation; the rest is its answer, as it comes and as it is sealed.
pub fn operation(bytes: &[u8]) {
    let Some((number, body)) = bytes.split_first() else { return };
    let all = operations();
    let operation = all[usize::from(*number) % all.len()];
    answer(operation, body);
    for media_type in ["application/json", "application/xml", "application/x-ndjson", "text/csv"] {
        let redacted = patchseal_sources::redact::redact(operation.id, media_type, body);
        answer(operation, &redacted.body);
    }
    std::hint::black_box(patchseal::read::failure(500, body));
}

fn operation_seeds() -> Vec<Vec<u8>> {
    let all = operations();
    assert!(all.len() <= 256, "one byte no longer names an operation");
    let fixtures = all.iter().enumerate().flat_map(|(number, operation)| {
        operation.fixtures.iter().map(move |fixture| [&[number as u8], fixture.body.as_bytes()].concat())
    });
    fixtures.collect()
}

/// An exception's file, and an approval's.
pub fn exception(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(wrong) = patchseal::config::exception::parse(text, "exceptions/EX-1.toml") {
        assert!(wrong.line >= 1 && wrong.column >= 1 && !wrong.message.is_empty());
    }
    if let Err((_, message)) = patchseal::exceptions::envelope::read(text) {
        assert!(!message.is_empty());
    }
}

fn exception_seeds() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/storefront/exceptions");
    let mut seeds = Vec::new();
    for name in ["sf-ex-failed.toml", "sf-ex-plan.toml", "sf-ex-plan.sf-team-lead.dsse.json"] {
        seeds.extend(std::fs::read(folder.join(name)).ok());
    }
    seeds
}

/// A policy.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(wrong) = patchseal::config::parse(text, "patchseal.toml") {
        assert!(wrong.line > 0 && wrong.column > 0, "an error without a place: {}", wrong.message);
    }
}

fn policy_seeds() -> Vec<Vec<u8>> {
    let files = [
        include_bytes!("../../crates/patchseal/data/patchseal.toml").as_slice(),
        include_bytes!("../../examples/storefront/patchseal.toml"),
    ];
    files.map(<[u8]>::to_vec).to_vec()
}

/// A `recording.toml`.
pub fn recording(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(wrong) = patchseal::config::recording(text) {
        assert!(wrong.line > 0 && wrong.column > 0, "an error without a place: {}", wrong.message);
    }
}

fn recording_seeds() -> Vec<Vec<u8>> {
    vec![b"observed_at = \"2026-11-24T06:00:00Z\"\ncollector = \"nightly\"\nnote = \"before\"\n".to_vec()]
}

/// A signed note, its text, a proof, and a key.
pub fn checkpoint(bytes: &[u8]) {
    const VKEY: &str = "example.com/log+d96c9e11+AQuu8R+CEyfIbYoqJXVWHdLnvUGhcMCJHyCp5smAiGzB";
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.text()), "a checkpoint is read in one spelling only");
    }
    std::hint::black_box(Checkpoint::verify(text, VKEY).is_ok());
    // The first line as the key, the rest as the note: whoever hands over a note may hand over the key.
    let (vkey, note) = text.split_once('\n').unwrap_or((text, ""));
    std::hint::black_box(Checkpoint::verify(note, vkey).is_ok());
    std::hint::black_box(text.parse::<patchseal_log::Digest>().is_ok());
    std::hint::black_box(patchseal_log::check_proof(text, VKEY, b"leaf").is_ok());
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(Proof::parse(&proof.to_string()).ok(), Some(proof), "a proof reads back as it is written");
    }
}

fn checkpoint_seeds() -> Vec<Vec<u8>> {
    WORLD.with_borrow(|world| {
        let store = world.writer.reader().expect("the store was made just now");
        let proof = store.prove(1).expect("it has two leaves");
        let vkey = std::fs::read_to_string(world.folder.path().join("log.vkey")).expect("it has a key");
        let note = store.note().to_owned();
        [note.clone(), proof, format!("{}\n{note}", vkey.trim_end()), sha256(b"leaf").to_string()]
            .map(String::into_bytes)
            .to_vec()
    })
}

/// A store with two leaves, in which packs are put without a writer.
struct World {
    folder: tempfile::TempDir,
    writer: Writer,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = Key::generate("example.com/log").expect("a key");
        let mut writer = Writer::create(folder.path(), &key).expect("a store");
        writer.append(&[b"leaf".to_vec(), b"other".to_vec()]).expect("two leaves");
        World { folder, writer }
    }
}

/// The first sixteen bytes are a place and a length, as a manifest claims them; the rest is the pack's file.
pub fn pack(bytes: &[u8]) {
    let Some((head, file)) = bytes.split_at_checked(16) else { return };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    let place = Place { offset: number(&head[..8]), length: number(&head[8..12]) as u32 };
    let raw = number(&head[12..]);
    WORLD.with_borrow(|world| {
        let digest = sha256(file);
        let name = digest.to_string();
        let folder = world.folder.path().join("packs").join(&name[..2]);
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(format!("{name}.pack"));
        std::fs::write(&path, file).expect("a file");
        let store = world.writer.reader().expect("the store was made just now");
        if let Ok(reader) = store.pack(&digest) {
            std::hint::black_box(reader.manifest().is_ok());
            if let Ok(body) = reader.body(place, raw) {
                assert_eq!(body.len() as u64, raw, "a body has the length that the caller knows");
            }
        }
        std::fs::remove_file(&path).expect("it was written just now");
    });
}

fn pack_seeds() -> Vec<Vec<u8>> {
    let mut builder = PackBuilder::new();
    let body = b"{\"Patches\": []} ".repeat(20);
    let place = builder.push(compress(&body));
    let pack = builder.finish(b"{\"schema\": \"patchseal.manifest/v1\"}");
    let length = (body.len() as u32).to_le_bytes();
    let head = [&place.offset.to_le_bytes()[..], &place.length.to_le_bytes(), &length].concat();
    vec![[head, pack.bytes].concat()]
}

/// A leaf or a manifest.
pub fn leaf(bytes: &[u8]) {
    use patchseal::manifest::{Leaf, Manifest};
    if let Some(leaf) = Leaf::parse(bytes) {
        assert_eq!(Leaf::parse(&leaf.bytes()), Some(leaf), "a leaf reads back as it is written");
    }
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
        for entry in &manifest.exchanges {
            std::hint::black_box((entry.body.place(), entry.body.digest()));
            std::hint::black_box(entry.failure.as_ref().map(|failure| failure.kind()));
        }
    }
}

fn leaf_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"exchanges":3,"failures":1,"logged_at":"2026-11-24T06:00:05Z","manifest":"aa","observed_at":"2026-11-24T06:00:00Z","pack":"bb","rows":12,"run":"cc","sequence":0,"sequences":1,"type":"batch/v1"}"#,
        r#"{"logged_at":"2026-11-24T06:00:05Z","pack":"bb","sha256":"cc","source":"patchseal.toml","type":"policy/v1"}"#,
        r#"{"as_of":"2026-11-24T06:00:00Z","edition":"ee","fail":1,"input_root":"aa","input_size":4,"logged_at":"2026-11-24T06:00:05Z","other":0,"pass":2,"policy":"cc","previous":3,"root":"dd","type":"evaluation/v1","unknown":0}"#,
        r#"{"schema":"patchseal.manifest/v1","run":{"collector":"c","observed_at":"2026-11-24T06:00:00Z","origin":"imported","note":""},"exchanges":[{"operation":"ec2.DescribeInstances","scope":["aws","1","eu-west-1"],"page":1,"path":"p","status":200,"media_type":"application/json","body":{"sha256":"aa","bytes":2,"offset":0,"length":11},"failure":{"kind":"denied","message":"m"}}]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// An outside inventory. What the first line says up to a NUL, if there is one, is how the policy maps its columns.
pub fn inventory(bytes: &[u8]) {
    let (names, body) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (String::from_utf8_lossy(&bytes[..at]).into_owned(), &bytes[at + 1..]),
        None => (String::new(), bytes),
    };
    let mut names = names.split(',').map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
    let mut next = || names.next().flatten();
    let mapping =
        Mapping { id: next(), name: next(), cloud_id: next(), address: next(), os: next(), ..Mapping::default() };
    let exchange = exchange("inventory.Hosts", None);
    let answer = Answer { exchange: &exchange, body };
    std::hint::black_box(rows_with(&answer, &mapping, &mut Nowhere).is_ok());
}

fn inventory_seeds() -> Vec<Vec<u8>> {
    let operation = patchseal_sources::operation("inventory.Hosts").expect("it is on the list");
    let plain = operation.fixtures.iter().map(|fixture| fixture.body.as_bytes().to_vec());
    let mapped = b"CI,Hostname\0CI;Hostname;State\nCI-1;web-1;live\n".to_vec();
    plain.chain([mapped]).collect()
}

/// Change records. What the first line says up to a NUL, if there is one, is how the policy maps them.
pub fn changes(bytes: &[u8]) {
    use patchseal_sources::changes::{Mapping, Patching};
    let (names, body) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (String::from_utf8_lossy(&bytes[..at]).into_owned(), &bytes[at + 1..]),
        None => (String::new(), bytes),
    };
    let mut names = names.split(',').map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
    let mut next = || names.next().flatten();
    let mut mapping = Mapping { dates: next(), ..Mapping::default() };
    mapping.patching = next().map(|column| Patching { column, values: vec!["yes".to_owned()] });
    for member in ["id", "deployed_at", "approvers", "outcome"] {
        mapping.columns.extend(next().map(|column| (member.to_owned(), column)));
    }
    let exchange = exchange("changes.Records", None);
    let answer = Answer { exchange: &exchange, body };
    if let Ok(tally) = patchseal_sources::changes::rows_with(&answer, &mapping, &mut Nowhere) {
        let without: u64 = tally.without.values().sum();
        assert_eq!(tally.rows, tally.facts + without, "a record states nothing, for no reason");
    }
}

fn changes_seeds() -> Vec<Vec<u8>> {
    let operation = patchseal_sources::operation("changes.Records").expect("it is on the list");
    let plain = operation.fixtures.iter().map(|fixture| fixture.body.as_bytes().to_vec());
    let mapped = b"%d.%m.%Y %H:%M,Work,Ticket,Done,CAB\0Ticket;Done;CAB;Work\nA-1;24.11.2026 06:00;ops-1, ops-2;yes\n".to_vec();
    plain.chain([mapped]).collect()
}
