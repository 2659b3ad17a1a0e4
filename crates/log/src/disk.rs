//! Every change to the file system goes through here, so that tests can make each one fail.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::Result;
use crate::error::At as _;

/// The file operations a writer needs.
pub(crate) trait Disk: Send + Sync {
    /// Creates or replaces a file; the bytes need not be durable yet.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<File>;
    /// Makes the bytes of a file durable.
    fn sync(&self, path: &Path, file: &File) -> io::Result<()>;
    /// Renames within a file system, replacing what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Creates one folder; its being there already is no error.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of the operating system.
#[derive(Debug)]
pub(crate) struct Os;

impl Disk for Os {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<File> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        Ok(file)
    }

    fn sync(&self, _path: &Path, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // Windows cannot open a folder as a file, and journals names by itself.
        if cfg!(windows) { Ok(()) } else { File::open(path)?.sync_all() }
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Files on their way into the store: each is written aside, made durable, then renamed; folders are made durable
/// once, at the end.
pub(crate) struct Batch<'a> {
    disk: &'a dyn Disk,
    dir: &'a Path,
    waiting: Vec<Waiting>,
    made: u64,
    folders: BTreeSet<PathBuf>,
}

struct Waiting {
    aside: PathBuf,
    file: File,
    target: PathBuf,
}

/// Flushing in groups lets the file system commit its journal once for many files.
const GROUP: usize = 64;

impl<'a> Batch<'a> {
    pub(crate) fn new(disk: &'a dyn Disk, dir: &'a Path) -> Self {
        Batch { disk, dir, waiting: Vec::new(), made: 0, folders: BTreeSet::new() }
    }

    /// Adds a file by its path relative to the store.
    pub(crate) fn put(&mut self, relative: &str, bytes: &[u8]) -> Result<()> {
        let aside = self.dir.join("tmp").join(self.made.to_string());
        self.made += 1;
        let file = self.disk.write(&aside, bytes).writing(&aside)?;
        self.waiting.push(Waiting { aside, file, target: self.dir.join(relative) });
        if self.waiting.len() >= GROUP { self.flush() } else { Ok(()) }
    }

    /// Makes all of it durable under its final names.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        for folder in &self.folders {
            self.disk.sync_dir(folder).writing(folder)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        for Waiting { aside, file, .. } in &self.waiting {
            self.disk.sync(aside, file).writing(aside)?;
        }
        for Waiting { aside, target, .. } in std::mem::take(&mut self.waiting) {
            if let Some(folder) = target.parent() {
                self.enter(folder)?;
            }
            self.disk.rename(&aside, &target).writing(&target)?;
        }
        Ok(())
    }

    /// Notes a folder for flushing and creates it where needed, with all above it up to the store: one that is there
    /// may be there only because a writer that died had not come to flush it.
    fn enter(&mut self, folder: &Path) -> Result<()> {
        if !self.folders.insert(folder.to_owned()) || folder == self.dir {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.enter(above)?;
        }
        if folder.is_dir() { Ok(()) } else { self.disk.create_dir(folder).writing(folder) }
    }
}
