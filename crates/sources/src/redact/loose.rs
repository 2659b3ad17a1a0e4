//! Bodies that are not what they should be: cut short, HTML instead of JSON, log lines. Nothing tells where a value ends
//! but its quotes, so too much is cut rather than too little.

use super::names::{Plain, is_secret};
use super::{Cuts, MARK, values};
use std::ops::Range;

/// The longest name worth looking at.
const LONGEST: usize = 64;

/// Redacts a body of any kind.
pub(super) fn redact(body: &[u8], cuts: &mut Cuts) {
    for secret in values::secrets(body) {
        cuts.cut(secret, MARK, String::new());
    }
    let mut at = 0;
    while let Some(colon) = body[at..].iter().position(|byte| *byte == b':').map(|found| at + found) {
        at = colon + 1;
        if let Some(name) = name_before(body, colon)
            && (is_secret(name) || matches!(Plain::of(name).bytes(), b"variables" | b"parameters"))
            && let Some(range) = value_after(body, at)
        {
            at = range.end;
            cuts.cut(range, format!("\"{MARK}\""), String::new());
        }
    }
}

/// The name that ends before a colon, in quotes, which may be escaped.
fn name_before(body: &[u8], colon: usize) -> Option<&[u8]> {
    let blanks = body[..colon].iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_whitespace()).count();
    let before = body[..colon - blanks].strip_suffix(b"\"")?;
    let end = before.iter().rposition(|byte| *byte != b'\\')? + 1;
    let name = &before[end.saturating_sub(LONGEST)..end];
    let start = name.iter().rposition(|byte| *byte == b'"')? + 1;
    Some(&name[start..])
}

/// The value that begins after a colon.
fn value_after(body: &[u8], from: usize) -> Option<Range<usize>> {
    let start = from + body[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let escapes = body[start..].iter().take_while(|byte| **byte == b'\\').count();
    match body.get(start + escapes)? {
        b'"' => {
            let open = start + escapes + 1;
            let mut slashes = 0;
            let mut end = body.len();
            for (at, byte) in body.iter().enumerate().skip(open) {
                match byte {
                    b'\\' => slashes += 1,
                    // A quote escaped more often than the opening one is part of the value.
                    b'"' if slashes <= escapes => {
                        end = at + 1;
                        break;
                    }
                    _ => slashes = 0,
                }
            }
            let inside = body[open..end].strip_suffix(b"\"").unwrap_or(&body[open..end]);
            let inside = inside.strip_suffix(&body[start..start + escapes]).unwrap_or(inside);
            (!inside.is_empty() && inside != MARK.as_bytes()).then_some(start..end)
        }
        // Where a structure ends cannot be told from a body that is broken.
        b'{' | b'[' => Some(start..body.len()),
        b't' | b'f' | b'n' => None,
        _ => {
            let length = body[start..]
                .iter()
                .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b'}' | b']' | b'"'))
                .count();
            (length > 0).then_some(start..start + length)
        }
    }
}
