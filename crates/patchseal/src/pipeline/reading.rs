//! From sealed answers to the estate: the facts of each run are folded into what the runs before left.

use super::{Begin, Question};
use crate::asked::Asked;
use crate::carried::{self, Left};
use crate::config::Config;
use crate::error::Error;
use crate::recall::{self, Part, Sealed, SealedRun};
use crate::{exceptions, read};
use jiff::Timestamp;
use patchseal_core::coverage::PageSigns;
use patchseal_core::estate::{Estate, EstateBuilder};
use patchseal_core::exchange::{Digest, FailureKind, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::gather::{Gathered, Gatherer, Interest, Memory, Sharing, Watch};
use patchseal_core::op;
use patchseal_log::Store;
use patchseal_sources::{Answer, Ask, Asks, Operation, Page, Sink};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Answers read at a time, and their bytes. Their facts wait for the fold, so this bounds memory.
const AHEAD: usize = 512;
/// Bytes of answers read at a time.
const AHEAD_BYTES: u64 = 16 << 20;

/// Takes the estate of a time.
pub(super) type Each<'f> = dyn FnMut(Timestamp, Estate) -> Result<(), Error> + 'f;

/// The estate at the question's time, and on the way at each of these earlier ones, in order; and the digest of what was
/// left to go on from.
pub(super) fn estates(
    store: &Store,
    question: &Question<'_>,
    interest: &Interest,
    earlier: &[Timestamp],
    each: &mut Each<'_>,
) -> Result<(Estate, Option<String>), Error> {
    let mut each = |time, mut estate: Estate| {
        exceptions::file(store, &Question { as_of: time, ..*question }, &mut estate)?;
        each(time, estate)
    };
    let outline = recall::outline(store, question.as_of, question.known_at)?;
    let first = earlier.iter().copied().min().unwrap_or(question.as_of);
    let resumed = match question.begin {
        Begin::Afresh => None,
        Begin::Resume | Begin::Leave => carried::resume(store, question, &outline, first)?,
    };
    // What is left has to hold all that the log does, or the next evaluation could not go on from it.
    let leaves = question.begin == Begin::Leave && outline.is_all && question.known_at == store.checkpoint().size;
    let mut known = Vec::new();
    let mut left = None;
    let mut reader = Reader::new(store, question, interest);
    let mut runs = Vec::new();
    let mut done = false;
    if let Some(resumed) = resumed {
        reader.builder = resumed.builder;
        reader.memory = resumed.memory;
        reader.sealed = resumed.sealed;
        done = reader.walk(&resumed.runs, earlier, &mut each)?;
        if done {
            (known, runs) = (resumed.known, resumed.runs);
            left = Some(resumed.digest).filter(|_| runs.is_empty());
        } else {
            // Its exchanges are not those that were told of. Nothing was judged yet.
            reader = Reader::new(store, question, interest);
        }
    }
    if !done {
        runs = recall::gather(store, outline.parts)?;
        reader.walk(&runs, earlier, &mut each)?;
    }
    let Reader { builder, memory, .. } = reader;
    if leaves && left.is_none() {
        let runs = carried::known(known, &runs);
        left = carried::leave(store, question, Left { builder: &builder, memory: &memory, runs });
    }
    drop((runs, memory));
    let mut estate = builder.finish();
    exceptions::file(store, question, &mut estate)?;
    Ok((estate, left.filter(|_| leaves)))
}

/// Reads runs, one after the other.
struct Reader<'a> {
    store: &'a Store,
    question: &'a Question<'a>,
    interest: &'a Interest,
    operations: BTreeMap<&'static str, &'static Operation>,
    shared: recall::Shared,
    builder: EstateBuilder<'a>,
    /// Recordings that the builder knows without having read them.
    sealed: Vec<Part>,
    /// What the answers of each collector's latest run came to.
    memory: BTreeMap<String, Memory>,
}

impl<'a> Reader<'a> {
    fn new(store: &'a Store, question: &'a Question<'a>, interest: &'a Interest) -> Reader<'a> {
        Reader {
            store,
            question,
            interest,
            operations: patchseal_sources::operations()
                .into_iter()
                .map(|operation| (operation.id, operation))
                .collect(),
            shared: recall::Shared::default(),
            builder: EstateBuilder::new(&question.config.policy, question.as_of),
            sealed: Vec::new(),
            memory: BTreeMap::new(),
        }
    }

    /// Takes runs in, in order, and stops at times on the way. Whether what it went on from was what it said; if not,
    /// it stops before the first time.
    fn walk(&mut self, runs: &[SealedRun], earlier: &[Timestamp], each: &mut Each<'_>) -> Result<bool, Error> {
        let mut earlier = earlier.iter().copied().peekable();
        for sealed in runs {
            while let Some(time) = earlier.next_if(|time| *time < sealed.run.observed_at) {
                if !self.catch_up()? {
                    return Ok(false);
                }
                each(time, self.builder.so_far(time))?;
            }
            self.builder.begin(sealed.run.clone());
            self.read(sealed)?;
            self.builder.end();
        }
        if !self.catch_up()? {
            return Ok(false);
        }
        for time in earlier {
            each(time, self.builder.so_far(time))?;
        }
        Ok(true)
    }

    /// Reads again what has to speak now and was read in an earlier reading only.
    fn catch_up(&mut self) -> Result<bool, Error> {
        for (collector, observed_at) in self.builder.unread() {
            let parts = self.sealed.iter().filter(|part| part.observed_at == observed_at).cloned().collect();
            let runs = recall::gather(self.store, parts)?;
            let Some(sealed) = runs.iter().find(|sealed| sealed.run.collector == collector) else { return Ok(false) };
            self.builder.begin_again(&collector);
            self.read(sealed)?;
            if !self.builder.end_again() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Folds a run's answers.
    fn read(&mut self, sealed: &SealedRun) -> Result<(), Error> {
        let Reader { store, question, interest, operations, shared, builder, memory, .. } = self;
        let mut asked = Asked::default();
        let watch = builder.watch();
        // Where more rows are kept than an evaluation needs, what an evaluation came to is not it.
        let remembers = question.begin != Begin::Afresh && interest.is_empty();
        let before = memory.remove(&sealed.run.collector).unwrap_or_default();
        let (mut after, mut sharing) = (Memory::default(), Sharing::default());
        let mut fold = |read: Vec<(Sealed, Result<Parsed, Error>)>| -> Result<(), Error> {
            for (sealed, parsed) in read {
                let parsed = parsed?;
                let mut exchange = sealed.exchange;
                if let Some((kind, message)) = parsed.failure {
                    exchange.outcome = Outcome::Failure { kind, message };
                }
                asked.note(parsed.asks);
                let one_page = exchange.page == 1 && !parsed.signs.more;
                if let Some(host) = exchange.subject.as_ref().filter(|_| remembers && one_page)
                    && *exchange.operation == *op::PATCHES
                    && matches!(exchange.outcome, Outcome::Answer { .. })
                {
                    after.note(host, Digest(sealed.body.0.0), &watch, &parsed.gathered, &mut sharing);
                }
                let id = builder.add(exchange, parsed.signs);
                builder.absorb(id, parsed.gathered);
            }
            Ok(())
        };
        // While some answers are folded, which only one thread can do, the next ones are read.
        let mut ready = Vec::new();
        for piece in sealed.pieces(store, shared) {
            let mut exchanges = piece?;
            while !exchanges.is_empty() {
                let rest = exchanges.split_off(ahead(&exchanges));
                let read = |sealed: Sealed| {
                    let known = || before.recall(sealed.exchange.subject.as_deref()?, &Digest(sealed.body.0.0), &watch);
                    let asked = sealed.exchange.page == 1 && *sealed.exchange.operation == *op::PATCHES;
                    let eligible = remembers && asked && matches!(sealed.exchange.outcome, Outcome::Answer { .. });
                    let parsed = match eligible.then(known).flatten() {
                        Some(gathered) => Ok(Parsed { gathered, ..Parsed::default() }),
                        None => parse(store, &sealed, operations, question.config, (&watch, interest)),
                    };
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
        memory.insert(sealed.run.collector.clone(), after);
        asked.start(builder.coverage(), operations);
        for (operation, scope, subject) in asked.needless(builder.coverage(), operations) {
            builder.needless(operation, scope, subject);
        }
        for (operation, scope, subject) in asked.unanswered(builder.coverage(), operations) {
            builder.not_asked(operation, scope, subject);
        }
        Ok(())
    }
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
#[derive(Default)]
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
    store: &Store,
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
    let body = sealed.read(store)?;
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
