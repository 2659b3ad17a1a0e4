//! A disk that fails at a chosen step and then is dead, and that remembers what it had not yet made durable.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::disk::{Disk, Os};

/// How the chosen step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not done.
    Before,
    /// It is done.
    After,
    /// Half of a write is done.
    Short,
    /// Half of a write is done and the disk says it is full.
    Full,
    /// A flush fails and what it was to flush is gone.
    FlushDrops,
}

/// What else a fault takes with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outage {
    /// The process dies, the machine lives.
    None,
    /// Everything not flushed is gone.
    All,
    /// Some of it is gone: disks write in any order.
    Some(u64),
}

/// A change that a loss of power may take back.
enum Change {
    Renamed { to: PathBuf, replaced: Option<Vec<u8>> },
    Removed { path: PathBuf, bytes: Vec<u8> },
    Created { path: PathBuf },
}

impl Change {
    fn folder(&self) -> &Path {
        let (Change::Renamed { to: path, .. } | Change::Removed { path, .. } | Change::Created { path }) = self;
        path.parent().unwrap()
    }
}

#[derive(Default)]
struct State {
    steps: usize,
    failed: bool,
    last: String,
    dirty: BTreeSet<PathBuf>,
    changes: Vec<Change>,
}

pub(super) struct Faulty {
    at: usize,
    fault: Fault,
    at_the_checkpoint: bool,
    state: Mutex<State>,
}

impl Faulty {
    pub(super) fn new(at: usize, fault: Fault) -> Arc<Self> {
        Arc::new(Faulty { at, fault, at_the_checkpoint: false, state: Mutex::default() })
    }

    pub(super) fn dying_at_the_checkpoint() -> Arc<Self> {
        Arc::new(Faulty { at: usize::MAX, fault: Fault::Before, at_the_checkpoint: true, state: Mutex::default() })
    }

    pub(super) fn failed(&self) -> bool {
        self.state.lock().unwrap().failed
    }

    pub(super) fn last(&self) -> String {
        self.state.lock().unwrap().last.clone()
    }

    /// Takes back what was not durable when the power went.
    pub(super) fn lose(&self, outage: Outage) {
        let mut state = self.state.lock().unwrap();
        let mut coin = 0;
        let mut lost = |path: &Path| {
            coin += 1;
            match outage {
                Outage::None => false,
                Outage::All => true,
                Outage::Some(seed) => crate::sha256(format!("{seed} {coin} {}", path.display()).as_bytes()).0[0] < 128,
            }
        };
        for path in std::mem::take(&mut state.dirty) {
            if lost(&path) && path.exists() {
                fs::write(path, b"").unwrap();
            }
        }
        for change in std::mem::take(&mut state.changes).into_iter().rev() {
            if !lost(change.folder()) {
                continue;
            }
            match change {
                Change::Renamed { to, replaced: Some(bytes) } => fs::write(to, bytes).unwrap(),
                Change::Renamed { to, replaced: None } => fs::remove_file(to).unwrap(),
                Change::Removed { path, bytes } => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, bytes).unwrap();
                }
                // May be gone already, or still hold what another coin kept, which then cannot be without it.
                Change::Created { path } => drop(fs::remove_dir(path)),
            }
        }
    }

    /// Counts a step; says whether it is to be done, and whether it is to be reported as failed.
    fn step(&self, what: &str, path: &Path) -> (bool, io::Result<()>) {
        let mut state = self.state.lock().unwrap();
        if state.failed {
            return (false, Err(io::Error::other("the process is dead")));
        }
        let step = state.steps;
        state.steps += 1;
        let at_the_checkpoint = self.at_the_checkpoint && what == "rename" && path.ends_with("log/checkpoint");
        if step != self.at && !at_the_checkpoint {
            return (true, Ok(()));
        }
        state.failed = true;
        state.last = format!("{what} {}", path.display());
        let kind = if self.fault == Fault::Full { ErrorKind::StorageFull } else { ErrorKind::Other };
        (self.fault == Fault::After, Err(io::Error::new(kind, "injected")))
    }

    fn note(&self, change: Change) {
        self.state.lock().unwrap().changes.push(change);
    }
}

impl Disk for Arc<Faulty> {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<File> {
        let (done, result) = self.step("write", path);
        let half = result.is_err() && matches!(self.fault, Fault::Short | Fault::Full);
        if done || (half && self.last().starts_with("write")) {
            self.state.lock().unwrap().dirty.insert(path.into());
            let length = if half { bytes.len() / 2 } else { bytes.len() };
            let file = Os.write(path, &bytes[..length])?;
            return result.map(|()| file);
        }
        Err(result.unwrap_err())
    }

    fn sync(&self, path: &Path, file: &File) -> io::Result<()> {
        let (done, result) = self.step("sync", path);
        if done {
            // Only remembered: really flushing would make these tests as slow as the disk.
            self.state.lock().unwrap().dirty.remove(path);
        } else if self.fault == Fault::FlushDrops {
            file.set_len(0)?;
        }
        result
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (done, result) = self.step("rename", to);
        if done {
            let replaced = fs::read(to).ok();
            Os.rename(from, to)?;
            let mut state = self.state.lock().unwrap();
            if state.dirty.remove(from) {
                state.dirty.insert(to.into());
            }
            state.changes.push(Change::Renamed { to: to.into(), replaced });
        }
        result
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let (done, result) = self.step("sync_dir", path);
        if done {
            self.state.lock().unwrap().changes.retain(|change| change.folder() != path);
        }
        result
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let (done, result) = self.step("create_dir", path);
        if done && !path.is_dir() {
            Os.create_dir(path)?;
            self.note(Change::Created { path: path.into() });
        }
        result
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (done, result) = self.step("remove", path);
        if done {
            let bytes = fs::read(path)?;
            Os.remove(path)?;
            self.note(Change::Removed { path: path.into(), bytes });
        }
        result
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { _ = fs::copy(entry.path(), target).unwrap() }
    }
}
