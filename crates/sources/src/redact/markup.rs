//! XML: the text inside elements with such names goes, the elements stay. Lists of tags, whose name is one element and
//! whose value the next, count as well.

use super::names::{Plain, is_secret};
use super::scan::Hits;
use super::{Cuts, MARK, values};
use std::ops::Range;

/// Redacts a body that begins with `<`.
pub(super) fn redact(body: &[u8], hits: &Hits, cuts: &mut Cuts) {
    if !hits.values.is_empty() {
        for secret in values::secrets(body) {
            cuts.cut(secret, MARK, String::new());
        }
    }
    if !hits.names.is_empty() {
        elements(body, cuts);
    }
}

fn elements(body: &[u8], cuts: &mut Cuts) {
    let mut path: Vec<&[u8]> = Vec::new();
    // How deep the path was where the secret element began.
    let mut secret: Option<usize> = None;
    let mut named = false;
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'<' {
            let range = at..find(body, at, b"<");
            at = range.end;
            let text = body[range.clone()].trim_ascii();
            let is_name = path.last().is_some_and(|name| matches!(Plain::of(name).bytes(), b"key" | b"name"));
            if secret.is_some() {
                cut(body, range, &path, cuts);
            } else if is_name && !text.is_empty() {
                named = is_secret(text);
            }
            continue;
        }
        let rest = &body[at..];
        if rest.starts_with(b"<![CDATA[") {
            let range = at + 9..find(body, at + 9, b"]]>");
            at = (range.end + 3).min(body.len());
            if secret.is_some() {
                cut(body, range, &path, cuts);
            }
        } else if rest.starts_with(b"<!--") {
            at = (find(body, at, b"-->") + 3).min(body.len());
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            at = (find(body, at, b">") + 1).min(body.len());
        } else {
            let end = find(body, at, b">");
            let tag = &body[at + 1..end.max(at + 1)];
            at = (end + 1).min(body.len());
            if tag.starts_with(b"/") {
                path.pop();
                if secret.is_some_and(|depth| path.len() <= depth) {
                    secret = None;
                }
            } else if !tag.ends_with(b"/") {
                let length = tag.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
                let name = tag[..length].rsplit(|byte| *byte == b':').next().unwrap_or_default();
                let is_value = Plain::of(name).bytes() == b"value" && std::mem::take(&mut named);
                if secret.is_none() && (is_value || is_secret(name) || Plain::of(name).bytes() == b"variables") {
                    secret = Some(path.len());
                }
                path.push(name);
            }
        }
    }
}

fn cut(body: &[u8], range: Range<usize>, path: &[&[u8]], cuts: &mut Cuts) {
    let text = &body[range.clone()];
    let inner = text.trim_ascii();
    if inner.is_empty() || inner == MARK.as_bytes() {
        return;
    }
    let start = range.start + text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let place = path.iter().map(|name| format!("/{}", String::from_utf8_lossy(name))).collect();
    cuts.cut(start..start + inner.len(), MARK, place);
}

fn find(body: &[u8], from: usize, word: &[u8]) -> usize {
    body.get(from..)
        .and_then(|rest| rest.windows(word.len()).position(|window| window == word))
        .map_or(body.len(), |at| from + at)
}
