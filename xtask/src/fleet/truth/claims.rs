//! Verdicts on records that say fixes were applied: Azure's installations of a month ago, host by host, and the last run
//! of each window and association before the first day.

use super::Severity::{High, Medium};
use super::V::{Fail, NotApplicable, Pass, Unknown};
use super::{Ground, Known, Plan, V};
use crate::fleet::host::{Condition, Kind};
use crate::fleet::patches::State;
use std::collections::BTreeSet;

/// What a claim about an Azure host comes to. Whatever is missing was published after the run, but what is overdue.
enum Claimed {
    Nothing,
    Contradicted,
    AwaitsReboot,
    Verified,
}

fn claimed(known: &Known<'_>) -> Claimed {
    match known.host.condition {
        _ if !known.is_azure() || !known.host.is_scanned() => Claimed::Nothing,
        Condition::Overdue => Claimed::Contradicted,
        Condition::RebootPending => Claimed::AwaitsReboot,
        _ => Claimed::Verified,
    }
}

pub(super) fn contradicted(known: &Known<'_>) -> V {
    match claimed(known) {
        Claimed::Contradicted => Fail(High),
        Claimed::Verified => Pass,
        Claimed::Nothing | Claimed::AwaitsReboot => NotApplicable,
    }
}

pub(super) fn unverified(known: &Known<'_>) -> V {
    match claimed(known) {
        Claimed::Contradicted | Claimed::Verified => Pass,
        Claimed::Nothing | Claimed::AwaitsReboot => NotApplicable,
    }
}

/// A month is longer than any limit for a reboot.
pub(super) fn incomplete(known: &Known<'_>) -> V {
    match claimed(known) {
        Claimed::AwaitsReboot => Fail(High),
        Claimed::Verified => Pass,
        Claimed::Nothing | Claimed::Contradicted => NotApplicable,
    }
}

/// What a host says of the last run of a schedule of AWS that means it.
#[derive(PartialEq, Eq)]
enum Says {
    Unseen,
    Missing,
    AwaitsReboot,
    Unclear,
    Agrees,
}

/// The lists of AWS do not date fixes: one that was missing on the first day may have come out since the run. Inspector
/// dates what it sees.
fn says(known: &Known<'_>) -> Says {
    match known.host.condition {
        Condition::Overdue | Condition::Exploited => Says::Missing,
        _ if !known.is_fresh() => Says::Unseen,
        Condition::RebootPending => Says::AwaitsReboot,
        _ if days(known).into_iter().reduce(|all, day| &all & &day).is_some_and(|kept| !kept.is_empty()) => {
            Says::Unclear
        }
        _ => Says::Agrees,
    }
}

/// Titles of the fixes that are not in effect, day by day.
fn days(known: &Known<'_>) -> Vec<BTreeSet<usize>> {
    let of = |day| {
        let generation = known.host.generation(known.options, day);
        let rows = known.catalogue.rows(known.options, known.host, generation);
        // Azure lists what is missing, and neither what failed nor what waits for a reboot.
        let open = rows.filter(|row| match row.state {
            State::Missing => true,
            State::Installed => false,
            State::PendingReboot | State::Failed => !known.is_azure(),
        });
        open.map(|row| row.title).collect()
    };
    (0..known.options.days).map(of).collect()
}

/// Hosts that a plan means, or may: no list says what a hybrid node is tagged. SSM reaches nothing that is stopped.
fn heard(plan: Plan, ground: &Ground<'_>) -> Vec<Says> {
    let running = ground.hosts().filter(|known| known.host.condition != Condition::Stopped);
    let one = |known: Known<'_>| match (plan, known.host.kind) {
        (Plan::Window, Kind::Hybrid) => Says::Unseen,
        _ => says(&known),
    };
    running.map(one).collect()
}

pub(super) fn contradicted_plan(plan: Plan, ground: &Ground<'_>) -> V {
    let heard = if plan == Plan::Configuration { Vec::new() } else { heard(plan, ground) };
    match heard.as_slice() {
        all if all.contains(&Says::Missing) => Fail(High),
        [] => NotApplicable,
        all if all.contains(&Says::AwaitsReboot) || all.contains(&Says::Unclear) => NotApplicable,
        all if all.contains(&Says::Unseen) => Unknown,
        _ => Pass,
    }
}

pub(super) fn unverified_plan(plan: Plan, ground: &Ground<'_>) -> V {
    let heard = if plan == Plan::Configuration { Vec::new() } else { heard(plan, ground) };
    match heard.as_slice() {
        [] => NotApplicable,
        all if all.contains(&Says::Missing) => Pass,
        all if all.contains(&Says::AwaitsReboot) => NotApplicable,
        all if all.contains(&Says::Unclear) => Unknown,
        all if all.contains(&Says::Unseen) => Fail(Medium),
        _ => Pass,
    }
}

/// A fix that is in place after it was missing, and whether one of them is missing again.
pub(super) fn regressed(known: &Known<'_>) -> V {
    if !known.host.is_scanned() || known.host.generation(known.options, known.options.days - 1) == 0 {
        return NotApplicable;
    }
    let fixes = known.catalogue.of(known.host);
    let line = |title: &usize| {
        let title = &fixes[*title];
        if known.host.windows { crate::fleet::patches::channel(title) } else { title.package.as_str() }
    };
    let days = days(known);
    let (mut closed, mut gone, mut back) = (false, BTreeSet::new(), None);
    for pair in days.windows(2) {
        let lines: BTreeSet<&str> = pair[1].iter().map(line).collect();
        for title in pair[0].difference(&pair[1]).filter(|title| !lines.contains(line(title))) {
            closed = true;
            gone.insert(*title);
        }
        for title in pair[1].difference(&pair[0]).filter(|title| gone.contains(*title)) {
            let severity = if fixes[*title].severity == "Important" && !known.is_azure() { High } else { Medium };
            back = back.max(Some(std::cmp::Reverse(severity)));
        }
    }
    match back {
        Some(std::cmp::Reverse(severity)) => Fail(severity),
        None if !closed => NotApplicable,
        None if known.is_fresh() => Pass,
        None => Unknown,
    }
}
