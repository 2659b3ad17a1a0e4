//! A host whose environment or data class nobody stated. Deadlines then assume the worst, and nobody can scope it.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_02, PC_05};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "asset-unclassified",
    title: "host without environment or data class",
    severity: Severity::Medium,
    since: "0.1",
    why: "Risk ranking needs to know what a host is for and what data it holds. What is not stated counts as production \
          here, so that silence never relaxes a deadline.",
    fix: "Tag the host with its environment and data class, or state them in the inventory.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_02, &PC_05],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("both tags", |w| w.host("web-1").tag("environment", "production").tag("data-class", "pii")),
        pass("both tags in Azure", |w| w.vm("web-1").tag("env", "prod").tag("DataClass", "public")),
        fail("environment only", |w| w.host("web-1").tag("environment", "production")),
        fail("neither", |w| w.vm("web-1")),
        unknown("hybrid node: no list carries its tags", |w| w.node("till-7")),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn check(asset: &Asset, _: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a cloud or agent reports");
    }
    let missing = match (&asset.environment, &asset.data_class) {
        (Some(_), Some(_)) => return Verdict::pass(asset.evidence.clone()),
        (None, Some(_)) => "environment",
        (Some(_), None) => "data class",
        (None, None) => "environment and data class",
    };
    if asset.kind == HostKind::HybridNode && asset.tags.is_empty() {
        let message =
            format!("{}: agents' lists carry no tags, and no outside inventory states its {missing}", asset.name);
        return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
    }
    Verdict::fail(
        format!("{} has no {missing}", asset.name),
        "environment and data class by tag or inventory",
        format!("no {missing}"),
        asset.evidence.clone(),
    )
    .with_policy(&["tags.environment", "tags.data_class"])
}
