//! What an estate carries from one run to the next, as bytes: so that a day costs what the day brings, not what all days
//! before it brought.
//!
//! The form is a cache's, not evidence: whoever cannot read it reads the answers again. It is our own because sharing is
//! what it is about: hundreds of thousands of rows hold the same few texts and fixes by reference, and come back so.
//! Numbers are LEB128, what is shared stands where it comes first and is named by its number afterwards.

use crate::claim::Record;
use crate::exchange::{Evidence, ExchangeId, Pointer, Source};
use crate::fact::PatchSettings;
use crate::fix::Remedy;
use crate::scope::Scope;
use crate::tags::Tag;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

mod cited;
mod collections;
mod statics;
mod words;

pub(crate) use cited::Cited;
pub(crate) use collections::put_all;
pub(crate) use words::{carried_struct, carried_words};

/// What can be carried.
pub(crate) trait Carry: Sized {
    /// Writes it.
    fn put(&self, out: &mut Out<'_>);
    /// Reads it; `None` where the bytes are none of it.
    fn take(from: &mut In<'_>) -> Option<Self>;
}

/// Takes bytes as they come.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(&[u8]);

/// What was written, by number from 1.
#[expect(clippy::disallowed_types, reason = "only ever asked for what it holds, never walked: no order to depend on")]
type Numbers<T> = std::collections::HashMap<T, u64>;

/// Bytes gathered before they are handed on.
const PIECE: usize = 64 << 10;

/// Writes.
pub(crate) struct Out<'s> {
    bytes: Vec<u8>,
    sink: Sink<'s>,
    cited: Cited,
    texts: Numbers<Arc<str>>,
    remedies: Numbers<Arc<Remedy>>,
    records: BTreeMap<Arc<Record>, u64>,
    scopes: Numbers<Arc<Scope>>,
    settings: BTreeMap<Arc<PatchSettings>, u64>,
    tags: Numbers<Tag>,
}

impl<'s> Out<'s> {
    /// Writes to a sink. Exchanges that are named are counted by what is cited of them.
    pub(crate) fn new(sink: Sink<'s>, cited: Cited) -> Out<'s> {
        Out {
            bytes: Vec::with_capacity(PIECE + 256),
            sink,
            cited,
            texts: Numbers::new(),
            remedies: Numbers::new(),
            records: BTreeMap::new(),
            scopes: Numbers::new(),
            settings: BTreeMap::new(),
            tags: Numbers::new(),
        }
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
        if self.bytes.len() >= PIECE {
            (self.sink)(&self.bytes);
            self.bytes.clear();
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn exchange(&mut self, id: ExchangeId) {
        let number = self.cited.number(id);
        self.number(number);
    }

    /// What is cited.
    pub(crate) fn cited(&self) -> &Cited {
        &self.cited
    }

    /// Hands on what is left, and gives back what was cited.
    pub(crate) fn finish(self) -> Cited {
        (self.sink)(&self.bytes);
        self.cited
    }
}

/// Reads.
pub(crate) struct In<'b> {
    bytes: &'b [u8],
    texts: Vec<Arc<str>>,
    remedies: Vec<Arc<Remedy>>,
    records: Vec<Arc<Record>>,
    scopes: Vec<Arc<Scope>>,
    settings: Vec<Arc<PatchSettings>>,
    tags: Vec<Tag>,
    /// Exchanges there are: a greater number names none.
    pub(crate) exchanges: u32,
}

impl<'b> In<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> In<'b> {
        In {
            bytes,
            texts: Vec::new(),
            remedies: Vec::new(),
            records: Vec::new(),
            scopes: Vec::new(),
            settings: Vec::new(),
            tags: Vec::new(),
            exchanges: 0,
        }
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(first & 0x7f).checked_shl(shift)?;
            if first & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn raw(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (raw, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(raw)
    }

    /// How many follow: each takes a byte or more.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.bytes.len()).then_some(count)
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Every text that was read.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.texts.iter()
    }

    /// Every fix that was read.
    pub(crate) fn remedies(&self) -> impl Iterator<Item = &Arc<Remedy>> {
        self.remedies.iter()
    }
}

macro_rules! carried_numbers {
    ($($number:ty),*) => {$(
        impl Carry for $number {
            fn put(&self, out: &mut Out<'_>) {
                out.number(u64::from(*self));
            }
            fn take(from: &mut In<'_>) -> Option<Self> {
                from.number()?.try_into().ok()
            }
        }
    )*};
}
carried_numbers!(u8, u16, u32, u64);

impl Carry for usize {
    fn put(&self, out: &mut Out<'_>) {
        out.number(*self as u64);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        from.number()?.try_into().ok()
    }
}

impl Carry for i64 {
    fn put(&self, out: &mut Out<'_>) {
        // Small numbers of either sign stay short.
        out.number(((self << 1) ^ (self >> 63)) as u64);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        let number = from.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

impl Carry for bool {
    fn put(&self, out: &mut Out<'_>) {
        out.number(u64::from(*self));
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        match from.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Carry for Timestamp {
    fn put(&self, out: &mut Out<'_>) {
        self.as_second().put(out);
        i64::from(self.subsec_nanosecond()).put(out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Timestamp::new(i64::take(from)?, i64::take(from)?.try_into().ok()?).ok()
    }
}

impl Carry for String {
    fn put(&self, out: &mut Out<'_>) {
        out.raw(self.as_bytes());
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(std::str::from_utf8(from.raw()?).ok()?.to_owned())
    }
}

impl Carry for Arc<str> {
    fn put(&self, out: &mut Out<'_>) {
        if let Some(known) = out.texts.get(self) {
            let known = *known;
            return out.number(known);
        }
        let new = out.texts.len() as u64 + 1;
        out.texts.insert(self.clone(), new);
        out.number(0);
        out.raw(self.as_bytes());
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        if let Some(known) = from.number()?.checked_sub(1) {
            return from.texts.get(usize::try_from(known).ok()?).cloned();
        }
        let text: Arc<str> = std::str::from_utf8(from.raw()?).ok()?.into();
        from.texts.push(text.clone());
        Some(text)
    }
}

macro_rules! carried_shared {
    ($($table:ident: $shared:ty),* $(,)?) => {$(
        impl Carry for Arc<$shared> {
            fn put(&self, out: &mut Out<'_>) {
                if let Some(known) = out.$table.get(self) {
                    let known = *known;
                    return out.number(known);
                }
                out.number(0);
                (**self).put(out);
                // What it holds may have come first.
                let new = out.$table.len() as u64 + 1;
                out.$table.insert(self.clone(), new);
            }
            fn take(from: &mut In<'_>) -> Option<Self> {
                if let Some(known) = from.number()?.checked_sub(1) {
                    return from.$table.get(usize::try_from(known).ok()?).cloned();
                }
                let new = Arc::new(<$shared>::take(from)?);
                from.$table.push(new.clone());
                Some(new)
            }
        }
    )*};
}
carried_shared! {
    remedies: Remedy,
    records: Record,
    scopes: Scope,
    settings: PatchSettings,
    tags: (Arc<str>, Arc<str>),
}

impl Carry for Evidence {
    fn put(&self, out: &mut Out<'_>) {
        out.exchange(self.exchange);
        match &self.pointer {
            Pointer::Whole => out.number(0),
            Pointer::Row(list, row) => {
                out.number(1);
                out.raw(list.as_bytes());
                row.put(out);
            }
            Pointer::Nested([list, own], outer, inner) => {
                out.number(2);
                out.raw(list.as_bytes());
                out.raw(own.as_bytes());
                outer.put(out);
                inner.put(out);
            }
            Pointer::Path(path) => {
                out.number(3);
                out.raw(path.as_bytes());
            }
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        let exchange = u32::take(from).filter(|id| *id < from.exchanges)?;
        let pointer = match from.number()? {
            0 => Pointer::Whole,
            1 => Pointer::Row(statics::list(from.raw()?)?, u32::take(from)?),
            2 => Pointer::Nested(statics::lists(from.raw()?, from.raw()?)?, u32::take(from)?, u16::take(from)?),
            3 => Pointer::path(std::str::from_utf8(from.raw()?).ok()?),
            _ => return None,
        };
        Some(Evidence { exchange: ExchangeId(exchange), pointer })
    }
}

impl Carry for Source {
    fn put(&self, out: &mut Out<'_>) {
        let Source { leaf, index, operation, scope, observed_at } = self;
        leaf.put(out);
        index.put(out);
        operation.put(out);
        scope.put(out);
        observed_at.put(out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(Source {
            leaf: u64::take(from)?,
            index: u32::take(from)?,
            operation: Arc::take(from)?,
            scope: Arc::take(from)?,
            observed_at: Timestamp::take(from)?,
        })
    }
}
