//! What earlier runs saw of settings and classifications: since when something has been as it is, and what was lowered.

use crate::asset::{Asset, Facing};
use crate::engine::scope_id;
use crate::exchange::Evidence;
use crate::policy::Policy;
use crate::scope::Scope;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Since when something has been as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// First observation of it as it is.
    pub at: Timestamp,
    /// Last observation of it as it was before; `None` where no earlier one is on record.
    pub before: Option<Timestamp>,
}

/// A classification that was lowered between two observations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downgrade {
    /// What: `environment`, `internet-facing`, `data class`.
    pub what: &'static str,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// Last observation before.
    pub before: Timestamp,
    /// First observation after.
    pub at: Timestamp,
    /// Where the host was listed before.
    pub evidence: Evidence,
}

/// What earlier runs saw.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// By what is watched: how it looks, when that was last seen, since when.
    streaks: BTreeMap<String, (String, Timestamp, Since)>,
    /// By host.
    downgrades: BTreeMap<Arc<str>, Vec<Downgrade>>,
}

impl Past {
    /// Since when a setting has been as it is.
    pub fn since(&self, scope: &Scope, setting: &str) -> Option<Since> {
        self.streaks.get(&key(scope, setting)).map(|(_, _, since)| *since)
    }

    /// How a host's classification was lowered, oldest first.
    pub fn downgrades(&self, host: &str) -> &[Downgrade] {
        self.downgrades.get(host).map(Vec::as_slice).unwrap_or_default()
    }

    /// A setting looks like this at a time.
    pub(super) fn see(&mut self, scope: &Scope, setting: &str, looks: String, at: Timestamp) {
        let fresh = |before| Since { at, before };
        let streak = self.streaks.entry(key(scope, setting));
        let (known, last, since) = streak.or_insert_with(|| (looks.clone(), at, fresh(None)));
        if *known != looks {
            (*known, *since) = (looks, fresh(Some(*last)));
        }
        *last = at;
    }

    /// A host looks like this at a time, and looked like that before.
    pub(super) fn see_host(&mut self, known: Option<&Asset>, asset: &Asset, policy: &Policy, at: Timestamp) {
        let tag = |asset: &Asset| asset.exclusion_tag(policy).map(|(name, value)| format!("{name}={value}"));
        let setting = exclusion_of(&asset.key);
        match (known.and_then(tag), tag(asset)) {
            (_, None) => {
                self.streaks.remove(&key(&asset.scope, &setting));
            }
            (Some(old), Some(new)) if old == new => {}
            (_, Some(new)) => {
                let since = Since { at, before: known.map(|known| known.last_seen) };
                self.streaks.insert(key(&asset.scope, &setting), (new, at, since));
            }
        }
        let Some(known) = known.filter(|known| known.last_seen < at) else { return };
        // What is as it was again is no finding any more: the order of observations, read the other way, is a lowering.
        for (what, ..) in lowered(asset, known, policy) {
            if let Some(own) = self.downgrades.get_mut(&asset.key) {
                own.retain(|downgrade| downgrade.what != what);
            }
        }
        for (what, from, to) in lowered(known, asset, policy) {
            let downgrade = Downgrade { what, from, to, before: known.last_seen, at, evidence: known.evidence.clone() };
            self.downgrades.entry(asset.key.clone()).or_default().push(downgrade);
        }
    }
}

/// What a host's exclusion tag is called here.
pub(crate) fn exclusion_of(host: &str) -> String {
    format!("exclusion {host}")
}

fn key(scope: &Scope, setting: &str) -> String {
    format!("{} {setting}", scope_id(scope))
}

/// Data classes that bring stricter deadlines or an auditor: a judgement, by parts of their names.
const STRICT: [&str; 7] = ["cde", "cardholder", "pci", "restricted", "confidential", "personal", "pii"];

/// What of a classification is lower than it was.
fn lowered(known: &Asset, asset: &Asset, policy: &Policy) -> Vec<(&'static str, String, String)> {
    let mut lowered = Vec::new();
    let word = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("none").to_owned();
    if known.is_production(policy) && !asset.is_production(policy) {
        lowered.push(("environment", word(&known.environment), word(&asset.environment)));
    }
    if known.facing.counts_as_facing() && asset.facing == Facing::Internal {
        let from = if known.facing == Facing::Unknown { "unknown" } else { "internet-facing" };
        lowered.push(("internet-facing", from.to_owned(), "internal".to_owned()));
    }
    let strict = |class: &Option<Arc<str>>| {
        class.as_deref().is_some_and(|class| STRICT.iter().any(|word| class.to_lowercase().contains(word)))
    };
    if strict(&known.data_class) && !strict(&asset.data_class) {
        lowered.push(("data class", word(&known.data_class), word(&asset.data_class)));
    }
    lowered
}

crate::carry::carried_struct! {
    Past { streaks, downgrades }
    Since { at, before }
}

/// What of a classification can be lowered.
const WHAT: [&str; 3] = ["environment", "internet-facing", "data class"];

impl crate::carry::Carry for Downgrade {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        let Downgrade { what, from, to, before, at, evidence } = self;
        WHAT.iter().position(|known| known == what).unwrap_or(WHAT.len()).put(out);
        from.put(out);
        to.put(out);
        before.put(out);
        at.put(out);
        evidence.put(out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        Some(Downgrade {
            what: WHAT.get(usize::take(from)?)?,
            from: String::take(from)?,
            to: String::take(from)?,
            before: Timestamp::take(from)?,
            at: Timestamp::take(from)?,
            evidence: Evidence::take(from)?,
        })
    }
}
