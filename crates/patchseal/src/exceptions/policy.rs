//! Approvals of the policy: `<policy>.<approver>.dsse.json` beside it, into the log and back.

use super::envelope::{self, Said};
use crate::config::Config;
use crate::error::Error;
use crate::manifest::Leaf;
use crate::pipeline::Question;
use crate::store::Opened;
use jiff::Timestamp;
use patchseal_core::estate::{Estate, PolicyLeaf};
use patchseal_core::exception::Signature;
use patchseal_core::policy::{Policy, PolicyApproval};
use patchseal_log::{Store, sha256};
use std::path::Path;

/// End of the names of approvals.
const ENDING: &str = ".dsse.json";

/// Whether a file beside a recording is an approval of its policy, and no answer.
pub fn is_approval(name: &str) -> bool {
    let stem = crate::config::FILE.trim_end_matches("toml");
    name.starts_with(stem) && name.ends_with(ENDING)
}

/// The file of an approval, beside the policy.
pub fn file_name(source: &str, approver: &str) -> String {
    format!("{}.{approver}{ENDING}", source.trim_end_matches(".toml"))
}

/// Approvals beside the policy: file, text, and what it says. The first that cannot be read is an error.
pub fn given(config: &Config) -> Result<Vec<(String, String, Said)>, Error> {
    let Some(folder) = &config.folder else { return Ok(Vec::new()) };
    // A policy that is named by its file alone stands in the working folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
    let failed = |source| Error::Read { path: folder.to_path_buf(), source };
    let start = format!("{}.", config.policy.source.trim_end_matches(".toml"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&start) && name.ends_with(ENDING) {
            names.push(name);
        }
    }
    // Bytewise: the order of a directory listing never matters.
    names.sort();
    let mut all = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let wrong = |line: usize, message: String| Error::Policy { path: path.clone(), line, column: 1, message };
        let said = envelope::read_policy(&text).map_err(|(line, message)| wrong(line, message))?;
        let expected = file_name(&said.exception, &said.approver);
        if name != expected {
            let message = format!("it is the approval of {} by {}, and named otherwise", said.exception, said.approver);
            return Err(wrong(1, message));
        }
        all.push((name, text, said));
    }
    Ok(all)
}

/// Seals approvals that were not sealed before. Gives the leaves written.
pub fn seal(opened: &mut Opened, config: &Config, now: Timestamp) -> Result<Vec<u64>, Error> {
    let mut leaves = Vec::new();
    for (source, text, said) in given(config)? {
        let digest = sha256(text.as_bytes()).to_string();
        if opened.policy_approvals.contains(&digest) {
            continue;
        }
        let pack = patchseal_log::PackBuilder::new().finish(text.as_bytes());
        opened.writer.put_pack(&pack)?;
        let leaf = Leaf::PolicyApproval {
            approver: said.approver,
            logged_at: now.to_string(),
            pack: pack.digest.to_string(),
            policy: said.record.to_string(),
            sha256: digest.clone(),
            source,
        };
        leaves.push(opened.writer.append(&[leaf.bytes()])?.start);
        opened.policy_approvals.insert(digest);
    }
    Ok(leaves)
}

/// Puts what was sealed of the policy within the first `known_at` leaves into an estate.
pub fn file(store: &Store, question: &Question<'_>, estate: &mut Estate) -> Result<(), Error> {
    let config = question.config;
    let own = sha256(config.text.as_bytes()).to_string();
    let (mut sealed, mut approvals) = (None, Vec::new());
    for (index, leaf) in (0..question.known_at).zip(store.leaves(0..question.known_at)) {
        let leaf = leaf?;
        // Thousands of leaves are batches: the word is looked for before anything is parsed.
        if !leaf.windows(TYPE.len()).any(|part| part == TYPE.as_bytes()) {
            continue;
        }
        let time = |text: &str| {
            text.parse().map_err(|_| Error::Evidence { leaf: index, reason: format!("{text:?} is no time") })
        };
        match Leaf::parse(&leaf) {
            Some(Leaf::Policy { logged_at, sha256, .. }) if sha256 == own && sealed.is_none() => {
                sealed = Some(PolicyLeaf { leaf: index, logged_at: time(&logged_at)? });
            }
            Some(Leaf::PolicyApproval { logged_at, pack, sha256, source, .. }) => {
                let text = text(store, index, &pack, &sha256)?;
                let Ok(said) = envelope::read_policy(&text) else { continue };
                let logged_at = time(&logged_at)?;
                approvals
                    .push((PolicyLeaf { leaf: index, logged_at }, approval(&said, source, logged_at, &config.policy)));
            }
            _ => {}
        }
    }
    estate.govern(sealed, approvals);
    Ok(())
}

/// The text of a sealed policy or approval.
pub fn text(store: &Store, leaf: u64, pack: &str, digest: &str) -> Result<String, Error> {
    let wrong = |reason: String| Error::Evidence { leaf, reason };
    let pack = pack.parse().map_err(|_| wrong(format!("{pack:?} is no digest")))?;
    let bytes = store.pack(&pack)?.manifest()?;
    let found = sha256(&bytes).to_string();
    if found != digest {
        return Err(wrong(format!("its text hashes to {found}, and {digest} was sealed")));
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is no text".to_owned()))
}

fn approval(said: &Said, source: String, logged_at: Timestamp, policy: &Policy) -> PolicyApproval {
    let signature = match said.verify(&policy.exceptions) {
        Ok(()) => Signature::Valid,
        Err(why) => Signature::Wrong(why),
    };
    PolicyApproval {
        approver: said.approver.as_str().into(),
        policy: said.record,
        signed_at: said.signed_at,
        logged_at,
        signature,
        source: source.into(),
    }
}

const TYPE: &str = "\"type\":\"policy";
