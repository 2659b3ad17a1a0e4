//! Figures on small worlds, and the arithmetic behind them.

use super::*;
use crate::engine::{Keep, evaluate};
use crate::example::{HIGH, World};
use crate::fact::{ChangeKind, ChangeOutcome, Fact, PatchPresence, Said};
use crate::policy::{DAY, HOUR};
use crate::rules::RULES;

const CURL: &str = "curl-8.5.0-1.amzn2023.x86_64";

fn figures(world: &World) -> Metrics {
    let estate = world.estate();
    metrics(&world.policy, &estate, &evaluate(RULES, &world.policy, &estate, Keep::Findings))
}

/// Numerator, denominator, excluded and value.
fn figure(world: &World, id: &str, dimension: &str) -> (i64, i64, i64, Option<i64>) {
    let all = figures(world).all;
    let own = all.iter().find(|one| one.definition.id == id && one.dimension == dimension);
    let one = own.unwrap_or_else(|| panic!("no {id} {dimension}"));
    (one.numerator, one.denominator, one.excluded, one.value)
}

#[test]
fn every_definition_gives_a_figure_and_says_what_it_is() {
    let all = figures(&World::new().host("web-1").scanned(2)).all;
    for definition in DEFINITIONS {
        assert!(all.iter().any(|one| one.definition.id == definition.id), "{}", definition.id);
        assert!(!definition.says.is_empty() && definition.version > 0, "{}", definition.id);
    }
    assert!(
        DEFINITIONS.iter().enumerate().all(|(at, one)| DEFINITIONS[at + 1..].iter().all(|other| other.id != one.id))
    );
}

#[test]
fn nearest_rank() {
    let value = |all: &[i64], percent| Metric::percentile(&MTTR_P90, "all", all, percent, 0).value;
    assert_eq!(value(&[], 50), None);
    assert_eq!((value(&[7], 50), value(&[7], 90)), (Some(7), Some(7)));
    let ten: Vec<i64> = (1..=10).collect();
    assert_eq!((value(&ten, 50), value(&ten, 90), value(&ten, 95)), (Some(5), Some(9), Some(10)));
}

/// A host that is not scanned stays in the denominator; one that is gone leaves it, and is counted.
#[test]
fn coverage_has_every_host_below_the_line() {
    let world = World::new().host("web-1").scanned(26).host("web-2").scanned(300).host("web-3");
    assert_eq!(figure(&world, "coverage-now", "all"), (1, 3, 0, Some(333)));
    let world = world.after(24).edit(|fact| !matches!(fact, Fact::Host(host) if host.name == "web-3"));
    assert_eq!(figure(&world, "coverage-now", "all"), (1, 2, 1, Some(500)));
    // A day each; the first one was covered all day long, the second one by a scan that was too old before it began.
    assert_eq!(figure(&world, "coverage-hours", "all"), (DAY, 3 * DAY, 0, Some(333)));
}

#[test]
fn covered_time_is_counted_once() {
    let time = |hours: i64| Timestamp::from_second(hours * HOUR).unwrap();
    let mut assessed = Assessed::default();
    assert_eq!(assessed.until(time(100)), 0);
    assessed.scan(time(-2), time(0), 10 * HOUR);
    assessed.scan(time(4), time(0), 10 * HOUR);
    // The same scan read again.
    assessed.scan(time(4), time(0), 10 * HOUR);
    assessed.scan(time(30), time(0), 10 * HOUR);
    assert_eq!((assessed.until(time(100)), assessed.until(time(35))), (24 * HOUR, 19 * HOUR));
}

/// Never over closed exposures alone: those that survive their deadline are the ones that count.
#[test]
fn open_and_overdue_stays_below_the_line() {
    let late = World::new().host("web-1").scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 100 * 24);
    assert_eq!(figure(&late, "sla-adherence", "all"), (0, 1, 0, Some(0)));
    assert_eq!(figure(&late, "sla-adherence", "severity=high"), (0, 1, 0, Some(0)));
    assert_eq!(figure(&late, "sla-adherence", "severity=low"), (0, 0, 0, None));
    assert_eq!(figure(&late, "open-age-p90", "all"), (1, 1, 0, Some(100 * DAY)));
    assert_eq!(figure(&late, "exposure-days", "all"), (100 * DAY, DAY, 0, Some(100)));
    assert_eq!(figure(&late, "mttr-mean", "all"), (0, 0, 1, None));
}

#[test]
fn a_verified_fix_stops_when_it_was_deployed_and_a_retired_host_fixes_nothing() {
    let lacking = || World::new().host("web-1").scanned(98).patch(CURL, PatchPresence::Missing, HIGH).after(96);
    let installed = |hours| {
        let world = lacking();
        let at = Some(world.hours_ago(hours));
        world.rescanned(2).fixed(CURL).edit(move |fact| {
            if let Fact::Patch(patch) = fact {
                patch.installed = at;
            }
            true
        })
    };
    // Seen 98 hours ago, installed 50 hours ago, verified two hours ago.
    assert_eq!(figure(&installed(50), "mttr-mean", "all"), (48 * HOUR, 1, 0, Some(48 * HOUR)));
    // Installed so long before it was verified that the verification counts: the run of now.
    assert_eq!(figure(&installed(97), "mttr-median", "all"), (1, 1, 0, Some(98 * HOUR)));
    let gone = lacking().edit(|fact| !matches!(fact, Fact::Host(_)));
    assert_eq!(figure(&gone, "mttr-mean", "all"), (0, 0, 1, None));
}

#[test]
fn claims_that_nobody_verified_stay_below_the_line() {
    let world = World::new().host("web-1").scanned(98).commanded(96, "Success").host("web-2").scanned(2);
    let world = world.commanded(96, "Success").host("web-3").scanned(98).commanded(96, "Failed");
    assert_eq!(figure(&world, "verified-within-limit", "all"), (0, 2, 1, Some(0)));
    assert_eq!(figure(&world, "claims-unverified", "all"), (1, 2, 1, Some(500)));
    // Done at the latest 94 hours ago, verified two hours ago.
    assert_eq!(figure(&world, "verification-lag-mean", "all"), (92 * HOUR, 1, 2, Some(92 * HOUR)));
    assert_eq!(figure(&world, "claims-contradicted", "all"), (0, 1, 2, Some(0)));
}

#[test]
fn a_hole_in_the_record_is_counted_to_its_end() {
    let world = World::new().host("web-1").scanned(2).after(100);
    let (gaps, scopes, _, _) = figure(&world, "evidence-gaps", "all");
    assert_eq!(gaps, scopes);
    assert_eq!(figure(&world, "evidence-gap-longest", "all").3, Some(100 * HOUR));
    assert_eq!(figure(&world, "evidence-gap-share", "all").3, Some(1000));
    assert_eq!(figure(&world, "evidence-freshness", "all").3, Some(0));
}

/// What was called off, what nobody can sort and what no source records stands beside the figures, not in them.
#[test]
fn changes_and_lists_of_machines() {
    let world = World::new().host("web-1").commanded(22, "Success").change("CHG1");
    let world = world.change_with("CHG2", |_, change| change.kind = ChangeKind::Emergency);
    let world = world.change_with("CHG3", |_, change| change.outcome = ChangeOutcome::Cancelled);
    let world = world.change_with("CHG4", |_, change| {
        change.title = Said::Value("Monthly maintenance".to_owned());
        change.categories = Said::Unsaid;
    });
    assert_eq!(figure(&world, "emergency-change-share", "all"), (1, 2, 2, Some(500)));
    assert_eq!(figure(&world, "attestation-lag", "all"), (0, 0, 1, None));
    let nodes = World::new().node("till-7").node("till-8").outside("CI-7", "till-7", None);
    assert_eq!(figure(&nodes, "reconciliation-unexplained", "all"), (1, 2, 0, Some(1)));
    // Without an outside inventory only the clouds' own lists meet; a cloud's machine that an inventory lacks is explained.
    let alone = World::new().host("web-1");
    assert_eq!(figure(&alone, "reconciliation-unexplained", "all"), (1, 1, 1, Some(1)));
    let listed = World::new().host("web-1").node("till-7").outside("CI-7", "till-7", None);
    assert_eq!(figure(&listed, "reconciliation-unexplained", "all"), (1, 3, 0, Some(1)));
}

#[test]
fn failures_under_an_exception() {
    let world = World::new().host("web-1").scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 100 * 24);
    let (excepted, failures, _, _) = figure(&world, "exception-rate", "all");
    assert!(excepted == 0 && failures > 1, "{failures}");
    assert_eq!(figure(&world.excepted("patch-overdue", |_| {}), "exception-rate", "all").0, 1);
}

/// A record that never ends stays below the line.
#[test]
fn runs_without_an_end() {
    let world = World::new().host("web-1").scanned(2).commanded(96, "InProgress").commanded(24, "InProgress");
    assert_eq!(figure(&world, "claims-unverified", "all"), (1, 1, 1, Some(1000)));
}
