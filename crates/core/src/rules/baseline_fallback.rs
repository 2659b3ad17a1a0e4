//! A patch group that is not registered falls back to the default baseline, and nothing says so. Keys and values are
//! case-sensitive: `Prod` is not `prod`.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_11};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{HostKind, PatchGroup};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "baseline-fallback",
    title: "host judged by another baseline than its group's",
    severity: Severity::High,
    since: "0.1",
    why: "The baseline decides what counts as missing. A host whose patch group is not registered is silently judged by \
          the default baseline, and each scan with another baseline overwrites the last result.",
    fix: "Register the patch group with its baseline, or correct the tag; run scans and installs with one baseline.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-patch-groups.html"],
    controls: &[&PC_07, &PC_11],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("registered, and scanned with its baseline", |w| {
            w.host("web-1").tag("Patch Group", "prod").patch_group("prod", "pb-0123456789abcdef0").scanned(2)
        }),
        pass("baseline printed as an ARN", |w| {
            w.host("web-1")
                .tag("PatchGroup", "prod")
                .patch_group("prod", "arn:aws:ssm:eu-west-1:111122223333:patchbaseline/pb-0123456789abcdef0")
                .scanned(2)
        }),
        fail("trap aws-11: unregistered group falls back silently", |w| {
            w.host("web-1").tag("Patch Group", "Prod").patch_group("prod", "pb-0123456789abcdef0").scanned(2)
        }),
        fail("trap aws-7: the last scan used another baseline", |w| {
            w.host("web-1").tag("Patch Group", "prod").patch_group("prod", "pb-0fedcba9876543210").scanned(2)
        }),
        unknown("patch groups denied", |w| w.host("web-1").tag("Patch Group", "prod").denied(op::PATCH_GROUPS)),
        unknown("patch states denied", |w| {
            w.host("web-1").tag("Patch Group", "prod").patch_group("prod", "pb-1").denied(op::PATCH_STATES)
        }),
        unknown("tags of a hybrid node", |w| w.node("till-7")),
        not_applicable("no patch group", |w| w.host("web-1").scanned(2)),
        not_applicable("Azure", |w| w.vm("web-1").tag("Patch Group", "prod")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || !matches!(asset.kind, HostKind::Ec2Instance | HostKind::HybridNode) {
        return Verdict::NotApplicable("no host with an SSM baseline");
    }
    let Some(group) = asset.patch_group() else {
        if asset.kind == HostKind::HybridNode && asset.tags.is_empty() {
            let message = format!("no answer has the tags of {}", asset.name);
            return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
        }
        return Verdict::NotApplicable("in no patch group: the default baseline is meant");
    };
    match cx.patch_group(&asset.scope, group) {
        Reading::Known(registered, evidence) => scanned_with(asset, group, &registered, evidence, cx),
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(seen) => {
            let mut names = cx.estate.facts.patch_groups.iter().filter(|((scope, ..), _)| *scope == asset.scope);
            let other = names.find(|((_, name, _), _)| name.eq_ignore_ascii_case(group)).map(|((_, name, _), _)| name);
            let hint = other.map_or(String::new(), |other| format!("; {other:?} is, and case counts"));
            Verdict::fail(
                format!(
                    "{} is in patch group {group:?}, which no baseline is registered for{hint}: the default applies",
                    asset.name
                ),
                "a registered patch group",
                format!("{group:?} not registered in {}", asset.scope),
                Evidence::clone(&seen),
            )
        }
    }
}

fn scanned_with(
    asset: &Asset,
    group: &str,
    registered: &[&PatchGroup],
    evidence: Evidence,
    cx: &Context<'_>,
) -> Verdict {
    let short = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
    match cx.patch_state(asset) {
        // Never scanned: nothing was judged by another baseline yet.
        Reading::Absent(seen) => Verdict::pass(crate::exchange::Evidences::of(evidence).and(seen)),
        Reading::Unread(gap) => gap.into(),
        Reading::Known(state, seen) => {
            let both = crate::exchange::Evidences::of(evidence).and(seen);
            let Some(used) = &state.baseline else {
                let message = format!("the last scan of {} names no baseline", asset.name);
                return Verdict::unknown(Reason::NotStated, message, both);
            };
            if registered.iter().any(|one| short(&one.baseline) == short(used)) {
                return Verdict::pass(both);
            }
            let wanted = registered.first().map_or(String::new(), |one| short(&one.baseline));
            Verdict::fail(
                format!("{} was last scanned with {}, its group {group:?} has {wanted}", asset.name, short(used)),
                wanted,
                short(used),
                both,
            )
            .with_severity(Severity::Medium)
        }
    }
}
