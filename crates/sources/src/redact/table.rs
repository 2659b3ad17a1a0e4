//! Comma-separated values: whole columns go by their header, and cells by what they hold.

use super::names::is_secret;
use super::{Cuts, MARK, values};
use std::ops::Range;

/// Redacts a table.
pub(super) fn redact(body: &[u8], cuts: &mut Cuts) {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let delimiter = crate::codec::csv::delimiter(text);
    let mut at = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let look = !super::scan::scan(body).values.is_empty();
    let mut header: Option<Vec<String>> = None;
    let mut row = 0;
    while at < body.len() {
        let (cells, next) = record(body, at, delimiter);
        at = next;
        // A comment in front of the header (EPSS) is one cell, and no header.
        let is_comment = body[cells[0].clone()].starts_with(b"#");
        let Some(names) = &header else {
            if !is_comment {
                header = Some(cells.iter().map(|cell| name(&body[cell.clone()])).collect());
                if !look && !header.iter().flatten().any(|name| is_secret(name.as_bytes())) {
                    return;
                }
            }
            continue;
        };
        for (column, cell) in cells.into_iter().enumerate() {
            let inner = unquoted(body, cell);
            let name = names.get(column).map_or("", String::as_str);
            if is_secret(name.as_bytes()) {
                let text = body[inner.clone()].trim_ascii();
                if !text.is_empty() && text != MARK.as_bytes() {
                    cuts.cut(inner, MARK, format!("/*/{name}"));
                }
            } else if look {
                for secret in values::secrets(&body[inner.clone()]) {
                    let range = inner.start + secret.start..inner.start + secret.end;
                    cuts.cut(range, MARK, format!("/{row}/{name}"));
                }
            }
        }
        row += 1;
    }
}

/// The cells of the row that begins there, quotes included, and where the next row begins.
fn record(body: &[u8], start: usize, delimiter: u8) -> (Vec<Range<usize>>, usize) {
    let mut cells = Vec::new();
    let mut cell = start;
    let mut quoted = false;
    let mut at = start;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' if quoted || at == cell => quoted = !quoted,
            // A doubled quote inside a quoted cell opens it again.
            b'"' if at > cell && body[cell] == b'"' && body[at - 1] == b'"' => quoted = true,
            byte if *byte == delimiter && !quoted => {
                cells.push(cell..at);
                cell = at + 1;
            }
            b'\n' if !quoted => {
                let end = if at > cell && body[at - 1] == b'\r' { at - 1 } else { at };
                cells.push(cell..end);
                return (cells, at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    cells.push(cell..at);
    (cells, at)
}

fn unquoted(body: &[u8], cell: Range<usize>) -> Range<usize> {
    let is_quoted = cell.len() >= 2 && body[cell.start] == b'"' && body[cell.end - 1] == b'"';
    if is_quoted { cell.start + 1..cell.end - 1 } else { cell }
}

fn name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().trim_matches('"').trim().to_owned()
}
