//! A table, and its cells.

use crate::cited::Cited;
use jiff::Timestamp;
use std::io::{Result, Write};

/// Writes rows under a header.
pub(crate) struct Table<'w>(csv::Writer<&'w mut dyn Write>);

impl<'w> Table<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, columns: &[&str]) -> Result<Table<'w>> {
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let mut table = Table(writer);
        table.row(columns)?;
        Ok(table)
    }

    pub(crate) fn row(&mut self, cells: &[&str]) -> Result<()> {
        let written = self.0.write_record(cells.iter().map(|cell| safe(cell).into_owned()));
        // The writer's own error hides what went wrong, and a pipe that was closed is no error.
        written.map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            kind => std::io::Error::other(format!("{kind:?}")),
        })
    }

    pub(crate) fn end(mut self) -> Result<()> {
        self.0.flush()
    }
}

/// A cell that no spreadsheet takes for a formula: some look past leading spaces, so the first other character counts.
pub fn safe(cell: &str) -> std::borrow::Cow<'_, str> {
    let formula = cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(['=', '+', '-', '@']);
    if formula { format!("'{cell}").into() } else { cell.into() }
}

pub(crate) fn text(value: &Option<std::sync::Arc<str>>) -> &str {
    value.as_deref().unwrap_or_default()
}

pub(crate) fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `12/3#/Patches/17`: leaf, exchange and place.
pub(super) fn id(cited: &Cited<'_>) -> String {
    if cited.pointer.is_empty() { cited.to_string() } else { format!("{cited}#{}", cited.pointer) }
}

pub(crate) fn ids(cited: Vec<Cited<'_>>) -> String {
    let ids: Vec<_> = cited.iter().map(id).collect();
    ids.join(" ")
}
