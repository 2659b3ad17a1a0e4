//! Reachable from outside, and declared otherwise. Deadlines for internet-facing hosts are shorter.

use crate::asset::{Asset, Facing};
use crate::context::Context;
use crate::control::{PC_02, PC_05};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "internet-facing-misdeclared",
    title: "host with a public address declared as internal",
    severity: Severity::Medium,
    since: "0.1",
    why: "Exposure decides the deadline. A tag that denies a public address would buy time that the policy does not give.",
    fix: "Correct the tag, or take the public address away.",
    references: &[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway-basics.html",
    ],
    controls: &[&PC_02, &PC_05],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("no public address", |w| w.host("web-1")),
        pass("declared and public", |w| {
            w.host("web-1").with(|host| host.public_address = Some(true)).tag("internet-facing", "true")
        }),
        pass("Azure machine that declares itself", |w| w.vm("web-1").tag("internet-facing", "false")),
        fail("public and declared internal", |w| {
            w.host("web-1").with(|host| host.public_address = Some(true)).tag("internet-facing", "false")
        }),
        fail("public and not declared", |w| w.host("web-1").with(|host| host.public_address = Some(true))),
        unknown("an Azure list without addresses, and no tag", |w| w.vm("web-1")),
        not_applicable("a machine in a data centre", |w| w.node("till-7")),
    ],
};

fn check(asset: &Asset, _: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() {
        return Verdict::NotApplicable("no operating system of the customer's");
    }
    if asset.kind.is_hybrid() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("its address belongs to a data centre and is not the cloud's to show");
    }
    let seen = asset.evidence.clone();
    match (asset.facing, asset.declared_facing) {
        (Facing::Unknown, _) => {
            let message =
                format!("neither an answer nor a tag says whether {} can be reached from outside", asset.name);
            Verdict::unknown(Reason::NotStated, message, seen)
        }
        (Facing::Address, Some(true)) | (Facing::Declared | Facing::Internal, _) => Verdict::pass(seen),
        (Facing::Address, declared) => Verdict::fail(
            format!(
                "{} has a public address and {}",
                asset.name,
                if declared.is_some() { "is declared internal" } else { "is not declared internet-facing" }
            ),
            "declared internet-facing",
            if declared.is_some() { "declared internal" } else { "not declared" },
            seen,
        )
        .with_policy(&["tags.internet_facing"]),
    }
}
