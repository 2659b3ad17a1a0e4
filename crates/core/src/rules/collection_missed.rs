//! Runs that were promised and did not happen, also where collection has resumed since.

use crate::context::{CollectorSubject, Context};
use crate::control::PC_17;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::{Evidence, Evidences};
use crate::policy::{Collector, DAY, Seconds};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::{count, length, minute};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "collection-missed",
    title: "collection that did not run as promised",
    severity: Severity::Medium,
    since: "0.1",
    why: "A control that operates all period long has run every time it was to. An auditor compares the runs that were \
          promised with those that happened, and a week that was missed in the middle stays missed after collection has \
          resumed. Nobody can go back and look at that week.",
    fix: "Find out why the runs did not happen, and have the gap and its cause on record. A collector that is meant to run \
          less often gets its own collectors.<name>.cadence; one that is younger than the time looked back over, its \
          collectors.<name>.since.",
    references: &["https://csrc.nist.gov/pubs/sp/800/137/final"],
    controls: &[&PC_17],
    checks: &[Check::EachCollector(check)],
    examples: &[
        pass("a day apart, and on record for longer than the time looked back over", |w| {
            w.host("web-1").after(24).policy(|policy| policy.evidence.lookback = DAY)
        }),
        pass("a day apart since the day the policy names", |w| {
            let since = w.hours_ago(25);
            promised(w.host("web-1").after(24), "example", |own| own.since = Some(since))
        }),
        pass("weekly, as the policy says of this collector", |w| {
            let w = promised(w.host("web-1").after(7 * 24), "example", |own| own.cadence = Some(7 * DAY));
            w.policy(|policy| policy.evidence.lookback = 7 * DAY)
        }),
        fail("nine days missed, and resumed since", |w| w.host("web-1").after(10 * 24).after(24)),
        fail("nine days missed long ago, and never again", |w| {
            w.host("web-1").after(12 * 24).after(2 * 24).after(24)
        }),
        fail("weekly, and two weeks apart", |w| {
            promised(w.host("web-1").after(14 * 24), "example", |own| own.cadence = Some(7 * DAY))
        }),
        fail("the first run came five days after the day that the policy names", |w| {
            let since = w.hours_ago(6 * 24);
            promised(w.host("web-1").after(24), "example", |own| own.since = Some(since))
        }),
        fail("a collector of the policy that never ran", |w| promised(w.host("web-1").after(24), "nightly", |_| {})),
        unknown("on record since today: what was before, nobody can tell", |w| w.host("web-1")),
        unknown("nothing was answered at all", |w| w.nothing_asked()),
        unknown("a collector of the policy that never ran, and nothing was answered to any other", |w| {
            promised(w.nothing_asked(), "nightly", |_| {})
        }),
        not_applicable("it begins next week", |w| {
            let since = w.hours_ahead(7 * 24);
            promised(w.host("web-1"), "example", |own| own.since = Some(since))
        }),
    ],
};

fn promised(
    world: crate::example::World,
    name: &str,
    change: impl FnOnce(&mut Collector),
) -> crate::example::World {
    let mut own = Collector::default();
    change(&mut own);
    world.policy(|policy| {
        policy.collectors.insert(name.to_owned(), own);
    })
}

/// A time without a run that was to be.
struct Missed<'s> {
    from: Timestamp,
    to: Timestamp,
    /// Whether a run ended it.
    resumed: bool,
    /// Runs on both sides.
    evidence: [Option<&'s Evidence>; 2],
}

fn check(collector: &CollectorSubject<'_>, cx: &Context<'_>) -> Verdict {
    let (name, policy) = (collector.name, cx.policy);
    let promise = policy.collectors.get(name);
    let since = promise.and_then(|promise| promise.since);
    if since.is_some_and(|since| since > cx.as_of) {
        return Verdict::NotApplicable("its collection begins later");
    }
    let limit = policy.run_limit(name);
    // Only what reaches into the time looked back over; a stated begin counts as a run, and nothing before it does.
    let horizon = crate::clock::after(cx.as_of, -policy.evidence.lookback);
    let own: Vec<(Timestamp, Option<&Evidence>)> = since
        .map(|since| (since, None))
        .into_iter()
        .chain(collector.runs.iter().map(|(at, evidence)| (*at, Some(evidence))))
        .filter(|(at, _)| since.is_none_or(|since| since <= *at))
        .collect();
    let Some((first, _)) = own.first().copied() else { return never_ran(collector, cx) };
    let next = own.iter().skip(1).copied().map(|(at, evidence)| (at, evidence, true));
    let intervals = own.iter().zip(next.chain([(cx.as_of, None, false)]));
    let missed: Vec<Missed<'_>> = intervals
        .map(|((from, before), (to, after, resumed))| Missed { from: *from, to, resumed, evidence: [*before, after] })
        .filter(|one| one.to > horizon && seconds(one) > limit)
        .collect();
    if let Some(oldest) = missed.first() {
        return fail_for(collector, oldest, &missed, limit, cx);
    }
    let evidence = Evidences::collect(collector.runs.iter().rev().map(|(_, evidence)| evidence.clone()));
    if since.is_none() && first > horizon {
        let message = format!(
            "runs of {name} are on record since {} only, and what it did in the {} before cannot be told",
            minute(first),
            length(first.as_second() - horizon.as_second())
        );
        return Verdict::Unknown(Unknown { reason: Reason::NotStated, message: message.into(), evidence });
    }
    match evidence {
        Some(evidence) => Verdict::Pass(evidence),
        // It began less than one cadence ago, and need not have run yet.
        None => Verdict::NotApplicable("its first run is still to come"),
    }
}

fn seconds(missed: &Missed<'_>) -> Seconds {
    missed.to.as_second() - missed.from.as_second()
}

fn fail_for(
    collector: &CollectorSubject<'_>,
    oldest: &Missed<'_>,
    missed: &[Missed<'_>],
    limit: Seconds,
    cx: &Context<'_>,
) -> Verdict {
    let cited = missed.iter().flat_map(|one| one.evidence).flatten().chain(&collector.newest).cloned();
    let Some(evidence) = Evidences::collect(cited) else { return unanswered(collector) };
    let one = |missed: &Missed<'_>| {
        let (from, long) = (minute(missed.from), length(seconds(missed)));
        match missed.resumed {
            true => format!("{from} to {} ({long})", minute(missed.to)),
            false => format!("{from} until now ({long})"),
        }
    };
    let times = missed.iter().map(one).collect::<Vec<_>>().join(", ");
    let all: Seconds = missed.iter().map(seconds).sum();
    Verdict::fail(
        format!("{} did not run from {times}", collector.name),
        format!("a run every {}", length(limit)),
        format!("{} without a run, {} in all", count(missed.len(), "interval"), length(all)),
        evidence,
    )
    .with_times(Some(oldest.from), None)
    .with_policy_entry(cx.policy.cadence_key(collector.name))
}

/// Nothing of it is on record, and nobody says since when there should be.
fn never_ran(collector: &CollectorSubject<'_>, cx: &Context<'_>) -> Verdict {
    let named = cx.policy.collectors.contains_key(collector.name);
    match &collector.newest {
        Some(newest) if named => {
            let others = cx.collectors();
            let others: Vec<&str> =
                others.iter().filter(|other| !other.runs.is_empty()).map(|other| other.name).collect();
            Verdict::fail(
                format!("no run of {} was answered; on record is {}", collector.name, others.join(", ")),
                format!("a run every {}", length(cx.policy.run_limit(collector.name))),
                "none",
                newest.clone(),
            )
            .with_policy_entry(format!("collectors.{}", collector.name))
        }
        _ => unanswered(collector),
    }
}

fn unanswered(collector: &CollectorSubject<'_>) -> Verdict {
    let message = match collector.unanswered {
        0 => format!("no run of {} is on record, nor of anybody else", collector.name),
        runs => format!("nothing was answered in {} of {}", count(runs, "run"), collector.name),
    };
    Verdict::Unknown(Unknown { reason: Reason::NotAsked, message: message.into(), evidence: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{World, worst};

    /// What the rule says of runs so many hours before now, the last of them now.
    fn judged(hours: &[i64], since: Option<i64>) -> &'static str {
        let mut world = World::new().host("web-1");
        for before in hours {
            world = world.after(*before);
        }
        let since = since.map(|hours| world.hours_ago(hours));
        let world = world.policy(|policy| policy.evidence.lookback = 6 * DAY);
        worst(&promised(world, "example", |own| own.since = since).judge(&RULE)).as_str()
    }

    /// Whatever recordings are taken away, no pass comes of it, and no missed time becomes a time that was not asked for.
    #[test]
    fn a_recording_taken_away_adds_no_pass() {
        let all = [168, 144, 96, 72, 47, 24];
        for since in [None, Some(200), Some(150), Some(100)] {
            for kept in 0..1_u32 << all.len() {
                let keep = |kept: u32| -> Vec<i64> {
                    all.iter().enumerate().filter(|(at, _)| kept >> at & 1 == 1).map(|(_, hours)| *hours).collect()
                };
                let before = judged(&keep(kept), since);
                for at in (0..all.len()).filter(|at| kept >> at & 1 == 1) {
                    let after = judged(&keep(kept & !(1 << at)), since);
                    let fine = match before {
                        "pass" => true,
                        "fail" => after == "fail" || (since.is_none() && after == "unknown"),
                        _ => after != "pass",
                    };
                    assert!(fine, "{since:?} {:?} without {}: {before}, then {after}", keep(kept), all[at]);
                }
            }
        }
    }

    /// Each interval is named, with its days.
    #[test]
    fn every_missed_interval_is_named() {
        let world = World::new().host("web-1").after(10 * 24).after(7 * 24).after(6 * 24).after(3 * 24).after(24);
        let findings = world.judge(&RULE);
        let [Verdict::Fail(failure)] = [&findings[0].verdict] else { panic!("{:?}", findings[0].verdict) };
        for part in [
            "2026-11-14 06:00Z to 2026-11-17 06:00Z (3 days)",
            "2026-11-18 06:00Z to 2026-11-21 06:00Z (3 days)",
            "2026-11-21 06:00Z to 2026-11-23 06:00Z (2 days)",
        ] {
            assert!(failure.message.contains(part), "{}", failure.message);
        }
        assert_eq!(&*failure.found, "3 intervals without a run, 8 days in all");
    }
}
