//! Bodies that the run before stored: an answer that is the same again is sealed again, and stored once.

use crate::error::Error;
use crate::manifest::Body;
use crate::recall;
use crate::recording::Recording;
use crate::store::Opened;
use patchseal_log::{Digest, Frame, Place, Store, compress, sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// A shorter frame takes less room than a manifest needs to say where else it lies (a digest in hexadecimal digits, of which
/// nothing can be compressed but their being hexadecimal).
const SHORTEST: u32 = 128;

/// Where bodies lie.
pub(super) struct Stored {
    store: Option<Store>,
    places: HashMap<Digest, (Arc<str>, Place)>,
}

impl Stored {
    /// Bodies of the last run that the same collector observed before this one. Not of this very run: the same recording again
    /// has to give the same packs.
    pub(super) fn before(opened: &Opened, recording: &Recording) -> Result<Stored, Error> {
        let store = opened.writer.reader()?;
        let mut places = HashMap::new();
        let mut parts = recall::outline(&store, recording.observed_at, store.checkpoint().size)?.parts;
        parts.retain(|part| part.observed_at < recording.observed_at);
        parts.sort_by_key(|part| std::cmp::Reverse(part.observed_at));
        let mut last = None;
        for part in parts {
            if last.is_some_and(|last| part.observed_at < last) {
                break;
            }
            for (number, manifest) in part.manifests(&store).enumerate() {
                // What cannot be read is not stored: the answer at hand is sealed whole.
                let Ok((pack, manifest)) = manifest else { break };
                if number == 0 && manifest.run.collector != recording.collector {
                    break;
                }
                last = Some(part.observed_at);
                let pack: Arc<str> = pack.into();
                for Body { sha256, pack: other, offset, length, .. } in
                    manifest.exchanges.into_iter().map(|entry| entry.body).filter(|body| body.length >= SHORTEST)
                {
                    let Ok(digest) = sha256.parse() else { continue };
                    let pack = other.map_or_else(|| pack.clone(), Arc::from);
                    places.entry(digest).or_insert((pack, Place { offset, length }));
                }
            }
        }
        Ok(Stored { store: Some(store).filter(|_| !places.is_empty()), places })
    }

    /// Where a body lies, if it still does, byte for byte; otherwise itself, compressed, for a place that is still to be given.
    pub(super) fn or_compress(&self, body: &[u8]) -> (Body, Option<Frame>) {
        let bytes = body.len() as u64;
        if let Some(store) = &self.store {
            let digest = sha256(body);
            if let Some((pack, place)) = self.places.get(&digest)
                && let Some(reader) = pack.parse().ok().and_then(|pack| store.pack(&pack).ok())
                && reader.body(*place, bytes).is_ok_and(|stored| stored == body)
            {
                let Place { offset, length } = *place;
                let pack = Some(pack.to_string());
                return (Body { sha256: digest.to_string(), bytes, pack, offset, length }, None);
            }
        }
        let frame = compress(body);
        (Body { sha256: frame.digest.to_string(), bytes, pack: None, offset: 0, length: 0 }, Some(frame))
    }
}
