//! Controls, with what the rules on them found, and the criteria of others. The conclusion is the reader's.

use super::status;
use super::table::{Column, table};
use crate::Report;
use crate::explain::JUDGEMENT;
use maud::{Markup, html};
use patchseal_core::control::{self, Control, Framework, Relation};
use patchseal_core::engine::Tally;
use patchseal_core::rules;
use std::collections::BTreeMap;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let mut controls: BTreeMap<&str, (&str, Vec<&str>, Tally)> = BTreeMap::new();
    for (id, tally) in &report.evaluation.by_rule {
        for control in rules::rule(id).into_iter().flat_map(|rule| rule.controls.iter()) {
            let (_, rules, sum) = controls.entry(control.id).or_insert((control.title, Vec::new(), Tally::default()));
            rules.push(id);
            sum.pass += tally.pass;
            sum.fail += tally.fail;
            sum.unknown += tally.unknown;
            sum.inherited += tally.inherited;
            sum.not_applicable += tally.not_applicable;
        }
    }
    let columns = [
        Column::Name("Control"),
        Column::Text("Rules evaluated"),
        Column::Number("✗ failed"),
        Column::Number("? unknown"),
        Column::Number("✓ passed"),
        Column::Number("⇄ inherited"),
        Column::Number("– not applicable"),
    ];
    let ids: Vec<&str> = controls.keys().copied().collect();
    let rows = controls.into_iter().map(|(id, (title, rules, sum))| {
        vec![
            html! { strong { (id) } span.sub { (title) } },
            html! { @for (at, rule) in rules.iter().enumerate() { @if at > 0 { ", " } code { (rule) } } },
            status::count(sum.fail),
            status::count(sum.unknown),
            status::count(sum.pass),
            status::count(sum.inherited),
            status::count(sum.not_applicable),
        ]
    });
    html! {
        section #controls aria-labelledby="controls-title" {
            h2 #controls-title { "Controls" }
            p { "Verdicts of the rules that bear on each control, at this one time. A rule that bears on two controls counts for both. Whether a control operated over a period is for the auditor to conclude." }
            (table("Verdicts by control", &columns, rows))
            h3 { "Criteria that these controls bear on" }
            p { (JUDGEMENT) " " code { "patchseal explain CONTROL" } " gives the reasons." }
            ul {
                @for relation in Relation::ALL { li { strong { (relation.as_str()) } ": " (relation.meaning()) "." } }
            }
            (table("Criteria by control", &[Column::Name("Control"), Column::Text("Criteria")], ids.iter().filter_map(|id| control::control(id)).map(criteria)))
        }
    }
}

/// The criteria of each framework, in its edition, by how close they are.
fn criteria(control: &Control) -> Vec<Markup> {
    let frameworks = Framework::ALL.into_iter().filter(|framework| control.criteria_of(*framework).next().is_some());
    let of = |framework: Framework| {
        let by_relation = Relation::ALL.into_iter().map(move |relation| {
            let criteria = control.criteria_of(framework).filter(move |criterion| criterion.relation == relation);
            (relation, criteria.map(|criterion| criterion.id).collect::<Vec<_>>().join(", "))
        });
        by_relation.filter(|(_, ids)| !ids.is_empty()).enumerate()
    };
    vec![
        html! { strong { (control.id) } span.sub { (control.title) } },
        html! {
            dl.criteria {
                @for framework in frameworks {
                    dt { (framework.name()) " " span.quiet { (framework.edition()) @if let Some(caveat) = framework.caveat() { ", " (caveat) } } }
                    dd { @for (at, (relation, ids)) in of(framework) {
                        @if at > 0 { "; " } (relation.as_str()) " " strong { (ids) }
                    } }
                }
            }
        },
    ]
}
