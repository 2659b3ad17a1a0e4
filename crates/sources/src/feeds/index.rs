//! Indexes of feeds that come in several documents: without one nobody knows whether a document is missing.
//!
//! - `changes.csv` of a CSAF directory, `"path","date"` a line, and `index.txt`, a path a line (CSAF 2.0, sections 7.1.12 and
//!   7.1.13);
//! - `modified_id.csv` of Open Source Vulnerabilities, `date,id` a line.
//!
//! Microsoft's list of updates is JSON and is read with its documents.

use crate::{Answer, Reject, Rows, Sink, Tally};
use jiff::Timestamp;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, FeedDocument};

/// Whether an answer is such a list and no document.
pub(super) fn is_index(answer: &Answer<'_>) -> bool {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body);
    body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| !matches!(first, b'{' | b'[' | b'<'))
}

/// States each document that a list names.
pub(super) fn rows(feed: &'static str, answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let refuse = |line: usize, cut_short, message: String| Reject { position: Some((line, 1)), cut_short, message };
    let text = std::str::from_utf8(answer.body).map_err(|_| refuse(1, false, "it is no text in UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Nothing else shows that a list of lines was cut.
    if !text.ends_with('\n') {
        return Err(refuse(text.lines().count(), true, "its last line has no end".to_owned()));
    }
    let mut rows = Rows::into_sink(sink);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut named = None;
        let mut dated = None;
        for cell in line.split(',').map(|cell| cell.trim().trim_matches('"')) {
            match cell.parse::<Timestamp>() {
                Ok(time) => dated = Some(time),
                Err(_) => named = named.or((!cell.is_empty()).then_some(cell)),
            }
        }
        let Some(named) = named.filter(|_| !line.contains(char::is_control)) else {
            return Err(refuse(number + 1, false, "the line names no document".to_owned()));
        };
        // CSAF directories have a file for each document; ids of Open Source Vulnerabilities have no end, and always a date.
        if if feed == "osv" { dated.is_none() } else { !named.ends_with(".json") } {
            return Err(refuse(number + 1, false, format!("{named} is no path of a document, and no dated id")));
        }
        rows.fact(Pointer::Whole, listed(feed, named, dated));
    }
    Ok(rows.tally())
}

/// A document that an index names.
pub(super) fn listed(feed: &'static str, named: &str, dated: Option<Timestamp>) -> Fact<'static> {
    Fact::FeedDocument(FeedDocument { feed, id: file_name(named), listed: true, dated })
}

/// A document that was read.
pub(super) fn read(feed: &'static str, id: &str) -> Fact<'static> {
    Fact::FeedDocument(FeedDocument { feed, id: file_name(id), listed: false, dated: None })
}

/// The name of a document's file without its end, by the rules of CSAF 2.0 (section 5.1): lower case, and an underscore for
/// each run of other characters than letters, digits, `+` and `-`.
fn file_name(id: &str) -> String {
    let id = id.trim().rsplit('/').next().unwrap_or(id).trim_end_matches(".json");
    let mut name = String::new();
    for letter in id.chars().map(|letter| letter.to_ascii_lowercase()) {
        let plain = letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-');
        if plain || !name.ends_with('_') {
            name.push(if plain { letter } else { '_' });
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_go_by_the_names_of_their_files() {
        for (id, name) in [
            ("2026/msrc_cve-2026-90010.json", "msrc_cve-2026-90010"),
            ("msrc_CVE-2026-90010", "msrc_cve-2026-90010"),
            ("RHSA-2026:1234", "rhsa-2026_1234"),
            ("2026-Nov", "2026-nov"),
        ] {
            assert_eq!(file_name(id), name);
        }
    }
}
