//! Secrets and personal data are cut out of an answer before it is sealed: what is in the log stays there. Everything
//! else stays byte for byte as it came. Most bodies hold nothing of the kind, and one scan shows that.

mod json;
mod loose;
mod markup;
mod names;
mod people;
mod scan;
mod table;
mod values;

use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// An answer that may be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The body; borrowed when there was nothing to redact.
    pub body: Cow<'a, [u8]>,
    /// Where something was redacted: JSON pointers (in NDJSON they begin with the line, from 0), `/*/<column>` for a
    /// whole column of a table, element paths in XML, and empty where the place cannot be named.
    pub pointers: Vec<String>,
}

/// Redacts an answer of that operation.
pub fn redact<'a>(operation_id: &str, media_type: &str, body: &'a [u8]) -> Redacted<'a> {
    let mut found = pass(operation_id, media_type, body);
    // A body that cannot be parsed may become parseable by what was cut out, and then show more.
    for _ in 0..8 {
        let again = match &found.body {
            Cow::Borrowed(_) => break,
            Cow::Owned(bytes) => match pass(operation_id, media_type, bytes) {
                Redacted { body: Cow::Borrowed(_), .. } => break,
                Redacted { body: Cow::Owned(bytes), pointers } => (bytes, pointers),
            },
        };
        found.pointers.extend(again.1);
        found.body = Cow::Owned(again.0);
    }
    found.pointers.sort();
    found.pointers.dedup();
    found
}

fn pass<'a>(operation_id: &str, media_type: &str, body: &'a [u8]) -> Redacted<'a> {
    let mut cuts = Cuts::default();
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let first = text.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    let is = |word: &str| media_type.contains(word);
    if is("csv") || (!is("json") && !is("xml") && operation_id.starts_with("inventory.")) {
        table::redact(body, &mut cuts);
    } else {
        let hits = scan::scan(body);
        people::redact(operation_id, body, &mut cuts);
        if hits.is_empty() && cuts.pieces.is_empty() {
            return Redacted { body: Cow::Borrowed(body), pointers: Vec::new() };
        }
        match first {
            Some(b'<') => markup::redact(body, &hits, &mut cuts),
            _ => json::redact(operation_id, body, &hits, &mut cuts),
        }
    }
    cuts.apply(body)
}

/// Pieces to cut out, and what to put there.
#[derive(Default)]
struct Cuts {
    pieces: Vec<(Range<usize>, Vec<u8>)>,
    pointers: Vec<String>,
}

impl Cuts {
    fn cut(&mut self, range: Range<usize>, with: impl Into<Vec<u8>>, pointer: String) {
        self.pieces.push((range, with.into()));
        self.pointers.push(pointer);
    }

    /// The body without the pieces; of two that overlap, both are covered by the one that begins first.
    fn apply(mut self, body: &[u8]) -> Redacted<'_> {
        if self.pieces.is_empty() {
            return Redacted { body: Cow::Borrowed(body), pointers: Vec::new() };
        }
        self.pieces.sort_by(|(a, _), (b, _)| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
        let mut out = Vec::with_capacity(body.len());
        let mut at = 0;
        for (range, with) in self.pieces {
            if range.start >= at {
                out.extend_from_slice(&body[at..range.start]);
                out.extend_from_slice(&with);
            }
            at = at.max(range.end);
        }
        out.extend_from_slice(&body[at..]);
        Redacted { body: Cow::Owned(out), pointers: self.pointers }
    }
}

#[cfg(test)]
mod tests;
