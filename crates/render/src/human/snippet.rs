//! The recorded answer's lines around the place a finding rests on.

use super::locate::{locate, spread};

/// Lines shown at most: enough for the rows that clouds answer with, few enough for ten findings on a screen.
const LINES: usize = 6;
/// Characters of a line shown at most.
const WIDTH: usize = 100;
/// An answer on one line longer than this is spread over lines first.
const DENSE: usize = 160;

/// One line of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Number, from 1.
    pub(super) number: usize,
    /// Text, cut.
    pub(super) text: String,
    /// Column and length of what to mark.
    pub(super) mark: Option<(usize, usize)>,
}

/// Lines of the value that a pointer names, with those parts marked that the finding speaks of. Empty where the answer
/// is neither JSON nor a table of text, or has no such place.
pub(super) fn snippet(body: &str, pointer: &str, says: &str) -> Vec<Line> {
    let body = body.trim_start_matches('\u{feff}');
    if !body.trim_start().starts_with(['{', '[', '<']) {
        return row(body, pointer).unwrap_or_default();
    }
    let Some(range) = locate(body, pointer) else { return Vec::new() };
    let line = body[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &body[line..];
    if rest.find('\n').unwrap_or(rest.len()) > DENSE {
        let spread = spread(body);
        let range = locate(&spread, pointer).unwrap_or(0..0);
        return cut(&spread, range, says);
    }
    cut(body, range, says)
}

/// The header of a CSV answer and the row that `/17` names.
fn row(body: &str, pointer: &str) -> Option<Vec<Line>> {
    let number: usize = pointer.strip_prefix('/')?.parse().ok()?;
    // Feeds begin with a line of comment that belongs to no table.
    let comment = body.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
    let table = body.get(comment..)?;
    let first = table.lines().next()?;
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|byte| first.bytes().filter(|b| b == byte).count())?;
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.flexible(true).delimiter(delimiter).from_reader(table.as_bytes());
    let header = reader.headers().ok()?.position()?.byte();
    let start = reader.records().nth(number)?.ok()?.position()?.byte();
    let line = |start: u64| {
        let rest = table.get(usize::try_from(start).ok()?..)?.trim_start_matches(['\r', '\n']);
        let before = body.get(..body.len() - rest.len())?;
        Some(Line { number: before.matches('\n').count() + 1, text: visible(rest.lines().next()?), mark: None })
    };
    let mut found = line(start)?;
    found.mark = Some((0, found.text.chars().count().max(1)));
    Some(vec![line(header)?, found])
}

fn cut(text: &str, range: std::ops::Range<usize>, says: &str) -> Vec<Line> {
    let Some(value) = text.get(range.clone()) else { return Vec::new() };
    let first = text[..range.start].matches('\n').count();
    let count = value.matches('\n').count() + 1;
    let says = says.to_lowercase();
    let mut lines: Vec<Line> = text
        .lines()
        .enumerate()
        .skip(first)
        .take(count)
        .map(|(at, line)| Line { number: at + 1, text: visible(line), mark: spoken_of(line, &says) })
        .collect();
    keep_best(&mut lines);
    if lines.iter().all(|line| line.mark.is_none())
        && let Some(line) = lines.first_mut()
    {
        let begin = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let column = text[begin..range.start].chars().count();
        let length = value.lines().next().unwrap_or_default().chars().count();
        line.mark = (column < WIDTH).then(|| (column, length.clamp(1, WIDTH - column)));
    }
    lines
}

/// Keeps the marked lines and then as many from the top as fit.
fn keep_best(lines: &mut Vec<Line>) {
    if lines.len() <= LINES {
        return;
    }
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|at| (lines[*at].mark.is_none(), *at));
    order.truncate(LINES);
    let mut at = 0;
    lines.retain(|_| {
        at += 1;
        order.contains(&(at - 1))
    });
}

/// Column and length of the line's value, if the finding's text has it too.
fn spoken_of(line: &str, says: &str) -> Option<(usize, usize)> {
    let trimmed = line.trim_end().trim_end_matches(',');
    let value_at = match trimmed.rfind("\": ") {
        Some(at) => at + 3,
        None => trimmed.len() - trimmed.trim_start().len(),
    };
    let value = trimmed.get(value_at..)?;
    let word = value.trim_matches('"');
    let telling = word.len() >= 3 && word != "true" && word != "false" && word != "null";
    if !telling || !says.contains(&word.to_lowercase()) {
        return None;
    }
    let column = trimmed[..value_at].chars().count();
    let length = value.chars().count();
    (column < WIDTH).then(|| (column, length.min(WIDTH - column)))
}

/// A line without control characters, cut.
fn visible(line: &str) -> String {
    let clean = line.chars().map(|c| if c == '\t' { ' ' } else { c });
    let mut out: String = clean.clone().take(WIDTH).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if clean.count() > WIDTH {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(body: &str, pointer: &str, says: &str) -> String {
        let line = |line: &Line| format!("{}|{}|{:?}\n", line.number, line.text, line.mark);
        snippet(body, pointer, says).iter().map(line).collect()
    }

    #[test]
    fn marks_what_the_finding_speaks_of() {
        let body = "{\n  \"Patches\": [\n    {\n      \"Title\": \"curl-8\",\n      \"KBId\": \"\",\n      \"State\": \"Missing\"\n    }\n  ]\n}";
        assert_eq!(
            show(body, "/Patches/0", "curl-8 missing 3 days past its deadline"),
            "3|    {|None\n4|      \"Title\": \"curl-8\",|Some((15, 8))\n5|      \"KBId\": \"\",|None\n\
             6|      \"State\": \"Missing\"|Some((15, 9))\n7|    }|None\n"
        );
        assert_eq!(show(body, "/Patches/0/State", "nothing"), "6|      \"State\": \"Missing\"|Some((15, 9))\n");
        assert_eq!(show(body, "/Patches/9", ""), "");
    }

    #[test]
    fn a_row_of_a_table_stands_under_its_header() {
        let body = "id;name\n1;\"a\nb\"\n2;till-8\n";
        assert_eq!(show(body, "/1", ""), "1|id;name|None\n4|2;till-8|Some((0, 8))\n");
        assert_eq!(show("#model\ncve,epss\nCVE-1,0.1\n", "/0", ""), "2|cve,epss|None\n3|CVE-1,0.1|Some((0, 9))\n");
        assert_eq!(show(body, "/9", "") + &show("", "/0", "") + &show("<a/>", "/0", ""), "");
    }

    #[test]
    fn a_dense_answer_is_spread_and_a_long_row_keeps_its_telling_lines() {
        let fields: Vec<String> = (0..40).map(|at| format!("\"f{at}\":\"value {at}\"")).collect();
        let body = format!("{{\"rows\":[{{{},\"State\":\"Missing\"}}]}}", fields.join(","));
        let shown = show(&body, "/rows/0", "missing");
        assert_eq!(shown.lines().count(), LINES, "{shown}");
        assert!(shown.ends_with("|      \"State\": \"Missing\"|Some((15, 9))\n"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_breaks_it(body in r#"[{}\[\]",:\\ \néa1#;]{0,60}"#, pointer in "(/[a10é]{0,2}){0,3}", says in "[a1é ]{0,9}") {
            let lines = snippet(&body, &pointer, &says);
            proptest::prop_assert!(lines.len() <= LINES);
            let _ = spread(&body);
        }
    }
}
