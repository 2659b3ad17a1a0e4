//! Comma-separated values as spreadsheets write them: a byte order mark in front, `;` where the comma is the decimal
//! sign, CRLF, line breaks inside quotes.

use crate::{Answer, Reject};

/// The text of an answer, without its byte order mark.
pub fn text<'a>(answer: &Answer<'a>) -> Result<&'a str, Reject> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body);
    std::str::from_utf8(body).map_err(|error| {
        let line = 1 + body[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        let message = "the file is not UTF-8: save it as UTF-8 (in Excel: \"CSV UTF-8\")".to_owned();
        Reject { position: Some((line, 1)), cut_short: error.error_len().is_none(), message }
    })
}

/// A reader that passes rows of any length.
pub fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes())
}

/// The character that parts the columns of the header: of `,`, `;` and tab the one seen most often outside quotes.
pub fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of equals: a header of one column has none of them, and any will do.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

/// A refusal at a line.
pub fn refuse(line: Option<usize>, message: String) -> Reject {
    Reject { position: line.map(|line| (line, 1)), cut_short: false, message }
}

/// A refusal for an error of the reader, which began so many lines into the file.
pub fn reject(error: &csv::Error, shift: usize) -> Reject {
    refuse(error.position().map(|position| position.line() as usize + shift), error.to_string())
}

/// A header in words.
pub fn list(header: &csv::StringRecord) -> String {
    header.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
