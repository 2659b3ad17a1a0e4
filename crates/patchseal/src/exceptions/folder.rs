//! The folder of exceptions: `<id>.toml` and `<id>.<approver>.dsse.json`.

use super::envelope::{self, Said};
use crate::config::{self, Config};
use crate::error::Error;
use patchseal_core::exception::Record;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the folder.
pub const NAME: &str = "exceptions";

/// Where exceptions are, and whether that they are not there says something.
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// A policy stands beside it: no folder is no exceptions. Without one nobody said where to look.
    pub governs: bool,
}

impl Folder {
    /// Beside the policy; else in the working folder.
    pub fn of(config: &Config) -> Folder {
        match &config.folder {
            Some(folder) => Folder { path: folder.join(NAME), governs: true },
            None => Folder { path: PathBuf::from(NAME), governs: false },
        }
    }
}

/// An exception as its files say it.
pub struct Given {
    /// The record.
    pub record: Record,
    /// Its text.
    pub text: String,
    /// Its file, as named in messages.
    pub source: String,
    /// Approvals: file, text, and what it says.
    pub approvals: Vec<(String, String, Said)>,
}

/// Reads the folder; every file, or the first error. `None` where there is nothing to say.
pub fn given(folder: &Folder) -> Result<Option<Vec<Given>>, Error> {
    let all = read(folder)?;
    match all {
        None => Ok(None),
        Some((given, errors)) => match errors.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(Some(given)),
        },
    }
}

/// Reads the folder, with everything that is wrong in it.
pub fn read(folder: &Folder) -> Result<Option<(Vec<Given>, Vec<Error>)>, Error> {
    let path = &folder.path;
    if !path.is_dir() {
        return Ok(folder.governs.then(Default::default));
    }
    let failed = |source| Error::Read { path: path.clone(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    // Bytewise: the order of a directory listing never matters.
    names.sort();
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    let mut errors = Vec::new();
    let (records, others): (Vec<_>, Vec<_>) = names
        .into_iter()
        .filter(|name| !name.starts_with('.') && name != "README.md")
        .partition(|name| name.ends_with(".toml"));
    let mut broken = Vec::new();
    for name in records {
        match record(path, &name) {
            Ok(one) => drop(given.insert(one.record.id.to_string(), one)),
            Err(error) => {
                broken.push(name.trim_end_matches(".toml").to_owned());
                errors.push(error);
            }
        }
    }
    for name in others {
        match approval(path, &name, &mut given) {
            Err(_) if broken.iter().any(|id| name.starts_with(&format!("{id}."))) => {}
            Err(error) => errors.push(error),
            Ok(()) => {}
        }
    }
    Ok(Some((given.into_values().collect(), errors)))
}

fn shown(name: &str) -> String {
    format!("{NAME}/{name}")
}

fn record(folder: &Path, name: &str) -> Result<Given, Error> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let source = shown(name);
    let record = config::exception::parse(&text, &source).map_err(|wrong| Error::Policy {
        path: path.clone(),
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    })?;
    if name.trim_end_matches(".toml") != &*record.id {
        let line = record.lines.get("id").copied().unwrap_or(1) as usize;
        let message =
            format!("the file of {} has to be called {}.toml: a second one would hide it", record.id, record.id);
        return Err(Error::Policy { path, line, column: 1, message });
    }
    Ok(Given { record, text, source, approvals: Vec::new() })
}

fn approval(folder: &Path, name: &str, given: &mut BTreeMap<String, Given>) -> Result<(), Error> {
    let path = folder.join(name);
    let wrong = |line: usize, message: String| Error::Policy { path: path.clone(), line, column: 1, message };
    let Some(stem) = name.strip_suffix(".dsse.json") else {
        return Err(wrong(1, "here are <id>.toml and <id>.<approver>.dsse.json, and nothing else".to_owned()));
    };
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let said = envelope::read(&text).map_err(|(line, message)| wrong(line, message))?;
    if stem != format!("{}.{}", said.exception, said.approver) {
        return Err(wrong(
            1,
            format!("it is the approval of {} by {}, and named otherwise", said.exception, said.approver),
        ));
    }
    let Some(own) = given.get_mut(&said.exception) else {
        return Err(wrong(1, format!("there is no exception {}: {}.toml is missing", said.exception, said.exception)));
    };
    own.approvals.push((shown(name), text, said));
    Ok(())
}
