//! The way of the data, in order: answers → log → facts → estate → verdicts → log. Start reading here.
//!
//! `import` appends answers; [`evaluate`] reads what is sealed and nothing else.

use crate::config::Config;
use crate::error::Error;
use crate::manifest::Leaf;
use crate::read;
use crate::recall::{self, Sealed};
use crate::store::Opened;
use jiff::Timestamp;
use patchseal_core::coverage::PageSigns;
use patchseal_core::engine::{self, Evaluation, Keep};
use patchseal_core::estate::{Estate, EstateBuilder};
use patchseal_core::exchange::{FailureKind, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::gather::{Gathered, Gatherer, Watch};
use patchseal_core::rule::Rule;
use patchseal_core::rules::RULES;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_log::Store;
use patchseal_sources::codec::resource_graph;
use patchseal_sources::{Answer, Ask, Asks, Operation, Page, Reach, Sink, When};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What to evaluate.
pub struct Question<'a> {
    /// The policy.
    pub config: &'a Config,
    /// The state of the world at this time.
    pub as_of: Timestamp,
    /// As far as the log knew at this size.
    pub known_at: u64,
    /// Fail and unknown, or every verdict.
    pub keep: Keep,
}

/// The result of an evaluation.
pub struct Evaluated {
    /// The state.
    pub estate: Estate,
    /// The verdicts.
    pub evaluation: Evaluation,
}

/// Answers read at a time. Their facts wait for the fold, so this bounds memory.
const AHEAD: usize = 512;

/// Reads sealed runs back, folds them into the estate, and judges it.
pub fn evaluate(store: &Store, question: &Question<'_>) -> Result<Evaluated, Error> {
    let estate = estate(store, question)?;
    let evaluation = engine::evaluate(RULES, &question.config.policy, &estate, question.keep);
    Ok(Evaluated { estate, evaluation })
}

/// Reads sealed runs back and folds them into the estate.
pub fn estate(store: &Store, question: &Question<'_>) -> Result<Estate, Error> {
    let operations: BTreeMap<&str, &'static Operation> =
        patchseal_sources::operations().into_iter().map(|operation| (operation.id, operation)).collect();
    let mut builder = EstateBuilder::new(&question.config.policy, question.as_of);
    for sealed in recall::runs(store, question.as_of, question.known_at)? {
        builder.begin(sealed.run);
        let mut asked = Asked::default();
        for chunk in sealed.exchanges.chunks(AHEAD) {
            let watch = builder.watch();
            let read: Vec<Result<Parsed, Error>> =
                chunk.par_iter().map(|sealed| parse(sealed, &operations, question.config, watch)).collect();
            for (sealed, parsed) in chunk.iter().zip(read) {
                let parsed = parsed?;
                let mut exchange = sealed.exchange.clone();
                if let Some((kind, message)) = parsed.failure {
                    exchange.outcome = Outcome::Failure { kind, message };
                }
                asked.note(&exchange, parsed.asks);
                let id = builder.add(exchange, parsed.signs);
                builder.absorb(id, parsed.gathered);
            }
        }
        asked.start(&operations);
        for (operation, scope, subject) in asked.needless(&operations) {
            builder.needless(&operation, scope, subject);
        }
        for (operation, scope, subject) in asked.unanswered(&operations) {
            builder.not_asked(operation, scope, subject);
        }
        builder.end();
    }
    Ok(builder.finish())
}

/// What one answer gave.
struct Parsed {
    gathered: Gathered,
    signs: PageSigns,
    asks: Vec<Ask>,
    failure: Option<(FailureKind, String)>,
}

struct Into<'w>(Gatherer<'w>);

impl Sink for Into<'_> {
    fn fact(&mut self, pointer: Pointer, fact: Fact<'_>) {
        self.0.take(pointer, fact);
    }
}

fn parse(
    sealed: &Sealed,
    operations: &BTreeMap<&str, &'static Operation>,
    config: &Config,
    watch: &Watch,
) -> Result<Parsed, Error> {
    let nothing =
        |failure| Parsed { gathered: Gathered::default(), signs: PageSigns::default(), asks: Vec::new(), failure };
    let exchange = &sealed.exchange;
    if matches!(exchange.outcome, Outcome::Failure { .. }) {
        return Ok(nothing(None));
    }
    let Some(operation) = operations.get(exchange.operation.as_str()) else {
        let message = format!("{} is no operation of this version", exchange.operation);
        return Ok(nothing(Some((FailureKind::Malformed, message))));
    };
    let body = sealed.read()?;
    let mut sink = Into(Gatherer::new(watch));
    if let Err(reject) = read::rows(operation, config, exchange, &body, &mut sink) {
        let kind = if reject.cut_short { FailureKind::Truncated } else { FailureKind::Malformed };
        return Ok(nothing(Some((kind, reject.message))));
    }
    let answer = Answer { exchange, body: &body };
    let more = match (operation.page)(&answer) {
        Page::Last => false,
        Page::Next(_) => true,
        Page::Unreadable => {
            return Ok(nothing(Some((FailureKind::Malformed, "its continuation cannot be read".to_owned()))));
        }
    };
    let totals = operation.id.starts_with("resource-graph.").then(|| resource_graph::totals(&body)).flatten();
    let signs = PageSigns { more, totals };
    let mut asks = Asks::default();
    (operation.asks)(&answer, &mut asks);
    Ok(Parsed { gathered: sink.0.finish(), signs, asks: asks.into_asks(), failure: None })
}

/// What was asked in a run, and what was worth asking.
#[derive(Default)]
struct Asked {
    questions: BTreeSet<(String, Scope, Option<String>)>,
    /// Those with an answer, were it one page.
    answered: BTreeSet<(String, Scope, Option<String>)>,
    asks: BTreeSet<(&'static str, Scope, Option<String>)>,
}

impl Asked {
    fn note(&mut self, exchange: &patchseal_core::exchange::Exchange, asks: Vec<Ask>) {
        let question = (exchange.operation.clone(), exchange.scope.clone(), exchange.subject.clone());
        if matches!(exchange.outcome, Outcome::Answer { .. }) {
            self.answered.insert(question.clone());
        }
        self.questions.insert(question);
        self.asks.extend(asks.into_iter().map(|ask| (ask.operation, ask.scope, ask.subject)));
    }

    /// What was worth asking and has no answer, neither its own nor one of an operation that states the same.
    fn unanswered(
        mut self,
        operations: &BTreeMap<&str, &'static Operation>,
    ) -> Vec<(&'static str, Scope, Option<String>)> {
        let asks = std::mem::take(&mut self.asks);
        asks.into_iter()
            .filter(|(operation, scope, subject)| !self.is_answered(operations, operation, scope, subject.as_deref()))
            .collect()
    }

    /// Questions without any answer that would not be missed: were they not there, nothing would be a gap.
    fn needless(&mut self, operations: &BTreeMap<&str, &'static Operation>) -> Vec<(String, Scope, Option<String>)> {
        let failed: Vec<_> = self.questions.difference(&self.answered).cloned().collect();
        let mut needless = Vec::new();
        for question in failed {
            self.questions.remove(&question);
            let (operation, scope, subject) = &question;
            let known = operations.get(operation.as_str());
            let is_missed = match known {
                Some(known) if known.when == When::Start && known.reach == Reach::Organisation => {
                    !self.questions.iter().any(|(id, place, _)| id == operation && place.cloud == scope.cloud)
                }
                Some(known) => {
                    self.asks.contains(&(known.id, scope.clone(), subject.clone()))
                        && !self.is_answered(operations, operation, scope, subject.as_deref())
                }
                // Nobody can tell what an operation of another version was needed for.
                None => true,
            };
            self.questions.insert(question.clone());
            if !is_missed {
                needless.push(question);
            }
        }
        needless
    }

    /// Questions that every scope is asked.
    fn start(&mut self, operations: &BTreeMap<&str, &'static Operation>) {
        let scopes: BTreeSet<Scope> = self.questions.iter().map(|(_, scope, _)| scope.clone()).collect();
        for operation in operations.values().filter(|operation| operation.when == When::Start) {
            let cloud = if operation.id.starts_with("resource-graph.") || operation.id.starts_with("subscriptions.") {
                Cloud::Azure
            } else {
                Cloud::Aws
            };
            for scope in scopes.iter().filter(|scope| scope.cloud == cloud) {
                match operation.reach {
                    Reach::Region if scope.region != Scope::GLOBAL => {
                        self.asks.insert((operation.id, scope.clone(), None));
                    }
                    Reach::Account => {
                        self.asks.insert((operation.id, scope.account_wide(), None));
                    }
                    Reach::Organisation => {
                        // Once is enough, wherever it was asked; where it never was, the first account stands for all.
                        let asked =
                            self.questions.iter().any(|(id, place, _)| id == operation.id && place.cloud == cloud);
                        let first = scopes.iter().find(|scope| scope.cloud == cloud);
                        if let (false, Some(first)) = (asked, first) {
                            self.asks.insert((operation.id, first.account_wide(), None));
                        }
                    }
                    Reach::Region | Reach::Resource => {}
                }
            }
        }
    }

    fn is_answered(
        &self,
        operations: &BTreeMap<&str, &'static Operation>,
        operation: &str,
        scope: &Scope,
        subject: Option<&str>,
    ) -> bool {
        let among = |questions: &BTreeSet<(String, Scope, Option<String>)>, id: &str| {
            let has =
                |subject: Option<&str>| questions.contains(&(id.to_owned(), scope.clone(), subject.map(str::to_owned)));
            has(subject) || subject.is_some() && has(None)
        };
        // Resource Data Sync has a file per host: one of them shows that the type is synchronised in this region.
        let synchronised = |id: &str| {
            id.starts_with("resource-data-sync.")
                && self.answered.iter().any(|(known, place, _)| known == id && place == scope)
        };
        // A tenant-wide answer serves every subscription of the tenant.
        let tenant_wide = |questions: &BTreeSet<(String, Scope, Option<String>)>, id: &str| {
            scope.cloud == Cloud::Azure
                && questions.iter().any(|(known, place, _)| {
                    known == id && self.questions.contains(&("subscriptions.List".to_owned(), place.clone(), None))
                })
        };
        let instead = operations.get(operation).map(|operation| operation.instead).unwrap_or_default();
        // Its own failure is a gap already; the failure of what could have stood in for it says nothing.
        among(&self.questions, operation)
            || tenant_wide(&self.questions, operation)
            || instead.iter().any(|id| among(&self.answered, id) || synchronised(id) || tenant_wide(&self.answered, id))
    }
}

/// Digest of the rules and the engine: another edition may judge otherwise, and says so.
pub fn edition() -> String {
    let mut text = format!("{}\n", env!("CARGO_PKG_VERSION"));
    for rule in RULES {
        let Rule { id, title, severity, .. } = rule;
        text.push_str(&format!("{id}\0{title}\0{}\n", severity.as_str()));
    }
    patchseal_log::sha256(text.as_bytes()).to_string()
}

/// Seals what an evaluation came to.
pub fn seal(opened: &mut Opened, question: &Question<'_>, evaluated: &Evaluated, now: Timestamp) -> Result<(), Error> {
    let input = opened.writer.checkpoint().clone();
    let total = evaluated.evaluation.total;
    let leaf = Leaf::Evaluation {
        as_of: question.as_of.to_string(),
        edition: edition(),
        fail: total.fail,
        input_root: input.root.to_string(),
        input_size: input.size,
        logged_at: now.to_string(),
        other: total.inherited + total.not_applicable,
        pass: total.pass,
        policy: opened.policy.clone().unwrap_or_default(),
        previous: opened.evaluation,
        root: evaluated.evaluation.root.to_string(),
        unknown: total.unknown,
    };
    let range = opened.writer.append(&[leaf.bytes()])?;
    opened.evaluation = Some(range.start);
    Ok(())
}
