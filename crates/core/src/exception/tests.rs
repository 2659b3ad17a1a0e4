use super::{Revocation, Role, Signature, State, Tier, quorum};
use crate::clock::after;
use crate::engine::{Keep, evaluate};
use crate::example::{Filing, HIGH, World};
use crate::policy::DAY;
use crate::rule::Verdict;
use crate::rules::{RULES, rule};

/// A host that no agent reports, and an exception for it: written ten days ago, approved and sealed nine days ago, over in
/// twenty.
fn world(change: impl FnOnce(&mut Filing)) -> World {
    World::new().host("web-1").excepted("asset-unmanaged", change)
}

/// State at so many days from now, and whether something is covered then.
fn standing(world: &World, days: i64) -> (State, bool) {
    let estate = world.estate();
    let at = after(world.now(), days * DAY);
    let standing = estate.exceptions[0].standing(&world.policy.exceptions, 7 * DAY, at).unwrap();
    (standing.state, standing.in_force.is_some())
}

#[test]
fn the_life_of_an_exception() {
    let start = |f: &mut Filing| f.record.start = Some(after(f.logged_at, 2 * DAY));
    let revoke = |f: &mut Filing| {
        f.record.revoked = Some(Revocation { at: f.logged_at, reason: "moved".to_owned() });
    };
    let table: [(&str, World, i64, State, bool); 21] = [
        ("a day before approval", world(|_| {}), -10, State::Unapproved, false),
        ("approved", world(|_| {}), -9, State::Active, true),
        ("the last weeks", world(|_| {}), 12, State::Active, true),
        ("the last week", world(|_| {}), 13, State::Expiring, true),
        ("the last day", world(|_| {}), 19, State::Expiring, true),
        ("over", world(|_| {}), 20, State::Expired, false),
        ("nobody signed", world(|f| f.approvals.clear()), 0, State::Unapproved, false),
        ("begins later", world(start), -8, State::Approved, false),
        ("has begun", world(start), -7, State::Active, true),
        ("before it was revoked", world(|_| {}).next_version(revoke), -3, State::Active, true),
        ("revoked", world(|_| {}).next_version(revoke), -2, State::Revoked, false),
        (
            "revoked, not confirmed",
            world(|_| {}).next_version(|f| {
                revoke(f);
                f.approvals.clear();
            }),
            0,
            State::Revoked,
            false,
        ),
        ("taken away", world(|_| {}).next_version(|f| f.removed = true), 0, State::Removed, false),
        ("renewal waits", world(|_| {}).next_version(longer_unsigned), 0, State::Unapproved, true),
        ("renewal waits too long", world(|_| {}).next_version(longer_unsigned), 20, State::Unapproved, false),
        ("renewed", world(|_| {}).next_version(longer), 20, State::Active, true),
        ("changed without a word", world(|_| {}).next_version(changed), 0, State::Unapproved, false),
        (
            "put back after it was revoked",
            world(|_| {}).next_version(revoke).next_version(first_again),
            0,
            State::Unapproved,
            false,
        ),
        (
            "members changed",
            world(|f| f.record.members_found = crate::exchange::Digest([7; 32])),
            0,
            State::Void,
            false,
        ),
        ("extended too often", world(|f| f.record.renewals = 3), 0, State::Void, false),
        ("unreadable", world(|f| f.unreadable = true), 0, State::Unreadable, false),
    ];
    for (name, world, days, state, covers) in table {
        assert_eq!(standing(&world, days), (state, covers), "{name}");
    }
}

fn longer(filing: &mut Filing) {
    (filing.record.created, filing.record.renewals) = (filing.logged_at, 1);
    filing.record.expires = after(filing.record.expires, 20 * DAY);
}

/// The first version once more, with its approval.
fn first_again(filing: &mut Filing) {
    filing.record.version = 1;
    filing.record.digest = crate::exchange::Digest([1; 32]);
    (filing.record.previous, filing.record.revoked) = (None, None);
    filing.approvals.iter_mut().for_each(|approval| approval.record = filing.record.digest);
}

fn longer_unsigned(filing: &mut Filing) {
    longer(filing);
    filing.approvals.clear();
}

/// No renewal: it names no version before it.
fn changed(filing: &mut Filing) {
    longer_unsigned(filing);
    filing.record.previous = None;
}

#[test]
fn an_approval_counts_from_its_sealing_on() {
    let late = |f: &mut Filing| f.approvals[0].logged_at = after(f.logged_at, 4 * DAY);
    assert!(!standing(&world(late), -6).1);
    assert!(standing(&world(late), -5).1);
    // A policy that takes signed times at their word says so.
    let trusting = world(late).policy(|policy| policy.exceptions.seal_limit = None);
    assert!(standing(&trusting, -6).1);
    // A signature that is dated ahead counts from its date.
    assert!(!standing(&world(|f| f.approvals[0].signed_at = after(f.logged_at, 4 * DAY)), -6).1);
}

#[test]
fn a_policy_cuts_an_exception_short_whatever_was_signed() {
    let world = world(|f| f.record.expires = after(f.record.created, 300 * DAY));
    assert!(standing(&world, 79).1, "ninety days for high risk");
    assert!(!standing(&world, 80).1);
}

#[test]
fn each_tier_needs_its_approvals_by_different_people() {
    for (tier, by, enough) in [
        (Tier::Low, &["team-lead"][..], true),
        (Tier::Medium, &["business-owner"], false),
        (Tier::High, &["team-lead"], false),
        (Tier::High, &["ciso"], true),
        (Tier::Critical, &["ciso"], false),
        (Tier::Critical, &["security-head", "business-owner"], false),
        (Tier::Critical, &["ciso", "business-owner"], true),
        (Tier::Exploited, &["ciso", "business-owner"], true),
        (Tier::High, &["dispatcher"], false),
    ] {
        let world = world(|f| {
            f.record.tier = tier;
            let one = f.approvals[0].clone();
            f.approvals = by.iter().map(|id| super::Approval { approver: (*id).into(), ..one.clone() }).collect();
        });
        assert_eq!(standing(&world, 0).1, enough, "{tier:?} by {by:?}");
    }
    // One human in both roles is one human.
    let world = world(|f| {
        f.record.tier = Tier::Critical;
        let one = f.approvals[0].clone();
        let by = |id: &str| super::Approval { approver: id.into(), ..one.clone() };
        f.approvals = vec![by("ciso"), by("business-owner")];
    });
    let world = world.policy(|policy| {
        for approver in &mut policy.exceptions.approvers {
            approver.person = "person-4".to_owned();
        }
    });
    assert!(!standing(&world, 0).1);
    assert!(Tier::ALL.iter().all(|tier| !quorum(*tier).is_empty()) && Role::ALL.len() == 4);
}

#[test]
fn a_bad_signature_counts_for_nothing() {
    let wrong = |f: &mut Filing| f.approvals[0].signature = Signature::Wrong("another key".to_owned());
    assert_eq!(standing(&world(wrong), 0), (State::Unapproved, false));
}

fn excepted(world: &World, id: &str) -> Vec<bool> {
    let found = evaluate(&[rule(id).unwrap()], &world.policy, &world.estate(), Keep::Findings).findings;
    let failed = found.iter().filter(|finding| matches!(finding.verdict, Verdict::Fail(_)));
    failed.map(|finding| finding.exception.is_some()).collect()
}

/// An accepted hole in one package must not hide another in the same host.
#[test]
fn a_fix_that_is_not_named_is_not_covered() {
    let overdue = || {
        let world = World::new().host("web-1").scanned(2);
        world.vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 100 * 24)
    };
    let one = overdue().excepted("patch-overdue", |_| {});
    assert_eq!(excepted(&one, "patch-overdue"), [true]);
    let two = one.vulnerable("CVE-2026-90002", "curl", HIGH, 100 * 24);
    assert_eq!(excepted(&two, "patch-overdue"), [false]);
    // A second exception covers the second hole, and both together the finding.
    let both = two.excepted("patch-overdue", |f| f.record.members[0].fix_lines = vec!["curl".to_owned()]);
    assert_eq!(excepted(&both, "patch-overdue"), [true]);
    let later =
        overdue().excepted("patch-overdue", |_| {}).vulnerable("CVE-2026-90003", "openssl-libs", HIGH, 100 * 24);
    assert_eq!(excepted(&later, "patch-overdue"), [false], "a new weakness of the same package");
}

#[test]
fn a_member_that_names_another_rule_or_subject_covers_nothing() {
    assert_eq!(excepted(&world(|_| {}), "asset-unmanaged"), [true]);
    let other = world(|f| f.record.members[0].subject = "i-other".into());
    assert_eq!(excepted(&other, "asset-unmanaged"), [false]);
}

/// Whatever exceptions there are, they change no verdict of any other rule; without the first they cover no more.
#[test]
fn exceptions_change_no_other_verdict() {
    // To register an approver of exceptions is another policy, which *policy-unapproved* judges.
    let own = |rule: &str| !super::may_be_excepted(rule) || rule == "policy-unapproved";
    let others: Vec<_> = RULES.iter().copied().filter(|rule| !own(rule.id)).collect();
    let verdicts = |world: &World| {
        let found = evaluate(&others, &world.policy, &world.estate(), Keep::All).findings;
        found.into_iter().map(|finding| (finding.id.to_string(), finding.verdict)).collect::<Vec<_>>()
    };
    let bare = World::new().host("web-1").host("web-2");
    let world = || {
        World::new().host("web-1").host("web-2").excepted("asset-unmanaged", |_| {}).excepted("asset-unowned", |_| {})
    };
    assert_eq!(verdicts(&bare), verdicts(&world()));
    assert_eq!(excepted(&world(), "asset-unmanaged"), [true, true]);
    let without = world().refiled(|f| f.removed = true);
    assert_eq!(verdicts(&bare), verdicts(&without));
    assert_eq!(excepted(&without, "asset-unowned"), vec![false; excepted(&world(), "asset-unowned").len()]);
}

#[test]
fn before_it_was_written_there_was_none() {
    let there = |world: &World, days: i64| {
        let estate = world.estate();
        let at = after(world.now(), days * DAY);
        estate.exceptions[0].standing(&world.policy.exceptions, 7 * DAY, at).is_some()
    };
    assert!(!there(&world(|_| {}), -11));
    assert!(there(&world(|_| {}), -10));
    // Neither what the log had nor a signature gives way to a later date in the text.
    let later = |f: &mut Filing| f.record.created = after(f.logged_at, 4 * DAY);
    assert!(there(&world(later), -9));
    let backdated = |f: &mut Filing| f.approvals[0].signed_at = after(f.logged_at, -20 * DAY);
    assert!(there(&world(backdated), -29));
}
