//! Coverage: each scope, how completely it was read, and why not.

use super::status;
use super::table::{Column, table};
use crate::Report;
use crate::coverage::{Status, scopes};
use maud::{Markup, html};

/// Reasons shown of one scope.
const REASONS: usize = 8;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let mut rows = scopes(report);
    // Unread comes first: `Status` is ordered by what is missing.
    rows.sort_by(|one, other| (one.status, one.scope).cmp(&(other.status, other.scope)));
    let columns = [
        Column::Text("Status"),
        Column::Place("Scope"),
        Column::Number("Hosts"),
        Column::Text("Last read"),
        Column::Place("What was not read, and why"),
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            match row.status {
                Status::Complete => status::mark("complete", "✓", "complete"),
                Status::Partial => status::mark("partial", "◐", "partial"),
                Status::Unread => status::mark("unread", "✗", "unread"),
            },
            html! { (row.scope.cloud.as_str()) " " (row.scope.account) span.sub { (row.scope.region) } },
            status::count(row.assets as u64),
            html! { @match row.last_read { Some(time) => (status::minute(time)), None => span.quiet { "not in this state" } } },
            html! {
                @if row.reasons.is_empty() { span.quiet { "nothing" } }
                @for reason in row.reasons.iter().take(REASONS) { span.sub { (reason) } }
                @if row.reasons.len() > REASONS { span.sub { "… and " (row.reasons.len() - REASONS) " more" } }
            },
        ]
    });
    html! {
        section #coverage aria-labelledby="coverage-title" {
            h2 #coverage-title { "Coverage" }
            p { "Every scope that was read or should have been. A question that was refused, cut short or never asked is named with its operation." }
            (table("Scopes, the least complete first", &columns, rows))
            @if !report.policy.ignored_regions.is_empty() {
                h3 { "Left out on purpose" }
                (table(
                    "Regions that the policy leaves out",
                    &[Column::Text("Region"), Column::Text("Reason")],
                    report.policy.ignored_regions.iter().map(|(region, why)| vec![html! { (region) }, html! { (why) }]),
                ))
            }
        }
    }
}
