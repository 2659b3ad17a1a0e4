//! Probabilities of exploitation by FIRST. Scores are decimal text, and stay exact: they never become floating point.

use crate::codec::csv;
use crate::codec::json;
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Epss, Fact, Feed};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.epss",
    permissions: &[],
    docs: "https://www.first.org/epss/data_stats",
    reach: Reach::Organisation,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn page(_: &Answer<'_>) -> Page {
    Page::Last
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let (comment, table) = comment(csv::text(answer)?);
    let shift = usize::from(comment.is_some());
    let mut reader = csv::reader(table, b',');
    let header = reader.headers().map_err(|error| csv::reject(&error, shift))?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let (Some(cve), Some(score)) = (column("cve"), column("epss")) else {
        return Err(csv::refuse(None, format!("expected columns `cve` and `epss`, found {}", csv::list(&header))));
    };
    let date = column("date");
    let mut feed = Feed { name: "epss".to_owned(), version: String::new(), dated: None, records: None };
    for (key, value) in comment.unwrap_or_default().split(',').filter_map(|pair| pair.split_once(':')) {
        match key.trim() {
            "model_version" => feed.version = value.trim().to_owned(),
            "score_date" => feed.dated = json::text_time(value).and_then(|time| time.0),
            _ => {}
        }
    }
    let mut rows = Rows::into_sink(sink);
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| csv::reject(&error, shift))?;
        let line = record.position().map_or(0, |position| position.line() as usize) + shift;
        if record.len() != header.len() {
            let message = format!("expected {} values, found {}", header.len(), record.len());
            return Err(csv::refuse(Some(line), message));
        }
        let text = record.get(score).unwrap_or_default();
        let Some(score) = millionths(text) else {
            return Err(csv::refuse(Some(line), format!("expected a probability, found `{text}`")));
        };
        if feed.dated.is_none() {
            feed.dated = date.and_then(|at| json::text_time(record.get(at)?)?.0);
        }
        let cve = record.get(cve).unwrap_or_default().trim();
        if cve.is_empty() {
            rows.without("row without a CVE");
            continue;
        }
        rows.fact(Pointer::Row(&"", number as u32), Fact::Epss(Epss { cve: cve.to_owned(), score }));
    }
    rows.more(Pointer::Whole, Fact::Feed(feed));
    Ok(rows.tally())
}

/// The comment line in front of the table, without its `#`.
fn comment(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('#') {
        Some(rest) => {
            let (line, table) = rest.split_once('\n').unwrap_or((rest, ""));
            (Some(line.trim_end()), table)
        }
        None => (None, text),
    }
}

/// Millionths of a decimal text between 0 and 1, such as `0.00043` or `9.7e-05`, rounded half up.
fn millionths(text: &str) -> Option<u32> {
    let text = text.trim();
    let (decimal, exponent) = match text.split_once(['e', 'E']) {
        Some((decimal, exponent)) => (decimal, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits before the point of the number in millionths.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_add(6)?;
    let mut value: u32 = 0;
    let mut digits = whole.bytes().chain(fraction.bytes());
    for _ in 0..point.clamp(0, 32) {
        let digit = digits.next().map_or(0, |byte| u32::from(byte - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    if point >= 0 && digits.next().is_some_and(|byte| byte >= b'5') {
        value += 1;
    }
    (value <= 1_000_000).then_some(value)
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: "#model_version:v2025.03.14,score_date:2026-11-23T12:55:00Z\ncve,epss,percentile\nCVE-2024-1086,0.83421,0.99301\nCVE-2023-4911,0.00043,0.12345\n",
        expect: Expect::Read { rows: 2, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: "#model_version:v2025.03.14,score_date:2026-11-23T12:55:00Z\ncve,epss,percentile\n",
        expect: Expect::Read { rows: 0, facts: 1, more: false },
    },
    Fixture {
        name: "of the API, with a date for a comment",
        body: "cve,epss,percentile,date\r\nCVE-2024-1086,9.7e-05,0.1,2026-11-22\r\n",
        expect: Expect::Read { rows: 1, facts: 2, more: false },
    },
    Fixture { name: "cut", body: "cve,epss,percentile\nCVE-2024-1086,0.8", expect: Expect::Refused },
    Fixture { name: "no probability", body: "cve,epss\nCVE-2024-1086,high\n", expect: Expect::Refused },
    Fixture { name: "another table", body: "host,owner\nweb-1,shop\n", expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, read, time};

    #[test]
    fn scores_are_exact() {
        for (text, expected) in [
            ("0.83421", Some(834_210)),
            ("0.00043", Some(430)),
            ("0.0000005", Some(1)),
            ("0.0000004999", Some(0)),
            ("9.7e-05", Some(97)),
            ("9.7E-9", Some(0)),
            ("1", Some(1_000_000)),
            ("1.0", Some(1_000_000)),
            (".5", Some(500_000)),
            ("1.1", None),
            ("-0.1", None),
            ("1e9", None),
            ("1e2147483647", None),
            ("", None),
            ("nan", None),
        ] {
            assert_eq!(millionths(text), expected, "{text}");
        }
    }

    #[test]
    fn the_feed_dates_itself() {
        let dated = |fixture| match facts_of(&OPERATION, fixture, None).pop() {
            Some(Fact::Feed(feed)) => (feed.version, feed.dated),
            other => panic!("not a feed: {other:?}"),
        };
        assert_eq!(dated("answered"), ("v2025.03.14".into(), Some(time("2026-11-23T12:55:00Z"))));
        let (version, day) = dated("of the API, with a date for a comment");
        assert_eq!((version.as_str(), day), ("", Some(time("2026-11-22T00:00:00Z"))));
    }

    #[test]
    fn a_cut_line_is_named() {
        let reject = read(&OPERATION, None, b"#c\ncve,epss,percentile\nCVE-2024-1,0.1,0.2\nCVE-2").unwrap_err();
        assert_eq!((reject.position, reject.cut_short), (Some((4, 1)), false));
    }
}
