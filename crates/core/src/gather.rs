//! Reduces the facts of one answer to what the estate keeps, so that tens of millions of patch rows need no memory of
//! their own: rows that show a fix in place are counted, and kept only where they may close an open exposure.

use crate::exchange::Pointer;
use crate::fact::{Fact, FixedBy, OutsideHost, Patch, PatchPresence};
use crate::fix::{fix_line, kb_of, package_name};
use crate::version::bare_name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod memory;

pub use memory::{Memory, Sharing};

/// Open exposures as they stood before the run: fix lines by host.
pub type Watch = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// Fixes whose being in place is asked about: rows that show them are kept, where all others are only counted.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    /// KBs, digits only.
    pub kbs: BTreeSet<String>,
    /// Packages, without architecture.
    pub packages: BTreeSet<String>,
}

impl Interest {
    /// Takes a fix in.
    pub fn add(&mut self, fix: &FixedBy) {
        match fix {
            FixedBy::Kb { number, .. } => self.kbs.insert(number.clone()),
            FixedBy::Package { name, .. } => self.packages.insert(name.clone()),
        };
    }

    fn has(&self, patch: &Patch<'_>) -> bool {
        match patch.kb.as_deref().or_else(|| kb_of(&patch.title)) {
            Some(kb) => self.kbs.contains(kb),
            None => self.packages.contains(bare_name(package_name(&patch.title))),
        }
    }

    /// Whether nothing is asked about.
    pub fn is_empty(&self) -> bool {
        self.kbs.is_empty() && self.packages.is_empty()
    }
}

/// Patches of one host in one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostRows {
    /// Rows of fixes the host lacks, and of fixes in place that were lacking before.
    pub rows: Vec<(Pointer, Patch<'static>, String)>,
    /// Rows in the answer.
    pub count: u64,
}

/// The facts of one answer.
#[derive(Debug, Default)]
pub struct Gathered {
    /// All but patches and rows of inventories.
    pub facts: Vec<(Pointer, Fact<'static>)>,
    /// Rows of an outside inventory. One answer can have a hundred thousand: as facts they would take the room of the
    /// largest fact each.
    pub outside: Vec<(Pointer, OutsideHost)>,
    /// Patches by host.
    pub patches: BTreeMap<String, HostRows>,
}

/// Takes facts in.
pub struct Gatherer<'w> {
    watch: &'w Watch,
    interest: Option<&'w Interest>,
    out: Gathered,
    /// The host of the row before: rows of one host stand together.
    host: Option<(String, HostRows)>,
}

impl<'w> Gatherer<'w> {
    /// With the exposures to watch for.
    pub fn new(watch: &'w Watch) -> Gatherer<'w> {
        Gatherer { watch, interest: None, out: Gathered::default(), host: None }
    }

    /// Keeping also what shows these fixes in place.
    #[must_use]
    pub fn keeping(self, interest: &'w Interest) -> Gatherer<'w> {
        Gatherer { interest: Some(interest).filter(|interest| !interest.is_empty()), ..self }
    }

    /// One fact.
    pub fn take(&mut self, pointer: Pointer, fact: Fact<'_>) {
        let patch = match fact {
            Fact::Patch(patch) => patch,
            Fact::Outside(row) => return self.out.outside.push((pointer, row)),
            other => return self.out.facts.push((pointer, other.into_static())),
        };
        let host = match &mut self.host {
            Some((name, host)) if *name == patch.host => host,
            _ => {
                self.put_host();
                let (name, host) = match self.out.patches.remove_entry(patch.host.as_ref()) {
                    Some(known) => known,
                    None => (patch.host.clone().into_owned(), HostRows::default()),
                };
                &mut self.host.insert((name, host)).1
            }
        };
        host.count += 1;
        let keep = if patch.presence.is_exposed() {
            Some(fix_line(&patch.title, patch.kb.as_deref()))
        } else if matches!(patch.presence, PatchPresence::Installed | PatchPresence::InstalledOther) {
            let line = || fix_line(&patch.title, patch.kb.as_deref());
            let watched = self.watch.get(patch.host.as_ref()).and_then(|lines| {
                let line = line();
                lines.contains(line.as_str()).then_some(line)
            });
            watched.or_else(|| self.interest.filter(|interest| interest.has(&patch)).map(|_| line()))
        } else {
            None
        };
        if let Some(line) = keep {
            host.rows.push((pointer, patch.into_owned(), line));
        }
    }

    fn put_host(&mut self) {
        self.out.patches.extend(self.host.take());
    }

    /// What was kept.
    pub fn finish(mut self) -> Gathered {
        self.put_host();
        self.out
    }
}
