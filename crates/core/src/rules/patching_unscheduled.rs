//! No schedule of any kind: nobody even looks at this host regularly.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_07};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{HostKind, PatchAction, Target};
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patching-unscheduled",
    title: "host that no patch schedule means",
    severity: Severity::High,
    since: "0.1",
    why: "Without a schedule that scans or installs, patches are found and applied by chance, and the control does not \
          operate on this host.",
    fix: "Aim a window, association or maintenance configuration at the host by tag; on Azure, AutomaticByPlatform \
          without bypass will do.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-policies.html",
        "https://learn.microsoft.com/azure/update-manager/scheduled-patching",
    ],
    controls: &[&PC_04, &PC_07],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("a window that scans", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Scan)
        }),
        pass("an association on everything", |w| w.host("web-1").association_with("patch", |_| {})),
        pass("Azure maintenance configuration", |w| w.vm("web-1").window("weekly").aimed_here()),
        pass("Azure patches by platform", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.bypass = None;
                }
            })
        }),
        fail("nothing", |w| w.host("web-1")),
        fail("trap aws-16: the only window is disabled", |w| {
            w.host("web-1")
                .window_with("weekly", |window| window.enabled = false)
                .aimed_at(Target::All)
                .patching(PatchAction::Install)
        }),
        fail("Azure, manual and no schedule", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.patch_mode = Some("Manual".into());
                }
            })
        }),
        fail("trap azure-13: dynamic scope of another location", |w| {
            let filter = crate::fact::DynamicScope {
                subscription: crate::example::azure().account.to_string(),
                locations: vec!["northeurope".into()],
                ..Default::default()
            };
            w.vm("web-1").window("weekly").aimed_at(Target::Dynamic(filter))
        }),
        unknown("associations denied", |w| w.host("web-1").denied(op::ASSOCIATIONS)),
        unknown("whether the window patches is unread", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::All).denied(op::WINDOW_TASKS)
        }),
        unknown("Azure assignments denied", |w| w.vm("web-1").window("weekly").denied(op::AZURE_MAINTENANCE)),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no host that a cloud's schedule can reach");
    }
    let found = cx.installers(asset);
    let runs = |schedule: &&&Schedule| {
        // A window whose tasks are unread may have nothing to do with patching.
        let unread = schedule.tasks.is_empty() && schedule.gap_of(op::WINDOW_TASKS).is_some();
        !unread && schedule.is_live(cx.as_of) && schedule.recurs() && schedule.means(asset) == Meant::Yes
    };
    if let Some(schedule) = found.sure.iter().chain(&found.idle).chain(&found.perhaps).find(runs) {
        return Verdict::Pass(Evidences::of(asset.evidence.clone()).and_all(schedule.evidences().iter()));
    }
    if let Some(doubt) = found.doubt(asset) {
        return doubt;
    }
    let proof = found.proof(asset);
    if cx.is_platform_patched(asset) {
        return Verdict::Pass(proof);
    }
    let dead =
        found.idle.first().map_or(String::new(), |schedule| format!("; {} does not run any more", schedule.name));
    Verdict::fail(
        format!("no schedule scans or patches {}{dead}", asset.name),
        "a live schedule that scans or installs",
        "none",
        proof,
    )
}
