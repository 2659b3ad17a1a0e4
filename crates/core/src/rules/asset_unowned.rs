//! A host nobody owns. Hybrid nodes carry no tags in agents' lists; an outside inventory may name their owner.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_01, PC_02};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "asset-unowned",
    title: "host without an owner",
    severity: Severity::Medium,
    since: "0.1",
    why: "A finding on a host that nobody owns is a finding that nobody closes, and an exception that nobody can ask for.",
    fix: "Tag the host with its owning team, give its service an owner in the policy, or name the owner in the inventory.",
    references: &["https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html"],
    controls: &[&PC_01, &PC_02],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("owner tag", |w| w.host("web-1").tag("owner", "storefront-platform")),
        pass("Azure owner tag", |w| w.vm("web-1").tag("owner", "storefront-platform")),
        pass("owner of its service", |w| {
            w.policy(|policy| {
                let service =
                    crate::policy::Service { owner: Some("payments".into()), stateful: false, ..Default::default() };
                policy.services.insert("checkout".into(), service);
            })
            .host("web-1")
            .tag("service", "checkout")
        }),
        fail("no tag", |w| w.host("web-1")),
        fail("empty tag", |w| w.vm("web-1").tag("owner", " ")),
        unknown("hybrid node: no list carries its tags", |w| w.node("till-7")),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn check(asset: &Asset, _: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a cloud or agent reports");
    }
    if asset.owner.is_some() {
        return Verdict::pass(asset.evidence.clone());
    }
    if asset.kind == HostKind::HybridNode && asset.tags.is_empty() {
        let message = format!("{}: agents' lists carry no tags, and no outside inventory names an owner", asset.name);
        return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
    }
    Verdict::fail(
        format!("{} has no owner: neither a tag nor its service names one", asset.name),
        "an owner by tag, service or inventory",
        "none",
        asset.evidence.clone(),
    )
    .with_policy(&["tags.owner"])
}
