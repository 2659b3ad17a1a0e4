//! Rows of patches, which share what they say alike.

use crate::clock::Moment;
use crate::fact::{Patch, PatchPresence, PatchSettings};
use crate::fix::{Fix, Remedy};
use crate::severity::Severity;
use crate::tags::Tag;
use jiff::Timestamp;
use std::sync::Arc;

/// What rows of a fix say alike, stored once however many hosts lack it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PatchDetail {
    /// The fix.
    pub fix: Fix,
    /// Version, where it is apart from the title (Azure Linux).
    pub version: Option<Arc<str>>,
    /// Vendor's severity.
    pub severity: Severity,
    /// Security content.
    pub security: bool,
    /// Publication.
    pub published: Option<Timestamp>,
    /// Weaknesses, in the source's order.
    pub cves: Box<[Arc<str>]>,
    /// The same as exposures have it.
    pub(crate) remedy: Arc<Remedy>,
}

/// One fix that a host lacks, or lacked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchRow {
    pub(super) detail: Arc<PatchDetail>,
    pub(super) installed: Moment,
    /// Its state.
    pub presence: PatchPresence,
}

impl PatchRow {
    /// Installation time claimed.
    pub fn installed(&self) -> Option<Timestamp> {
        self.installed.get()
    }

    /// Version of the package: of its title, or apart from it.
    pub fn package_version(&self) -> Option<&str> {
        self.version.as_deref().or_else(|| crate::version::of_title(&self.fix.title))
    }

    /// The KB of it, digits only.
    pub fn kb(&self) -> Option<&str> {
        self.fix.kb.as_deref().or_else(|| crate::fix::kb_of(&self.fix.title))
    }

    /// What decides between two rows; the fix comes first.
    pub(super) fn order(&self) -> impl Ord + '_ {
        let detail = &*self.detail;
        let claims = (self.installed(), detail.published, &detail.cves, &detail.version);
        (&detail.fix, self.presence, detail.severity, detail.security, claims)
    }
}

impl std::ops::Deref for PatchRow {
    type Target = PatchDetail;

    fn deref(&self) -> &PatchDetail {
        &self.detail
    }
}

/// Stores once what many hosts have in common.
#[derive(Clone, Default)]
#[expect(clippy::disallowed_types, reason = "only ever asked for what they hold, never walked: no order to depend on")]
pub(super) struct Texts {
    texts: std::collections::HashSet<Arc<str>>,
    details: std::collections::HashSet<Arc<PatchDetail>>,
    remedies: std::collections::HashSet<Arc<Remedy>>,
    settings: std::collections::BTreeSet<Arc<PatchSettings>>,
    tags: std::collections::HashSet<Tag>,
}

impl Texts {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }

    /// Takes in what an earlier reading shared.
    pub(super) fn know<'t>(
        &mut self,
        texts: impl Iterator<Item = &'t Arc<str>>,
        remedies: impl Iterator<Item = &'t Arc<Remedy>>,
    ) {
        self.texts.extend(texts.cloned());
        self.remedies.extend(remedies.cloned());
    }

    pub(super) fn remedy(&mut self, remedy: Remedy) -> Arc<Remedy> {
        if let Some(known) = self.remedies.get(&remedy) {
            return known.clone();
        }
        let new = Arc::new(remedy);
        self.remedies.insert(new.clone());
        new
    }

    pub(super) fn tag(&mut self, key: &str, value: &str) -> Tag {
        let pair = (self.text(key), self.text(value));
        if let Some(known) = self.tags.get(&pair) {
            return known.clone();
        }
        let new = Arc::new(pair);
        self.tags.insert(new.clone());
        new
    }

    pub(super) fn settings(&mut self, settings: &PatchSettings) -> Arc<PatchSettings> {
        if let Some(known) = self.settings.get(settings) {
            return known.clone();
        }
        let new = Arc::new(settings.clone());
        self.settings.insert(new.clone());
        new
    }

    pub(super) fn detail(&mut self, patch: &Patch<'_>, line: &str) -> Arc<PatchDetail> {
        let (line, title) = (self.text(line), self.text(&patch.title));
        let cves: Box<[Arc<str>]> = patch.cves.iter().map(|cve| self.text(cve)).collect();
        let detail = PatchDetail {
            remedy: Arc::new(Remedy::new(line.clone(), title.clone(), cves.iter().cloned())),
            fix: Fix { line, title, kb: patch.kb.as_deref().map(|kb| self.text(kb)) },
            version: patch.version.as_deref().map(|version| self.text(version)),
            severity: patch.severity,
            security: patch.security,
            published: patch.published,
            cves,
        };
        if let Some(known) = self.details.get(&detail) {
            return known.clone();
        }
        let new = Arc::new(detail);
        self.details.insert(new.clone());
        new
    }
}
