//! Whether a body can hold anything at all: one vectorised pass over it for all words together. Gigabytes of patch rows
//! have to get through here on the way into the log.

use super::names::{MARKS, TAILS};
use aho_corasick::packed::{Config, MatchKind, Searcher};
use std::sync::LazyLock;

/// What a scan found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// A name whose value may have to go.
    pub(super) names: bool,
    /// A text that looks like a secret wherever it stands.
    pub(super) values: bool,
}

static WORDS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    Config::new()
        .match_kind(MatchKind::LeftmostLongest)
        .heuristic_pattern_limits(false)
        .builder()
        .extend(TAILS.iter().chain(MARKS))
        .build()
});

/// Scans a body.
pub(super) fn scan(body: &[u8]) -> Hits {
    let Some(words) = WORDS.as_ref() else {
        // Without the processor's vector instructions every body is looked into.
        return Hits { names: true, values: true };
    };
    let mut hits = Hits::default();
    let mut at = 0;
    while let Some(found) = words.find_in(body, (at..body.len()).into()) {
        at = found.start() + 1;
        if found.pattern().as_usize() >= TAILS.len() {
            hits.values = true;
        } else {
            match body.get(found.end()) {
                Some(b'=') => hits.values = true,
                // The end of a JSON key (escaped, within a JSON text), of an XML name, of a header's column.
                Some(b'"' | b'\\' | b'>' | b' ') => hits.names = true,
                _ => continue,
            }
        }
        if hits.names && hits.values {
            break;
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_where_a_name_ends() {
        for (body, names, values) in [
            (r#"{"Title": "kernel", "State": "Missing"}"#, false, false),
            (r#"{"disablePasswordAuthentication": true}"#, false, false),
            (r#"{"UserData": "x"}"#, true, false),
            (r#"{"environment": "production"}"#, true, false),
            (r#"["{\"adminPassword\":\"x\"}"]"#, true, false),
            ("Server=a;Password=b", false, true),
            ("https://x.blob.core.windows.net/c?sv=1&sig=abc", false, true),
            ("", false, false),
        ] {
            assert_eq!(scan(body.as_bytes()), Hits { names, values }, "{body}");
        }
        assert!(WORDS.is_some(), "no vectorised search on this machine");
    }
}
