//! What the engine iterates over: which subjects a check has, and how results describe each.

use super::{CHUNK, Chunk, Keep, Over, Subject};
use crate::context::{
    BaselineSubject, ChangeSubject, Context, FeedSubject, Population, ScopeSubject, SettingSubject, SuppressionSubject,
};
use crate::op;
use crate::policy::Freeze;
use crate::reading::Reading;
use crate::rule::{Check, Rule, Verdict};
use crate::scope::{Cloud, Scope};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn judge(
    rule: &'static Rule,
    check: &Check,
    cx: &Context<'_>,
    keep: Keep,
    watched: Option<&BTreeSet<&str>>,
) -> Vec<Chunk> {
    let estate = cx.estate;
    let many = Over { rule, keep, chunk: CHUNK, watched };
    // A schedule or a scope can concern every host there is: each is a piece of its own.
    let few = Over { rule, keep, chunk: 1, watched };
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
        Check::EachCollector(f) => {
            let scope = Scope::new(Cloud::Governance, "collectors", Scope::GLOBAL);
            few.judge(
                &cx.collectors(),
                |collector| Cow::Owned(collector.id()),
                |collector| shared(&scope, "collector", &collector.id(), collector.name),
                |collector| f(collector, cx),
            )
        }
        Check::EachFeed(f) => few.judge(
            &feeds(cx),
            |feed| Cow::Owned(format!("feeds/{}", feed.name)),
            |feed| shared(&crate::context::feed_scope(feed.name), "feed", &format!("feeds/{}", feed.name), feed.name),
            |feed| f(feed, cx),
        ),
        Check::EachFreeze(f) => {
            let scope = Scope::new(Cloud::Governance, "freezes", Scope::GLOBAL);
            let id = |freeze: &Freeze| format!("freezes/{}", freeze.name);
            let mut freezes: Vec<&Freeze> = cx.policy.freezes.iter().collect();
            freezes.sort_by_key(|freeze| &freeze.name);
            few.judge(
                &freezes,
                |freeze| Cow::Owned(id(freeze)),
                |freeze| shared(&scope, "freeze", &id(freeze), &freeze.name),
                |freeze| f(freeze, cx),
            )
        }
        Check::EachSuppression(f) => few.judge(
            &suppressions(cx),
            |filter| Cow::Borrowed(&filter.filter.id),
            |filter| shared(filter.scope, "scanner-filter", &filter.filter.id, &filter.filter.name),
            |filter| f(filter, cx),
        ),
        Check::EachChange(f) => many.judge(
            &cx.change_subjects(),
            |change| Cow::Owned(change.id()),
            change_subject,
            |change| match change {
                ChangeSubject::Record(record) => f(record, cx),
                ChangeSubject::Source(_, gap) => gap.clone().into(),
                ChangeSubject::Nobody => crate::context::no_records(),
            },
        ),
        Check::EachSettingChange(f) => many.judge(
            &cx.setting_subjects(),
            |change| Cow::Owned(change.id()),
            setting_subject,
            |change| match change {
                SettingSubject::Change(placed) => f(placed, cx),
                SettingSubject::Place(_, gap) => gap.clone().into(),
                SettingSubject::Nobody => crate::context::no_history(),
            },
        ),
        Check::EachException(f) => {
            let scope = crate::estate::exceptions_place();
            few.judge(
                cx.exceptions(),
                |exception| Cow::Borrowed(&exception.dossier.id),
                |exception| shared(&scope, "exception", &exception.dossier.id, &exception.dossier.id),
                |exception| f(exception, cx),
            )
        }
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

fn change_subject(change: &ChangeSubject<'_>) -> Arc<Subject> {
    let id = change.id();
    match change {
        ChangeSubject::Record(placed) => {
            let record = &placed.fact;
            shared(&placed.scope, "change", &id, &record.id)
        }
        ChangeSubject::Source(scope, _) => shared(scope, "change-source", &id, &scope.account),
        ChangeSubject::Nobody => {
            shared(&Scope::new(Cloud::Changes, "", Scope::GLOBAL), "population", &id, "change records")
        }
    }
}

fn setting_subject(change: &SettingSubject<'_>) -> Arc<Subject> {
    let id = change.id();
    match change {
        SettingSubject::Change(placed) => {
            let fact = &placed.fact;
            let first = fact.resources.first().map_or("", String::as_str);
            let name = format!("{} {}", fact.action, first.rsplit('/').next().unwrap_or(first));
            shared(&placed.scope, "setting-change", &id, name.trim())
        }
        SettingSubject::Place(scope, _) => shared(scope, "setting-history", &id, &scope.to_string()),
        SettingSubject::Nobody => {
            shared(&Scope::new(Cloud::Changes, "", Scope::GLOBAL), "population", &id, "changes of settings")
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

/// Those, and the feeds of relations that somebody imports. None of these has to be there: what only they would tell stays
/// unknown without them.
fn feeds(cx: &Context<'_>) -> Vec<FeedSubject> {
    let imported = |operation| cx.estate.coverage.places(operation).next().is_some();
    let related = op::RELATION_FEEDS.into_iter().filter(|(_, operation)| imported(operation));
    let mut all: Vec<FeedSubject> = related.map(|(name, operation)| FeedSubject { operation, name }).collect();
    all.extend(FEEDS);
    all.sort_by_key(|feed| feed.name);
    all
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
