//! The way of the data, in order: answers → log → facts → estate → verdicts → log. Start reading here.
//!
//! `import` appends answers; [`evaluate`] reads what is sealed and nothing else.

use crate::asked::Asked;
use crate::config::Config;
use crate::error::Error;
use crate::exceptions;
use crate::history::{Index, State};
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
use patchseal_core::gather::{Gathered, Gatherer, Interest, Watch};
use patchseal_core::history::Point;
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

/// Takes the evaluation of a time.
pub type Each<'f> = dyn FnMut(Timestamp, Evaluated) -> Result<(), Error> + 'f;

/// Reads sealed runs back, folds them into the estate, and judges it.
pub fn evaluate(store: &Store, question: &Question<'_>) -> Result<Evaluated, Error> {
    evaluate_at(store, question, &[], &mut |_, _| Ok(()))
}

/// The same, and on the way the state at each of these earlier times, in order: answers are read once for all of them.
pub fn evaluate_at(
    store: &Store,
    question: &Question<'_>,
    earlier: &[Timestamp],
    each: &mut Each<'_>,
) -> Result<Evaluated, Error> {
    let judge = |estate: Estate, keep| {
        let evaluation = engine::evaluate(RULES, &question.config.policy, &estate, keep);
        Evaluated { estate, evaluation }
    };
    let mut each = |time, estate| each(time, judge(estate, Keep::Findings));
    let estate = estates(store, question, &Interest::default(), earlier, &mut each)?;
    Ok(judge(estate, question.keep))
}

/// Reads sealed runs back and folds them into the estate.
pub fn estate(store: &Store, question: &Question<'_>) -> Result<Estate, Error> {
    estate_with(store, question, &Interest::default())
}

/// The same, keeping also the rows that show these fixes in place.
pub fn estate_with(store: &Store, question: &Question<'_>, interest: &Interest) -> Result<Estate, Error> {
    estates(store, question, interest, &[], &mut |_, _| Ok(()))
}

fn estates(
    store: &Store,
    question: &Question<'_>,
    interest: &Interest,
    earlier: &[Timestamp],
    each: &mut dyn FnMut(Timestamp, Estate) -> Result<(), Error>,
) -> Result<Estate, Error> {
    let mut earlier = earlier.iter().copied().peekable();
    let mut each = |time, mut estate: Estate| {
        exceptions::file(store, &Question { as_of: time, ..*question }, &mut estate)?;
        each(time, estate)
    };
    let operations: BTreeMap<&str, &'static Operation> =
        patchseal_sources::operations().into_iter().map(|operation| (operation.id, operation)).collect();
    let mut builder = EstateBuilder::new(&question.config.policy, question.as_of);
    let mut shared = recall::Shared::default();
    for sealed in recall::runs(store, question.as_of, question.known_at)? {
        while let Some(time) = earlier.next_if(|time| *time < sealed.run.observed_at) {
            each(time, builder.so_far(time))?;
        }
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
                    let parsed = parse(&sealed, &operations, question.config, (&watch, interest));
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
    for time in earlier {
        each(time, builder.so_far(time))?;
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
    (watch, interest): (&Watch, &Interest),
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
    let mut sink = Into(Gatherer::new(watch).keeping(interest));
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

/// What evaluations came to, on its way into the log: packs are written at once, leaves together at the end.
pub struct Sealing<'a> {
    question: &'a Question<'a>,
    input_root: String,
    policy: String,
    first: u64,
    previous: Option<u64>,
    index: Index,
    /// The state taken last, and where it is.
    state: Option<(Point, State)>,
    leaves: Vec<Vec<u8>>,
}

impl<'a> Sealing<'a> {
    /// Begins after what is sealed.
    pub fn new(opened: &Opened, question: &'a Question<'a>, index: Index) -> Result<Sealing<'a>, Error> {
        let store = opened.writer.reader()?;
        Ok(Sealing {
            question,
            // What was read: with --known-at that is less than there is.
            input_root: store.root_at(question.known_at)?.to_string(),
            policy: opened.policy.clone().unwrap_or_default(),
            first: store.checkpoint().size,
            previous: opened.evaluation,
            index,
            state: None,
            leaves: Vec::new(),
        })
    }

    /// Takes the evaluation of a time. Times come in order.
    pub fn take(
        &mut self,
        opened: &mut Opened,
        as_of: Timestamp,
        evaluated: &Evaluated,
        now: Timestamp,
    ) -> Result<(), Error> {
        // The nearer the state that changes are held against, the fewer there are.
        let sealed = self.index.before(as_of);
        let ours = self.state.as_ref().map(|(point, _)| point.as_of);
        if let Some(point) = sealed.filter(|point| Some(point.as_of) > ours) {
            self.state = Some((point, State::read(&opened.writer.reader()?, &self.index, point.leaf)?));
        }
        let base = self.state.as_ref();
        let (delta, state) = State::advance(base.map(|(_, state)| state), evaluated);
        opened.writer.put_pack(&delta.pack)?;
        let total = evaluated.evaluation.total;
        let leaf = Leaf::Evaluation {
            as_of: as_of.to_string(),
            base: base.map(|(point, _)| point.leaf).filter(|_| !delta.whole),
            edition: edition(),
            fail: total.fail,
            input_root: self.input_root.clone(),
            input_size: self.question.known_at,
            logged_at: now.to_string(),
            other: total.inherited + total.not_applicable,
            pack: Some(delta.pack.digest.to_string()),
            pass: total.pass,
            policy: self.policy.clone(),
            previous: self.previous,
            root: evaluated.evaluation.root.to_string(),
            unknown: total.unknown,
        };
        let number = self.first + self.leaves.len() as u64;
        self.leaves.push(leaf.bytes());
        self.previous = Some(number);
        let input_size = self.question.known_at;
        self.state = Some((Point { as_of, input_size, leaf: number }, state));
        Ok(())
    }

    /// Seals them all, or none.
    pub fn finish(self, opened: &mut Opened) -> Result<(), Error> {
        opened.writer.append(&self.leaves)?;
        opened.evaluation = self.previous;
        Ok(())
    }
}
