//! A fix that was verified to be in place and is missing again: an old image came back, a package was rolled back.

use crate::asset::Lineage;
use crate::context::Context;
use crate::control::{PC_08, PC_11};
use crate::example::{HIGH, World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::exposure::{ClosedBy, Exposure, Returned};
use crate::fact::{Fact, PatchPresence};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{count, day, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "fix-regressed",
    title: "fix that was in place and is missing again",
    severity: Severity::High,
    since: "0.1",
    why: "What was reported as fixed is not. A replacement from an old image, a restored backup or a downgraded package undoes \
          the work of every run since, and reports go on from what was verified once.",
    fix: "Launch an image that has the fix, replace what was made from the old one, and install the fix again where it stands.",
    references: &["https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html"],
    controls: &[&PC_08, &PC_11],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("fixed, and still in place", |w| fixed_once(w).after(24).rescanned(2)),
        pass("a newer fix of the same package is missing", |w| {
            fixed_once(w).after(24).rescanned(2).patch("curl-8.6.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
        }),
        fail("the same fix is missing again", |w| again(fixed_once(w).after(24).rescanned(2))),
        fail("a scanner sees the same weakness again", |w| {
            seen_once(w).after(24).rescanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 10)
        }),
        fail("Azure: a fix published before it was verified is missing again", |w| {
            let published = Some(w.hours_ago(300));
            azure_once(w).after(24).rescanned(2).patch_with("curl", PatchPresence::Missing, HIGH, |patch| {
                patch.published = published;
            })
        }),
        fail("a group that launches its old image again", |w| {
            launching(launching(launching(w, "ami-1").after(48), "ami-2").after(24), "ami-1").rescanned(2)
        }),
        fail("trap: images denied when the group moved, and described since", |w| {
            let moved = dated(launching(dated(launching(w, "ami-2")).after(48), "ami-1").denied(op::IMAGES));
            dated(moved.after(24)).rescanned(2)
        }),
        fail("trap: images denied when the group was seen first", |w| {
            let first = launching(w, "ami-2").denied(op::IMAGES).after(48);
            dated(launching(dated(first).after(24), "ami-1")).rescanned(2)
        }),
        unknown("images denied: the one that it moved to may be the older one", |w| {
            dated(launching(dated(launching(w, "ami-2")).after(24), "ami-1")).denied(op::IMAGES).rescanned(2)
        }),
        unknown("today's scan is missing", |w| fixed_once(w).after(24).denied(op::PATCH_STATES)),
        unknown("Azure: a bare package name is missing again", |w| {
            azure_once(w).after(24).rescanned(2).patch("curl", PatchPresence::Missing, HIGH)
        }),
        not_applicable("never fixed", |w| w.host("web-1").scanned(2).patch(CURL, PatchPresence::Missing, HIGH)),
    ],
};

const CURL: &str = "curl-8.5.0-1.amzn2023.x86_64";

/// A fix that was missing three days ago and no longer two days ago.
fn fixed_once(world: World) -> World {
    world.host("web-1").scanned(74).patch(CURL, PatchPresence::Missing, HIGH).after(72).rescanned(50).fixed(CURL)
}

fn seen_once(world: World) -> World {
    let world = world.host("web-1").scanned(74).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 100).after(72);
    world.rescanned(50).edit(|fact| !matches!(fact, Fact::Vulnerability(_)))
}

fn azure_once(world: World) -> World {
    let published = Some(world.hours_ago(300));
    world
        .vm("web-1")
        .scanned(74)
        .patch_with("curl", PatchPresence::Missing, HIGH, |patch| patch.published = published)
        .after(72)
        .rescanned(50)
        .edit(|fact| !matches!(fact, Fact::Patch(_)))
}

fn again(world: World) -> World {
    world.edit(|fact| {
        if let Fact::Patch(patch) = fact {
            patch.presence = PatchPresence::Missing;
        }
        true
    })
}

fn launching(world: World, image: &str) -> World {
    let kept =
        world.edit(|fact| !matches!(fact, Fact::Template(_) | Fact::Group(_) | Fact::Host(_) | Fact::PatchState(_)));
    kept.host("web-1").scanned(2).scaling_group("shop", "$Latest").template(1, true, image)
}

/// Two images, the second one made after the first.
fn dated(world: World) -> World {
    world.complete(op::IMAGES).image("ami-1", 60, |_| {}).image("ami-2", 30, |_| {})
}

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    if let Some(back) = cx.estate.claims.rollback(&lineage.id) {
        let found = format!("{} since {}", back.to, minute(back.at));
        return Verdict::fail(
            format!("{} launches {}, which is older than {} that it launched before", lineage.name, back.to, back.from),
            format!("{} or a newer image", back.from),
            found,
            back.evidence.clone(),
        )
        .with_times(Some(back.at), None);
    }
    let exposures: Vec<&Exposure> = cx.exposures(lineage).collect();
    let back = |what| exposures.iter().copied().filter(move |one| one.is_open() && one.returned == what);
    let mut same: Vec<&Exposure> = back(Returned::Same).collect();
    same.sort_by_key(|exposure| (std::cmp::Reverse(exposure.severity), exposure.since(), exposure.fix_line.clone()));
    if let Some(worst) = same.first() {
        let evidence = Evidences::collect(worst.members.iter().map(|member| member.evidence.clone()));
        let Some(evidence) = evidence else { return Verdict::NotApplicable("no member lacks it") };
        let more = if same.len() > 1 { format!(" (and {} more fixes)", same.len() - 1) } else { String::new() };
        let on = match worst.members.len() {
            1 => lineage.name.to_string(),
            hosts => format!("{} of {}", count(hosts, "host"), lineage.name),
        };
        return Verdict::fail(
            format!("{} was in place and is missing again on {on} since {}{more}", worst.title, day(worst.since())),
            "a fix that was verified stays in place",
            count(same.len(), "fix that came back").replace("backs", "back"),
            evidence,
        )
        .with_severity(worst.severity.max(Severity::Medium))
        .with_times(Some(worst.since()), worst.due());
    }
    if let Some(moved) = cx.estate.claims.undated_move(&lineage.id) {
        let message = format!(
            "{} launches {} since {}, and no answer says when it and {} were made: it may be the older one",
            lineage.name,
            moved.to,
            minute(moved.at),
            moved.from
        );
        return Verdict::unknown(Reason::NotStated, message, moved.evidence.clone());
    }
    let verified = |one: &&Exposure| one.reopened > 0 || one.closed().is_some_and(|(_, by)| by == ClosedBy::Verified);
    if !exposures.iter().any(verified) {
        return Verdict::NotApplicable("no fix was verified to be in place before");
    }
    if let Some(unclear) = back(Returned::Unclear).next() {
        let evidence = Evidences::collect(unclear.members.iter().map(|member| member.evidence.clone()));
        let message = format!(
            "{} is missing again on {}, and its name does not tell whether it is a newer fix",
            unclear.title, lineage.name
        );
        return match evidence {
            Some(evidence) => Verdict::unknown(Reason::NotStated, message, evidence),
            None => Verdict::NotApplicable("no member lacks it"),
        };
    }
    if let Some(gap) = lineage.group.as_ref().and_then(|_| cx.records_gap(lineage)) {
        return gap.clone().into();
    }
    match cx.seen_whole(lineage) {
        Err(gap) => gap.into(),
        Ok(Some(evidence)) => Verdict::Pass(evidence),
        Ok(None) => Verdict::NotApplicable("no host of the customer's"),
    }
}
