use super::*;
use crate::example::{HIGH, World};
use crate::fact::Fact;
use crate::op;

const CURL: &str = "curl-8.5.0-1.amzn2023.x86_64";
const KB: &str = "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)";

fn check(world: World, wanted: &str, standing: Standing, because: &str) {
    let estate = world.estate();
    let cx = Context::new(&world.policy, &estate);
    let found = affected(&Wanted::of(wanted), &cx);
    let said: Vec<_> = found.iter().map(|one| (one.standing, one.because.as_str())).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].0 == standing && said[0].1.contains(because), "{wanted}: {said:?}");
    assert_eq!(found[0].seen.is_some(), standing != Standing::Unknown || found[0].seen.is_some(), "{said:?}");
    assert!(found[0].evidence.is_some() || standing == Standing::Unknown);
}

fn host() -> World {
    World::new().host("web-1")
}

#[test]
fn what_is_asked_for() {
    assert_eq!(Wanted::of(" cve-2026-1 "), Wanted::Weakness("CVE-2026-1".into()));
    assert_eq!(Wanted::of("kb5046615"), Wanted::Kb("5046615".into()));
    assert_eq!(Wanted::of("kbd"), Wanted::Package("kbd".into()));
    assert!(names_kb(KB, "5046615") && !names_kb(KB, "504661"));
}

#[test]
fn a_source_that_says_so() {
    let seen = || host().scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 48);
    check(seen(), "CVE-2026-1111", Standing::Exposed, "the scanner reports CVE-2026-1111 in openssl-libs");
    check(seen(), "openssl-libs", Standing::Exposed, "the scanner reports");
    let lacking = || host().scanned(2).patch(CURL, PatchPresence::Missing, HIGH);
    check(lacking(), "curl", Standing::Exposed, "is missing");
    check(
        World::new().vm("w").scanned(2).patch(KB, PatchPresence::Missing, HIGH),
        "KB5046615",
        Standing::Exposed,
        "is missing",
    );
    check(lacking(), "cur", Standing::NotAffected, "complete list");
}

#[test]
fn silence_of_a_source_that_would_have_spoken() {
    check(host().scanned(2).covered(None), "CVE-2026-1111", Standing::NotAffected, "neither the scanner nor");
    check(host().scanned(2), "curl", Standing::NotAffected, "complete list of missing fixes");
}

#[test]
fn silence_of_others() {
    let unknown = |world: World, wanted: &str, because: &str| check(world, wanted, Standing::Unknown, because);
    unknown(host().scanned(2), "CVE-2026-1111", "no scanner covers it");
    unknown(host().scanned(2).covered(Some("EXCLUDED_BY_TAG")), "CVE-2026-1111", "no scanner covers it");
    unknown(host().scanned(2).denied(op::SCAN_COVERAGE), "CVE-2026-1111", "inspector2.ListCoverage");
    unknown(World::new().vm("web-1").scanned(2), "CVE-2026-1111", "an Azure machine");
    unknown(host().scanned(40 * 24), "curl", "last scanned");
    unknown(host().scanned(2).denied(op::PATCHES), "curl", "denied");
    // The list of patches names weaknesses too: what only it would have said is not known without it.
    unknown(host().scanned(2).covered(None).denied(op::PATCHES), "CVE-2026-1111", "denied");
    unknown(host().scanned(2).covered(None).denied(op::VULNERABILITIES), "curl", "denied");
    unknown(host(), "curl", "never scanned");
}

#[test]
fn what_was_missing_and_is_not_any_more() {
    let world = host().scanned(30).patch(CURL, PatchPresence::Missing, HIGH).after(24).scanned(2);
    let world = world.edit(|fact| !matches!(fact, Fact::Patch(_)));
    check(world, "curl", Standing::Fixed, "was no longer on 2026-11-24");
}

/// It may have come back: a repair of the past proves nothing about now.
#[test]
fn what_was_fixed_once_and_is_not_read_now() {
    let fixed = || {
        let world = host().scanned(78).patch(CURL, PatchPresence::Missing, HIGH).after(72);
        let world = world.scanned(50).edit(|fact| !matches!(fact, Fact::Patch(_)));
        world.after(48).scanned(2)
    };
    check(fixed(), "curl", Standing::Fixed, "was no longer on");
    check(fixed().denied(op::PATCHES), "curl", Standing::Unknown, "denied");
    check(fixed().denied(op::VULNERABILITIES).covered(None), "curl", Standing::Unknown, "denied");
}
