use crate::affected::{Standing, Wanted, affected};
use crate::context::Context;
use crate::example::{HIGH, World};
use crate::fact::{Fact, PatchPresence};
use crate::op;

const CUMULATIVE: &str = "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)";
const OPENSSL: &str = "openssl-libs-1:3.0.8-1.amzn2023.0.11.x86_64";
const CVE: &str = "CVE-2026-1111";

fn check(world: &World, standing: Standing, because: &str) {
    let estate = world.estate();
    let cx = Context::new(&world.policy, &estate);
    let found = affected(&Wanted::of(CVE), &cx);
    let said: Vec<_> = found.iter().map(|one| (one.standing, one.because.as_str())).collect();
    assert!(said.len() == 1 && said[0].0 == standing && said[0].1.contains(because), "{said:?}");
    // With the feed away no host is safer than with it.
    for (_, operation) in op::RELATION_FEEDS {
        let without = world.clone().unasked(operation);
        let estate = without.estate();
        let cx = Context::new(&without.policy, &estate);
        let without = affected(&Wanted::of(CVE), &cx);
        let safe = |standing| matches!(standing, Standing::Fixed | Standing::NotAffected);
        assert!(!safe(without[0].standing) || safe(standing), "{operation}: {:?}", without[0].because);
    }
}

fn windows(presence: PatchPresence) -> World {
    let world = World::new().vm("w").scanned(2).patch_with(CUMULATIVE, presence, HIGH, |patch| patch.cves.clear());
    world.with(|host| host.family = crate::fact::Family::Windows)
}

fn linux(title: &str, presence: PatchPresence) -> World {
    World::new().host("web-1").scanned(2).patch_with(title, presence, HIGH, |patch| patch.cves.clear())
}

#[test]
fn an_update_that_is_missing() {
    let lacking = || windows(PatchPresence::Missing);
    check(&lacking(), Standing::Unknown, "no feed was imported");
    check(&lacking().relates_kb(CVE, "5046615", None, 300), Standing::Exposed, "msrc says that KB5046615 removes");
    // What it related once stays related.
    check(&lacking().relates_kb(CVE, "5046615", None, 300).feed_dated("msrc", 2000), Standing::Exposed, "msrc says");
    check(&lacking().relates_kb("CVE-2026-2", "5046615", None, 300), Standing::Unknown, "an Azure machine");
    // The month before: whether it is in place is not known while the next one is missing.
    check(&lacking().relates_kb(CVE, "5044277", None, 900), Standing::Unknown, "no answer of today says");
}

#[test]
fn an_update_that_is_in_place() {
    let installed = || windows(PatchPresence::Installed);
    let related = || installed().relates_kb(CVE, "5046615", None, 300);
    check(&related(), Standing::Fixed, "is in place, and msrc says that KB5046615 removes");
    // It takes the place of the one that fixed it.
    let later = installed().relates_kb("CVE-2026-2", "5046615", Some("5044277"), 300);
    check(&later.relates_kb(CVE, "5044277", None, 900), Standing::Fixed, "is in place, and msrc says that KB5044277");
    check(&related().feed_dated("msrc", 2000), Standing::Unknown, "the feed msrc is of");
    check(&related().feed_dated("msrc", -2000), Standing::Unknown, "the feed msrc says that it is of");
    check(&related().denied(op::MSRC), Standing::Unknown, "no source names");
    check(&related().denied(op::AZURE_ASSESSMENTS), Standing::Unknown, "denied");
    check(&installed().relates_kb(CVE, "5050000", None, 300), Standing::Unknown, "no answer of today says");
}

#[test]
fn a_package_that_is_missing() {
    let exposed = |title: &str, version: &str| {
        check(
            &linux(title, PatchPresence::Missing).relates_package(CVE, "openssl-libs", version, "Amazon Linux 2023"),
            Standing::Exposed,
            "amazon says that",
        );
    };
    exposed(OPENSSL, "1:3.0.8-1.amzn2023.0.11");
    // It lacks even an earlier one.
    exposed(OPENSSL, "1:3.0.8-1.amzn2023.0.12");
    exposed("openssl-libs.x86_64:1:3.0.8-1.amzn2023.0.11", "1:3.0.8-1.amzn2023.0.11");
    let unknown = |title: &str, name: &str, version: &str| {
        check(
            &linux(title, PatchPresence::Missing).relates_package(CVE, name, version, "Amazon Linux 2023"),
            Standing::Unknown,
            "",
        );
    };
    // It lacks a later one, and may have had the fix before.
    unknown(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2023.0.10");
    unknown(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2.0.12");
    unknown(OPENSSL, "openssl", "1:3.0.8-1.amzn2023.0.11");
}

#[test]
fn a_package_that_is_in_place() {
    let place = |title: &str, name: &str, version: &str| {
        linux(title, PatchPresence::Installed).covered(Some("EXCLUDED_BY_TAG")).relates_package(
            CVE,
            name,
            version,
            "Amazon Linux 2023",
        )
    };
    check(&place(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2023.0.11"), Standing::Fixed, "is in place, and amazon");
    check(&place(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2023.0.9"), Standing::Fixed, "is in place, and amazon");
    check(&place(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2023.0.12"), Standing::Exposed, "is in place, and amazon");
    // Digits of another distribution prove nothing.
    check(&place(OPENSSL, "openssl-libs", "1:1.0.2-1.amzn2.0.1"), Standing::Unknown, "");
    // Two advisories of one weakness: the later one counts.
    let twice = place(OPENSSL, "openssl-libs", "1:3.0.8-1.amzn2023.0.9");
    check(
        &twice.relates_package(CVE, "openssl-libs", "1:3.0.8-1.amzn2023.0.20", "Amazon Linux 2023"),
        Standing::Exposed,
        "0.20",
    );
    // Which kernel runs is not said by what is on the disk.
    let kernel = place("kernel-6.1.79-99.167.amzn2023.x86_64", "kernel", "6.1.70-1.amzn2023");
    check(&kernel, Standing::Unknown, "");
}

#[test]
fn debian_versions_need_the_release() {
    let ubuntu = |version: &str, title: &str, presence| {
        let world = linux(title, presence).covered(Some("EXCLUDED_BY_TAG")).with(|host| {
            (host.os_name, host.os_version) = ("Ubuntu".to_owned(), "22.04".to_owned());
        });
        world.relates_package(CVE, "libssl3", version, "ubuntu:22.04")
    };
    let missing = "libssl3:amd64:3.0.2-0ubuntu1.15";
    check(&ubuntu("3.0.2-0ubuntu1.15", missing, PatchPresence::Missing), Standing::Exposed, "osv says");
    check(&ubuntu("3.0.2-0ubuntu1.16", missing, PatchPresence::Missing), Standing::Exposed, "osv says");
    check(&ubuntu("3.0.2-0ubuntu1.14", missing, PatchPresence::Installed), Standing::Fixed, "in place");
    let elsewhere =
        ubuntu("3.0.2-0ubuntu1.14", missing, PatchPresence::Installed).with(|host| host.os_version = "24.04".into());
    check(&elsewhere, Standing::Unknown, "fixes for other systems only");
}

/// Silence of a list that holds a fix nobody explains is no witness.
#[test]
fn a_fix_that_nobody_explains() {
    let unexplained = || linux(OPENSSL, PatchPresence::Missing).covered(None);
    check(&unexplained(), Standing::Unknown, "no source names what it removes");
    let explained =
        || unexplained().relates_package("CVE-2026-2", "openssl-libs", "1:3.0.8-1.amzn2023.0.11", "Amazon Linux 2023");
    check(&explained(), Standing::Unknown, "no source names what it removes");
    let known = explained().relates_package(CVE, "curl", "8.5.0-1.amzn2023", "Amazon Linux 2023");
    check(&known, Standing::NotAffected, "neither the scanner");
    check(&known.feed_dated("amazon", 2000), Standing::Unknown, "the feed amazon is of");
    // Both witnesses would have named it: the feed is outvoted, so that its absence makes nobody safer.
    let named = linux(OPENSSL, PatchPresence::Missing).covered(None).edit(|fact| {
        if let Fact::Patch(patch) = fact {
            patch.cves = vec!["CVE-2026-2".into()];
        }
        true
    });
    check(
        &named.relates_package(CVE, "openssl-libs", "1:3.0.8-1.amzn2023.0.11", "Amazon Linux 2023"),
        Standing::NotAffected,
        "neither",
    );
}
