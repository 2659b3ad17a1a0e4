//! The shape every operation has.

use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::{Exchange, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// One question that a provider can be asked.
pub struct Operation {
    /// `<service>.<Operation>`, as recordings name their files.
    pub id: &'static str,
    /// Permissions it needs; all of them reads that reveal no secret.
    pub permissions: &'static [&'static str],
    /// Public documentation.
    pub docs: &'static str,
    /// How far one answer reaches.
    pub reach: Reach,
    /// What makes it worth asking.
    pub when: When,
    /// Operations whose answers state the same facts, so that this one may stay unasked where one of them was answered.
    pub instead: &'static [&'static str],
    /// Bytes to send, unsigned.
    pub request: fn(&Ask) -> Request,
    /// Whether there is more.
    pub page: fn(&Answer<'_>) -> Page,
    /// What the answer makes worth asking.
    pub asks: fn(&Answer<'_>, &mut Asks),
    /// Facts out, rows counted. Facts of an answer that is refused in the end count for nothing.
    pub rows: fn(&Answer<'_>, &mut dyn Sink) -> Result<Tally, Reject>,
    /// Sample answers: tests, and documentation.
    pub fixtures: &'static [Fixture],
}

/// How far one answer reaches, and so how often a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Once per organisation or tenant.
    Organisation,
    /// Once per account or subscription.
    Account,
    /// Once per account and region.
    Region,
    /// Once per resource named by the exchange's subject.
    Resource,
}

/// What makes a question worth asking. What is worth asking and was not is a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Always, once per place that [`Reach`] names.
    Start,
    /// When another answer asks for it through `asks`.
    Answer,
    /// Never by itself: it can stand in for others, or adds what nobody else knows.
    Extra,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// Operation.
    pub operation: &'static str,
    /// Where.
    pub scope: Scope,
    /// About what.
    pub subject: Option<String>,
    /// Ids asked about together.
    pub ids: Vec<String>,
    /// Continuation token.
    pub token: Option<String>,
}

/// How the bytes travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: `POST /` with this `X-Amz-Target`.
    AwsJson {
        /// Such as `AmazonSSM.DescribeInstancePatches`.
        target: &'static str,
    },
    /// AWS Query: `POST /`, form-encoded with Action and Version in the body; answers in XML.
    AwsQuery,
    /// REST with JSON bodies.
    Rest {
        /// `GET` or `POST` (a POST that reads).
        method: &'static str,
        /// Path and query.
        path: String,
    },
    /// Not asked over the network: feeds and files that are given.
    File,
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// AWS service prefix (`ssm`), `management` for ARM, or the feed's name.
    pub service: &'static str,
    /// How.
    pub protocol: Protocol,
    /// Body.
    pub body: Vec<u8>,
}

/// Whether there is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// This was the last page.
    Last,
    /// There is more, to be asked for like this.
    Next(Ask),
    /// The answer cannot be read far enough to tell.
    Unreadable,
}

/// An answer to read.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The exchange it belongs to.
    pub exchange: &'a Exchange,
    /// Body, redacted.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The same question with a continuation token.
    pub fn next(&self, operation: &'static str, token: impl Into<String>) -> Page {
        Page::Next(Ask {
            operation,
            scope: self.exchange.scope.clone(),
            subject: self.exchange.subject.as_deref().map(str::to_owned),
            ids: Vec::new(),
            token: Some(token.into()),
        })
    }
}

/// Collects what answers make worth asking, de-duplicated, ids batched.
#[derive(Default)]
pub struct Asks {
    single: BTreeSet<Ask>,
    batched: BTreeMap<(&'static str, Scope), BTreeSet<String>>,
}

impl Asks {
    /// Most ids one question may carry (`DescribeInstancePatchStates`; source: API reference of SSM).
    pub const BATCH: usize = 50;

    /// Ask this once in a scope.
    pub fn once(&mut self, operation: &'static str, scope: Scope) {
        self.single.insert(Ask { operation, scope, subject: None, ids: Vec::new(), token: None });
    }

    /// Ask this about one subject.
    pub fn about(&mut self, operation: &'static str, scope: Scope, subject: impl Into<String>) {
        self.single.insert(Ask { operation, scope, subject: Some(subject.into()), ids: Vec::new(), token: None });
    }

    /// Ask this about one id, together with others.
    pub fn together(&mut self, operation: &'static str, scope: Scope, id: impl Into<String>) {
        self.batched.entry((operation, scope)).or_default().insert(id.into());
    }

    /// Everything, sorted.
    pub fn into_asks(self) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.single.into_iter().collect();
        for ((operation, scope), ids) in self.batched {
            let ids: Vec<String> = ids.into_iter().collect();
            asks.extend(ids.chunks(Self::BATCH).map(|ids| Ask {
                operation,
                scope: scope.clone(),
                subject: None,
                ids: ids.to_vec(),
                token: None,
            }));
        }
        asks
    }
}

/// Where facts go.
pub trait Sink {
    /// One fact and where in the answer it stands.
    fn fact(&mut self, pointer: Pointer, fact: Fact<'_>);
}

/// What an answer held: every row is either a fact or counted with the reason why it is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows in the answer.
    pub rows: u64,
    /// Facts read out of them; one row can state several.
    pub facts: u64,
    /// Rows that gave no fact, by reason.
    pub without: BTreeMap<&'static str, u64>,
    /// What the answer says of its page, where the reader of rows saw it on the way; else [`Operation::page`] tells.
    pub signs: Option<PageSigns>,
}

/// Why bytes are not an answer of the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Line and column, from 1, where the reader stopped.
    pub position: Option<(usize, usize)>,
    /// The bytes end too early, rather than being wrong.
    pub cut_short: bool,
    /// What was expected and what was found.
    pub message: String,
}

/// Counts rows on their way into a sink.
pub struct Rows<'s> {
    sink: &'s mut dyn Sink,
    tally: Tally,
}

impl<'s> Rows<'s> {
    /// Into this sink.
    pub fn into_sink(sink: &'s mut dyn Sink) -> Rows<'s> {
        Rows { sink, tally: Tally::default() }
    }

    /// A row that states this.
    pub fn fact(&mut self, pointer: Pointer, fact: Fact<'_>) {
        self.tally.rows += 1;
        self.more(pointer, fact);
    }

    /// Another fact of the row counted last.
    pub fn more(&mut self, pointer: Pointer, fact: Fact<'_>) {
        self.tally.facts += 1;
        self.sink.fact(pointer, fact);
    }

    /// A row that states nothing, and why.
    pub fn without(&mut self, reason: &'static str) {
        self.tally.rows += 1;
        *self.tally.without.entry(reason).or_default() += 1;
    }

    /// What the answer says of its page.
    pub fn signs(&mut self, signs: PageSigns) {
        self.tally.signs = Some(signs);
    }

    /// The counts.
    pub fn tally(self) -> Tally {
        self.tally
    }
}

/// A sample answer.
pub struct Fixture {
    /// What it shows: `answered`, `empty`, `malformed`, ….
    pub name: &'static str,
    /// Body, in the documented shape.
    pub body: &'static str,
    /// What reading it gives.
    pub expect: Expect,
}

/// What reading a fixture gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// So many rows and facts, and whether there is a next page.
    Read {
        /// Rows.
        rows: u64,
        /// Facts.
        facts: u64,
        /// More to come.
        more: bool,
    },
    /// It is refused.
    Refused,
}

impl Operation {
    /// Whether each line of an answer stands alone (NDJSON, CSV), so that a cut shows only in its last line. (Of `feeds.osv`
    /// that is so for files of one record a line.)
    pub fn lines_stand_alone(&self) -> bool {
        self.id.starts_with("resource-data-sync.") || self.id.starts_with("inventory.") || self.id == "feeds.epss"
    }
}
