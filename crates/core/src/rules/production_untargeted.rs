//! A schedule that only scans patches nobody. What counts is a live schedule that installs and means the host.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_02, PC_07};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{HostKind, PatchAction, Target};
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "production-untargeted",
    title: "production host that no installing schedule means",
    severity: Severity::High,
    since: "0.1",
    why: "A production host outside every installing schedule is patched when somebody remembers it. Schedules that only \
          scan, are disabled or have ended do not change that.",
    fix: "Give the host the tag that an installing window, association or maintenance configuration targets, or widen \
          the target.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-policies.html",
        "https://learn.microsoft.com/azure/update-manager/dynamic-scope-overview",
    ],
    controls: &[&PC_02, &PC_07],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("meant by a window that installs", |w| {
            w.host("web-1")
                .tag("env", "prod")
                .window("weekly")
                .aimed_at_tag("env", "prod")
                .patching(PatchAction::Install)
        }),
        pass("Azure maintenance configuration", |w| w.vm("web-1").window("weekly").aimed_here()),
        pass("trap azure-11: by platform, no bypass, no schedule: autopatched", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.bypass = Some(false);
                }
            })
        }),
        fail("no schedule at all", |w| w.host("web-1")),
        fail("trap aws-16: the window only scans", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Scan)
        }),
        fail("trap aws-16: the window's end has passed", |w| {
            let ended = Some(w.hours_ago(24));
            w.host("web-1")
                .window_with("weekly", |window| window.ends = ended)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        fail("tag value of another case", |w| {
            w.host("web-1")
                .tag("Env", "Prod")
                .window("weekly")
                .aimed_at_tag("Env", "prod")
                .patching(PatchAction::Install)
        }),
        fail("association that ran once and never again", |w| {
            w.host("web-1").association_with("once", |association| {
                association.action = Some(PatchAction::Install);
                association.schedule.clear();
            })
        }),
        fail("trap azure-11: by platform with bypass and no schedule: nothing runs", |w| w.vm("web-1")),
        unknown("windows denied", |w| w.host("web-1").denied(op::WINDOWS)),
        unknown("window's targets denied", |w| {
            w.host("web-1").window("weekly").patching(PatchAction::Install).denied(op::WINDOW_TARGETS)
        }),
        unknown("association without its parameters", |w| w.host("web-1").association_with("patch", |_| {})),
        unknown("resource group as target", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::Opaque("rg".into())).patching(PatchAction::Install)
        }),
        unknown("hybrid node without its tags", |w| {
            w.node("till-7").window("weekly").aimed_at_tag("env", "prod").patching(PatchAction::Install)
        }),
        unknown("Azure assignments denied", |w| w.vm("web-1").window("weekly").denied(op::AZURE_MAINTENANCE)),
        not_applicable("a test host", |w| w.host("web-1").tag("env", "test")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no host that a cloud's schedule can reach");
    }
    if !asset.is_production(cx.policy) {
        return Verdict::NotApplicable("not production");
    }
    let found = cx.installers(asset);
    if let Some(schedule) = found.sure.first() {
        return Verdict::Pass(Evidences::of(asset.evidence.clone()).and_all(schedule.evidences().iter()));
    }
    if let Some(doubt) = found.doubt(asset) {
        return doubt;
    }
    let proof = found.proof(asset);
    if cx.is_platform_patched(asset) {
        return Verdict::Pass(proof);
    }
    let environment = asset.environment.as_deref().unwrap_or("undeclared, which counts as production");
    let idle: Vec<&str> = found.idle.iter().map(|schedule| schedule.name.as_str()).collect();
    let nearly = match idle.as_slice() {
        [] => String::new(),
        names => format!("; {} mean it and install nothing: {}", count(names.len(), "schedule"), names.join(", ")),
    };
    let (origin, event) = cx.origin_of_targeting(asset);
    Verdict::fail(
        format!("no live schedule installs patches on {} (environment {environment}){nearly}{origin}", asset.name),
        "a live schedule that installs",
        format!("none, {} without effect", count(idle.len(), "schedule")),
        proof.and_all(&event),
    )
    .with_policy(&["environments.production"])
}
