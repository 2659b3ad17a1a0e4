//! Marks that every section uses. A status is a shape and a word; its colour only helps.

use crate::cited::Cited;
use crate::words;
use jiff::Timestamp;
use maud::{Markup, html};
use patchseal_core::severity::Severity;
use patchseal_core::text;

/// A severity: shape and word.
pub(super) fn severity(severity: Severity) -> Markup {
    let shape = match severity {
        Severity::Critical => "◆",
        Severity::High => "▲",
        Severity::Medium => "●",
        Severity::Low => "▽",
        Severity::Unspecified => "○",
    };
    mark(severity.as_str(), shape, severity.as_str())
}

/// A mark: shape and word, in the colour of a class.
pub(super) fn mark(class: &str, shape: &str, word: &str) -> Markup {
    html! { span.status.(class) { span aria-hidden="true" { (shape) } " " (word) } }
}

/// A count that is quiet when zero.
pub(super) fn count(number: u64) -> Markup {
    html! { @if number == 0 { span.quiet { "0" } } @else { (words::number(number)) } }
}

/// Where the proof is and how to see it.
pub(super) fn proof(cited: &[Cited<'_>]) -> Markup {
    html! {
        @match cited.first() {
            None => "no answer",
            Some(first) => {
                code { "patchseal evidence show " (first) }
                span.sub {
                    (first.operation) ", " (minute(first.observed_at))
                    @if !first.pointer.is_empty() { ", at " code { (first.pointer) } }
                    @if cited.len() > 1 { ", and " (cited.len() - 1) " more" }
                }
            }
        }
    }
}

/// A time to the minute, which never breaks over two lines.
pub(super) fn minute(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (text::minute(time)) } }
}

/// A day, which never breaks over two lines.
pub(super) fn day(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (text::day(time)) } }
}
