//! Recordings: folders of saved answers. A path says what was asked, where and about what; nothing else does.

use crate::error::Error;
use jiff::Timestamp;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_sources::{Operation, Reach};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One recording.
pub struct Recording {
    /// Its folder.
    pub folder: PathBuf,
    /// When the sources were asked.
    pub observed_at: Timestamp,
    /// Who asked. The latest recording of a collector speaks for every scope that the collector ever read.
    pub collector: String,
    /// Free text.
    pub note: String,
    /// Files, in the order of their paths.
    pub files: Vec<File>,
}

/// One file of a recording.
pub struct File {
    /// Path relative to the recording, with `/`.
    pub path: String,
    /// What it is an answer to; or why it is none.
    pub question: Result<Question, String>,
}

/// What a file's path says.
pub struct Question {
    /// Operation.
    pub operation: &'static Operation,
    /// Where it was asked.
    pub scope: Scope,
    /// About what.
    pub subject: Option<String>,
    /// Page, from 1.
    pub page: u32,
    /// HTTP status, 200 unless the name says otherwise.
    pub status: u16,
}

/// Name of the file that makes a folder a recording.
const MARKER: &str = "recording.toml";

/// Finds the recordings in a folder: the folder itself, or those inside it; in order of observation.
pub fn find(folder: &Path) -> Result<Vec<Recording>, Error> {
    let read = |source| Error::Read { path: folder.to_path_buf(), source };
    let mut recordings = Vec::new();
    if folder.join(MARKER).is_file() {
        recordings.push(open(folder)?);
    } else {
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.join(MARKER).is_file() {
                recordings.push(open(&path)?);
            }
        }
    }
    if recordings.is_empty() {
        let shown = folder.display();
        return Err(Error::Usage(format!(
            "{shown} holds no recording: a recording is a folder with a {MARKER} (observed_at = \"2026-11-24T06:00:00Z\") \
             and answers under aws/, azure/, feeds/, inventory/ or changes/; see docs/recordings.md"
        )));
    }
    recordings.sort_by(|one, other| {
        (one.observed_at, &one.collector, &one.folder).cmp(&(other.observed_at, &other.collector, &other.folder))
    });
    Ok(recordings)
}

fn open(folder: &Path) -> Result<Recording, Error> {
    let path = folder.join(MARKER);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let marker = crate::config::recording(&text).map_err(|wrong| Error::Policy {
        path,
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    })?;
    let mut paths = Vec::new();
    walk(folder, "", &mut paths)?;
    // Bytewise, so that the order of a directory listing never matters.
    paths.sort();
    let by_id: BTreeMap<&str, &'static Operation> =
        patchseal_sources::operations().into_iter().map(|operation| (operation.id, operation)).collect();
    let files = paths.into_iter().map(|path| File { question: question(&path, &by_id), path }).collect();
    Ok(Recording {
        folder: folder.to_path_buf(),
        observed_at: marker.observed_at,
        collector: marker.collector,
        note: marker.note,
        files,
    })
}

/// Every file below a folder, but the marker, the policy and what stands beside recordings for people.
fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Error> {
    let read = |source| Error::Read { path: folder.to_path_buf(), source };
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let approves = prefix.is_empty() && crate::exceptions::policy::is_approval(&name);
        if name.starts_with('.')
            || approves
            || prefix.is_empty()
                && [MARKER, crate::config::FILE, crate::exceptions::folder::NAME, "README.md"].contains(&name.as_str())
        {
            continue;
        }
        if entry.file_type().map_err(read)?.is_dir() {
            walk(&entry.path(), &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// What a path is an answer to.
fn question(path: &str, operations: &BTreeMap<&str, &'static Operation>) -> Result<Question, String> {
    let parts: Vec<&str> = path.split('/').collect();
    let known = |id: &str| operations.get(id).copied();
    match parts.as_slice() {
        ["aws", account, region, name] => {
            let name = Name::parse(name)?;
            let operation = known(&name.operation)
                .ok_or_else(|| unknown(&name.operation, "ssm.DescribeInstancePatches@i-0abc.1.json"))?;
            let scope = Scope::new(Cloud::Aws, *account, *region);
            Ok(name.into_question(operation, scope))
        }
        ["azure", account, name] => {
            let name = Name::parse(name)?;
            let operation =
                known(&name.operation).ok_or_else(|| unknown(&name.operation, "resource-graph.Resources.1.json"))?;
            Ok(name.into_question(operation, Scope::new(Cloud::Azure, account.to_ascii_lowercase(), Scope::GLOBAL)))
        }
        ["resource-data-sync", .., kind, account, region, _, file]
            if kind.starts_with("AWS:") && account.starts_with("accountid=") && region.starts_with("region=") =>
        {
            let id = format!("resource-data-sync.{}", kind.trim_start_matches("AWS:"));
            let operation =
                known(&id).ok_or_else(|| format!("{kind} is a type of Resource Data Sync that is not read"))?;
            let scope =
                Scope::new(Cloud::Aws, account.trim_start_matches("accountid="), region.trim_start_matches("region="));
            let subject = file.trim_end_matches(".json").to_owned();
            Ok(Question { operation, scope, subject: Some(subject), page: 1, status: 200 })
        }
        ["feeds", "osv", file] if [".json", ".jsonl", "modified_id.csv"].iter().any(|end| file.ends_with(end)) => {
            relations("osv", file, &known)
        }
        ["feeds", file] if file.ends_with("updateinfo.xml") => relations("amazon", file, &known),
        ["feeds", file] if file.starts_with("msrc") && is_csaf(file) => relations("msrc", file, &known),
        ["feeds", file] if file.starts_with("redhat") && is_csaf(file) => relations("redhat", file, &known),
        ["feeds", file] => {
            let name = file.split('.').next().unwrap_or(file);
            let operation = known(&format!("feeds.{name}")).ok_or_else(|| {
                "no feed has this name: feeds are feeds/kev.json, feeds/epss.csv, feeds/lifecycle.json, feeds/msrc*.json, \
                 feeds/redhat*.json, feeds/osv/*.json or .jsonl, and feeds/*updateinfo.xml, all unpacked"
                    .to_owned()
            })?;
            Ok(Question {
                operation,
                scope: Scope::new(Cloud::Feeds, name, Scope::GLOBAL),
                subject: None,
                page: 1,
                status: 200,
            })
        }
        ["changes", file] if file.ends_with(".csv") || file.ends_with(".json") => {
            let stem = file.strip_suffix(".csv").or_else(|| file.strip_suffix(".json")).unwrap_or(file);
            let refused = stem.rsplit_once(".http").and_then(|(rest, status)| Some((rest, status.parse().ok()?)));
            let (stem, status) = refused.unwrap_or((stem, 200));
            let numbered = stem.rsplit_once('.').and_then(|(name, page)| Some((name, page.parse().ok()?)));
            let (name, page) = numbered.unwrap_or((stem, 1));
            if page == 0 {
                return Err("pages are numbered from 1".to_owned());
            }
            let operation = known("changes.Records").ok_or("change records are not read")?;
            let scope = Scope::new(Cloud::Changes, name, Scope::GLOBAL);
            Ok(Question { operation, scope, subject: None, page, status })
        }
        ["inventory", file] if file.ends_with(".csv") => {
            let name = file.trim_end_matches(".csv");
            let operation = known("inventory.Hosts").ok_or("inventories are not read")?;
            Ok(Question {
                operation,
                scope: Scope::new(Cloud::Inventory, name, Scope::GLOBAL),
                subject: None,
                page: 1,
                status: 200,
            })
        }
        _ => Err(
            "no such place in a recording: answers lie under aws/<account>/<region|global>/, azure/<subscription>/, \
                  resource-data-sync/, feeds/, inventory/ or changes/"
                .to_owned(),
        ),
    }
}

/// One file of a feed that says which fix removes which weakness: there can be any number of them.
/// A document of a feed, or the index of the directory that it comes from.
fn is_csaf(file: &str) -> bool {
    [".json", "changes.csv", "index.txt"].iter().any(|end| file.ends_with(end))
}

fn relations(feed: &str, file: &str, known: &dyn Fn(&str) -> Option<&'static Operation>) -> Result<Question, String> {
    let operation = known(&format!("feeds.{feed}")).ok_or("this feed is not read")?;
    let scope = Scope::new(Cloud::Feeds, feed, Scope::GLOBAL);
    Ok(Question { operation, scope, subject: Some(file.to_owned()), page: 1, status: 200 })
}

fn unknown(id: &str, sample: &str) -> String {
    format!(
        "{id:?} is no operation that is read: file names look like {sample}; `patchseal explain --operations` lists them"
    )
}

/// The parts of `<service>.<Operation>[@<subject>][.<page>][.http<status>].json`.
struct Name {
    operation: String,
    subject: Option<String>,
    page: u32,
    status: u16,
}

impl Name {
    fn parse(file: &str) -> Result<Name, String> {
        let stem = file
            .strip_suffix(".json")
            .or_else(|| file.strip_suffix(".xml"))
            .ok_or("an answer's file name ends in .json, or .xml where the service speaks it")?;
        let (mut rest, mut status, mut page) = (stem, 200, 1);
        if let Some((head, tail)) = rest.rsplit_once(".http")
            && let Ok(number) = tail.parse()
        {
            (rest, status) = (head, number);
        }
        if let Some((head, tail)) = rest.rsplit_once('.')
            && head.contains('.')
            && let Ok(number) = tail.parse()
        {
            (rest, page) = (head, number);
        }
        let (operation, subject) = match rest.split_once('@') {
            Some((operation, subject)) => (operation, Some(decode(subject))),
            None => (rest, None),
        };
        if page == 0 {
            return Err("pages are numbered from 1".to_owned());
        }
        Ok(Name { operation: operation.to_owned(), subject, page, status })
    }

    fn into_question(self, operation: &'static Operation, scope: Scope) -> Question {
        // Organisation-wide answers may be saved under any region of the account that asked.
        let scope = match operation.reach {
            Reach::Organisation | Reach::Account => scope.account_wide(),
            Reach::Region | Reach::Resource => scope,
        };
        Question { operation, scope, subject: self.subject, page: self.page, status: self.status }
    }
}

/// Subjects with characters that file names cannot hold are percent-encoded.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(file: &str) -> (String, Option<String>, u32, u16) {
        let name = Name::parse(file).unwrap();
        (name.operation, name.subject, name.page, name.status)
    }

    #[test]
    fn names_tell_operation_subject_page_and_status() {
        assert_eq!(name("ec2.DescribeInstances.json"), ("ec2.DescribeInstances".into(), None, 1, 200));
        assert_eq!(name("ec2.DescribeInstances.2.json"), ("ec2.DescribeInstances".into(), None, 2, 200));
        assert_eq!(name("ec2.DescribeInstances.xml").2, 1);
        assert_eq!(
            name("ssm.DescribeInstancePatches@i-0abc.3.http403.json"),
            ("ssm.DescribeInstancePatches".into(), Some("i-0abc".into()), 3, 403)
        );
        assert_eq!(name("ssm.GetCalendarState@retail%2Ffreeze.json").1.as_deref(), Some("retail/freeze"));
        assert!(Name::parse("notes.txt").is_err());
        assert!(Name::parse("ec2.DescribeInstances.0.json").is_err());
    }
}
