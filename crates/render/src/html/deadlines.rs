//! What falls due next: the list to work on before it becomes a finding.

use super::status;
use super::table::{Column, table};
use crate::{Report, cited, words};
use maud::{Markup, html};
use patchseal_core::asset::{Asset, Lineage};
use patchseal_core::clock;
use patchseal_core::exposure::Exposure;
use patchseal_core::text::length;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let until = clock::after(report.as_of, report.policy.sla.due_soon);
    let open = report.estate.ledger.exposures().filter(|exposure| exposure.is_open());
    let mut soon: Vec<_> =
        open.filter(|exposure| exposure.due().is_some_and(|due| report.as_of < due && due <= until)).collect();
    soon.sort_by(|one, other| {
        (one.due(), std::cmp::Reverse(one.severity), &one.lineage, &one.fix_line).cmp(&(
            other.due(),
            std::cmp::Reverse(other.severity),
            &other.lineage,
            &other.fix_line,
        ))
    });
    html! {
        section #due aria-labelledby="due-title" {
            h2 #due-title { "Falls due within " (length(report.policy.sla.due_soon)) }
            @if soon.is_empty() {
                p { "Of the fixes known to be missing, none falls due by " (status::minute(until)) "." }
            } @else {
                (list(report, &soon))
            }
        }
    }
}

fn list(report: &Report<'_>, soon: &[&Exposure]) -> Markup {
    let columns = [
        Column::Text("Due"),
        Column::Text("Severity"),
        Column::Place("Fix"),
        Column::Place("Where"),
        Column::Text("Freeze"),
        Column::Proof("Proof"),
    ];
    let rows = soon.iter().map(|exposure| {
        let lineage = lineage(report, &exposure.lineage);
        let first = lineage.and_then(|lineage| member(report, lineage));
        let service = first.and_then(|asset| asset.service.as_deref());
        let due = exposure.due().unwrap_or(report.as_of);
        let cited: Vec<_> = exposure.members.iter().map(|member| cited::cite(report.estate, &member.evidence)).collect();
        vec![
            html! { (status::minute(due)) span.sub { "in " (length(due.as_second() - report.as_of.as_second())) } },
            html! { (status::severity(exposure.severity)) @if exposure.exploited { span.sub { "known to be exploited" } } },
            html! { (exposure.title) span.sub { (exposure.basis.as_str()) " " (status::minute(exposure.clock_start())) } },
            html! {
                (lineage.map_or_else(|| words::short_id(&exposure.lineage), |lineage| &*lineage.name))
                span.sub {
                    (patchseal_core::text::count(exposure.members.len(), "host"))
                    ", " (service.unwrap_or("no service"))
                    ", " (first.and_then(|asset| asset.owner.as_deref()).unwrap_or("no owner"))
                }
            },
            html! {
                @match freeze(report, due, service) {
                    Some(name) => { (status::mark("high", "▲", "due in a freeze")) span.sub { (name) } },
                    None => span.quiet { "none" },
                }
            },
            status::proof(&cited),
        ]
    });
    table("Fixes known to be missing, by deadline", &columns, rows)
}

fn freeze<'a>(report: &Report<'a>, due: jiff::Timestamp, service: Option<&str>) -> Option<&'a str> {
    let freezes = report.policy.freezes.iter();
    let mut own = freezes.filter(|freeze| {
        freeze.services.is_empty() || service.is_some_and(|name| freeze.services.iter().any(|own| own == name))
    });
    own.find(|freeze| freeze.from <= due && due < freeze.to).map(|freeze| freeze.name.as_str())
}

fn lineage<'a>(report: &Report<'a>, id: &str) -> Option<&'a Lineage> {
    let lineages = &report.estate.lineages;
    lineages.binary_search_by(|lineage| (*lineage.id).cmp(id)).ok().map(|at| &lineages[at])
}

fn member<'a>(report: &Report<'a>, lineage: &Lineage) -> Option<&'a Asset> {
    lineage.members.first().and_then(|at| report.estate.assets.get(*at as usize)).map(|asset| &**asset)
}
