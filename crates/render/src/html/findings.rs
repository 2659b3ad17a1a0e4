//! Failures: who has how many, then each of them by service.

use super::status;
use super::table::{Column, more, table};
use crate::{Report, cited, summary, words};
use maud::{Markup, html};
use patchseal_core::engine::Finding;
use patchseal_core::rule::Verdict;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Groups opened one below the other; beyond, the matrix and the registers serve better.
const GROUPS: usize = 50;
/// A longer group starts closed: what comes after it must be findable.
const OPEN: usize = 25;
/// Findings in all groups together: a page of tens of megabytes helps nobody.
const FINDINGS: usize = 2_000;

type Place<'a> = (Option<&'a str>, Option<&'a str>);

pub(super) fn section(report: &Report<'_>) -> Markup {
    let failures = summary::failures(report);
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Findings" }
            @if failures.is_empty() {
                p { "No failure among what is shown here." }
            } @else {
                (matrix(report))
                h3 { "By rule, with what to do" }
                (rules(&failures))
                h3 { "By service and owner" }
                (groups(report, &failures))
            }
        }
    }
}

fn place<'a>(finding: &'a Finding) -> Place<'a> {
    (finding.subject.service.as_deref(), finding.subject.owner.as_deref())
}

fn named(name: Option<&str>, none: &str) -> Markup {
    html! { @match name { Some(name) => (name), None => span.quiet { (none) } } }
}

/// Service and owner by severity; the last column is what nobody can tell.
fn matrix(report: &Report<'_>) -> Markup {
    let mut places: BTreeMap<Place<'_>, [u64; 6]> = BTreeMap::new();
    for finding in summary::shown(report) {
        let column = match finding.verdict {
            Verdict::Fail(_) => words::SEVERITIES.iter().position(|severity| *severity == finding.severity),
            Verdict::Unknown(_) => Some(words::SEVERITIES.len()),
            _ => None,
        };
        if let Some(column) = column {
            places.entry(place(finding)).or_default()[column] += 1;
        }
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(_, counts)| Reverse(*counts));
    let columns = [
        Column::Text("Service"),
        Column::Text("Owner"),
        Column::Number("◆ critical"),
        Column::Number("▲ high"),
        Column::Number("● medium"),
        Column::Number("▽ low"),
        Column::Number("○ unspecified"),
        Column::Number("? unknown"),
    ];
    let rows = places.into_iter().map(|((service, owner), counts)| {
        let mut row = vec![named(service, "no service"), named(owner, "no owner")];
        row.extend(counts.map(status::count));
        row
    });
    table("Failures by service, owner and severity, with the unknowns beside them", &columns, rows)
}

fn rules(failures: &[&Finding]) -> Markup {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in failures {
        rules.entry(finding.rule.id).or_default().push(finding);
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|own| (Reverse(own.iter().map(|finding| finding.severity).max()), Reverse(own.len())));
    let columns =
        [Column::Name("Rule"), Column::Number("Failed"), Column::Text("Why it matters"), Column::Text("What to do")];
    let rows = rules.iter().filter_map(|own| {
        let rule = own.first()?.rule;
        Some(vec![
            html! { code { (rule.id) } span.sub { (rule.title) } },
            status::count(own.len() as u64),
            html! { (rule.why) },
            html! { (rule.fix) },
        ])
    });
    table("Rules that failed, the worst first", &columns, rows)
}

fn groups(report: &Report<'_>, failures: &[&Finding]) -> Markup {
    let mut groups: BTreeMap<Place<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in failures {
        groups.entry(place(finding)).or_default().push(finding);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, own)| Reverse((own.iter().map(|finding| finding.severity).max(), own.len())));
    let mut budget = FINDINGS;
    let mut shown = Vec::new();
    for (place, own) in groups.iter().take(GROUPS) {
        if budget == 0 {
            break;
        }
        budget = budget.saturating_sub(own.len().min(super::table::ROWS));
        shown.push((place, own));
    }
    let left: usize = groups.iter().skip(shown.len()).map(|(_, own)| own.len()).sum();
    html! {
        @for (at, ((service, owner), own)) in shown.iter().enumerate() {
            details.group open[at < 5 && own.len() <= OPEN] {
                summary {
                    (service.unwrap_or("no service")) ", " (owner.unwrap_or("no owner"))
                    span.counts { (words::number(own.len() as u64)) " failed" }
                }
                (group(report, own))
            }
        }
        (more(left))
    }
}

fn group(report: &Report<'_>, failures: &[&Finding]) -> Markup {
    let columns = [
        Column::Text("Severity"),
        Column::Place("What"),
        Column::Place("Where"),
        Column::Text("Due"),
        Column::Proof("Proof"),
    ];
    let rows = failures.iter().map(|finding| {
        let subject = &finding.subject;
        let Verdict::Fail(failure) = &finding.verdict else { return Vec::new() };
        vec![
            status::severity(finding.severity),
            html! {
                (failure.message)
                span.sub { code { (finding.rule.id) } ": " (failure.found) "; expected " (failure.expected) }
                @if let Some(exception) = &finding.exception {
                    span.sub { "Exception " b { (exception.ids) } ", " (exception.kinds) ", until " (status::day(exception.until)) }
                }
            },
            html! {
                (subject.name)
                span.sub { (subject.cloud) " " (subject.account) }
                span.sub { (subject.region) }
                span.sub { code { (words::short_id(&subject.id)) } @if let Some(env) = &subject.environment { ", " (env) } }
            },
            html! { @match failure.due { Some(due) => (status::day(due)), None => span.quiet { "no date" } } },
            status::proof(&cited::all(report, &finding.verdict)),
        ]
    });
    table("Failures, the most severe first", &columns, rows)
}
