//! Reads sealed runs back, up to a size of the log and a time of the world: the only way into an evaluation.

use crate::error::Error;
use crate::manifest::{Leaf, Manifest};
use crate::seal::BUILT_IN;
use jiff::Timestamp;
use patchseal_core::exchange::{Digest, Exchange, Origin, Outcome, Run};
use patchseal_core::op;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::{PackReader, Place, Store, sha256};
use std::collections::BTreeMap;

/// A sealed run.
pub struct SealedRun {
    /// The run.
    pub run: Run,
    /// Its exchanges, in the order of their paths.
    pub exchanges: Vec<Sealed>,
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

/// Reads every run that was observed by `as_of` and sealed within the first `known_at` leaves. What a collector
/// observed at one time is one run, in however many recordings and batches it was sealed.
pub fn runs(store: &Store, as_of: Timestamp, known_at: u64) -> Result<Vec<SealedRun>, Error> {
    let mut batches: BTreeMap<Timestamp, Vec<(u64, String, String, String)>> = BTreeMap::new();
    for (index, leaf) in (0..known_at).zip(store.leaves(0..known_at)) {
        let Some(Leaf::Batch { manifest, pack, logged_at, observed_at, .. }) = Leaf::parse(&leaf?) else {
            continue;
        };
        let time = time(index, &observed_at)?;
        if time <= as_of {
            batches.entry(time).or_default().push((index, manifest, pack, logged_at));
        }
    }
    let mut runs = Vec::new();
    for (observed_at, leaves) in batches {
        let mut collectors: BTreeMap<String, (Run, Vec<(String, Sealed)>)> = BTreeMap::new();
        for (leaf, manifest, pack, logged_at) in leaves {
            let reader = store.pack(&digest(leaf, &pack)?)?;
            let bytes = reader.manifest()?;
            if sha256(&bytes).to_string() != manifest {
                return Err(Error::Evidence {
                    leaf,
                    reason: format!("the manifest of pack {pack} does not hash to {manifest}"),
                });
            }
            let read: Manifest = serde_json::from_slice(&bytes).map_err(|error| Error::Evidence {
                leaf,
                reason: format!("the manifest of pack {pack} is not one: {error}"),
            })?;
            let (run, exchanges) = collectors.entry(read.run.collector.clone()).or_insert_with(|| {
                let run = Run {
                    collector: read.run.collector.clone(),
                    observed_at,
                    logged_at: Timestamp::UNIX_EPOCH,
                    origin: if read.run.origin == "collected" { Origin::Collected } else { Origin::Imported },
                    note: read.run.note.clone(),
                };
                (run, Vec::new())
            });
            run.logged_at = run.logged_at.max(time(leaf, &logged_at)?);
            for (index, entry) in read.exchanges.into_iter().enumerate() {
                exchanges.push((entry.path.clone(), exchange(leaf, index as u32, entry, &reader, observed_at)?));
            }
        }
        runs.extend(collectors.into_values().map(|(run, exchanges)| SealedRun { run, exchanges: settle(exchanges) }));
    }
    Ok(runs)
}

/// One order, whichever recording a file came in with; and of a path that was sealed more than once, what counts.
fn settle(mut files: Vec<(String, Sealed)>) -> Vec<Sealed> {
    // Stable: what was sealed first comes first.
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    // A recording that brings no lifecycle table was sealed with the one of its version, which stands back here too.
    let given = files.iter().any(|(path, sealed)| path != BUILT_IN && sealed.exchange.operation == op::LIFECYCLE);
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
) -> Result<Sealed, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason: format!("exchange {index}: {reason}") };
    let [cloud, account, region] = entry.scope;
    let cloud = Cloud::from_word(&cloud).ok_or_else(|| wrong(format!("no cloud is called {cloud:?}")))?;
    let body = entry.body.digest().ok_or_else(|| wrong("its digest is none".to_owned()))?;
    let outcome = match entry.failure {
        Some(failure) => Outcome::Failure { kind: failure.kind(), message: failure.message },
        None => Outcome::Answer {
            status: entry.status,
            media_type: entry.media_type,
            body: Digest(body.0),
            bytes: entry.body.bytes,
            redactions: entry.redactions,
        },
    };
    Ok(Sealed {
        exchange: Exchange {
            leaf,
            index,
            run: 0,
            operation: entry.operation,
            scope: Scope::new(cloud, account, region),
            subject: entry.subject,
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
