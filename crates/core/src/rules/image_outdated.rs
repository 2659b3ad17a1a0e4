//! A group launched from an old image undoes, with every new member, what was patched in place.

use crate::asset::Lineage;
use crate::context::{Context, Launch};
use crate::control::{PC_07, PC_11};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{HostKind, Image};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::{ago, day, length};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "image-outdated",
    title: "machine image older than allowed",
    severity: Severity::High,
    since: "0.1",
    why: "Every scale-out and every replacement starts from the image. An old image brings back weaknesses that were \
          patched in place, until the next patch run reaches the new host.",
    fix: "Build a new image with current patches and let the group launch it; replace the members.",
    references: &[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
        "https://learn.microsoft.com/azure/virtual-machines/linux/endorsed-distros",
    ],
    controls: &[&PC_07, &PC_11],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("group on a young image", |w| {
            w.host("web-1").image("ami-1", 20, |_| {}).scaling_group("shop", "$Latest").template(1, true, "ami-1")
        }),
        pass("single host on a young image", |w| {
            w.host("web-1").with(|host| host.image = Some("ami-1".into())).image("ami-1", 20, |_| {})
        }),
        pass("Azure image with a recent version", |w| azure(w, "canonical/ubuntu/server/22.04.202611010")),
        fail("group on an old image", |w| {
            w.host("web-1").image("ami-1", 200, |_| {}).scaling_group("shop", "$Latest").template(1, true, "ami-1")
        }),
        fail("trap aws-20: the default version launches the old image", |w| {
            w.host("web-1")
                .image("ami-1", 200, |_| {})
                .image("ami-2", 5, |_| {})
                .scaling_group("shop", "$Default")
                .template(1, true, "ami-1")
                .template(2, false, "ami-2")
        }),
        fail("past its deprecation", |w| {
            let deprecated = Some(w.hours_ago(24));
            w.host("web-1")
                .with(|host| host.image = Some("ami-1".into()))
                .image("ami-1", 20, |image| image.deprecated = deprecated)
        }),
        fail("trap aws-20: a young copy of an old image", |w| {
            w.host("web-1").with(|host| host.image = Some("ami-2".into())).image("ami-1", 200, |_| {}).image(
                "ami-2",
                5,
                |image| image.source = Some("ami-1".into()),
            )
        }),
        fail("Azure image of last year", |w| azure(w, "MicrosoftWindowsServer/WindowsServer/2022/20348.2227.250109")),
        unknown("trap aws-20: a young copy of an unknown image", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-2".into()))
                .image("ami-2", 5, |image| image.source = Some("ami-1".into()))
        }),
        pass("a launch configuration's young image", |w| {
            w.host("web-1").configured_group("shop", "shop-2026").launch_configuration("shop-2026", "ami-1").image(
                "ami-1",
                20,
                |_| {},
            )
        }),
        fail("a launch configuration's old image", |w| {
            w.host("web-1").configured_group("shop", "shop-2021").launch_configuration("shop-2021", "ami-1").image(
                "ami-1",
                200,
                |_| {},
            )
        }),
        fail("an override's old image", |w| {
            w.host("web-1")
                .scaling_group_with("shop", "1", |group| group.override_images = vec!["ami-2".into()])
                .template(1, true, "ami-1")
                .image("ami-1", 20, |_| {})
                .image("ami-2", 200, |_| {})
        }),
        unknown("launch configurations denied", |w| {
            w.host("web-1")
                .configured_group("shop", "shop-2026")
                .launch_configuration("shop-2026", "ami-1")
                .image("ami-1", 20, |_| {})
                .denied(op::LAUNCH_CONFIGURATIONS)
        }),
        unknown("images denied", |w| w.host("web-1").with(|host| host.image = Some("ami-1".into())).denied(op::IMAGES)),
        unknown("template versions never asked for", |w| w.host("web-1").scaling_group("shop", "$Latest")),
        unknown("Azure image ordered as latest, exact version not stated", |w| {
            azure(w, "canonical/ubuntu/server/latest")
        }),
        unknown("Azure image without a dated version", |w| azure(w, "/subscriptions/1/images/golden")),
        not_applicable("hybrid node", |w| w.node("till-7")),
    ],
};

fn azure(world: crate::example::World, image: &str) -> crate::example::World {
    world.vm("web-1").with(|host| host.image = Some(image.to_owned()))
}

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let from_images = |kind| matches!(kind, HostKind::Ec2Instance | HostKind::AzureVm);
    let hosts = cx.members(lineage).filter(|asset| asset.runs_a_host_os() && from_images(asset.kind)).count();
    if hosts == 0 && cx.group(lineage).is_none() {
        return Verdict::NotApplicable("no host made from an image");
    }
    let mut found = cx.launch_images(lineage, false);
    let mut proof: Option<Evidences> = None;
    for launch in &found.images {
        let verdict = match lineage.scope.cloud {
            Cloud::Azure => by_version(launch, cx),
            _ => by_image(lineage, launch, cx),
        };
        match verdict {
            Verdict::Pass(evidence) => {
                proof = Some(match proof {
                    Some(all) => all.and_all(evidence.iter()),
                    None => evidence,
                });
            }
            Verdict::Fail(_) => {
                return verdict.with_severity(if lineage.group.is_some() { Severity::High } else { Severity::Medium });
            }
            other => found.doubt.push(other),
        }
    }
    match (found.doubt.into_iter().next(), proof) {
        (Some(doubt), _) => doubt,
        (None, Some(proof)) => Verdict::Pass(proof),
        (None, None) => match found.resolved.into_iter().next() {
            Some(launch) => {
                let message =
                    format!("{} resolves {} when it launches, and no host shows to what", launch.by, launch.image);
                Verdict::unknown(Reason::NotStated, message, launch.evidence)
            }
            None => Verdict::NotApplicable("no host made from an image"),
        },
    }
}

fn old(launch: &Launch, image: &str, made: Timestamp, evidence: Evidences, cx: &Context<'_>) -> Verdict {
    let limit = cx.policy.image_max_age;
    if cx.age(made) <= limit {
        return Verdict::Pass(evidence);
    }
    Verdict::fail(
        format!("{} {image}, made {}", launch.subject(), ago(cx.age(made))),
        format!("an image younger than {}", length(limit)),
        format!("made {}", day(made)),
        evidence,
    )
    .with_times(Some(crate::clock::after(made, limit)), None)
    .with_policy(&["images.max_age"])
}

fn by_image(lineage: &Lineage, launch: &Launch, cx: &Context<'_>) -> Verdict {
    let unknown = |message: String, evidence: Evidences| Verdict::unknown(Reason::NotStated, message, evidence);
    let (image, seen) = match cx.image(&lineage.scope, &launch.image) {
        Reading::Known(image, seen) => (image, seen),
        Reading::Absent(seen) => {
            let message = format!("{} of {} is on no list of images: its age is not known", launch.image, launch.by);
            return unknown(message, seen.into());
        }
        Reading::Unread(gap) => return gap.into(),
    };
    let evidence = launch.evidence.clone().and(seen);
    let title = name(image);
    if let Some(deprecated) = image.deprecated
        && deprecated <= cx.as_of
    {
        return Verdict::fail(
            format!("{} {title}, deprecated since {}", launch.subject(), day(deprecated)),
            "an image that is not deprecated",
            format!("deprecated {}", day(deprecated)),
            evidence,
        )
        .with_times(Some(deprecated), None);
    }
    let Some(made) = image.created else {
        return unknown(format!("the answer has no creation date of {title}"), evidence);
    };
    let own = old(launch, &title, made, evidence.clone(), cx);
    let (Verdict::Pass(_), Some(source)) = (&own, &image.source) else { return own };
    // A copy is dated by the copying: the content is as old as its source.
    match cx.image(&lineage.scope, source) {
        Reading::Known(Image { created: Some(made), source: None, .. }, seen) => {
            old(launch, &format!("{title}, a copy of {source}"), *made, evidence.and(seen), cx)
        }
        _ => unknown(format!("{title} is a copy of {source}, whose age is not known"), evidence),
    }
}

fn name(image: &Image) -> String {
    if image.name.is_empty() { image.id.clone() } else { format!("{} ({})", image.id, image.name) }
}

/// Azure images carry a date in their version, or none at all.
fn by_version(launch: &Launch, cx: &Context<'_>) -> Verdict {
    let version = launch.version.as_deref().or_else(|| launch.image.rsplit('/').next()).unwrap_or_default();
    // `latest` is a promise for the next launch; of a machine already made it only says how it was ordered.
    if launch.next && version.eq_ignore_ascii_case("latest") && launch.image.split('/').count() == 4 {
        return Verdict::Pass(launch.evidence.clone());
    }
    match crate::lifecycle::dated(version) {
        Some(made) => old(launch, &launch.image, made, launch.evidence.clone(), cx),
        None => {
            let message = format!("{} of {} has no date in its version", launch.image, launch.by);
            Verdict::unknown(Reason::NotStated, message, launch.evidence.clone())
        }
    }
}
