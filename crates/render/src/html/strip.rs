//! Open exposures against their deadlines: a dot is a day's worth of them, the dashed line is the deadline.
//!
//! Positions are percentages of the width, so that dots and words keep their size on a phone and on a wall.

use super::status;
use super::table::{Column, table};
use crate::{Report, words};
use maud::{Markup, html};
use patchseal_core::policy::DAY;
use patchseal_core::severity::Severity;
use patchseal_core::text::length;
use std::collections::BTreeMap;

/// Days beyond which dots stay at the edge of the drawing.
const EDGE: (i64, i64) = (-180, 365);
/// Height of a severity's row, and of what is below the last one.
const ROW: usize = 46;

/// Open exposures of one severity.
#[derive(Default)]
struct Ages {
    /// Count by days past the deadline; negative before it.
    days: BTreeMap<i64, u64>,
    without: u64,
    oldest: i64,
}

impl Ages {
    fn count(&self, days: impl Fn(i64) -> bool) -> u64 {
        self.days.iter().filter(|(day, _)| days(**day)).map(|(_, count)| count).sum()
    }
}

pub(super) fn section(report: &Report<'_>) -> Markup {
    let now = report.as_of.as_second();
    let mut by_severity: BTreeMap<Severity, Ages> = BTreeMap::new();
    for exposure in report.estate.ledger.exposures().filter(|exposure| exposure.is_open()) {
        let ages = by_severity.entry(exposure.severity).or_default();
        ages.oldest = ages.oldest.max(now - exposure.clock_start().as_second());
        match exposure.due() {
            // A deadline that is now has passed: the floor of zero is day 0, of a second before it day -1.
            Some(due) => *ages.days.entry((now - due.as_second()).div_euclid(DAY)).or_default() += 1,
            None => ages.without += 1,
        }
    }
    let rows: Vec<(Severity, Ages)> = by_severity.into_iter().rev().collect();
    html! {
        section #ages aria-labelledby="ages-title" {
            h2 #ages-title { "Missing fixes against their deadlines" }
            @if rows.is_empty() {
                p { "No missing fix is known. That says nothing of hosts whose patches were not read." }
            } @else {
                @if rows.iter().any(|(_, ages)| !ages.days.is_empty()) {
                    figure {
                        figcaption { "A dot is what became due on one day, larger for more. Left of the dashed line there is time; right of it the deadline has passed." }
                        (plot(&rows))
                    }
                }
                (alternative(&rows))
            }
        }
    }
}

fn plot(rows: &[(Severity, Ages)]) -> Markup {
    let days = || rows.iter().flat_map(|(_, ages)| ages.days.keys().map(|day| (*day).clamp(EDGE.0, EDGE.1)));
    // At least a week either side, so that one exposure does not make a drawing of one point.
    let (low, high) = (days().min().unwrap_or(0).min(-7), days().max().unwrap_or(0).max(7));
    let at = |day: i64| {
        let permille = 40 + 920 * (day.clamp(low, high) - low) / (high - low);
        format!("{}.{}%", permille / 10, permille % 10)
    };
    let step = [7, 14, 30, 60, 90, 180].into_iter().find(|step| (high - low) / step <= 5).unwrap_or(180);
    let ticks = (low / step..=high / step).map(|tick| tick * step);
    let bottom = rows.len() * ROW + 8;
    let overdue: u64 = rows.iter().map(|(_, ages)| ages.count(|day| day >= 0)).sum();
    let all: u64 = rows.iter().map(|(_, ages)| ages.count(|_| true)).sum();
    html! {
        svg role="img" aria-labelledby="ages-svg-title ages-svg-desc" style={ "height:" (bottom + 44) "px" } {
            title #ages-svg-title { "Missing fixes by days to and past their deadline" }
            desc #ages-svg-desc { (overdue) " of " (all) " missing fixes with a deadline are past it. The table below has the numbers." }
            @for tick in ticks {
                line.grid x1=(at(tick)) x2=(at(tick)) y1="0" y2=(bottom) {}
                text.tick x=(at(tick)) y=(bottom + 16) text-anchor="middle" { (tick_word(tick)) }
            }
            line.deadline x1=(at(0)) x2=(at(0)) y1="0" y2=(bottom) {}
            text.tick x="50%" y=(bottom + 36) text-anchor="middle" { "days before (−) and past (+) the deadline" }
            @for (row, (severity, ages)) in rows.iter().enumerate() {
                text.label x="0" y=(row * ROW + 14) { (severity.as_str()) ", " (words::number(ages.count(|_| true))) }
                @for (day, count) in &ages.days {
                    circle.dot.(severity.as_str()) cx=(at(*day)) cy=(row * ROW + 30) r=(radius(*count)) {
                        title { (words::number(*count)) " " (severity.as_str()) ", " (day_words(*day)) }
                    }
                }
            }
        }
    }
}

/// Grows with the logarithm: a thousand are visibly more than ten and still fit the row.
fn radius(count: u64) -> u32 {
    5 + count.max(1).ilog2().min(9)
}

fn tick_word(day: i64) -> String {
    match day {
        0 => "due".to_owned(),
        day if day < 0 => format!("−{}", -day),
        day => format!("+{day}"),
    }
}

fn day_words(day: i64) -> String {
    if day >= 0 { format!("{} past the deadline", length(day * DAY)) } else { format!("due in {}", length(-day * DAY)) }
}

fn alternative(rows: &[(Severity, Ages)]) -> Markup {
    let columns = [
        Column::Text("Severity"),
        Column::Number("> 30 days past"),
        Column::Number("8–30 days past"),
        Column::Number("≤ 7 days past"),
        Column::Number("due within 7 days"),
        Column::Number("due later"),
        Column::Number("no deadline"),
        Column::Text("Longest open"),
    ];
    let cells = rows.iter().map(|(severity, ages)| {
        vec![
            status::severity(*severity),
            status::count(ages.count(|day| day > 30)),
            status::count(ages.count(|day| (8..=30).contains(&day))),
            status::count(ages.count(|day| (0..8).contains(&day))),
            status::count(ages.count(|day| (-7..0).contains(&day))),
            status::count(ages.count(|day| day < -7)),
            status::count(ages.without),
            html! { (length(ages.oldest)) },
        ]
    });
    table("The same in numbers: missing fixes by severity and time to their deadline", &columns, cells)
}
