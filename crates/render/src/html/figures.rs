//! Figures of the period, each with what it comes from and what it leaves out.

use super::status;
use super::table::{Column, table};
use crate::{Report, figures};
use maud::{Markup, html};

pub(super) fn section(report: &Report<'_>) -> Markup {
    let columns = [Column::Text("Figure"), Column::Number("Value"), Column::Number("From"), Column::Number("Left out")];
    let rows = figures::figures(report).into_iter().map(|figure| {
        vec![
            html! { (figure.id) span.sub { (figure.says) } },
            html! { (figure.value) },
            html! { (figure.of) },
            status::count(figure.excluded),
        ]
    });
    let first = report.estate.runs.first().map(|run| run.observed_at);
    html! {
        section #metrics aria-labelledby="metrics-title" {
            h2 #metrics-title { "Figures of the period" }
            @if let Some(first) = first {
                p { "From " (status::minute(first)) ", the first observation, to " (status::minute(report.as_of)) ". By severity: the register of figures." }
            }
            (table("Figures, with what they come from", &columns, rows))
        }
    }
}
