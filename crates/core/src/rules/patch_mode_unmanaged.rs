//! Only `AutomaticByPlatform` lets Azure install anything on a virtual machine, by itself or on a schedule.

use crate::asset::Asset;
use crate::context::{Context, is_by_platform};
use crate::control::{PC_07, PC_11};
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-mode-unmanaged",
    title: "virtual machine that Azure does not patch",
    severity: Severity::High,
    since: "0.1",
    why: "With any other patch mode the platform installs nothing: schedules end in an error, and what the system does \
          by itself is neither ordered nor reported.",
    fix: "Set patchMode to AutomaticByPlatform, with bypassPlatformSafetyChecksOnUserSchedule where a schedule is to \
          install.",
    references: &["https://learn.microsoft.com/azure/virtual-machines/automatic-vm-guest-patching"],
    controls: &[&PC_07, &PC_11],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("by platform", |w| w.vm("web-1")),
        fail("manual", |w| mode(w, Some("Manual"))),
        fail("image default", |w| mode(w, Some("ImageDefault"))),
        fail("trap azure-10: absent means the default", |w| mode(w, None)),
        fail("trap azure-11: a schedule does not help", |w| mode(w, Some("Manual")).window("weekly").aimed_here()),
        unknown("no osProfile", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    (settings.has_os_profile, settings.patch_mode) = (false, None);
                }
            })
        }),
        unknown("settings not in the answer", |w| w.vm("web-1").with(|host| host.patch_settings = None)),
        not_applicable("trap azure-16: its scale set upgrades the image", |w| {
            mode(w, Some("Manual")).scaling_group_with("vmss", "", |group| {
                group.templates.clear();
                (group.region, group.automatic_os_upgrade) = (Some("westeurope".into()), Some(true));
            })
        }),
        not_applicable("Arc has no patch mode", |w| w.arc("till-7")),
        not_applicable("AWS", |w| w.host("web-1")),
    ],
};

fn mode(world: World, mode: Option<&str>) -> World {
    world.vm("web-1").with(|host| {
        if let Some(settings) = &mut host.patch_settings {
            settings.patch_mode = mode.map(str::to_owned);
        }
    })
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind != HostKind::AzureVm {
        return Verdict::NotApplicable("not an Azure virtual machine");
    }
    let replaced = asset.group.as_ref().and_then(|key| cx.estate.facts.groups.get(&(asset.scope.clone(), key.clone())));
    if replaced.is_some_and(|group| group.fact.automatic_os_upgrade == Some(true)) {
        // Trap azure-16: that path asks for the opposite setting.
        return Verdict::NotApplicable("its scale set replaces the image instead");
    }
    let unread = |what: &str| {
        let message = format!("{what}, so the patch mode of {} is not known", asset.name);
        Verdict::unknown(Reason::NotStated, message, asset.evidence.clone())
    };
    let Some(settings) = &asset.patch_settings else { return unread("the answer has no patch settings") };
    if is_by_platform(settings.patch_mode.as_deref()) {
        return Verdict::pass(asset.evidence.clone());
    }
    if !settings.has_os_profile {
        return unread("the machine has no osProfile");
    }
    let mode = settings.patch_mode.as_deref().unwrap_or("absent (the platform's default)");
    let by_itself = mode.eq_ignore_ascii_case("AutomaticByOS");
    Verdict::fail(
        format!("patch mode of {} is {mode}: Azure installs nothing on it", asset.name),
        "AutomaticByPlatform",
        mode,
        asset.evidence.clone(),
    )
    // Windows Update still installs on its own, unordered.
    .with_severity(if by_itself { Severity::Medium } else { Severity::High })
}
