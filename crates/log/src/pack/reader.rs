//! Reading packs by range. Lengths in a file are claims: none is allocated before it is checked against the file.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zstd::bulk::Decompressor;

use super::{HEADER, MAGIC, Pack, Place, TAG};
use crate::error::At as _;
use crate::{Digest, Error, Result};

/// An open pack. Cheap to clone, and many threads may read from it at once.
#[derive(Debug, Clone)]
pub struct PackReader {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    path: PathBuf,
    length: u64,
    manifest_length: u64,
    manifest_raw: u64,
}

/// A batch of 4,096 exchanges has a manifest of a few MiB; nothing else bounds the claim in the header.
const MANIFEST_LIMIT: u64 = 256 << 20;
/// Below this, a claimed length is taken at its word: a larger claim must be borne out by a plausible ratio.
const SMALL: u64 = 1 << 20;
/// Beyond this ratio output grows as it is produced instead of being reserved.
const PLAUSIBLE_RATIO: u64 = 64;

impl PackReader {
    pub(crate) fn open(dir: &Path, digest: &Digest) -> Result<Self> {
        let path = dir.join(Pack::path(digest));
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::PackAbsent { digest: *digest, path });
            }
            Err(error) => return Err(error).reading(path),
        };
        let length = file.metadata().reading(&path)?.len();
        let mut header = [0u8; HEADER];
        let read = if length < HEADER as u64 { Ok(()) } else { read_at(&file, &mut header, 0) };
        read.reading(&path)?;
        let damaged = |reason: &str| Error::Damaged { path: path.clone(), reason: reason.to_owned() };
        if header[..8] != MAGIC || header[8..16] != TAG {
            return Err(damaged("it does not begin as a pack of version 1 does"));
        }
        let (manifest_length, manifest_raw) = (number(&header[16..24]), number(&header[24..]));
        if manifest_length > length - HEADER as u64 {
            return Err(damaged("its manifest ends behind the end of the file"));
        }
        if manifest_raw > MANIFEST_LIMIT {
            return Err(damaged("its manifest claims to be longer than 256 MiB"));
        }
        Ok(PackReader { inner: Arc::new(Inner { file, path, length, manifest_length, manifest_raw }) })
    }

    /// The manifest.
    pub fn manifest(&self) -> Result<Vec<u8>> {
        self.frame(HEADER as u64, self.inner.manifest_length, self.inner.manifest_raw)
    }

    /// The body at `place`, which the caller knows to be `raw` bytes long; any other length is an error, so that
    /// a damaged frame cannot grow without bound. The zstd checksum is checked; whoever must know that the bytes
    /// are those of the sealed digest compares [`sha256`](crate::sha256) of them.
    pub fn body(&self, place: Place, raw: u64) -> Result<Vec<u8>> {
        let base = HEADER as u64 + self.inner.manifest_length;
        let start =
            base.checked_add(place.offset).ok_or_else(|| self.damaged("its body lies behind the end of the file"))?;
        self.frame(start, u64::from(place.length), raw)
    }

    fn frame(&self, start: u64, length: u64, raw: u64) -> Result<Vec<u8>> {
        if start.checked_add(length).is_none_or(|end| end > self.inner.length) {
            return Err(self.damaged(&format!("bytes {start}+{length} lie behind its end at {}", self.inner.length)));
        }
        let mut compressed = vec![0u8; usize::try_from(length).map_err(|_| self.damaged("a frame exceeds memory"))?];
        read_at(&self.inner.file, &mut compressed, start).reading(&self.inner.path)?;
        expand(&compressed, raw).map_err(|reason| self.damaged(&format!("the frame at byte {start}: {reason}")))
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { path: self.inner.path.clone(), reason: reason.to_owned() }
    }
}

/// Decompresses a frame that is to be exactly `raw` bytes long.
fn expand(compressed: &[u8], raw: u64) -> Result<Vec<u8>, String> {
    let plausible = SMALL.max((compressed.len() as u64).saturating_mul(PLAUSIBLE_RATIO));
    let bytes = if raw <= plausible {
        thread_local! {
            // A context is as large as a few answers; one a thread, not one an answer.
            static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
        }
        DECOMPRESSOR.with_borrow_mut(|slot| {
            let decompressor = match slot {
                Some(decompressor) => decompressor,
                None => slot.insert(Decompressor::new().map_err(|error| error.to_string())?),
            };
            decompressor.decompress(compressed, raw as usize).map_err(|error| error.to_string())
        })?
    } else {
        let mut bytes = Vec::new();
        let decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(|error| error.to_string())?;
        decoder.take(raw.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        bytes
    };
    if bytes.len() as u64 == raw {
        Ok(bytes)
    } else {
        Err(format!("it has {} bytes or more, expected {raw}", bytes.len()))
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        offset += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{PackBuilder, compress};

    #[test]
    fn bodies_come_back_from_a_plain_zstd_stream_too() {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = PackBuilder::new();
        let bodies = [b"".to_vec(), b"one".to_vec(), vec![7; 3 << 20]];
        let places: Vec<_> = bodies.iter().map(|body| builder.push(compress(body))).collect();
        assert_eq!((builder.len(), builder.raw_bytes()), (3, 3 + (3 << 20)));
        let pack = builder.finish(b"{}");
        let path = dir.path().join(Pack::path(&pack.digest));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &pack.bytes).unwrap();

        let reader = PackReader::open(dir.path(), &pack.digest).unwrap();
        assert_eq!(reader.manifest().unwrap(), b"{}");
        for (body, place) in bodies.iter().zip(places) {
            assert_eq!(&reader.body(place, body.len() as u64).unwrap(), body);
            assert!(reader.body(place, body.len() as u64 + 1).is_err());
        }
        let whole = zstd::stream::decode_all(pack.bytes.as_slice()).unwrap();
        assert_eq!(whole, [b"{}".as_slice(), &bodies.concat()].concat());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_pack_or_are_not(
            bytes in prop::collection::vec(any::<u8>(), 0..300), proper in any::<bool>(),
            offset in any::<u64>(), length in any::<u32>(), raw in any::<u64>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let digest = crate::sha256(b"");
            let path = dir.path().join(Pack::path(&digest));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let head: &[u8] = if proper { b"\x50\x2a\x4d\x18\x18\0\0\0pack/v1\n" } else { b"" };
            std::fs::write(&path, [head, &bytes].concat()).unwrap();
            if let Ok(reader) = PackReader::open(dir.path(), &digest) {
                let _ = reader.manifest();
                let _ = reader.body(Place { offset, length }, raw);
            }
        }

        #[test]
        fn any_frame_expands_within_its_bound(bytes in prop::collection::vec(any::<u8>(), 0..300), raw in any::<u64>()) {
            let frame = [b"\x28\xb5\x2f\xfd".as_slice(), &bytes].concat();
            if let Ok(expanded) = expand(&frame, raw) {
                prop_assert_eq!(expanded.len() as u64, raw);
            }
        }
    }
}
