//! JSON, one document or one a line. Values go, names and structure stay, so that a reader finds the shape it expects.
//! A text that is itself JSON (Config prints its rows so) is looked into.

use super::names::{Plain, is_secret};
use super::scan::{self, Hits};
use super::{Cuts, MARK, loose, values};
use serde::de::IgnoredAny;
use std::ops::Range;

/// Parameters of a patch command that verdicts rest on; all others may be anything, scripts included.
const KEPT: [&[u8]; 3] = [b"Operation", b"RebootOption", b"SnapshotId"];

/// JSON within JSON within JSON: deeper than any provider nests it.
const DEEPEST: u32 = 6;

/// Redacts a body that should be JSON.
pub(super) fn redact(operation_id: &str, body: &[u8], hits: &Hits, cuts: &mut Cuts) {
    let start = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    match documents(&body[start..]) {
        Some(count) => {
            let command = operation_id.contains("Command");
            Walk {
                body,
                at: start,
                names: &hits.names,
                values: &hits.values,
                command,
                many: count > 1,
                depth: 0,
                root: Mode::Plain,
                cuts,
            }
            .run();
        }
        None => loose::redact(body, cuts),
    }
}

/// How many JSON values a body holds, if it holds nothing else.
fn documents(body: &[u8]) -> Option<usize> {
    let mut count = 0;
    for value in serde_json::Deserializer::from_slice(body).into_iter::<IgnoredAny>() {
        value.ok()?;
        count += 1;
    }
    Some(count)
}

/// What happens to the values inside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// They are looked at one by one.
    Plain,
    /// All of them go.
    All,
    /// Those that have an `@` go.
    Personal,
    /// Those under `Variables` go.
    Environment,
    /// A list of names and values: the values go.
    Pairs,
    /// Those of the kept parameters stay.
    Parameters,
    /// A member named `user`, whose name can be an address.
    User,
}

enum Frame {
    Object {
        mode: Mode,
        key: Option<Range<usize>>,
        /// The key is one of the words looked for.
        hit: bool,
        /// A tag list's name is that of a secret, and this is its value.
        named: bool,
        value: Option<(Range<usize>, Range<usize>)>,
    },
    Array {
        mode: Mode,
        index: usize,
    },
}

struct Walk<'b, 'c> {
    body: &'b [u8],
    at: usize,
    /// Hits that are still ahead.
    names: &'b [usize],
    values: &'b [usize],
    command: bool,
    many: bool,
    depth: u32,
    root: Mode,
    cuts: &'c mut Cuts,
}

impl Walk<'_, '_> {
    /// Walks over values that are known to be valid.
    fn run(mut self) {
        let mut stack: Vec<Frame> = Vec::new();
        let mut document = 0;
        while let Some(byte) = self.body.get(self.at).copied() {
            match byte {
                b'{' | b'[' => {
                    let mode = self.mode(&stack, byte);
                    stack.push(match byte {
                        b'{' => Frame::Object { mode, key: None, hit: false, named: false, value: None },
                        _ => Frame::Array { mode, index: 0 },
                    });
                    self.at += 1;
                }
                b'}' | b']' => {
                    if let Some(Frame::Object { named: true, value: Some((range, token)), .. }) = stack.pop() {
                        let place = pointer(self.body, &stack, self.many, document);
                        let name = name(self.body, token);
                        self.cuts.cut(range, quoted(), format!("{place}/{}", String::from_utf8_lossy(&name)));
                    }
                    document += usize::from(stack.is_empty());
                    self.at += 1;
                }
                b',' => {
                    match stack.last_mut() {
                        Some(Frame::Object { key, .. }) => *key = None,
                        Some(Frame::Array { index, .. }) => *index += 1,
                        None => {}
                    }
                    self.at += 1;
                }
                b'"' => {
                    let range = self.at..self.string_end();
                    self.at = range.end;
                    match stack.last_mut() {
                        Some(Frame::Object { key: key @ None, hit, .. }) => {
                            *hit = is_hit(&mut self.names, range.end - 1..range.end);
                            *key = Some(range);
                        }
                        _ => self.leaf(&mut stack, range, true, document),
                    }
                    document += usize::from(stack.is_empty());
                }
                b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                    let rest = &self.body[self.at..];
                    let length =
                        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'));
                    let range = self.at..self.at + length.count();
                    self.at = range.end;
                    if matches!(byte, b'-' | b'0'..=b'9') {
                        self.leaf(&mut stack, range, false, document);
                    }
                    document += usize::from(stack.is_empty());
                }
                _ => self.at += 1,
            }
        }
    }

    fn string_end(&self) -> usize {
        let mut at = self.at + 1;
        while let Some(found) = memchr(&self.body[at.min(self.body.len())..]) {
            at += found;
            if self.body[at] == b'"' {
                return at + 1;
            }
            at += 2;
        }
        self.body.len()
    }

    /// Mode of the value that begins with that byte.
    fn mode(&self, stack: &[Frame], first: u8) -> Mode {
        let Some(frame) = stack.last() else { return self.root };
        let (mode, key) = match frame {
            // Elements of a list of pairs are objects of a name and a value.
            Frame::Array { mode, .. } => return *mode,
            Frame::Object { mode: Mode::Plain, hit: false, .. } => return Mode::Plain,
            Frame::Object { mode, key, .. } => (*mode, key.clone().unwrap_or(0..0)),
        };
        let name = name(self.body, key);
        let plain = Plain::of(&name);
        match (mode, plain.bytes()) {
            (Mode::All, _) => Mode::All,
            (Mode::Parameters, _) if KEPT.contains(&name.as_ref()) => Mode::Plain,
            (Mode::Parameters, _) | (Mode::Environment, b"variables") | (Mode::Pairs, b"value") => Mode::All,
            (Mode::User, b"name") => Mode::Personal,
            (_, b"environment" | b"environmentvariables" | b"env" | b"appsettings") => match first {
                b'{' => Mode::Environment,
                b'[' => Mode::Pairs,
                _ => Mode::Plain,
            },
            (_, b"parameters" | b"taskparameters") if matches!(first, b'{' | b'"') => Mode::Parameters,
            // A header's value; the Activity Log has an object of that name, which says who was allowed what.
            (_, b"authorization") if first != b'"' => Mode::Plain,
            (_, b"output") if self.command => Mode::All,
            (_, b"user") if first == b'{' => Mode::User,
            (_, b"createdby" | b"lastmodifiedby") => Mode::Personal,
            _ if is_secret(&name) => Mode::All,
            _ => Mode::Plain,
        }
    }

    fn leaf(&mut self, stack: &mut [Frame], range: Range<usize>, is_string: bool, document: usize) {
        let mode = self.mode(stack, self.body[range.start]);
        let body = self.body;
        let token = &body[range.clone()];
        if !is_string {
            if mode == Mode::All {
                self.cuts.cut(range, quoted(), pointer(body, stack, self.many, document));
            }
            return;
        }
        let text = &token[1..token.len() - 1];
        if text.is_empty() || text == MARK.as_bytes() {
            return;
        }
        if mode == Mode::All || (mode == Mode::Personal && text.contains(&b'@')) {
            self.cuts.cut(range, quoted(), pointer(body, stack, self.many, document));
            return;
        }
        let has_name = is_hit(&mut self.names, range.clone());
        let has_value = is_hit(&mut self.values, range.clone());
        if (has_name || has_value || mode == Mode::Parameters)
            && let Some(inner) = self.nested(token, text, mode)
        {
            self.cuts.cut(range.clone(), inner, pointer(body, stack, self.many, document));
        } else if has_value {
            for secret in values::secrets(text) {
                let at = range.start + 1;
                let place = pointer(body, stack, self.many, document);
                self.cuts.cut(at + secret.start..at + secret.end, MARK, place);
            }
        }
        // A tag list: {"Key": "Password", "Value": "…"}, in either order.
        let Some(Frame::Object { key: Some(key), named, value, .. }) = stack.last_mut() else { return };
        let word = &body[key.start + 1..key.end - 1];
        if word.eq_ignore_ascii_case(b"value") {
            *value = Some((range, key.clone()));
        } else if has_name && (word.eq_ignore_ascii_case(b"key") || word.eq_ignore_ascii_case(b"name")) {
            *named |= is_secret(text);
        }
    }

    /// A text that is JSON, redacted and written as a text again; `None` when it is none or has nothing.
    fn nested(&self, token: &[u8], text: &[u8], mode: Mode) -> Option<Vec<u8>> {
        if !matches!(text.first(), Some(b'{' | b'[')) || !text.contains(&b'\\') {
            return None;
        }
        if self.depth == DEEPEST {
            return Some(quoted());
        }
        let inner: String = serde_json::from_slice(token).ok()?;
        let inner = inner.as_bytes();
        let hits = scan::scan(inner);
        let mut cuts = Cuts::default();
        match documents(inner) {
            Some(_) => Walk {
                body: inner,
                at: 0,
                names: &hits.names,
                values: &hits.values,
                command: self.command,
                many: false,
                depth: self.depth + 1,
                root: mode,
                cuts: &mut cuts,
            }
            .run(),
            None => loose::redact(inner, &mut cuts),
        }
        let changed = match cuts.apply(inner).body {
            std::borrow::Cow::Borrowed(_) => return None,
            std::borrow::Cow::Owned(changed) => changed,
        };
        serde_json::to_vec(&String::from_utf8_lossy(&changed)).ok()
    }
}

/// Whether one of the hits ahead lies in that range; those before it are left behind.
fn is_hit(hits: &mut &[usize], range: Range<usize>) -> bool {
    while let [first, rest @ ..] = hits
        && *first < range.start
    {
        *hits = rest;
    }
    hits.first().is_some_and(|first| *first < range.end)
}

fn quoted() -> Vec<u8> {
    format!("\"{MARK}\"").into_bytes()
}

/// The next quote or backslash.
fn memchr(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| matches!(byte, b'"' | b'\\'))
}

/// A key without its quotes and escapes.
fn name(body: &[u8], token: Range<usize>) -> std::borrow::Cow<'_, [u8]> {
    let token = &body[token];
    let plain = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    if plain.contains(&b'\\')
        && let Ok(text) = serde_json::from_slice::<String>(token)
    {
        return text.into_bytes().into();
    }
    plain.into()
}

fn pointer(body: &[u8], stack: &[Frame], many: bool, document: usize) -> String {
    let mut path = if many { format!("/{document}") } else { String::new() };
    for frame in stack {
        path.push('/');
        match frame {
            Frame::Array { index, .. } => path.push_str(&index.to_string()),
            Frame::Object { key, .. } => {
                let name = name(body, key.clone().unwrap_or(0..0));
                path.push_str(&String::from_utf8_lossy(&name).replace('~', "~0").replace('/', "~1"));
            }
        }
    }
    path
}
