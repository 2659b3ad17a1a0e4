//! The evidence store at the edge: where it is, who signs, what was sealed before.

use crate::error::Error;
use crate::manifest::Leaf;
use jiff::Timestamp;
use patchseal_log::{Key, Store, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A store open for writing.
pub struct Opened {
    /// Its folder.
    pub folder: PathBuf,
    /// The single writer.
    pub writer: Writer,
    /// Runs sealed before.
    pub runs: BTreeSet<String>,
    /// Digest of the policy sealed last.
    pub policy: Option<String>,
    /// Digests of approvals of policies.
    pub policy_approvals: BTreeSet<String>,
    /// Digest of the own controls sealed last.
    pub controls: Option<String>,
    /// Leaf of the evaluation sealed last.
    pub evaluation: Option<u64>,
    /// Digests of exceptions sealed last; none where the file is gone.
    pub exceptions: BTreeMap<String, Option<String>>,
    /// It was made just now.
    pub created: bool,
}

/// Name of the private key in a store.
const KEY: &str = "log.key";

/// Whether there is a store in a folder.
pub fn exists(folder: &Path) -> bool {
    folder.join("log").join("checkpoint").is_file()
}

/// Makes a store with a new key. Refuses where there is one. A key that an interrupted attempt left behind is used.
pub fn create(folder: &Path, origin: &str) -> Result<Writer, Error> {
    let path = folder.join(KEY);
    let key = if path.is_file() {
        Key::load(&path)?
    } else {
        std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_path_buf(), source })?;
        let key = Key::generate(origin)?;
        key.save(&path)?;
        key
    };
    Ok(Writer::create(folder, &key)?)
}

/// Opens a store for writing; makes one where there is none.
pub fn open_or_create(folder: &Path) -> Result<Opened, Error> {
    let created = !exists(folder);
    let writer = if created {
        create(folder, &default_origin(folder))?
    } else {
        Writer::open(folder, &Key::load(folder.join(KEY))?)?
    };
    let mut opened = Opened {
        folder: folder.to_path_buf(),
        writer,
        runs: BTreeSet::new(),
        policy: None,
        policy_approvals: BTreeSet::new(),
        controls: None,
        evaluation: None,
        exceptions: BTreeMap::new(),
        created,
    };
    opened.recall()?;
    Ok(opened)
}

/// An origin that tells one store from another: no two stores of one machine share it.
pub fn default_origin(_: &Path) -> String {
    let seed = format!("{:?}{:?}", std::time::SystemTime::now(), std::process::id());
    let digest = patchseal_log::sha256(seed.as_bytes()).to_string();
    format!("patchseal.local/{}", &digest[..12])
}

impl Opened {
    /// Reads what was sealed before.
    fn recall(&mut self) -> Result<(), Error> {
        let reader = self.writer.reader()?;
        let size = reader.checkpoint().size;
        for (index, leaf) in (0..size).zip(reader.leaves(0..size)) {
            match Leaf::parse(&leaf?) {
                Some(Leaf::Batch { run, .. }) => {
                    self.runs.insert(run);
                }
                Some(Leaf::Policy { sha256, .. }) => self.policy = Some(sha256),
                Some(Leaf::PolicyApproval { sha256, .. }) => {
                    self.policy_approvals.insert(sha256);
                }
                Some(Leaf::Controls { sha256, .. }) => self.controls = Some(sha256),
                Some(Leaf::Evaluation { .. }) => self.evaluation = Some(index),
                Some(Leaf::Exception { exception, sha256, .. }) => {
                    self.exceptions.insert(exception, sha256);
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Seals a policy, unless it is the one sealed last.
    pub fn seal_policy(&mut self, config: &crate::config::Config, now: Timestamp) -> Result<(), Error> {
        let digest = patchseal_log::sha256(config.text.as_bytes()).to_string();
        if self.policy.as_deref() == Some(digest.as_str()) {
            return Ok(());
        }
        let pack = patchseal_log::PackBuilder::new().finish(config.text.as_bytes());
        self.writer.put_pack(&pack)?;
        let leaf = Leaf::Policy {
            logged_at: now.to_string(),
            pack: pack.digest.to_string(),
            sha256: digest.clone(),
            source: config.policy.source.clone(),
        };
        self.writer.append(&[leaf.bytes()])?;
        self.policy = Some(digest);
        Ok(())
    }
}

impl Opened {
    /// Seals own controls, unless they are those sealed last, or there are none and never were.
    pub fn seal_controls(&mut self, text: &str, now: Timestamp) -> Result<(), Error> {
        let digest = patchseal_log::sha256(text.as_bytes()).to_string();
        if self.controls.as_deref() == Some(digest.as_str()) || (self.controls.is_none() && text.is_empty()) {
            return Ok(());
        }
        let pack = patchseal_log::PackBuilder::new().finish(text.as_bytes());
        self.writer.put_pack(&pack)?;
        let leaf = Leaf::Controls { logged_at: now.to_string(), pack: pack.digest.to_string(), sha256: digest.clone() };
        self.writer.append(&[leaf.bytes()])?;
        self.controls = Some(digest);
        Ok(())
    }
}

/// Opens a store for reading.
pub fn read(folder: &Path) -> Result<Store, Error> {
    if !exists(folder) {
        return Err(Error::NoStore { path: folder.to_path_buf() });
    }
    Ok(Store::open(folder)?)
}
