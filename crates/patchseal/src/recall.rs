//! Reads sealed runs back, up to a size of the log and a time of the world: the only way into an evaluation.

use crate::error::Error;
use crate::manifest::{Leaf, Manifest};
use crate::seal::BUILT_IN;
use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, Origin, Outcome, Run};
use patchseal_core::op;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::{PackReader, Place, Store, sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A sealed run: all that one collector observed at one time, however it was divided into recordings.
pub struct SealedRun {
    /// The run.
    pub run: Run,
    /// Its recordings, in the order they were sealed; the batches of each in the order of their exchanges' paths.
    parts: Vec<Vec<Batch>>,
    /// Their ids, and how many batches each has.
    pub ids: BTreeMap<String, usize>,
}

/// A sealed batch.
#[derive(Clone)]
struct Batch {
    leaf: u64,
    pack: String,
    manifest: String,
}

/// Texts that exchanges have in common. Only ever asked for a text, never walked.
#[derive(Default)]
pub struct Shared(HashSet<Arc<str>>);

impl Shared {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// A sealed exchange.
pub struct Sealed {
    /// The exchange.
    pub exchange: Exchange,
    /// Pack with the manifest.
    pack: PackReader,
    /// Pack with the body, where it is another.
    other: Option<patchseal_log::Digest>,
    /// Place in the pack.
    pub place: Place,
    /// Digest and length of the body.
    pub body: (patchseal_log::Digest, u64),
}

impl Sealed {
    /// The body, checked against its sealed digest.
    pub fn read(&self, store: &Store) -> Result<Vec<u8>, Error> {
        let other = self.other.map(|digest| store.pack(&digest)).transpose()?;
        let bytes = other.as_ref().unwrap_or(&self.pack).body(self.place, self.body.1)?;
        let found = sha256(&bytes);
        if found != self.body.0 {
            return Err(Error::Evidence {
                leaf: self.exchange.leaf,
                reason: format!(
                    "exchange {}: its body hashes to {found}, and {} was sealed",
                    self.exchange.index, self.body.0
                ),
            });
        }
        Ok(bytes)
    }
}

/// A recording's leaves, before any of its packs is opened.
#[derive(Clone)]
pub struct Part {
    /// Id of the recording's run, as its leaves have it.
    pub run: String,
    /// When the sources were asked.
    pub observed_at: Timestamp,
    logged_at: Timestamp,
    batches: Vec<Batch>,
}

impl Part {
    /// Batches it was sealed in.
    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Their packs and manifests, in the order they were sealed.
    pub fn manifests<'a>(
        &'a self,
        store: &'a Store,
    ) -> impl Iterator<Item = Result<(&'a str, Manifest), Error>> + use<'a> {
        self.batches.iter().map(|batch| Ok((batch.pack.as_str(), batch.open(store)?.1)))
    }
}

/// What leaves tell without their packs.
pub struct Outline {
    /// Recordings observed by a time and sealed by a size of the log, in the order they were sealed.
    pub parts: Vec<Part>,
    /// What the newest evaluation among the leaves left to go on from: digest of it.
    pub carried: Option<String>,
    /// Nothing that was sealed was observed later.
    pub is_all: bool,
}

/// Reads the leaves of what was observed by `as_of` and sealed within the first `known_at` leaves.
pub fn outline(store: &Store, as_of: Timestamp, known_at: u64) -> Result<Outline, Error> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    let (mut carried, mut is_all) = (None, true);
    for (index, leaf) in (0..known_at).zip(store.leaves(0..known_at)) {
        let (run, manifest, pack, logged_at, observed_at) = match Leaf::parse(&leaf?) {
            Some(Leaf::Batch { run, manifest, pack, logged_at, observed_at, .. }) => {
                (run, manifest, pack, time(index, &logged_at)?, time(index, &observed_at)?)
            }
            Some(Leaf::Evaluation { carried: Some(left), .. }) => {
                carried = Some(left);
                continue;
            }
            _ => continue,
        };
        if observed_at <= as_of {
            let new = || Part { run: run.clone(), observed_at, logged_at, batches: Vec::new() };
            let part = parts.entry(run.clone()).or_insert_with(new);
            part.logged_at = logged_at.max(part.logged_at);
            part.batches.push(Batch { leaf: index, pack, manifest });
        } else {
            is_all = false;
        }
    }
    let mut parts: Vec<Part> = parts.into_values().collect();
    parts.sort_by_key(|part| part.batches.first().map(|batch| batch.leaf));
    Ok(Outline { parts, carried, is_all })
}

/// Runs out of recordings. What a collector observed at one time is one run, in however many recordings and batches it
/// was sealed.
pub fn gather(store: &Store, parts: Vec<Part>) -> Result<Vec<SealedRun>, Error> {
    let mut runs: BTreeMap<(Timestamp, String), SealedRun> = BTreeMap::new();
    for Part { run, observed_at, logged_at, batches } in parts {
        let Some(first) = batches.first() else { continue };
        let read = first.open(store)?.1.run;
        let sealed = runs.entry((observed_at, read.collector.clone())).or_insert_with(|| SealedRun {
            run: Run {
                collector: read.collector,
                observed_at,
                logged_at,
                origin: if read.origin == "collected" { Origin::Collected } else { Origin::Imported },
                note: read.note,
            },
            parts: Vec::new(),
            ids: BTreeMap::new(),
        });
        sealed.run.logged_at = sealed.run.logged_at.max(logged_at);
        sealed.ids.insert(run, batches.len());
        sealed.parts.push(batches);
    }
    Ok(runs.into_values().collect())
}

impl SealedRun {
    /// Its exchanges, piece by piece: all of them at once would be the largest thing in memory. A run of several
    /// recordings comes in one piece, because a path that two of them hold counts once.
    pub fn pieces<'a>(
        &'a self,
        store: &'a Store,
        shared: &'a mut Shared,
    ) -> Box<dyn Iterator<Item = Result<Vec<Sealed>, Error>> + 'a> {
        let mut read = move |batch: &Batch| batch.exchanges(store, &self.run, shared);
        match self.parts.as_slice() {
            [only] => Box::new(only.iter().map(move |batch| {
                let files = read(batch)?;
                Ok(files.into_iter().map(|(_, sealed)| sealed).collect())
            })),
            several => {
                let all: Result<Vec<_>, Error> = several.iter().flatten().map(read).collect();
                Box::new(std::iter::once(all.map(|files| settle(files.into_iter().flatten().collect()))))
            }
        }
    }
}

/// One order, whichever recording a file came in with; and of a path that was sealed more than once, what counts.
fn settle(mut files: Vec<(String, Sealed)>) -> Vec<Sealed> {
    // Stable: what was sealed first comes first.
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    // A recording that brings no lifecycle table was sealed with the one of its version, which stands back here too.
    let given = files.iter().any(|(path, sealed)| path != BUILT_IN && *sealed.exchange.operation == *op::LIFECYCLE);
    let mut counts: Vec<bool> = Vec::with_capacity(files.len());
    for same in files.chunk_by(|(one, _), (other, _)| one == other) {
        if same[0].0 == BUILT_IN {
            // The newest table of those that were built in.
            counts.extend((1..=same.len()).map(|number| number == same.len() && !given));
        } else {
            // A file that could not be read, and could in another import, was damaged as a file: the provider did answer.
            let readable = same.iter().any(|(_, sealed)| !is_failure(sealed));
            counts.extend(same.iter().map(|(_, sealed)| !(readable && is_failure(sealed))));
        }
    }
    files.into_iter().zip(counts).filter(|(_, counts)| *counts).map(|((_, sealed), _)| sealed).collect()
}

fn is_failure(sealed: &Sealed) -> bool {
    matches!(sealed.exchange.outcome, Outcome::Failure { .. })
}

impl Batch {
    /// Its exchanges, with the paths of their files.
    fn exchanges(&self, store: &Store, run: &Run, shared: &mut Shared) -> Result<Vec<(String, Sealed)>, Error> {
        let (reader, manifest) = self.open(store)?;
        let entries = (0..).zip(manifest.exchanges).map(|(index, mut entry)| {
            let path = std::mem::take(&mut entry.path);
            Ok((path, exchange(self.leaf, index, entry, &reader, run.observed_at, shared)?))
        });
        entries.collect()
    }

    fn open(&self, store: &Store) -> Result<(PackReader, Manifest), Error> {
        let Batch { leaf, pack, manifest } = self;
        let reader = store.pack(&digest(*leaf, pack)?)?;
        let bytes = reader.manifest()?;
        let wrong = |reason: String| Error::Evidence { leaf: *leaf, reason };
        if sha256(&bytes).to_string() != *manifest {
            return Err(wrong(format!("the manifest of pack {pack} does not hash to {manifest}")));
        }
        let read = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("the manifest of pack {pack} is not one: {error}")))?;
        Ok((reader, read))
    }
}

/// The newest observation sealed, if any.
pub fn newest(store: &Store) -> Result<Option<Timestamp>, Error> {
    let size = store.checkpoint().size;
    let mut newest = None;
    for (index, leaf) in (0..size).zip(store.leaves(0..size)) {
        if let Some(Leaf::Batch { observed_at, .. }) = Leaf::parse(&leaf?) {
            newest = newest.max(Some(time(index, &observed_at)?));
        }
    }
    Ok(newest)
}

fn exchange(
    leaf: u64,
    index: u32,
    entry: crate::manifest::Entry,
    own: &PackReader,
    observed_at: Timestamp,
    shared: &mut Shared,
) -> Result<Sealed, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason: format!("exchange {index}: {reason}") };
    let [cloud, account, region] = entry.scope;
    let cloud = Cloud::from_word(&cloud).ok_or_else(|| wrong(format!("no cloud is called {cloud:?}")))?;
    let body = entry.body.digest().ok_or_else(|| wrong("its digest is none".to_owned()))?;
    let outcome = match entry.failure {
        Some(failure) => Outcome::Failure { kind: failure.kind(), message: failure.message },
        None => Outcome::Answer {
            status: entry.status,
            media_type: shared.text(&entry.media_type),
            body: Digest(body.0),
            bytes: entry.body.bytes,
            redactions: entry.redactions.into(),
        },
    };
    Ok(Sealed {
        exchange: Exchange {
            leaf,
            index,
            run: 0,
            operation: shared.text(&entry.operation),
            scope: Scope::new(cloud, shared.text(&account), shared.text(&region)),
            // Facts name the same hosts: the estate shares these texts with them.
            subject: entry.subject.map(Arc::from),
            page: entry.page,
            observed_at,
            outcome,
        },
        pack: own.clone(),
        other: entry.body.pack.as_deref().map(|pack| digest(leaf, pack)).transpose()?,
        place: entry.body.place(),
        body: (body, entry.body.bytes),
    })
}

fn digest(leaf: u64, text: &str) -> Result<patchseal_log::Digest, Error> {
    text.parse().map_err(|_| Error::Evidence { leaf, reason: format!("{text:?} is no digest") })
}

fn time(leaf: u64, text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::Evidence { leaf, reason: format!("{text:?} is no time") })
}
