//! What becomes of a claim from run to run.

use super::{Claim, ClaimSource, State};
use crate::example::{HIGH, World};
use crate::fact::{Fact, PatchAction, PatchPresence, Target};
use crate::op;
use crate::policy::HOUR;

const KERNEL: &str = "kernel-6.1.79-99.167.amzn2023.x86_64";

/// States of every claim, with the records that make them.
fn states(world: &World) -> Vec<(ClaimSource, State)> {
    let estate = world.estate();
    estate.claims.claims().map(|claim| (claim.record.source, claim.state(world.now(), &world.policy))).collect()
}

fn only(world: &World) -> Claim {
    let estate = world.estate();
    let all: Vec<&Claim> = estate.claims.claims().collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn lacking() -> World {
    World::new().host("web-1").scanned(98).patch(KERNEL, PatchPresence::Missing, HIGH).after(96)
}

/// SSM lists commands for a month; the claim stays.
#[test]
fn a_claim_outlives_its_record() {
    let world = lacking().commanded(90, "Success").rescanned(50).fixed(KERNEL).after(48);
    let world = world.edit(|fact| !matches!(fact, Fact::Command(_) | Fact::Invocation(_))).rescanned(2);
    let claim = only(&world);
    assert_eq!(claim.state(world.now(), &world.policy), State::Verified);
    assert_eq!(claim.verified_at(), Some(world.hours_ago(50)));
    // The command may have gone on for two hours after it was asked for.
    assert_eq!(claim.verification_lag(), Some(38 * HOUR));
    assert_eq!(claim.fixes.len(), 1);
}

#[test]
fn a_contradiction_stands_and_its_end_is_on_record() {
    let world = lacking().commanded(90, "Success").rescanned(50).after(48).rescanned(2).fixed(KERNEL);
    let claim = only(&world);
    assert_eq!(claim.state(world.now(), &world.policy), State::Contradicted);
    assert_eq!((claim.contradicted_at(), claim.resolved_at()), (Some(world.hours_ago(50)), Some(world.hours_ago(2))));
    assert_eq!(claim.verified_at(), None);
}

#[test]
fn a_verified_fix_that_is_missing_again_regresses() {
    let world = lacking().commanded(90, "Success").rescanned(50).fixed(KERNEL).after(48).rescanned(2);
    let world = world.edit(|fact| {
        if let Fact::Patch(patch) = fact {
            patch.presence = PatchPresence::Missing;
        }
        true
    });
    assert_eq!(states(&world), [(ClaimSource::Command, State::Regressed)]);
}

#[test]
fn a_pending_reboot_is_not_in_effect() {
    let world = lacking().commanded(90, "Success").rescanned(2).edit(|fact| {
        if let Fact::Patch(patch) = fact {
            patch.presence = PatchPresence::PendingReboot;
        }
        true
    });
    assert_eq!(states(&world), [(ClaimSource::Command, State::PendingReboot)]);
}

/// An installing operation overwrites the scan before it; its rows show nothing as independent.
#[test]
fn an_install_report_claims_and_verifies_nothing() {
    let world = lacking().rescanned_with(90, |state| state.action = PatchAction::Install).fixed(KERNEL);
    assert_eq!(states(&world), [(ClaimSource::InstallReport, State::Unverified)]);
    let estate = world.estate();
    assert!(estate.ledger.exposures().all(|exposure| exposure.is_open()), "its own result closed an exposure");
    let world = world.after(48).rescanned_with(2, |state| state.action = PatchAction::Scan);
    assert_eq!(states(&world), [(ClaimSource::InstallReport, State::Verified)]);
}

#[test]
fn a_host_that_went_away_retires_its_claims() {
    let world = lacking().commanded(20, "Success").after(10).edit(|fact| !matches!(fact, Fact::Host(_)));
    assert_eq!(states(&world), [(ClaimSource::Command, State::Retired)]);
}

/// A run still going on claims nothing; once it has ended, the claim is the same one.
#[test]
fn a_record_is_brought_up_to_date() {
    let world = lacking().commanded(60, "InProgress").after(50).edit(|fact| {
        if let Fact::Invocation(invocation) = fact {
            invocation.status = "Success".into();
        }
        true
    });
    assert_eq!(states(&world), [(ClaimSource::Command, State::Pending)]);
    let world = world.rescanned(2).fixed(KERNEL);
    assert_eq!(states(&world), [(ClaimSource::Command, State::Verified)]);
}

/// A scanner confirms by silence what it named itself, and no more.
#[test]
fn a_scanner_alone_verifies_the_weaknesses_that_it_named() {
    let named = || {
        let world = World::new().host("web-1").scanned(98).covered(None);
        world.vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 200).after(96).commanded(24, "Success")
    };
    let fixed = named().edit(|fact| !matches!(fact, Fact::Vulnerability(_)));
    assert_eq!(states(&fixed), [(ClaimSource::Command, State::Verified)]);
    // Nor where an unread answer of the patch tool could have said otherwise.
    for unread in [op::VULNERABILITIES, op::PATCH_STATES] {
        let denied = named().edit(|fact| !matches!(fact, Fact::Vulnerability(_))).denied(unread);
        assert_eq!(states(&denied), [(ClaimSource::Command, State::Pending)], "{unread}");
    }
    let unnamed = lacking().covered(None).commanded(24, "Success");
    assert_eq!(states(&unnamed), [(ClaimSource::Command, State::Pending)]);
}

/// Success can mean that there was nobody to fail on.
#[test]
fn a_window_that_means_nobody_claims_nothing() {
    let aimless = |world: World| world.window("weekly").patching(PatchAction::Install).ran(90, "SUCCESS");
    let world = aimless(lacking()).aimed_at_tag("team", "nobody").rescanned(2);
    assert_eq!(states(&world), []);
    let world = aimless(lacking()).aimed_at(Target::All).rescanned(2);
    assert_eq!(states(&world), [(ClaimSource::MaintenanceWindow, State::Contradicted)]);
}

#[test]
fn a_group_is_rolled_out_when_every_member_has_the_image() {
    let rolling = |member: &str| {
        let world = World::new().host("web-1").with(|host| host.image = Some("ami-1".into()));
        let world = world.scaling_group("shop", "$Latest").template(1, true, "ami-1").after(100);
        let (member, created) = (member.to_owned(), Some(world.hours_ago(90)));
        world.template(2, true, "ami-2").with(move |host| host.image = Some(member.clone())).edit(move |fact| {
            if let Fact::Template(template) = fact
                && template.version == 2
            {
                template.created = created;
            }
            true
        })
    };
    let state = |member| states(&rolling(member));
    assert_eq!(state("ami-2"), [(ClaimSource::ImageRollout, State::Verified)]);
    assert_eq!(state("ami-1"), [(ClaimSource::ImageRollout, State::Contradicted)]);
    let unread = rolling("ami-1").denied(op::EC2_INSTANCES);
    assert_eq!(states(&unread), [(ClaimSource::ImageRollout, State::Unverified)]);
}

/// Every host was scanned again.
fn scanned_all(world: World, hours_ago: i64) -> World {
    let ended = Some(world.hours_ago(hours_ago));
    world.edit(move |fact| {
        if let Fact::PatchState(state) = fact {
            (state.started, state.ended) = (ended, ended);
        }
        true
    })
}

/// What one host contradicted is not resolved by the others, when it was not seen again.
#[test]
fn a_host_that_contradicted_has_to_be_seen_again_itself() {
    let world = World::new().host("web-1").scanned(98).patch(KERNEL, PatchPresence::Missing, HIGH);
    let world = world.host("web-2").scanned(98).patch(KERNEL, PatchPresence::Missing, HIGH);
    let world = world.window("weekly").aimed_at_tag("team", "shop").patching(PatchAction::Install).after(96);
    // The window means both; web-2 shows the fix missing after the run.
    let tagged = |world: World, host: &'static str| {
        world.edit(move |fact| {
            if let Fact::Host(own) = fact
                && own.name == host
            {
                own.tags = [("team".to_owned(), "shop".to_owned())].into_iter().collect();
            }
            true
        })
    };
    let world = tagged(tagged(world, "web-1"), "web-2").ran(90, "SUCCESS");
    let world = scanned_all(world, 50).after(48);
    let contradicted = only(&world);
    assert_eq!(contradicted.against_hosts.len(), 2, "{contradicted:#?}");
    let seen = scanned_all(world, 2).fixed(KERNEL);
    assert!(only(&seen).resolved_at().is_some());
    // One of them is none of the window's hosts any more: nobody saw it agree.
    let left = seen.edit(|fact| {
        if let Fact::Host(own) = fact
            && own.name == "web-2"
        {
            own.tags = Default::default();
        }
        true
    });
    let claim = only(&left);
    assert_eq!((claim.resolved_at(), claim.against_hosts.len()), (None, 1));
}

/// A denied list of hosts is no group without members.
#[test]
fn a_roll_out_does_not_retire_while_its_members_are_not_read() {
    let rolled = World::new().scaling_group("shop", "$Latest").template(1, true, "ami-1");
    let rolled = rolled.denied(op::EC2_INSTANCES).after(100).template(2, true, "ami-2");
    assert_eq!(states(&rolled), [(ClaimSource::ImageRollout, State::Pending)]);
    assert_eq!(states(&rolled.complete(op::EC2_INSTANCES)), [(ClaimSource::ImageRollout, State::Retired)]);
}

/// Members that were replaced are gone, and hold nothing up.
#[test]
fn a_roll_out_is_verified_by_the_members_that_there_are() {
    let member = |world: World, name: &str, image: &'static str| {
        world.host(name).with(move |host| host.image = Some(image.into())).scaling_group("shop", "$Latest")
    };
    let world = member(World::new(), "web-1", "ami-1").template(1, true, "ami-1").after(100);
    let world = world.template(2, true, "ami-2").after(50).edit(|fact| !matches!(fact, Fact::Host(_)));
    let world = member(world, "web-2", "ami-2");
    assert_eq!(states(&world), [(ClaimSource::ImageRollout, State::Verified)]);
}

/// One command about many hosts is one record.
#[test]
fn hosts_share_their_command() {
    let world = World::new().host("web-1").scanned(98).commanded(24, "Success").host("web-2").scanned(98);
    let world = world.commanded(24, "Success");
    let estate = world.estate();
    let claims: Vec<&Claim> = estate.claims.claims().collect();
    assert_eq!(claims.len(), 2);
    assert!(std::sync::Arc::ptr_eq(&claims[0].record, &claims[1].record));
    assert_ne!(claims[0].id(), claims[1].id());
}

#[test]
fn claims_are_small() {
    assert!(size_of::<Claim>() <= 304, "{}", size_of::<Claim>());
}
