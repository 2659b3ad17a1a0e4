//! A pinned template version keeps launching yesterday's image, however many new ones are built.

use crate::asset::Lineage;
use crate::context::Context;
use crate::control::{PC_07, PC_11};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "launch-template-version-pinned",
    title: "Auto Scaling group pinned to a template version",
    severity: Severity::Medium,
    since: "0.1",
    why: "A group on a fixed or stale default version launches the old image on every scale-out, which undoes patches \
          made in place, while newer versions with newer images lie unused.",
    fix: "Use $Latest, or resolve the image from a parameter, and roll it out with an instance refresh.",
    references: &[
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html",
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html",
    ],
    controls: &[&PC_07, &PC_11],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("latest", |w| w.host("web-1").scaling_group("shop", "$Latest").template(1, true, "ami-1")),
        pass("default, and the default is the latest", |w| {
            w.host("web-1").scaling_group("shop", "$Default").template(1, false, "ami-1").template(2, true, "ami-2")
        }),
        pass("fixed, and the image is resolved at launch", |w| {
            w.host("web-1").scaling_group("shop", "1").template(1, true, "resolve:ssm:/golden/linux")
        }),
        fail("trap aws-20: fixed number", |w| {
            w.host("web-1").scaling_group("shop", "1").template(1, true, "ami-1").template(2, false, "ami-2")
        }),
        fail("trap aws-20: the default is not the latest", |w| {
            w.host("web-1").scaling_group("shop", "$Default").template(1, true, "ami-1").template(2, false, "ami-2")
        }),
        fail("launch configuration", |w| w.host("web-1").configured_group("shop", "shop-2021")),
        unknown("versions never asked for", |w| w.host("web-1").scaling_group("shop", "$Default")),
        unknown("versions denied", |w| {
            w.host("web-1").scaling_group("shop", "3").template(3, true, "ami-1").denied(op::TEMPLATES)
        }),
        unknown("groups denied", |w| w.host("web-1").scaling_group("shop", "1").denied(op::GROUPS)),
        not_applicable("a host on its own", |w| w.host("web-1")),
        not_applicable("Azure", |w| w.vm("web-1")),
    ],
};

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    if lineage.kind != "auto-scaling-group" {
        return Verdict::NotApplicable("not an Auto Scaling group");
    }
    let Some(placed) = cx.group(lineage) else {
        return match cx.answered(op::GROUPS, &lineage.scope) {
            Err(gap) => gap.into(),
            Ok(seen) => {
                let message = format!("group {} is not on the list of groups", lineage.name);
                Verdict::unknown(Reason::NotStated, message, seen)
            }
        };
    };
    let group = &placed.fact;
    let evidence = Evidences::of(placed.evidence.clone());
    let expected = "$Latest, or an image resolved at launch";
    if let Some(configuration) = &group.launch_configuration {
        return Verdict::fail(
            format!("{} launches from launch configuration {configuration}, which cannot change", lineage.name),
            expected,
            format!("launch configuration {configuration}"),
            evidence,
        );
    }
    if group.templates.is_empty() {
        let message = format!("no answer says what {} launches", lineage.name);
        return Verdict::unknown(Reason::NotStated, message, evidence);
    }
    let mut doubt = None;
    let mut proof = evidence.clone();
    for (template, version) in group.templates.iter().filter(|(_, version)| version != "$Latest") {
        let (used, seen) = match cx.template_version(lineage, template, version) {
            Reading::Known(used, seen) => (used, seen),
            Reading::Absent(seen) => {
                let message = format!("template {template} has no version {version}");
                doubt = doubt.or(Some(Verdict::unknown(Reason::NotStated, message, seen)));
                continue;
            }
            Reading::Unread(gap) => {
                doubt = doubt.or(Some(gap.into()));
                continue;
            }
        };
        proof = proof.and(seen);
        if used.image.as_deref().is_some_and(|image| image.starts_with("resolve:")) {
            continue;
        }
        let all = cx.template_versions(&lineage.scope, template).known().map(|(all, _)| all).unwrap_or_default();
        let latest = all.iter().map(|placed| placed.fact.version).max().unwrap_or(used.version);
        let is_default = version == "$Default" || version.is_empty();
        if !is_default || used.version < latest {
            let behind = all.iter().filter(|placed| placed.fact.version > used.version).count();
            let pinned = if is_default { format!("$Default, which is {}", used.version) } else { version.clone() };
            return Verdict::fail(
                format!(
                    "{} is pinned to version {pinned} of template {}; the latest is {latest}, {behind} ahead",
                    lineage.name, used.name
                ),
                expected,
                format!("version {} of {latest}", used.version),
                proof,
            );
        }
        match cx.versions_listed(lineage, template) {
            Ok(list) => proof = proof.and(list),
            Err(gap) => doubt = doubt.or(Some(gap.into())),
        }
    }
    doubt.unwrap_or(Verdict::Pass(proof))
}
