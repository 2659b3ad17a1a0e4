//! Records as tables have them.

use super::document::{Columns, Face};
use super::records::Read;
use super::shape::Shape;
use crate::Reject;
use crate::codec::csv as codec;
use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::ChangeRecord;
use std::collections::BTreeMap;

/// A line of a table.
struct Line<'a> {
    header: &'a BTreeMap<String, Vec<usize>>,
    record: &'a csv::StringRecord,
}

/// A column's name without case; Jira's tables write `Custom field (Change type)`.
fn plain(column: &str) -> String {
    let column = column.trim().to_lowercase();
    let custom = column.strip_prefix("custom field (").and_then(|rest| rest.strip_suffix(')'));
    custom.map(str::to_owned).unwrap_or(column)
}

impl Columns for Line<'_> {
    fn texts(&self, column: &str, _: Face) -> Option<Vec<String>> {
        let places = self.header.get(&plain(column))?;
        let cells = places.iter().filter_map(|at| self.record.get(*at)).map(str::trim).filter(|cell| !cell.is_empty());
        Some(cells.map(str::to_owned).collect())
    }
}

/// Reads a table.
pub(super) fn table(text: &str, read: &mut Read<'_>) -> Result<PageSigns, Reject> {
    let mut reader = codec::reader(text, codec::delimiter(text));
    let names = reader.headers().map_err(|error| codec::reject(&error, 0))?.clone();
    let mut header: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        header.entry(plain(name)).or_default().push(at);
    }
    let has = |column: &str| header.contains_key(&plain(column));
    let all = codec::list(&names);
    read.check(has, &all, Some(1))?;
    let shape = Shape::of_columns(has);
    let id = read.mapping.columns.contains_key("id") || has("id") || shape.columns("id").iter().any(|name| has(name));
    if !id {
        let message = format!("no column `id`, `number` or `Issue key`: map `id` in the policy; the columns are {all}");
        return Err(codec::refuse(Some(1), message));
    }
    let mut count = 0;
    // Counted by hand: where lines end in CRLF, the reader's own count lags behind.
    let (mut seen, mut line) = (0, 1);
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| codec::reject(&error, 0))?;
        let from = record.position().map_or(seen, |position| position.byte() as usize);
        let begin = from + text[from..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += text.as_bytes()[seen..begin].iter().filter(|byte| **byte == b'\n').count() as u32;
        seen = begin;
        let pointer = Pointer::Row(&"", number as u32);
        count += 1;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            read.records.push((pointer, Err("empty row")));
            continue;
        }
        let mut change = read.record(&Line { header: &header, record: &record }, shape, Some(line));
        // Spreadsheets leave empty cells at the end of a row out; cells beyond the header mean that columns moved.
        if record.iter().skip(names.len()).any(|cell| !cell.trim().is_empty()) {
            change = ChangeRecord { id: change.id, source: change.source, line: Some(line), ..ChangeRecord::default() };
            change.problems = vec!["it has more cells than the header: which is which cannot be told".to_owned()];
        }
        read.put(pointer, change);
    }
    Ok(PageSigns { more: shape.may_be_cut(count), totals: None })
}
