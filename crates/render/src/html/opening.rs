//! What this is a report of, and the numbers.

use super::status;
use crate::{Report, coverage, summary, words};
use maud::{Markup, html};

pub(super) fn header(report: &Report<'_>) -> Markup {
    html! {
        h1 { "Patch verification" }
        p.lead { "The state of the world on " strong { (status::minute(report.as_of)) } " (" (report.as_of_because) "), as far as the log knew at size " (words::number(report.known_at)) "." }
        @if report.allow_incomplete {
            p.note { strong { "Incomplete results were allowed" } " (" code { "--allow-incomplete" } "): where something could not be read, no finding is no proof." }
        }
        dl.facts {
            dt { "Policy" }
            dd { (report.policy.source) ", profile " (report.policy.sla.profile.id) br; code { "sha256 " (report.policy.sha256) } }
            dt { "Evidence log" }
            dd { (report.log.origin) ", " (words::number(report.log.size)) " leaves" br; code { "root " (report.log.root) } }
            dt { "Assurance" }
            dd { (report.log.assurance) ": " (assurance(report.log.assurance)) }
            dt { "Made by" }
            dd { "Patchseal " (report.version) ", edition " code { (report.edition) } }
        }
    }
}

/// What a level of assurance means to somebody who has to rely on it.
fn assurance(level: &str) -> &'static str {
    match level {
        "L0" => "leaves are chained by hashes; no signed checkpoint vouches for them",
        "L1" => "checkpoints are signed by the log's own key; nobody outside confirms them",
        "L2" => "a time-stamping authority confirms when a checkpoint existed",
        "L3" => "at least one witness independent of the operator has cosigned a checkpoint",
        "L4" => "a quorum of witnesses of several organisations has cosigned a checkpoint",
        _ => "see SECURITY.md for what this level shows",
    }
}

pub(super) fn summary(report: &Report<'_>) -> Markup {
    let hosts = coverage::hosts(report);
    let summary = summary::of(report);
    let tally = summary.tally;
    let tile = |number: u64, class: &str, shape: &str, word: &str| {
        html! { li { b { (words::number(number)) } (status::mark(class, shape, word)) } }
    };
    html! {
        section #summary aria-labelledby="summary-title" {
            h2 #summary-title { "Summary" }
            p { "A verdict is one rule on one subject. The " (words::number(tally.total())) " verdicts below add up; an exception annotates a failure and never removes it." }
            @let hidden = summary::hidden(report);
            @if hidden > 0 {
                p.note { "Filters leave " (words::number(hidden as u64)) " findings out of the lists of this report. The numbers here count all of them." }
            }
            ul.tiles {
                (tile(hosts.assets as u64, "", "▣", "hosts"))
                (tile(tally.unknown, "unknown", "?", "unknown"))
                (tile(tally.fail, "critical", "✗", "failed"))
                (tile(tally.pass, "pass", "✓", "passed"))
                (tile(tally.inherited, "inherited", "⇄", "inherited"))
                (tile(tally.not_applicable, "not-applicable", "–", "not applicable"))
            }
            h3 { "Failures by severity" }
            ul.tiles {
                @for severity in words::SEVERITIES {
                    li {
                        b { (words::number(summary.by_severity.get(&severity).copied().unwrap_or_default())) }
                        (status::severity(severity))
                    }
                }
                li { b { (words::number(summary.excepted)) } span { "of these excepted" } }
            }
        }
    }
}

pub(super) fn footer(report: &Report<'_>) -> Markup {
    html! {
        p {
            "Each proof names a leaf and an exchange of the log. " code { "patchseal evidence show LEAF/EXCHANGE" }
            " prints the recorded answer; " code { "patchseal verify" } " checks the log, and "
            code { "patchseal verify --checkpoint FILE" } " checks it against a copy held elsewhere, which alone shows a store that was rolled back."
        }
        p { "This report states populations, exceptions and coverage at one time. It is no auditor's opinion. Root " code { (words::short_root(report.log.root)) } "." }
    }
}
