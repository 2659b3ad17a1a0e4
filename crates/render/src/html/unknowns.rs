//! What is not known, before any number.

use super::status;
use super::table::{Column, table};
use crate::coverage::Status;
use crate::{Report, cited, coverage, summary, words};
use maud::{Markup, html};
use patchseal_core::engine::Finding;
use patchseal_core::rule::Verdict;
use std::collections::BTreeMap;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let hosts = coverage::hosts(report);
    let scopes = coverage::scopes(report);
    let open = scopes.iter().filter(|row| row.status != Status::Complete).count();
    let unknown = report.evaluation.total.unknown;
    html! {
        section.unknowns #unknown aria-labelledby="unknown-title" {
            h2 #unknown-title { "What is not known" }
            @if unknown == 0 && open == 0 {
                p { (status::mark("pass", "✓", "Everything in scope was read")) ", and every rule could decide." }
            } @else {
                p {
                    strong { (words::number(unknown)) } " of " (words::number(report.evaluation.total.total()))
                    " verdicts are unknown. On " strong { (words::number(hosts.unknown as u64)) } " of "
                    (words::number(hosts.assets as u64)) " hosts at least one rule could not tell, and "
                    strong { (open) } " of " (scopes.len()) " scopes were not read completely ("
                    a href="#coverage" { "why" } "). Unknown is never counted as a pass."
                }
                (causes(report))
            }
        }
    }
}

/// Unknowns by rule and reason: a cause that hits a fleet is one line.
fn causes(report: &Report<'_>) -> Markup {
    let mut causes: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in summary::unknowns(report) {
        if let Verdict::Unknown(unknown) = &finding.verdict {
            causes.entry((finding.rule.id, unknown.reason.as_str())).or_default().push(finding);
        }
    }
    if causes.is_empty() {
        return html! {};
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.len()));
    let columns = [
        Column::Name("Rule"),
        Column::Text("Reason"),
        Column::Number("Subjects"),
        Column::Place("Such as"),
        Column::Proof("Proof"),
    ];
    let rows = causes.iter().filter_map(|((rule, reason), findings)| {
        let first = findings.first()?;
        Some(vec![
            html! { code { (rule) } span.sub { (first.rule.title) } },
            status::mark("unknown", "?", reason),
            status::count(findings.len() as u64),
            html! { (words::message(&first.verdict).unwrap_or_default()) },
            status::proof(&cited::all(report, &first.verdict)),
        ])
    });
    table("Unknown verdicts by rule and reason", &columns, rows)
}
