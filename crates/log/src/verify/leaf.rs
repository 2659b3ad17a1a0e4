//! The only thing read in a leaf: which packs it relies on, and which ones it says retention deleted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Problem;
use crate::Digest;

/// Packs by what leaves say of them.
#[derive(Debug, Default)]
pub(super) struct Relies {
    /// The last leaf that relies on a pack.
    pub(super) on: BTreeMap<Digest, u64>,
    /// The last leaf that says a pack was deleted.
    pub(super) deleted: BTreeMap<Digest, u64>,
    pub(super) problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pack: Option<&'a RawValue>,
    #[serde(borrow, default)]
    packs: Option<&'a RawValue>,
}

impl Relies {
    /// Notes what `leaf` says. Leaves are anything; one that is no JSON object says nothing of packs.
    pub(super) fn read(&mut self, index: u64, leaf: &[u8], path: &str) {
        if leaf.first() != Some(&b'{') {
            return;
        }
        let Ok(members) = serde_json::from_slice::<Members<'_>>(leaf) else {
            return;
        };
        if let Some(pack) = members.pack.and_then(text) {
            self.note(index, &pack, path, false);
        }
        if members.kind.and_then(text).as_deref() == Some("retention/v1") {
            let packs = members.packs.map(|raw| serde_json::from_str::<Vec<Cow<'_, str>>>(raw.get()));
            for pack in packs.and_then(Result::ok).unwrap_or_default() {
                self.note(index, &pack, path, true);
            }
        }
    }

    fn note(&mut self, index: u64, pack: &str, path: &str, deleted: bool) {
        match pack.parse::<Digest>() {
            Ok(digest) => {
                let map = if deleted { &mut self.deleted } else { &mut self.on };
                map.insert(digest, index);
            }
            Err(error) => self.problems.push(Problem::at(index, path, format!("names the pack {pack:?}; {error}"))),
        }
    }

    /// Adds what later leaves say.
    pub(super) fn append(&mut self, later: Relies) {
        self.on.extend(later.on);
        self.deleted.extend(later.deleted);
        self.problems.extend(later.problems);
    }
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}
