//! Whom the numbers are about, and how one list of them agrees with another.

use super::status;
use super::table::{Column, table};
use crate::populations::{Reconciliation, kinds, reconciliations};
use crate::{Report, cited, words};
use maud::{Markup, html};
use patchseal_core::exchange::Evidence;

/// Names shown of those on one list alone.
const NAMES: usize = 20;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let all = reconciliations(report);
    html! {
        section #populations aria-labelledby="populations-title" {
            h2 #populations-title { "Populations and their reconciliation" }
            p { "A machine on one list and not on the other is a question to answer: it is patched by nobody, or reported by nobody." }
            (table(
                "Hosts that exist, by cloud and kind",
                &[Column::Text("Cloud"), Column::Text("Kind"), Column::Number("Hosts")],
                kinds(report).into_iter().map(|(cloud, kind, count)| {
                    vec![html! { (cloud.as_str()) }, html! { (kind) }, status::count(count as u64)]
                }),
            ))
            h3 { "One list against another" }
            (lists(report, &all))
            @for one in &all { (alone(one)) }
        }
    }
}

fn lists(report: &Report<'_>, all: &[Reconciliation]) -> Markup {
    let columns = [
        Column::Text("First list"),
        Column::Text("Second list"),
        Column::Number("First"),
        Column::Number("Second"),
        Column::Number("On both"),
        Column::Number("First only"),
        Column::Number("Second only"),
        Column::Text("Complete?"),
        Column::Proof("Proof"),
    ];
    let show = |evidence: &Option<Evidence>| evidence.as_ref().map(|evidence| cited::cite(report.estate, evidence));
    let rows = all.iter().map(|one| {
        let proofs: Vec<_> = [show(&one.evidence_a), show(&one.evidence_b)].into_iter().flatten().collect();
        vec![
            html! { (one.source_a) },
            html! { (one.source_b) },
            status::count(one.a_count as u64),
            status::count(one.b_count as u64),
            status::count(one.matched as u64),
            status::count(one.only_a.len() as u64),
            status::count(one.only_b.len() as u64),
            html! {
                @match one.unread.first() {
                    None => (status::mark("pass", "✓", "both read")),
                    Some(first) => {
                        (status::mark("unknown", "?", "not wholly"))
                        span.sub { (first) @if one.unread.len() > 1 { " and " (one.unread.len() - 1) " more" } }
                    }
                }
            },
            html! { @for proof in &proofs { code { (proof) } span.sub { (proof.operation) } } },
        ]
    });
    table("Lists of machines, compared", &columns, rows)
}

fn alone(one: &Reconciliation) -> Markup {
    let list = |title: String, names: &[String]| {
        html! {
            @if !names.is_empty() {
                details {
                    summary { (title) ": " (words::number(names.len() as u64)) }
                    p {
                        (names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", "))
                        @if names.len() > NAMES { " … and " (words::number((names.len() - NAMES) as u64)) " more" }
                    }
                }
            }
        }
    };
    html! {
        (list(format!("{} not among {}", one.source_a, one.source_b), &one.only_a))
        (list(format!("{} not among {}", one.source_b, one.source_a), &one.only_b))
    }
}
