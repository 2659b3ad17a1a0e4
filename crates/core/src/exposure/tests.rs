//! What may move a deadline, and what may not.

use super::{ClosedBy, Exposure};
use crate::clock::Basis;
use crate::example::World;
use crate::fact::{Fact, PatchPresence};
use crate::policy::DAY;
use crate::severity::Severity;

const KERNEL: &str = "kernel-6.1.79-99.167.amzn2023.x86_64";

fn only(world: &World) -> Exposure {
    let estate = world.estate();
    let all: Vec<Exposure> = estate.ledger.exposures().cloned().collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn days_from_start(exposure: &Exposure) -> i64 {
    (exposure.due().unwrap().as_second() - exposure.clock_start().as_second()) / DAY
}

fn host() -> World {
    World::new().host("web-1")
}

fn rated(world: World, severity: Severity) -> World {
    world.edit(move |fact| {
        if let Fact::Patch(patch) = fact {
            patch.severity = severity;
        }
        true
    })
}

#[test]
fn a_severity_downgrade_never_extends() {
    let world = host().scanned(48).patch(KERNEL, PatchPresence::Missing, Severity::Critical).after(48);
    let before = only(&world);
    let after = only(&rated(world, Severity::Low));
    assert_eq!((before.due(), before.severity), (after.due(), after.severity));
    assert_eq!(days_from_start(&after), 15);
}

#[test]
fn a_severity_upgrade_shortens_from_the_change() {
    let world = host().scanned(48).patch(KERNEL, PatchPresence::Missing, Severity::Medium).after(48);
    assert_eq!(days_from_start(&only(&world)), 90);
    let upgraded = rated(world, Severity::Critical);
    let exposure = only(&upgraded);
    assert_eq!((exposure.due().unwrap().as_second() - upgraded.now().as_second()) / DAY, 15);
}

#[test]
fn a_retag_from_production_to_development_never_extends() {
    let relaxed = |policy: &mut crate::policy::Policy| {
        policy.sla.environments.entry("development".into()).or_default().insert(Some(Severity::Critical), 90 * 24);
    };
    let world = host()
        .policy(relaxed)
        .tag("environment", "production")
        .scanned(48)
        .patch(KERNEL, PatchPresence::Missing, Severity::Critical)
        .after(48)
        .tag("environment", "development");
    assert_eq!(days_from_start(&only(&world)), 15);
}

#[test]
fn a_weakness_that_returns_within_a_month_continues_its_clock() {
    let world = host().scanned(20 * 24).patch(KERNEL, PatchPresence::Missing, Severity::High).after(20 * 24);
    let start = only(&world).clock_start();
    let cured = world.edit(|fact| !matches!(fact, Fact::Patch(_)));
    let closed = only(&cured);
    assert_eq!(closed.closed().map(|(_, by)| by), Some(ClosedBy::Verified));
    let back = cured.after(10 * 24).patch(KERNEL, PatchPresence::Missing, Severity::High);
    let exposure = only(&back);
    assert!(exposure.is_open());
    assert_eq!((exposure.clock_start(), exposure.basis, exposure.reopened), (start, Basis::Continued, 1));
}

#[test]
fn a_terminated_host_is_retired_not_remediated() {
    let world = host().scanned(48).patch(KERNEL, PatchPresence::Missing, Severity::High).after(48).terminated();
    assert_eq!(only(&world).closed().map(|(_, by)| by), Some(ClosedBy::Retired));
}

#[test]
fn an_unread_list_closes_nothing() {
    let world =
        host().scanned(48).patch(KERNEL, PatchPresence::Missing, Severity::High).after(48).denied(crate::op::PATCHES);
    assert!(only(&world).is_open());
}

/// Trap 13: Windows hides superseded KBs; the missing number changes every month and the exposure goes on.
#[test]
fn a_superseding_update_keeps_the_clock() {
    let kb = |number: &'static str| move |patch: &mut crate::fact::Patch<'static>| patch.kb = Some(number.into());
    let october = "2026-10 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5044277)";
    let november = "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)";
    let world = host()
        .scanned(25 * 24)
        .patch_with(october, PatchPresence::Missing, Severity::Critical, kb("5044277"))
        .after(25 * 24);
    let start = only(&world).clock_start();
    let superseded = world.edit(|fact| !matches!(fact, Fact::Patch(_))).patch_with(
        november,
        PatchPresence::Missing,
        Severity::Critical,
        kb("5046615"),
    );
    let exposure = only(&superseded);
    assert_eq!(exposure.clock_start(), start);
    assert_eq!(&*exposure.title, november);
    assert!(exposure.is_overdue(superseded.now()));
}

/// Trap 5: pending reboot is still open.
#[test]
fn a_pending_reboot_is_still_open() {
    let world = host().scanned(2).patch(KERNEL, PatchPresence::PendingReboot, Severity::High);
    assert!(only(&world).is_open());
}

#[test]
fn not_scanning_never_helps() {
    // Clear 40 days ago, not scanned since, missing now: the scan that was due the day after would have shown it.
    let world = host().scanned(40 * 24).after(40 * 24).edit(|fact| !matches!(fact, Fact::PatchState(_)));
    let exposure = only(&world.scanned(1).patch(KERNEL, PatchPresence::Missing, Severity::High));
    assert_eq!(exposure.basis, Basis::CappedByScanInterval);
    let world = host();
    assert_eq!((world.now().as_second() - exposure.clock_start().as_second()) / DAY, 39);
}

/// Where the vendor says when a fix came out, an old scan proves nothing.
#[test]
fn a_fix_younger_than_the_last_scan_is_not_backdated() {
    let world = host().scanned(40 * 24).after(40 * 24).edit(|fact| !matches!(fact, Fact::PatchState(_)));
    let published = world.hours_ago(5 * 24);
    let world = world
        .scanned(1)
        .patch_with(KERNEL, PatchPresence::Missing, Severity::High, |patch| patch.published = Some(published));
    let exposure = only(&world);
    assert_eq!((world.now().as_second() - exposure.clock_start().as_second()) / DAY, 4);
}

#[test]
fn a_listing_as_exploited_brings_the_deadline_closer() {
    let missing = |world: World| {
        world.host("web-1").scanned(2).patch_with(KERNEL, PatchPresence::Missing, Severity::Low, |patch| {
            patch.cves = vec!["CVE-2026-90001".into()];
        })
    };
    let before = only(&missing(World::new()));
    let after = only(&missing(World::new()).exploited("CVE-2026-90001", 24));
    assert!(after.exploited && after.due() < before.due());
    assert_eq!(days_from_start(&after), 7);
}

/// A healthy replacement inherits nothing; the group's clock goes on while any member lacks the fix.
#[test]
fn a_clock_belongs_to_the_group() {
    let grouped = |world: World, name: &str| world.host(name).with(|host| host.group = Some("web".into()));
    let world =
        grouped(World::new(), "old").scanned(48).patch(KERNEL, PatchPresence::Missing, Severity::High).after(48);
    let start = only(&world).clock_start();
    let replaced = grouped(world.terminated(), "new").scanned(1);
    let closed = only(&replaced);
    assert!(!closed.is_open(), "{closed:#?}");
    let relapsed = replaced.patch(KERNEL, PatchPresence::Missing, Severity::High);
    let exposure = only(&relapsed);
    assert!(exposure.is_open());
    assert_eq!(exposure.clock_start(), start);
}
