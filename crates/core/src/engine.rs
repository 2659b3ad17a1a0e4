//! The engine iterates; a rule sees one subject. Every rule and subject get exactly one verdict.

use crate::context::{BaselineSubject, Context, FeedSubject, Population, ScopeSubject, SuppressionSubject};
use crate::estate::Estate;
use crate::exchange::Digest;
use crate::op;
use crate::policy::Policy;
use crate::reading::Reading;
use crate::rule::{Check, Rule, Verdict};
use crate::scope::{Cloud, Scope};
use crate::severity::Severity;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
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
    let context = Context::new(policy, estate);
    let mut sorted: Vec<&'static Rule> = rules.to_vec();
    sorted.sort_by_key(|rule| rule.id);
    let mut hasher = Sha256::new();
    let mut evaluation =
        Evaluation { findings: Vec::new(), by_rule: BTreeMap::new(), total: Tally::default(), root: Digest([0; 32]) };
    for rule in sorted {
        let mut tally = Tally::default();
        for check in rule.checks {
            let judged = judge(rule, check, &context, keep);
            for chunk in judged {
                hasher.update(chunk.digest);
                tally.add(chunk.tally);
                evaluation.findings.extend(chunk.findings);
            }
        }
        evaluation.total.add(tally);
        evaluation.by_rule.insert(rule.id, tally);
    }
    evaluation.findings.sort_unstable_by(|one, other| {
        (one.rule.id, &one.subject.id, &one.subject).cmp(&(other.rule.id, &other.subject.id, &other.subject))
    });
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

fn judge(rule: &'static Rule, check: &Check, cx: &Context<'_>, keep: Keep) -> Vec<Chunk> {
    let estate = cx.estate;
    let many = Over { rule, keep, chunk: CHUNK };
    // A schedule or a scope can concern every host there is: each is a piece of its own.
    let few = Over { rule, keep, chunk: 1 };
    match check {
        Check::EachAsset(f) => many.judge(
            &estate.assets,
            |asset| Cow::Borrowed(&asset.id),
            |asset| cx.subject(asset),
            |asset| unless_unlisted(f(asset, cx), || cx.unlisted(asset)),
        ),
        Check::EachLineage(f) => many.judge(
            &estate.lineages,
            |lineage| Cow::Borrowed(&lineage.id),
            |lineage| lineage_subject(lineage, cx),
            |lineage| unless_unlisted(f(lineage, cx), || cx.members(lineage).find_map(|asset| cx.unlisted(asset))),
        ),
        Check::EachBaseline(f) => few.judge(
            &baselines(cx),
            |baseline| Cow::Borrowed(baseline.id),
            |baseline| shared(baseline.scope, "patch-baseline", baseline.id, baseline.name),
            |baseline| f(baseline, cx),
        ),
        Check::EachSchedule(f) => few.judge(
            &estate.schedules,
            |schedule| Cow::Borrowed(&schedule.id),
            |schedule| shared(&schedule.scope, schedule.kind.as_str(), &schedule.id, &schedule.name),
            |schedule| f(schedule, cx),
        ),
        Check::EachScope(f) => {
            let scopes: Vec<_> = estate.scopes.iter().collect();
            few.judge(
                &scopes,
                |(scope, _)| Cow::Owned(scope_id(scope)),
                |(scope, _)| shared(scope, "scope", &scope_id(scope), &scope.to_string()),
                |(scope, history)| {
                    let answered = history.runs.last().and_then(|run| run.evidence.clone());
                    f(&ScopeSubject { scope, history, gaps: cx.gaps(scope), answered }, cx)
                },
            )
        }
        Check::EachFeed(f) => few.judge(
            &FEEDS,
            |feed| Cow::Owned(format!("feeds/{}", feed.name)),
            |feed| shared(&crate::context::feed_scope(feed.name), "feed", &format!("feeds/{}", feed.name), feed.name),
            |feed| f(feed, cx),
        ),
        Check::EachSuppression(f) => few.judge(
            &suppressions(cx),
            |filter| Cow::Borrowed(&filter.filter.id),
            |filter| shared(filter.scope, "scanner-filter", &filter.filter.id, &filter.filter.name),
            |filter| f(filter, cx),
        ),
        Check::EachPopulation(f) => {
            let known = estate.assets.iter().filter(|asset| !asset.gone && asset.kind.is_hybrid()).count();
            let scope = Scope::new(Cloud::Inventory, "", Scope::GLOBAL);
            few.judge(
                &[Population { id: "population/hybrid-machines", known }],
                |population| Cow::Borrowed(population.id),
                |population| shared(&scope, "population", population.id, "hybrid machines"),
                |population| f(population, cx),
            )
        }
    }
}

/// A host that is remembered and not listed passes nothing: its list, which could have told more, was not read.
fn unless_unlisted(verdict: Verdict, unlisted: impl FnOnce() -> Option<crate::reading::Gap>) -> Verdict {
    match verdict {
        Verdict::Pass(_) | Verdict::Inherited(_) => unlisted().map_or(verdict, Verdict::from),
        other => other,
    }
}

/// The feeds that verdicts rest on.
pub const FEEDS: [FeedSubject; 3] = [
    FeedSubject { operation: op::EPSS, name: "epss" },
    FeedSubject { operation: op::KEV, name: "kev" },
    FeedSubject { operation: op::LIFECYCLE, name: "lifecycle" },
];

/// One rule over many subjects.
struct Over {
    rule: &'static Rule,
    keep: Keep,
    chunk: usize,
}

impl Over {
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
                if self.keep == Keep::All || matches!(verdict, Verdict::Fail(_) | Verdict::Unknown(_)) {
                    findings.push(Box::new(finding(self.rule, describe(one), verdict)));
                }
            }
            Chunk { digest: hasher.finalize().into(), tally, findings }
        };
        subjects.par_chunks(self.chunk).map(chunk).collect()
    }
}

/// The subject of a lineage: of its host, where it is one that stands alone.
fn lineage_subject(lineage: &crate::asset::Lineage, cx: &Context<'_>) -> Arc<Subject> {
    match cx.members(lineage).next() {
        Some(asset) if lineage.id == asset.id => cx.subject(asset),
        first => Arc::new(Subject {
            kind: lineage.kind,
            id: lineage.id.clone(),
            name: lineage.name.clone(),
            lineage: lineage.id.clone(),
            service: first.and_then(|asset| asset.service.clone()),
            owner: first.and_then(|asset| asset.owner.clone()),
            environment: first.and_then(|asset| asset.environment.clone()),
            ..place(&lineage.scope)
        }),
    }
}

fn finding(rule: &'static Rule, subject: Arc<Subject>, verdict: Verdict) -> Finding {
    let severity = match &verdict {
        Verdict::Fail(failure) => failure.severity.unwrap_or(rule.severity),
        _ => rule.severity,
    };
    Finding { id: finding_id(rule.id, &subject), rule, severity, verdict, subject }
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

fn place(scope: &Scope) -> Subject {
    Subject {
        cloud: scope.cloud.as_str(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        ..Subject::default()
    }
}

fn shared(scope: &Scope, kind: &'static str, id: &str, name: &str) -> Arc<Subject> {
    Arc::new(Subject { kind, id: id.into(), name: name.into(), ..place(scope) })
}

/// The subject of a host.
pub fn asset_subject(asset: &crate::asset::Asset) -> Subject {
    Subject {
        kind: asset.kind.as_str(),
        id: asset.id.clone(),
        name: asset.name.clone(),
        lineage: asset.lineage.clone(),
        service: asset.service.clone(),
        owner: asset.owner.clone(),
        environment: asset.environment.clone(),
        ..place(&asset.scope)
    }
}

/// The id of a scope in results.
pub fn scope_id(scope: &Scope) -> String {
    format!("{}/{}/{}", scope.cloud.as_str(), scope.account, scope.region)
}

/// Baselines that decide something: the customer's own, the defaults, and those a host or group uses.
fn baselines<'a>(cx: &Context<'a>) -> Vec<BaselineSubject<'a>> {
    let facts = &cx.estate.facts;
    let mut used: BTreeMap<(&Scope, String), Vec<&'a crate::asset::Asset>> = BTreeMap::new();
    let short = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
    for asset in cx.estate.assets.iter().filter(|asset| asset.runs_a_host_os()) {
        if let Some(baseline) = facts.patch_state(&asset.key).and_then(|placed| placed.fact.baseline.as_deref()) {
            used.entry((&asset.scope, short(baseline))).or_default().push(asset);
        }
    }
    let mut all = Vec::new();
    for ((scope, id), placed) in facts.baselines_listed.iter() {
        let listed = &placed.fact;
        let hosts = used.remove(&(scope, short(id))).unwrap_or_default();
        // The providers' own baselines for systems that nobody here runs decide nothing.
        if id.starts_with("pb-") || !hosts.is_empty() {
            all.push(BaselineSubject {
                scope,
                id,
                name: &listed.name,
                os: &listed.os,
                baseline: cx.baseline(scope, id),
                hosts,
            });
        }
    }
    for ((scope, id), placed) in facts.baselines.iter() {
        if let Some(hosts) = used.remove(&(scope, short(id))) {
            let fact = &placed.fact;
            let baseline = Reading::Known(fact, placed.evidence.clone());
            all.push(BaselineSubject { scope, id, name: &fact.name, os: &fact.os, baseline, hosts });
        }
    }
    all.sort_by(|one, other| (one.id, one.scope).cmp(&(other.id, other.scope)));
    all
}

fn suppressions<'a>(cx: &Context<'a>) -> Vec<SuppressionSubject<'a>> {
    let facts = &cx.estate.facts;
    let hidden = |scope: &Scope| {
        let all = facts.vulnerabilities.iter();
        all.filter(|(_, found)| *found.scope == *scope && found.fact.status == "SUPPRESSED").count()
    };
    let all = facts.suppressions.iter().map(|((scope, _), placed)| SuppressionSubject {
        scope,
        filter: &placed.fact,
        evidence: &placed.evidence,
        hidden: hidden(scope),
    });
    all.collect()
}
