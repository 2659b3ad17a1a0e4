//! The one shape of table: a caption, named columns, labelled cells that stack on a narrow screen, and an honest end.

use maud::{Markup, html};

/// Rows of a table. A browser copes with more; a reader does not, and the registers have them all.
pub(super) const ROWS: usize = 200;

/// How a column reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text(&'static str),
    /// What a row is about, by an id that breaks at its hyphens at most.
    Name(&'static str),
    Number(&'static str),
    /// Ids, which may break anywhere.
    Place(&'static str),
    Proof(&'static str),
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Text(name)
            | Column::Name(name)
            | Column::Number(name)
            | Column::Place(name)
            | Column::Proof(name) => name,
        }
    }

    fn class(self) -> Option<&'static str> {
        match self {
            Column::Text(_) => None,
            Column::Name(_) => Some("name"),
            Column::Number(_) => Some("number"),
            Column::Place(_) => Some("place"),
            Column::Proof(_) => Some("proof"),
        }
    }
}

/// A table of the first rows, and how many are left out.
///
/// Stacking turns rows into blocks, which takes their meaning from assistive technology; the roles give it back.
pub(super) fn table<I>(caption: &str, columns: &[Column], rows: I) -> Markup
where
    I: IntoIterator<Item = Vec<Markup>>,
{
    let mut rows = rows.into_iter();
    let shown: Vec<Vec<Markup>> = rows.by_ref().take(ROWS).collect();
    let left = rows.count();
    html! {
        table role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns { th role="columnheader" scope="col" class=[column.class()] { (column.name()) } }
                }
            }
            tbody role="rowgroup" {
                @for row in shown {
                    tr role="row" {
                        @for (column, cell) in columns.iter().zip(row) {
                            td role="cell" data-label=(column.name()) class=[column.class()] { (cell) }
                        }
                    }
                }
            }
        }
        (more(left))
    }
}

/// The end of a list that is longer than what is shown.
pub(super) fn more(left: usize) -> Markup {
    html! {
        @if left > 0 {
            p.more { "… and " (crate::words::number(left as u64)) " more: the JSON result and the CSV registers list them all." }
        }
    }
}
