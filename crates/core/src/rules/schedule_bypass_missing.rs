//! Patch mode, bypass and schedule only work in two combinations. In the other ones nothing runs, whatever the portal
//! shows.

use crate::asset::Asset;
use crate::context::{Context, is_by_platform};
use crate::control::{PC_07, PC_11};
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::HostKind;
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "schedule-bypass-missing",
    title: "patch mode and schedule that cancel each other out",
    severity: Severity::High,
    since: "0.1",
    why: "With AutomaticByPlatform, a schedule runs only when the platform's safety checks are bypassed; bypassed \
          without a schedule, nothing runs at all. Neither combination reports a missing patch run.",
    fix: "Set bypassPlatformSafetyChecksOnUserSchedule exactly where a maintenance configuration means the machine.",
    references: &["https://learn.microsoft.com/azure/update-manager/prerequsite-for-schedule-patching"],
    controls: &[&PC_07, &PC_11],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("trap azure-11: bypass and a schedule: the schedule runs", |w| {
            w.vm("web-1").window("weekly").aimed_here()
        }),
        pass("trap azure-11: neither: autopatched", |w| bypass(w, Some(false))),
        fail("trap azure-11: a schedule without bypass is an error", |w| bypass(w, None).window("weekly").aimed_here()),
        fail("trap azure-11: bypass without a schedule runs nothing", |w| bypass(w, Some(true))),
        fail("trap azure-13: the schedule has expired", |w| {
            let ended = Some(w.hours_ago(24));
            bypass(w, Some(true)).window_with("weekly", |window| window.ends = ended).aimed_here()
        }),
        unknown("assignments denied", |w| w.vm("web-1").window("weekly").denied(op::AZURE_MAINTENANCE)),
        unknown("settings not in the answer", |w| w.vm("web-1").with(|host| host.patch_settings = None)),
        not_applicable("another patch mode", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.patch_mode = Some("Manual".into());
                }
            })
        }),
        not_applicable("Arc", |w| w.arc("till-7")),
    ],
};

fn bypass(world: World, bypass: Option<bool>) -> World {
    world.vm("web-1").with(|host| {
        if let Some(settings) = &mut host.patch_settings {
            settings.bypass = bypass;
        }
    })
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind != HostKind::AzureVm {
        return Verdict::NotApplicable("not an Azure virtual machine");
    }
    let unread = || {
        let message = format!("the answer has no patch mode of {}", asset.name);
        Verdict::unknown(Reason::NotStated, message, asset.evidence.clone())
    };
    let Some(settings) = &asset.patch_settings else { return unread() };
    if !is_by_platform(settings.patch_mode.as_deref()) {
        return if settings.has_os_profile { Verdict::NotApplicable("not AutomaticByPlatform") } else { unread() };
    }
    let bypass = settings.bypass == Some(true);
    let found = cx.installers(asset);
    if let Some(schedule) = found.sure.first() {
        let evidence = Evidences::of(asset.evidence.clone()).and_all(schedule.evidences().iter());
        if bypass {
            return Verdict::Pass(evidence);
        }
        return Verdict::fail(
            format!("{} is meant by {}, which fails without the bypass: nothing is patched", asset.name, schedule.name),
            "bypassPlatformSafetyChecksOnUserSchedule true",
            settings.bypass.map_or("absent", |_| "false"),
            evidence,
        );
    }
    if let Some(doubt) = found.doubt(asset) {
        return doubt;
    }
    let proof = found.proof(asset);
    if !bypass {
        return Verdict::Pass(proof);
    }
    Verdict::fail(
        format!(
            "{} bypasses the platform in favour of a schedule, and no live schedule means it: nothing runs",
            asset.name
        ),
        "a maintenance configuration, or no bypass",
        "bypass true, no schedule",
        proof,
    )
}
