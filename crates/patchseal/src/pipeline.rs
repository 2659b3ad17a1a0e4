//! The way of the data, in order: answers → log → facts → estate → verdicts → log. Start reading here.
//!
//! `import` appends answers; [`evaluate`] reads what is sealed and nothing else.

use crate::asked::Asked;
use crate::config::Config;
use crate::error::Error;
use crate::exceptions;
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
use patchseal_log::Store;
use patchseal_sources::{Answer, Ask, Asks, Operation, Page, Sink};
use rayon::prelude::*;
use std::collections::BTreeMap;

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

/// Answers read at a time, and their bytes. Their facts wait for the fold, so this bounds memory.
const AHEAD: usize = 512;
/// Bytes of answers read at a time.
const AHEAD_BYTES: u64 = 16 << 20;

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
    let mut shared = recall::Shared::default();
    for sealed in recall::runs(store, question.as_of, question.known_at)? {
        builder.begin(sealed.run.clone());
        let mut asked = Asked::default();
        let watch = builder.watch();
        let mut fold = |read: Vec<(Sealed, Result<Parsed, Error>)>| -> Result<(), Error> {
            for (sealed, parsed) in read {
                let parsed = parsed?;
                let mut exchange = sealed.exchange;
                if let Some((kind, message)) = parsed.failure {
                    exchange.outcome = Outcome::Failure { kind, message };
                }
                asked.note(parsed.asks);
                let id = builder.add(exchange, parsed.signs);
                builder.absorb(id, parsed.gathered);
            }
            Ok(())
        };
        // While some answers are folded, which only one thread can do, the next ones are read.
        let mut ready = Vec::new();
        for piece in sealed.pieces(store, &mut shared) {
            let mut exchanges = piece?;
            while !exchanges.is_empty() {
                let rest = exchanges.split_off(ahead(&exchanges));
                let read = |sealed: Sealed| {
                    let parsed = parse(&sealed, &operations, question.config, &watch);
                    (sealed, parsed)
                };
                let (next, folded) =
                    rayon::join(|| exchanges.into_par_iter().map(read).collect(), || fold(std::mem::take(&mut ready)));
                folded?;
                ready = next;
                exchanges = rest;
            }
        }
        fold(ready)?;
        asked.start(builder.coverage(), &operations);
        for (operation, scope, subject) in asked.needless(builder.coverage(), &operations) {
            builder.needless(operation, scope, subject);
        }
        for (operation, scope, subject) in asked.unanswered(builder.coverage(), &operations) {
            builder.not_asked(operation, scope, subject);
        }
        builder.end();
    }
    let mut estate = builder.finish();
    exceptions::file(store, question, &mut estate)?;
    Ok(estate)
}

/// How many of these answers are read together.
fn ahead(exchanges: &[Sealed]) -> usize {
    let mut bytes = 0;
    let fits = |sealed: &&Sealed| {
        bytes += sealed.body.1;
        bytes <= AHEAD_BYTES
    };
    exchanges.iter().take(AHEAD).take_while(fits).count().max(1)
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
    let Some(operation) = operations.get(&*exchange.operation) else {
        let message = format!("{} is no operation of this version", exchange.operation);
        return Ok(nothing(Some((FailureKind::Malformed, message))));
    };
    let body = sealed.read()?;
    let mut sink = Into(Gatherer::new(watch));
    let tally = match read::rows(operation, config, exchange, &body, &mut sink) {
        Ok(tally) => tally,
        Err(reject) => {
            let kind = if reject.cut_short { FailureKind::Truncated } else { FailureKind::Malformed };
            return Ok(nothing(Some((kind, reject.message))));
        }
    };
    let answer = Answer { exchange, body: &body };
    let signs = match tally.signs {
        Some(signs) => signs,
        None => match (operation.page)(&answer) {
            Page::Last => PageSigns::default(),
            Page::Next(_) => PageSigns { more: true, totals: None },
            Page::Unreadable => {
                return Ok(nothing(Some((FailureKind::Malformed, "its continuation cannot be read".to_owned()))));
            }
        },
    };
    let mut asks = Asks::default();
    (operation.asks)(&answer, &mut asks);
    Ok(Parsed { gathered: sink.0.finish(), signs, asks: asks.into_asks(), failure: None })
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
    // What was read: with --known-at that is less than there is.
    let input_root = opened.writer.reader()?.root_at(question.known_at)?;
    let total = evaluated.evaluation.total;
    let leaf = Leaf::Evaluation {
        as_of: question.as_of.to_string(),
        edition: edition(),
        fail: total.fail,
        input_root: input_root.to_string(),
        input_size: question.known_at,
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
