//! Exceptions into the log and back: an evaluation knows what was sealed, and no file.

use super::envelope::{self, Said};
use super::folder::{Folder, Given, given};
use crate::config;
use crate::error::Error;
use crate::manifest::Leaf;
use crate::pipeline::Question;
use crate::store::Opened;
use jiff::Timestamp;
use patchseal_core::estate::Estate;
use patchseal_core::exception::{Approval, ExceptionPolicy, Filed, Signature, Terms};
use patchseal_log::{Store, sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The manifest of an exception's pack.
#[derive(Serialize, Deserialize)]
struct Bundle {
    /// `patchseal.exception-bundle/v1`.
    schema: String,
    /// File.
    source: String,
    /// Its text.
    text: String,
    /// Approvals, by file.
    approvals: Vec<Envelope>,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    source: String,
    text: String,
}

const BUNDLE: &str = "patchseal.exception-bundle/v1";

/// Seals what the folder holds: what changed, and what is gone. Gives the leaves written.
pub fn seal(opened: &mut Opened, folder: &Folder, now: Timestamp) -> Result<Vec<u64>, Error> {
    let Some(given) = given(folder)? else { return Ok(Vec::new()) };
    let mut leaves = Vec::new();
    for one in &given {
        leaves.extend(seal_one(opened, one, now)?);
    }
    let gone: Vec<String> = opened
        .exceptions
        .iter()
        .filter(|(id, sealed)| sealed.is_some() && !given.iter().any(|one| *one.record.id == ***id))
        .map(|(id, _)| id.clone())
        .collect();
    for id in gone {
        let leaf = Leaf::Exception {
            approvals: Vec::new(),
            exception: id.clone(),
            logged_at: now.to_string(),
            pack: None,
            record: None,
            sha256: None,
        };
        leaves.push(opened.writer.append(&[leaf.bytes()])?.start);
        opened.exceptions.insert(id, None);
    }
    Ok(leaves)
}

fn seal_one(opened: &mut Opened, given: &Given, now: Timestamp) -> Result<Option<u64>, Error> {
    let approvals =
        given.approvals.iter().map(|(source, text, _)| Envelope { source: source.clone(), text: text.clone() });
    let bundle = Bundle {
        schema: BUNDLE.to_owned(),
        source: given.source.clone(),
        text: given.text.clone(),
        approvals: approvals.collect(),
    };
    let bytes = serde_json::to_vec(&bundle).unwrap_or_default();
    let digest = sha256(&bytes).to_string();
    let id = given.record.id.to_string();
    if opened.exceptions.get(&id).and_then(Option::as_ref) == Some(&digest) {
        return Ok(None);
    }
    let pack = patchseal_log::PackBuilder::new().finish(&bytes);
    opened.writer.put_pack(&pack)?;
    let leaf = Leaf::Exception {
        approvals: given.approvals.iter().map(|(.., said)| said.approver.clone()).collect(),
        exception: id.clone(),
        logged_at: now.to_string(),
        pack: Some(pack.digest.to_string()),
        record: Some(given.record.digest.to_string()),
        sha256: Some(digest.clone()),
    };
    let range = opened.writer.append(&[leaf.bytes()])?;
    opened.exceptions.insert(id, Some(digest));
    Ok(Some(range.start))
}

/// The text of a sealed exception.
pub fn text(store: &Store, leaf: u64, pack: &str, digest: &str) -> Result<String, Error> {
    Ok(bundle(store, leaf, pack, digest)?.text)
}

fn bundle(store: &Store, leaf: u64, pack: &str, digest: &str) -> Result<Bundle, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason };
    let pack = pack.parse().map_err(|_| wrong(format!("{pack:?} is no digest")))?;
    let bytes = store.pack(&pack)?.manifest()?;
    let found = sha256(&bytes).to_string();
    if found != digest {
        return Err(wrong(format!("its exception hashes to {found}, and {digest} was sealed")));
    }
    serde_json::from_slice(&bytes).map_err(|error| wrong(format!("its exception cannot be read: {error}")))
}

/// Puts what was sealed within the first `known_at` leaves into an estate.
pub fn file(store: &Store, question: &Question<'_>, estate: &mut Estate) -> Result<(), Error> {
    let (filed, approvals) = sealed(store, question.known_at, &question.config.policy.exceptions)?;
    estate.file(filed, approvals);
    super::policy::file(store, question, estate)
}

/// Entries in the order of the log, and approvals by exception.
pub type Held = (Vec<Filed>, BTreeMap<Arc<str>, Vec<Approval>>);

/// What was sealed within the first `known_at` leaves.
pub fn sealed(store: &Store, known_at: u64, policy: &ExceptionPolicy) -> Result<Held, Error> {
    let mut filed = Vec::new();
    let mut approvals: BTreeMap<Arc<str>, Vec<Approval>> = BTreeMap::new();
    // Texts of approvals, with the time that each was sealed first.
    let mut seen: BTreeMap<(Arc<str>, String), ()> = BTreeMap::new();
    for (index, leaf) in (0..known_at).zip(store.leaves(0..known_at)) {
        let leaf = leaf?;
        // Thousands of leaves are batches: the word is looked for before anything is parsed.
        if !leaf.windows(TYPE.len()).any(|part| part == TYPE.as_bytes()) {
            continue;
        }
        let Some(Leaf::Exception { exception, logged_at, pack, sha256: digest, .. }) = Leaf::parse(&leaf) else {
            continue;
        };
        let id: Arc<str> = exception.into();
        let logged_at: Timestamp = logged_at
            .parse()
            .map_err(|_| Error::Evidence { leaf: index, reason: format!("{logged_at:?} is no time") })?;
        let (Some(pack), Some(digest)) = (pack, digest) else {
            filed.push(Filed { id, leaf: index, logged_at, terms: Terms::Removed });
            continue;
        };
        let bundle = bundle(store, index, &pack, &digest)?;
        let terms = match config::exception::parse(&bundle.text, &bundle.source) {
            Ok(record) => Terms::Record(Box::new(record)),
            Err(wrong) => {
                Terms::Unreadable(format!("{}:{}:{}: {}", bundle.source, wrong.line, wrong.column, wrong.message))
            }
        };
        filed.push(Filed { id: id.clone(), leaf: index, logged_at, terms });
        for Envelope { source, text } in bundle.approvals {
            if seen.insert((id.clone(), text.clone()), ()).is_some() {
                continue;
            }
            let Ok(said) = envelope::read(&text) else { continue };
            approvals.entry(id.clone()).or_default().push(approval(&id, &said, &source, logged_at, policy));
        }
    }
    Ok((filed, approvals))
}

/// An approval as the policy sees it.
pub fn approval(id: &str, said: &Said, source: &str, logged_at: Timestamp, policy: &ExceptionPolicy) -> Approval {
    let signature = match said.verify(policy) {
        Ok(()) if said.exception == id => Signature::Valid,
        Ok(()) => Signature::Wrong(format!("it approves {}", said.exception)),
        Err(why) => Signature::Wrong(why),
    };
    Approval {
        approver: said.approver.as_str().into(),
        record: said.record,
        signed_at: said.signed_at,
        logged_at,
        signature,
        source: source.into(),
    }
}

const TYPE: &str = "\"type\":\"exception/v1\"";
