//! Which fix removes which weakness, as imported feeds say: one row for each fix, and where each weakness, KB and package
//! stands among them. There can be many rows, so that
//! texts are shared.

use super::rows::Texts;
use crate::exchange::Evidence;
use crate::fact::{FixedBy, Relation, Scheme};
use crate::scope::Scope;
use jiff::Timestamp;
use std::sync::Arc;

/// What removes the weaknesses of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// A Microsoft update.
    Kb {
        /// Digits.
        number: Arc<str>,
        /// The update that it takes the place of.
        supersedes: Option<Arc<str>>,
    },
    /// A package from a version on.
    Package {
        /// Name.
        name: Arc<str>,
        /// First version with the fix.
        version: Arc<str>,
        /// Order of versions.
        scheme: Scheme,
        /// A source package: which packages of a host come from it is not said.
        source_only: bool,
    },
}

/// A published relation between weaknesses and a fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stated {
    /// Feed.
    pub feed: &'static str,
    /// What removes the weaknesses.
    pub means: Means,
    /// Product, or release of the distribution.
    pub release: Arc<str>,
    /// Advisory.
    pub advisory: Arc<str>,
    /// Weaknesses, sorted.
    pub cves: Arc<[Arc<str>]>,
    /// Publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub modified: Option<Timestamp>,
}

impl Stated {
    /// The fix as people write it: `KB5046615`, or name and version of a package.
    pub fn fix(&self) -> String {
        match &self.means {
            Means::Kb { number, .. } => format!("KB{number}"),
            Means::Package { name, version, .. } => format!("{name} {version}"),
        }
    }
}

/// Every row, and indexes over them.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    rows: Vec<(Stated, Arc<Scope>, Evidence)>,
    by_cve: Vec<(Arc<str>, u32)>,
    by_fix: Vec<(Arc<str>, u32)>,
}

impl Relations {
    pub(super) fn put(&mut self, relation: &Relation, scope: &Arc<Scope>, evidence: Evidence, texts: &mut Texts) {
        let mut cves: Vec<Arc<str>> = relation.cves.iter().map(|cve| texts.text(cve)).collect();
        cves.sort();
        cves.dedup();
        // The fixes of one advisory stand together and remove the same weaknesses.
        let cves = match self.rows.last() {
            Some((last, ..)) if *last.cves == *cves => last.cves.clone(),
            _ => cves.into(),
        };
        let means = match &relation.fix {
            FixedBy::Kb { number, supersedes } => Means::Kb {
                number: texts.text(number),
                supersedes: supersedes.as_deref().map(|older| texts.text(older)),
            },
            FixedBy::Package { name, version, scheme, source_only } => Means::Package {
                name: texts.text(name),
                version: texts.text(version),
                scheme: *scheme,
                source_only: *source_only,
            },
        };
        let stated = Stated {
            feed: relation.feed,
            means,
            release: texts.text(&relation.release),
            advisory: texts.text(&relation.advisory),
            cves,
            published: relation.published,
            modified: relation.modified,
        };
        self.rows.push((stated, scope.clone(), evidence));
    }

    /// Brings rows into an order that does not depend on that of files, drops what was said twice, and builds the indexes.
    pub(super) fn settle(&mut self) {
        self.rows.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        self.rows.dedup_by(|(one, ..), (other, ..)| one == other);
        self.rows.shrink_to_fit();
        let numbered = || self.rows.iter().zip(0u32..);
        self.by_cve = numbered()
            .flat_map(|((stated, ..), number)| stated.cves.iter().map(move |cve| (cve.clone(), number)))
            .collect();
        self.by_fix = numbered()
            .map(|((stated, ..), number)| match &stated.means {
                Means::Kb { number: kb, .. } => (kb.clone(), number),
                Means::Package { name, .. } => (name.clone(), number),
            })
            .collect();
        self.by_cve.sort();
        self.by_fix.sort();
    }

    pub(super) fn merge(&mut self, mut other: Relations, speaks_for: &dyn Fn(&Scope) -> bool) {
        other.rows.retain(|(_, scope, _)| speaks_for(scope));
        if !other.rows.is_empty() {
            self.rows.append(&mut other.rows);
            self.settle();
        }
    }

    fn found<'a>(
        &'a self,
        index: &'a [(Arc<str>, u32)],
        key: &'a str,
    ) -> impl Iterator<Item = (&'a Stated, &'a Evidence)> + use<'a> {
        let from = index.partition_point(|(known, _)| **known < *key);
        let own = index[from..].iter().take_while(move |(known, _)| **known == *key);
        own.map(|(_, number)| {
            let (stated, _, evidence) = &self.rows[*number as usize];
            (stated, evidence)
        })
    }

    /// Fixes of a weakness.
    pub fn of_cve<'a>(&'a self, cve: &'a str) -> impl Iterator<Item = (&'a Stated, &'a Evidence)> + use<'a> {
        self.found(&self.by_cve, cve)
    }

    /// What a KB removes, by its digits.
    pub fn of_kb<'a>(&'a self, kb: &'a str) -> impl Iterator<Item = (&'a Stated, &'a Evidence)> + use<'a> {
        self.found(&self.by_fix, kb).filter(|(stated, _)| matches!(stated.means, Means::Kb { .. }))
    }

    /// What updates of a package remove.
    pub fn of_package<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Stated, &'a Evidence)> + use<'a> {
        self.found(&self.by_fix, name).filter(|(stated, _)| matches!(stated.means, Means::Package { .. }))
    }

    /// The KBs that a KB takes the place of, itself first, as far as the feeds say; newest first.
    pub fn superseded_by(&self, kb: &str) -> Vec<Arc<str>> {
        let mut chain: Vec<Arc<str>> = vec![Arc::from(kb)];
        let mut at = 0;
        while at < chain.len() {
            let from = chain[at].clone();
            let older = self.of_kb(&from).filter_map(|(stated, _)| match &stated.means {
                Means::Kb { supersedes, .. } => supersedes.clone(),
                Means::Package { .. } => None,
            });
            // A feed that says that two updates replace each other must not be followed for ever.
            let new: Vec<Arc<str>> = older.filter(|kb| !chain.contains(kb)).collect();
            for kb in new {
                if !chain.contains(&kb) {
                    chain.push(kb);
                }
            }
            at += 1;
        }
        chain
    }

    /// Whether no feed said anything.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
