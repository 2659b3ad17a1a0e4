//! The engine iterates; a rule sees one subject. Every rule and subject get exactly one verdict.

mod exceptions;
mod subjects;

pub use subjects::{FEEDS, asset_subject, scope_id};

use crate::context::Context;
use crate::estate::Estate;
use crate::exception::Annotation;
use crate::exchange::Digest;
use crate::policy::Policy;
use crate::rule::{Rule, Verdict};
use crate::severity::Severity;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the members are those of the result's contract")]
pub struct Subject {
    pub cloud: &'static str,
    pub account: Arc<str>,
    pub region: Arc<str>,
    pub kind: &'static str,
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub lineage: Arc<str>,
    pub service: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub environment: Option<Arc<str>>,
}

/// Id of a finding: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingId([u8; 16]);

impl std::ops::Deref for FindingId {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self)
    }
}

/// A verdict worth showing. A host has several, which share its description.
pub struct Finding {
    /// Digest of rule and subject, the same in every run.
    pub id: FindingId,
    /// Rule.
    pub rule: &'static Rule,
    /// Subject.
    pub subject: Arc<Subject>,
    /// Severity: of the failure, else of the rule.
    pub severity: Severity,
    /// Verdict.
    pub verdict: Verdict,
    /// Exceptions that a failure stands under. They change nothing about the verdict.
    pub exception: Option<Box<Annotation>>,
}

/// Verdicts by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are the kinds of verdicts")]
pub struct Tally {
    pub pass: u64,
    pub fail: u64,
    pub unknown: u64,
    pub inherited: u64,
    pub not_applicable: u64,
}

impl Tally {
    /// All verdicts.
    pub fn total(&self) -> u64 {
        self.pass + self.fail + self.unknown + self.inherited + self.not_applicable
    }

    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Pass(_) => self.pass += 1,
            Verdict::Fail(_) => self.fail += 1,
            Verdict::Unknown(_) => self.unknown += 1,
            Verdict::Inherited(_) => self.inherited += 1,
            Verdict::NotApplicable(_) => self.not_applicable += 1,
        }
    }

    fn add(&mut self, other: Tally) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.inherited += other.inherited;
        self.not_applicable += other.not_applicable;
    }
}

/// The result.
pub struct Evaluation {
    /// Fail and unknown, sorted by rule and subject; every verdict where asked for. Boxed, so that growing and sorting
    /// never copy hundreds of bytes a finding.
    pub findings: Vec<Box<Finding>>,
    /// Counts by rule id.
    pub by_rule: BTreeMap<&'static str, Tally>,
    /// Counts in all.
    pub total: Tally,
    /// Root over the sorted stream of rule, subject and verdict.
    pub root: Digest,
}

/// Which findings are kept beside the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Fail and unknown.
    Findings,
    /// Every verdict.
    All,
}

/// Judges every subject by every rule.
pub fn evaluate(rules: &[&'static Rule], policy: &Policy, estate: &Estate, keep: Keep) -> Evaluation {
    let mut context = Context::new(policy, estate);
    let mut sorted: Vec<&'static Rule> = rules.to_vec();
    sorted.sort_by_key(|rule| rule.id);
    let mut hasher = Sha256::new();
    let mut evaluation =
        Evaluation { findings: Vec::new(), by_rule: BTreeMap::new(), total: Tally::default(), root: Digest([0; 32]) };
    let (judged, annotations) = exceptions::judge_all(&sorted, &mut context, keep);
    for (rule, chunks) in sorted.into_iter().zip(judged) {
        let mut tally = Tally::default();
        for chunk in chunks {
            hasher.update(chunk.digest);
            tally.add(chunk.tally);
            evaluation.findings.extend(chunk.findings);
        }
        evaluation.total.add(tally);
        evaluation.by_rule.insert(rule.id, tally);
    }
    evaluation.findings.sort_unstable_by(|one, other| {
        (one.rule.id, &one.subject.id, &one.subject).cmp(&(other.rule.id, &other.subject.id, &other.subject))
    });
    exceptions::annotate(&mut evaluation.findings, annotations, &mut hasher);
    evaluation.root = Digest(hasher.finalize().into());
    evaluation
}

/// Subjects in one piece of work. The pieces are of a fixed size, so that the root does not depend on the machine.
const CHUNK: usize = 1024;

struct Chunk {
    digest: [u8; 32],
    tally: Tally,
    #[expect(clippy::vec_box, reason = "moved into the evaluation as they are")]
    findings: Vec<Box<Finding>>,
}

/// One rule over many subjects.
struct Over<'w> {
    rule: &'static Rule,
    keep: Keep,
    chunk: usize,
    /// Subjects whose verdicts are kept, whatever they are.
    watched: Option<&'w BTreeSet<&'w str>>,
}

impl Over<'_> {
    /// A subject is described only where its verdict is kept: most are passes that are counted and forgotten.
    fn judge<T: Sync>(
        &self,
        subjects: &[T],
        id: impl Fn(&T) -> Cow<'_, str> + Sync,
        describe: impl Fn(&T) -> Arc<Subject> + Sync,
        judge: impl Fn(&T) -> Verdict + Sync,
    ) -> Vec<Chunk> {
        let chunk = |subjects: &[T]| {
            let mut hasher = Sha256::new();
            let mut tally = Tally::default();
            let mut findings = Vec::new();
            for one in subjects {
                let verdict = judge(one);
                tally.count(&verdict);
                for part in [self.rule.id, "\0", &id(one), "\0", verdict.as_str(), "\n"] {
                    hasher.update(part.as_bytes());
                }
                let watched = || self.watched.is_some_and(|ids| ids.contains(&*id(one)));
                if self.keep == Keep::All || is_finding(&verdict) || watched() {
                    findings.push(Box::new(finding(self.rule, describe(one), verdict)));
                }
            }
            Chunk { digest: hasher.finalize().into(), tally, findings }
        };
        subjects.par_chunks(self.chunk).map(chunk).collect()
    }
}

fn is_finding(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Fail(_) | Verdict::Unknown(_))
}

fn finding(rule: &'static Rule, subject: Arc<Subject>, verdict: Verdict) -> Finding {
    let severity = match &verdict {
        Verdict::Fail(failure) => failure.severity.unwrap_or(rule.severity),
        _ => rule.severity,
    };
    Finding { id: finding_id(rule.id, &subject), rule, severity, verdict, subject, exception: None }
}

/// The first 16 hexadecimal digits of a digest of rule and subject: enough that two findings of one estate never meet.
fn finding_id(rule: &str, subject: &Subject) -> FindingId {
    let mut hasher = Sha256::new();
    for part in [rule, subject.cloud, &subject.account, &subject.region, subject.kind, &subject.id] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let digit = |at: usize| digest[at / 2] >> (4 * (1 - at % 2)) & 15;
    FindingId(std::array::from_fn(|at| b"0123456789abcdef"[usize::from(digit(at))]))
}
