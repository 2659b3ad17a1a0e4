//! Whether a body can hold anything at all: one vectorised pass over it for all words together. Gigabytes of patch rows
//! have to get through here on the way into the log.

use super::names::{MARKS, TAILS};
use aho_corasick::AhoCorasick;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use std::sync::LazyLock;

/// Places in a body where something may have to go, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// The byte after a name whose value may have to go.
    pub(super) names: Vec<usize>,
    /// The first byte of a text that looks like a secret wherever it stands.
    pub(super) values: Vec<usize>,
}

impl Hits {
    /// Nothing has to go.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.values.is_empty()
    }
}

enum Words {
    Vectorised(Searcher),
    /// For processors without the instructions.
    Automaton(AhoCorasick),
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = || TAILS.iter().chain(MARKS);
    let mut config = Config::new();
    config.match_kind(MatchKind::LeftmostLongest).heuristic_pattern_limits(false);
    match config.builder().extend(words()).build() {
        Some(searcher) => Words::Vectorised(searcher),
        None => Words::Automaton(automaton()),
    }
});

fn automaton() -> AhoCorasick {
    AhoCorasick::new(TAILS.iter().chain(MARKS)).expect("a few short words make an automaton")
}

/// Whether the name that ends there is that of a continuation token: every page but the last has one, and none is secret.
fn continues(body: &[u8], end: usize) -> bool {
    let Some(rest) = body[..end].strip_suffix(b"oken") else { return false };
    let letters = rest.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let start = rest.len() - letters;
    // An escape or a separator in front belongs to the name, which then may read otherwise.
    let before = start.checked_sub(1).map(|at| body[at]);
    let whole = matches!(before, Some(b'"' | b'$' | b'<'));
    whole && [&b"NextToken"[..], b"nextToken", b"skipToken"].contains(&&body[start..end])
}

/// Scans a body.
pub(super) fn scan(body: &[u8]) -> Hits {
    let mut hits = Hits::default();
    let mut note = |word: usize, start: usize, end: usize| {
        if word >= TAILS.len() {
            hits.values.push(start);
            return;
        }
        match body.get(end) {
            Some(b'=') => hits.values.push(start),
            // The end of a JSON key (escaped, within a JSON text), of an XML name, of a header's column.
            Some(b'"' | b'\\' | b'>' | b' ') if !continues(body, end) => hits.names.push(end),
            _ => {}
        }
    };
    match &*WORDS {
        Words::Vectorised(words) => {
            let mut at = 0;
            while let Some(found) = words.find_in(body, (at..body.len()).into()) {
                // A word can begin inside another one.
                at = found.start() + 1;
                note(found.pattern().as_usize(), found.start(), found.end());
            }
        }
        Words::Automaton(words) => {
            for found in words.find_overlapping_iter(body) {
                note(found.pattern().as_usize(), found.start(), found.end());
            }
        }
    }
    hits.names.sort_unstable();
    hits.names.dedup();
    hits.values.sort_unstable();
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
            (r#"{"NextToken": "x", "$skipToken": "y"}"#, false, false),
            (r#"{"AccessToken": "x"}"#, true, false),
            (r#"{"\u0061ccessnextToken": "x"}"#, true, false),
            (r#"{"environment": "production"}"#, true, false),
            (r#"["{\"adminPassword\":\"x\"}"]"#, true, false),
            ("Server=a;Password=b", false, true),
            ("https://x.blob.core.windows.net/c?sv=1&sig=abc", false, true),
            ("", false, false),
        ] {
            let hits = scan(body.as_bytes());
            assert_eq!((!hits.names.is_empty(), !hits.values.is_empty()), (names, values), "{body}");
        }
    }

    #[test]
    fn both_searches_find_the_same() {
        let body = br#"{"environment":{"Variables":{"secretAccessKey":"x"}},"env":1,"c":"AccountKey=a;sig=b"}"#;
        let ends = |found: aho_corasick::Match| (found.pattern().as_usize(), found.end());
        let all: Vec<_> = automaton().find_overlapping_iter(body).map(ends).collect();
        let Words::Vectorised(words) = &*WORDS else { return };
        let mut at = 0;
        while let Some(found) = words.find_in(body, (at..body.len()).into()) {
            at = found.start() + 1;
            assert!(all.contains(&ends(found)));
        }
    }
}
