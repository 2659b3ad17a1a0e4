//! The way of the data, in order: answers → log → facts → estate → verdicts → log. Start reading here.
//!
//! `import` appends answers; [`evaluate`] reads what is sealed and nothing else.

use crate::config::Config;
use crate::error::Error;
use crate::history::{Index, State};
use crate::manifest::Leaf;
use crate::store::Opened;
use jiff::Timestamp;
use patchseal_core::engine::{self, Evaluation, Keep};
use patchseal_core::estate::Estate;
use patchseal_core::gather::Interest;
use patchseal_core::history::Point;
use patchseal_core::rule::Rule;
use patchseal_core::rules::RULES;
use patchseal_log::Store;

mod reading;

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
    /// Where reading begins.
    pub begin: Begin,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At the first answer that was sealed.
    Afresh,
    /// Where an evaluation ended, if that fits.
    Resume,
    /// The same, and leave where this one ends.
    Leave,
}

/// The result of an evaluation.
pub struct Evaluated {
    /// The state.
    pub estate: Estate,
    /// The verdicts.
    pub evaluation: Evaluation,
    /// Digest of what it leaves to go on from.
    pub carried: Option<String>,
}

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
    let judge = |estate: Estate, keep, carried| {
        let evaluation = engine::evaluate(RULES, &question.config.policy, &estate, keep);
        Evaluated { estate, evaluation, carried }
    };
    let mut each = |time, estate| each(time, judge(estate, Keep::Findings, None));
    let (estate, carried) = reading::estates(store, question, &Interest::default(), earlier, &mut each)?;
    Ok(judge(estate, question.keep, carried))
}

/// Reads sealed runs back and folds them into the estate.
pub fn estate(store: &Store, question: &Question<'_>) -> Result<Estate, Error> {
    estate_with(store, question, &Interest::default())
}

/// The same, keeping also the rows that show these fixes in place.
pub fn estate_with(store: &Store, question: &Question<'_>, interest: &Interest) -> Result<Estate, Error> {
    reading::estates(store, question, interest, &[], &mut |_, _| Ok(())).map(|(estate, _)| estate)
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
            carried: evaluated.carried.clone(),
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
