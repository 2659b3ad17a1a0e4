//! The report as one file: no script, nothing loaded from elsewhere, readable on paper and on a phone. What is not
//! known comes before any number. It states population, exceptions and coverage; the reader concludes.

mod controls;
mod deadlines;
mod figures;
mod findings;
mod opening;
mod populations;
mod scopes;
mod status;
mod strip;
mod table;
mod unknowns;

use crate::Report;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::{Result, Write};

const STYLE: &str = include_str!("html/style.css");

/// Writes the report.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    out.write_all(page(report).into_string().as_bytes())
}

/// Sections: anchor, title in the list of contents.
const CONTENTS: [(&str, &str); 9] = [
    ("unknown", "Not known"),
    ("summary", "Summary"),
    ("findings", "Findings"),
    ("due", "Falls due"),
    ("ages", "Against deadlines"),
    ("metrics", "Figures"),
    ("populations", "Populations"),
    ("coverage", "Coverage"),
    ("controls", "Controls"),
];

fn page(report: &Report<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="robots" content="noindex";
                title { "Patch verification, " (patchseal_core::text::day(report.as_of)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#unknown" { "Skip to the results" }
                header {
                    (opening::header(report))
                    nav aria-label="Contents" {
                        ul { @for (anchor, title) in CONTENTS { li { a href={ "#" (anchor) } { (title) } } } }
                    }
                }
                main {
                    (unknowns::section(report))
                    (opening::summary(report))
                    (findings::section(report))
                    (deadlines::section(report))
                    (strip::section(report))
                    (figures::section(report))
                    (populations::section(report))
                    (scopes::section(report))
                    (controls::section(report))
                }
                footer { (opening::footer(report)) }
            }
        }
    }
}
