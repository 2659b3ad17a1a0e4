//! A deregistered image still runs where it was launched, and launches nowhere else: the next scale-out fails.

use crate::asset::Lineage;
use crate::context::Context;
use crate::control::{PC_11, PC_19};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::HostKind;
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "image-deregistered",
    title: "machine image that no longer exists",
    severity: Severity::Medium,
    since: "0.1",
    why: "Hosts made from an image that is gone cannot be replaced from it: replacement after a failed patch does not \
          work, and nobody can tell what the image contained.",
    fix: "Point the template at a current image and replace the hosts.",
    references: &["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html"],
    controls: &[&PC_11, &PC_19],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("available", |w| {
            w.host("web-1").with(|host| host.image = Some("ami-1".into())).image("ami-1", 20, |_| {})
        }),
        pass("group's template and member", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-1".into()))
                .image("ami-1", 20, |_| {})
                .scaling_group("shop", "1")
                .template(1, true, "ami-1")
        }),
        fail("trap aws-20: absent from the complete list", |w| {
            w.host("web-1").with(|host| host.image = Some("ami-1".into()))
        }),
        fail("disabled", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-1".into()))
                .image("ami-1", 20, |image| image.state = "disabled".into())
        }),
        fail("the template launches it, members are on another", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-2".into()))
                .image("ami-2", 20, |_| {})
                .scaling_group("shop", "1")
                .template(1, true, "ami-1")
        }),
        fail("the launch configuration launches it", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-2".into()))
                .image("ami-2", 20, |_| {})
                .configured_group("shop", "shop-2021")
                .launch_configuration("shop-2021", "ami-1")
        }),
        unknown("launch configurations never asked for", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-1".into()))
                .image("ami-1", 20, |_| {})
                .configured_group("shop", "shop-2021")
        }),
        unknown("images denied", |w| w.host("web-1").with(|host| host.image = Some("ami-1".into())).denied(op::IMAGES)),
        unknown("template versions never asked for", |w| {
            w.host("web-1")
                .with(|host| host.image = Some("ami-1".into()))
                .image("ami-1", 20, |_| {})
                .scaling_group("shop", "1")
        }),
        not_applicable("Azure", |w| w.vm("web-1")),
        not_applicable("hybrid node", |w| w.node("till-7")),
    ],
};

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let ec2 = |asset: &&crate::asset::Asset| asset.runs_a_host_os() && asset.kind == HostKind::Ec2Instance;
    let hosts = cx.members(lineage).filter(ec2).count();
    if lineage.scope.cloud != Cloud::Aws || (hosts == 0 && cx.group(lineage).is_none()) {
        return Verdict::NotApplicable("nothing launched from an AMI");
    }
    let found = cx.launch_images(lineage, true);
    let mut proof: Option<Evidences> = None;
    let mut doubt = found.doubt.into_iter().next();
    for launch in &found.images {
        let gone = |state: &str, evidence: Evidences, severity| {
            Verdict::fail(
                format!("{} {}, which is {state}", launch.subject(), launch.image),
                "an image that is available",
                state,
                evidence,
            )
            .with_severity(severity)
        };
        // A template that launches nothing stops a group from growing; a host on its own goes on running.
        let severity = if launch.next { Severity::High } else { Severity::Medium };
        match cx.image(&lineage.scope, &launch.image) {
            Reading::Absent(seen) => {
                return gone("on no list of images", launch.evidence.clone().and(seen), severity);
            }
            Reading::Known(image, seen) => {
                let evidence = launch.evidence.clone().and(seen);
                match image.state.as_str() {
                    "available" => {
                        proof = Some(match proof {
                            Some(all) => all.and_all(evidence.iter()),
                            None => evidence,
                        });
                    }
                    "deregistered" | "disabled" | "invalid" | "failed" | "error" => {
                        return gone(&image.state, evidence, severity);
                    }
                    other => {
                        let message = format!("the state of {} is {other:?}", launch.image);
                        doubt = doubt.or(Some(Verdict::unknown(Reason::NotStated, message, evidence)));
                    }
                }
            }
            Reading::Unread(gap) => doubt = doubt.or(Some(gap.into())),
        }
    }
    match (doubt, proof) {
        (Some(doubt), _) => doubt,
        (None, Some(proof)) => Verdict::Pass(proof),
        (None, None) => match found.resolved.into_iter().next() {
            Some(launch) => {
                let message =
                    format!("{} resolves {} when it launches, and no host shows to what", launch.by, launch.image);
                Verdict::unknown(Reason::NotStated, message, launch.evidence)
            }
            None => Verdict::NotApplicable("nothing launched from an AMI"),
        },
    }
}
