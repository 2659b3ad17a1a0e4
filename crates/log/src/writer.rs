//! The only way to change a store. Nothing is acknowledged before the checkpoint that covers it is durable, and no
//! checkpoint is signed before everything it covers is.

mod recover;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::bundle::{self, MAX_LEAF};
use crate::disk::{Batch, Disk, Os};
use crate::edge::Edge;
use crate::error::At as _;
use crate::tile::{self, Kind, LEVELS, WIDTH};
use crate::{Checkpoint, Error, Key, Pack, Result, Store};

/// A store opened for writing. Holds the lock of the store until it is dropped.
pub struct Writer {
    dir: PathBuf,
    key: Key,
    disk: Box<dyn Disk>,
    edge: Edge,
    /// Leaves of the partial entry bundle, as stored.
    entries: Vec<u8>,
    checkpoint: Checkpoint,
    poisoned: bool,
    _lock: File,
}

impl Writer {
    /// Makes an empty store in `dir`, with `log.vkey` beside the log, and opens it. Fails where a log, packs or
    /// the public key of another log are; nothing is ever overwritten. The private key stays with the caller, who may
    /// keep it in the store with [`Key::save`] or elsewhere.
    pub fn create(dir: impl AsRef<Path>, key: &Key) -> Result<Self> {
        Self::create_on(dir.as_ref(), key, Box::new(Os))
    }

    /// Opens a store: takes the lock, requires the checkpoint to carry the signature of `key` and to agree with
    /// the right edge, and removes what an interrupted append left behind.
    pub fn open(dir: impl AsRef<Path>, key: &Key) -> Result<Self> {
        Self::open_on(dir.as_ref(), key, Box::new(Os))
    }

    /// Stores a pack durably before any leaf may rely on it. Does nothing when the very same bytes are there.
    pub fn put_pack(&mut self, pack: &Pack) -> Result<()> {
        self.healthy()?;
        let relative = Pack::path(&pack.digest);
        let path = self.dir.join(&relative);
        // The folders are flushed in either case: whoever renamed the file may have died before flushing.
        let stored = fs::metadata(&path).is_ok_and(|found| found.len() == pack.bytes.len() as u64)
            && fs::read(&path).reading(&path)? == pack.bytes;
        self.poisoned = true;
        if stored {
            for folder in path.ancestors().skip(1).take(3) {
                self.disk.sync_dir(folder).writing(folder)?;
            }
        } else {
            let mut batch = Batch::new(&*self.disk, &self.dir);
            batch.put(&relative, &pack.bytes)?;
            batch.finish()?;
        }
        self.poisoned = false;
        Ok(())
    }

    /// Appends leaves, all of them or none, and says which indices they got. When this returns, they are durable
    /// and the checkpoint covers them. After an error they may or may not be in the log: open the store again and
    /// look at its checkpoint.
    pub fn append(&mut self, leaves: &[Vec<u8>]) -> Result<Range<u64>> {
        self.healthy()?;
        let first = self.edge.size();
        for (index, leaf) in (first..).zip(leaves) {
            if leaf.len() > MAX_LEAF {
                return Err(Error::LeafTooLarge { index, bytes: leaf.len() });
            }
        }
        if leaves.is_empty() {
            return Ok(first..first);
        }
        // A failure leaves the disk somewhere between two states, and signing from a wrong one cannot be undone.
        self.poisoned = true;
        self.write_leaves(leaves)?;
        self.poisoned = false;
        self.remove_superseded(first);
        Ok(first..self.edge.size())
    }

    /// The checkpoint last committed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// A reader of what is committed now.
    pub fn reader(&self) -> Result<Store> {
        Store::open(&self.dir)
    }

    fn healthy(&self) -> Result<()> {
        if self.poisoned { Err(Error::Poisoned { path: self.dir.clone() }) } else { Ok(()) }
    }

    /// Entry bundles, then full tiles, then the partial ones, last the checkpoint.
    fn write_leaves(&mut self, leaves: &[Vec<u8>]) -> Result<()> {
        let mut edge = self.edge.clone();
        let mut entries = self.entries.clone();
        let mut tiles = Vec::new();
        let mut batch = Batch::new(&*self.disk, &self.dir);
        for leaf in leaves {
            bundle::push(&mut entries, leaf);
            edge.push(leaf, |tile| tiles.push(tile));
            if edge.size().is_multiple_of(WIDTH) {
                batch.put(&tile::path(Kind::Entries, edge.size() / WIDTH - 1, WIDTH), &entries)?;
                entries.clear();
            }
        }
        if !entries.is_empty() {
            let (index, width) = Kind::Entries.edge(edge.size());
            batch.put(&tile::path(Kind::Entries, index, width), &entries)?;
        }
        for full in &tiles {
            batch.put(&tile::path(Kind::Hashes(full.level), full.index, WIDTH), &hash_bytes(&full.hashes))?;
        }
        for level in 0..LEVELS {
            let kind = Kind::Hashes(level);
            let (index, width) = kind.edge(edge.size());
            // An unchanged partial of a high level is durable already.
            if width > 0 && kind.edge(self.edge.size()) != (index, width) {
                batch.put(&tile::path(kind, index, width), &hash_bytes(edge.partial(level)))?;
            }
        }
        batch.finish()?;
        let checkpoint = Checkpoint { origin: self.checkpoint.origin.clone(), size: edge.size(), root: edge.root() };
        commit(&*self.disk, &self.dir, &self.key, &checkpoint)?;
        self.edge = edge;
        self.entries = entries;
        self.checkpoint = checkpoint;
        Ok(())
    }

    /// Drops the partial tiles that ended the log at `before` leaves. The append is already acknowledged by the
    /// checkpoint, so a failure is not one of the append: the next opening removes what stays.
    fn remove_superseded(&self, before: u64) {
        let kinds = (0..LEVELS).map(Kind::Hashes).chain([Kind::Entries]);
        for kind in kinds {
            let (index, width) = kind.edge(before);
            if width > 0 && kind.edge(self.edge.size()) != (index, width) {
                let path = self.dir.join(tile::path(kind, index, width));
                let _ = self.disk.remove(&path);
                if let Some(folder) = path.parent() {
                    // Refused, as it should be, while a wider partial is in it.
                    let _ = fs::remove_dir(folder);
                }
            }
        }
    }

    fn create_on(dir: &Path, key: &Key, disk: Box<dyn Disk>) -> Result<Self> {
        fs::create_dir_all(dir).writing(dir)?;
        let lock = take_lock(dir)?;
        for folder in ["log", "packs"] {
            let path = dir.join(folder);
            if fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(Error::Exists { path });
            }
        }
        let vkey = dir.join("log.vkey");
        // A key file alone is what a creation leaves that died before its checkpoint; another key is another log.
        let text = format!("{}\n", key.vkey());
        if vkey.exists() && fs::read_to_string(&vkey).reading(&vkey)? != text {
            return Err(Error::Exists { path: vkey });
        }
        for folder in ["log", "packs", "tmp"] {
            let path = dir.join(folder);
            disk.create_dir(&path).writing(&path)?;
        }
        let mut batch = Batch::new(&*disk, dir);
        batch.put("log.vkey", text.as_bytes())?;
        batch.finish()?;
        let edge = Edge::empty();
        let checkpoint = Checkpoint { origin: key.origin().to_owned(), size: 0, root: edge.root() };
        commit(&*disk, dir, key, &checkpoint)?;
        if let Some(above) = dir.parent().filter(|above| above.is_dir()) {
            disk.sync_dir(above).writing(above)?;
        }
        let key = key.duplicate();
        Ok(Writer { dir: dir.into(), key, disk, edge, entries: Vec::new(), checkpoint, poisoned: false, _lock: lock })
    }

    fn open_on(dir: &Path, key: &Key, disk: Box<dyn Disk>) -> Result<Self> {
        let path = dir.join("log/checkpoint");
        if !path.exists() {
            return Err(Error::Absent { path });
        }
        let lock = take_lock(dir)?;
        let note = fs::read_to_string(&path).reading(&path)?;
        let checkpoint = Checkpoint::verify(&note, key.vkey())?;
        // Readers believe this file, so a wrong one makes every later append unreadable.
        let path = dir.join("log.vkey");
        let vkey = fs::read_to_string(&path).reading(&path)?;
        if vkey.trim_end() != key.vkey() {
            let reason =
                format!("it is {}, expected {}, the public half of the signing key", vkey.trim_end(), key.vkey());
            return Err(Error::Key { path, reason });
        }
        let (edge, entries) = recover::edge(dir, &checkpoint)?;
        recover::sweep(&*disk, dir, checkpoint.size)?;
        let key = key.duplicate();
        Ok(Writer { dir: dir.into(), key, disk, edge, entries, checkpoint, poisoned: false, _lock: lock })
    }
}

/// The rename of the checkpoint: before it nothing of an append counts, after it everything does.
fn commit(disk: &dyn Disk, dir: &Path, key: &Key, checkpoint: &Checkpoint) -> Result<()> {
    let note = key.sign(checkpoint)?;
    let mut batch = Batch::new(disk, dir);
    batch.put("log/checkpoint", note.as_bytes())?;
    batch.finish()
}

fn take_lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let options = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let file = options.map_err(|source| Error::Lock { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path }),
        Err(TryLockError::Error(source)) => Err(Error::Lock { path, source }),
    }
}

fn hash_bytes(hashes: &[crate::Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
