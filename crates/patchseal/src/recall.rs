//! Reads sealed runs back, up to a size of the log and a time of the world: the only way into an evaluation.

use crate::error::Error;
use crate::manifest::{Leaf, Manifest};
use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, Origin, Outcome, Run};
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::{PackReader, Place, Store, sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A sealed run. Its exchanges are read batch by batch: all of them at once would be the largest thing in memory.
pub struct SealedRun {
    /// The run.
    pub run: Run,
    /// Its batches, in the order of their exchanges' paths.
    pub batches: Vec<Batch>,
}

/// A sealed batch.
pub struct Batch {
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
    /// Pack with the body, and where in it.
    pub pack: PackReader,
    /// Place in the pack.
    pub place: Place,
    /// Digest and length of the body.
    pub body: (patchseal_log::Digest, u64),
}

impl Sealed {
    /// The body, checked against its sealed digest.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        let bytes = self.pack.body(self.place, self.body.1)?;
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

/// Reads every run that was observed by `as_of` and sealed within the first `known_at` leaves.
pub fn runs(store: &Store, as_of: Timestamp, known_at: u64) -> Result<Vec<SealedRun>, Error> {
    let mut batches: BTreeMap<String, Vec<(u64, String, String, String)>> = BTreeMap::new();
    let mut observed: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (index, leaf) in (0..known_at).zip(store.leaves(0..known_at)) {
        let Some(Leaf::Batch { run, manifest, pack, logged_at, observed_at, .. }) = Leaf::parse(&leaf?) else {
            continue;
        };
        let time = time(index, &observed_at)?;
        if time <= as_of {
            observed.insert(run.clone(), time);
            batches.entry(run).or_default().push((index, manifest, pack, logged_at));
        }
    }
    let mut runs = Vec::new();
    for (id, leaves) in batches {
        let mut sealed: Option<SealedRun> = None;
        for (leaf, manifest, pack, logged_at) in leaves {
            let batch = Batch { leaf, pack, manifest };
            let run = match &mut sealed {
                Some(run) => run,
                None => {
                    let read = batch.open(store)?.1.run;
                    sealed.insert(SealedRun {
                        run: Run {
                            collector: read.collector,
                            observed_at: observed.get(&id).copied().unwrap_or(Timestamp::UNIX_EPOCH),
                            logged_at: Timestamp::UNIX_EPOCH,
                            origin: if read.origin == "collected" { Origin::Collected } else { Origin::Imported },
                            note: read.note,
                        },
                        batches: Vec::new(),
                    })
                }
            };
            run.run.logged_at = time(leaf, &logged_at)?;
            run.batches.push(batch);
        }
        runs.extend(sealed.map(|run| (id, run)));
    }
    runs.sort_by(|(one_id, one), (other_id, other)| {
        (one.run.observed_at, &one.run.collector, one_id).cmp(&(other.run.observed_at, &other.run.collector, other_id))
    });
    Ok(runs.into_iter().map(|(_, run)| run).collect())
}

impl Batch {
    /// Its exchanges.
    pub fn exchanges(&self, store: &Store, run: &Run, shared: &mut Shared) -> Result<Vec<Sealed>, Error> {
        let (reader, manifest) = self.open(store)?;
        let entries = (0..).zip(manifest.exchanges);
        entries.map(|(index, entry)| exchange(self.leaf, index, entry, &reader, run.observed_at, shared)).collect()
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
            subject: entry.subject.as_deref().map(|subject| shared.text(subject)),
            page: entry.page,
            observed_at,
            outcome,
        },
        pack: own.clone(),
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
