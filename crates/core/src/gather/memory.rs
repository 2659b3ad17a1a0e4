//! What answers came to, for the next run: an answer that is the same again, to the same question, need not be read again. Of
//! a large estate's answers from one day to the next these are nearly all.

use super::{Gathered, HostRows, Watch};
use crate::carry::{Carry, In, Out, carried_struct};
use crate::exchange::{Digest, Pointer};
use crate::fact::Patch;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Lists of one host's patches as one run had them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// By host.
    entries: BTreeMap<Arc<str>, Entry>,
}

/// What one answer came to.
#[derive(Clone, Debug)]
struct Entry {
    /// The answer.
    body: Digest,
    /// Exposures that were watched for there: they decide which rows are kept.
    watched: Box<[Arc<str>]>,
    count: u64,
    rows: Box<[Kept]>,
}

/// A row that was kept. Titles, lines and weaknesses are shared: thousands of hosts lack the same fix.
#[derive(Clone, Debug)]
struct Kept {
    row: u32,
    line: Arc<str>,
    title: Arc<str>,
    kb: Option<Arc<str>>,
    version: Option<Arc<str>>,
    presence: crate::fact::PatchPresence,
    severity: crate::severity::Severity,
    security: bool,
    installed: Option<Timestamp>,
    published: Option<Timestamp>,
    cves: Box<[Arc<str>]>,
}

/// Texts of a memory on its way, each stored once.
#[derive(Debug, Default)]
pub struct Sharing(BTreeSet<Arc<str>>);

impl Sharing {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// The list of rows that every remembered pointer is into.
static ROWS: &str = "/Patches";

impl Memory {
    /// What the list of a host's patches comes to, if it is the one of last time and the same is watched for.
    pub fn recall(&self, host: &str, body: &Digest, watch: &Watch) -> Option<Gathered> {
        let entry = self.entries.get(host).filter(|entry| entry.body == *body)?;
        let mut watched = watch.get(host).into_iter().flatten();
        if !entry.watched.iter().all(|line| watched.next() == Some(line)) || watched.next().is_some() {
            return None;
        }
        let rows = entry.rows.iter().map(|kept| {
            let owned = |text: &Arc<str>| Cow::Owned(text.to_string());
            let patch = Patch {
                host: Cow::Owned(host.to_owned()),
                title: owned(&kept.title),
                kb: kept.kb.as_ref().map(owned),
                version: kept.version.as_ref().map(owned),
                presence: kept.presence,
                severity: kept.severity,
                security: kept.security,
                installed: kept.installed,
                published: kept.published,
                cves: kept.cves.iter().map(owned).collect(),
            };
            (Pointer::Row(&ROWS, kept.row), patch, kept.line.to_string())
        });
        let rows = HostRows { rows: rows.collect(), count: entry.count };
        Some(Gathered { patches: BTreeMap::from([(host.to_owned(), rows)]), ..Gathered::default() })
    }

    /// Takes note of what a list came to. What is more than one host's patches is not remembered.
    pub fn note(&mut self, host: &Arc<str>, body: Digest, watch: &Watch, gathered: &Gathered, sharing: &mut Sharing) {
        let only = gathered.patches.len() == 1 && gathered.facts.is_empty() && gathered.outside.is_empty();
        let Some(HostRows { rows, count }) = gathered.patches.get(&**host).filter(|_| only) else { return };
        let mut kept = Vec::with_capacity(rows.len());
        for (pointer, patch, line) in rows {
            let Pointer::Row(list, row) = pointer else { return };
            if **list != ROWS {
                return;
            }
            kept.push(Kept {
                row: *row,
                line: sharing.text(line),
                title: sharing.text(&patch.title),
                kb: patch.kb.as_deref().map(|kb| sharing.text(kb)),
                version: patch.version.as_deref().map(|version| sharing.text(version)),
                presence: patch.presence,
                severity: patch.severity,
                security: patch.security,
                installed: patch.installed,
                published: patch.published,
                cves: patch.cves.iter().map(|cve| sharing.text(cve)).collect(),
            });
        }
        let watched = watch.get(host).into_iter().flatten().cloned().collect();
        self.entries.insert(host.clone(), Entry { body, watched, count: *count, rows: kept.into() });
    }

    /// How many answers.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes the memories of collectors.
    pub fn carry(all: &BTreeMap<String, Memory>, sink: &mut dyn FnMut(&[u8])) {
        let mut out = Out::new(sink, crate::carry::Cited::none_of(0));
        all.put(&mut out);
        out.finish();
    }

    /// Reads them; `None` where the bytes are none that [`Memory::carry`] wrote.
    pub fn resume(bytes: &[u8]) -> Option<BTreeMap<String, Memory>> {
        let mut from = In::new(bytes);
        let all = Carry::take(&mut from)?;
        from.is_over().then_some(all)
    }
}

carried_struct! {
    Memory { entries }
    Entry { body, watched, count, rows }
    Kept { row, line, title, kb, version, presence, severity, security, installed, published, cves }
}

impl Carry for Digest {
    fn put(&self, out: &mut Out<'_>) {
        self.0.iter().for_each(|byte| byte.put(out));
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        let mut digest = Digest([0; 32]);
        for byte in &mut digest.0 {
            *byte = u8::take(from)?;
        }
        Some(digest)
    }
}

#[cfg(test)]
impl Memory {
    /// Bytes of one that holds something.
    pub(crate) fn example() -> Vec<u8> {
        let (row, presence) = (3, crate::fact::PatchPresence::Missing);
        let (line, title): (Arc<str>, Arc<str>) = ("curl".into(), "curl:amd64:7.81".into());
        let (kb, version) = (Some(line.clone()), None);
        let (severity, security) = (crate::severity::Severity::High, true);
        let (installed, published) = (Some(Timestamp::UNIX_EPOCH), None);
        let cves = Box::new([line.clone()]);
        let kept = Kept { row, line, title, kb, version, presence, severity, security, installed, published, cves };
        let entry = Entry { body: Digest([7; 32]), watched: Box::default(), count: 1, rows: Box::new([kept]) };
        let memory = Memory { entries: BTreeMap::from([("i-1".into(), entry)]) };
        let mut bytes = Vec::new();
        Memory::carry(&BTreeMap::from([("c".to_owned(), memory)]), &mut |piece| bytes.extend_from_slice(piece));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, PatchPresence};
    use crate::gather::Gatherer;
    use crate::severity::Severity;

    const BODY: Digest = Digest([7; 32]);

    fn gathered(watch: &Watch) -> Gathered {
        let mut gatherer = Gatherer::new(watch);
        let rows = [("curl:amd64:7.81", PatchPresence::Missing), ("zlib:amd64:1.2", PatchPresence::Installed)];
        for (row, (title, presence)) in (0..).zip(rows) {
            let patch = Patch {
                host: "i-1".into(),
                title: title.into(),
                kb: None,
                version: None,
                presence,
                severity: Severity::High,
                security: true,
                installed: Some(Timestamp::UNIX_EPOCH),
                published: None,
                cves: vec!["CVE-2026-0001".into()],
            };
            gatherer.take(Pointer::Row(&"/Patches", row), Fact::Patch(patch));
        }
        gatherer.finish()
    }

    fn watching(line: &str) -> Watch {
        Watch::from([("i-1".into(), BTreeSet::from([line.into()]))])
    }

    /// What comes back is what reading gives, by way of bytes too; of another answer, or where something else is watched for,
    /// nothing does.
    #[test]
    fn an_answer_comes_back_as_it_was_read() {
        for watch in [Watch::new(), watching("zlib")] {
            let mut memory = Memory::default();
            memory.note(&"i-1".into(), BODY, &watch, &gathered(&watch), &mut Sharing::default());
            let mut bytes = Vec::new();
            Memory::carry(&BTreeMap::from([("c".to_owned(), memory)]), &mut |piece| bytes.extend_from_slice(piece));
            let memory = &Memory::resume(&bytes).unwrap()["c"];
            assert_eq!(memory.recall("i-1", &BODY, &watch).unwrap().patches, gathered(&watch).patches);
            assert!(memory.recall("i-1", &Digest([8; 32]), &watch).is_none());
            assert!(memory.recall("i-2", &BODY, &watch).is_none());
            assert!(memory.recall("i-1", &BODY, &watching("curl")).is_none());
            assert!(Memory::resume(&bytes[1..]).is_none() && Memory::resume(&bytes[..bytes.len() - 1]).is_none());
        }
    }

    /// Rows that reading would number otherwise, or facts besides, are not remembered.
    #[test]
    fn what_is_more_than_one_list_is_not_remembered() {
        let mut memory = Memory::default();
        let mut two = gathered(&Watch::new());
        two.patches.insert("i-2".to_owned(), HostRows::default());
        memory.note(&"i-1".into(), BODY, &Watch::new(), &two, &mut Sharing::default());
        memory.note(&"i-3".into(), BODY, &Watch::new(), &gathered(&Watch::new()), &mut Sharing::default());
        assert!(memory.is_empty());
    }
}
