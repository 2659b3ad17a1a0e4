//! Without periodic assessment a machine is looked at only when somebody asks, and Resource Graph forgets after 7 days.

use crate::asset::Asset;
use crate::context::{Context, is_by_platform};
use crate::control::PC_04;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "assessment-mode-off",
    title: "machine without periodic assessment",
    severity: Severity::Medium,
    since: "0.1",
    why: "Only assessmentMode AutomaticByPlatform looks for missing updates every day. Without it the last result ages, \
          and disappears from Resource Graph after seven days.",
    fix: "Set assessmentMode to AutomaticByPlatform, or assign the built-in policy that does so.",
    references: &["https://learn.microsoft.com/azure/update-manager/assessment-options"],
    controls: &[&PC_04],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("virtual machine", |w| w.vm("web-1")),
        pass("Arc machine", |w| w.arc("till-7")),
        fail("trap azure-10: patch mode set, assessment not", |w| mode(w.vm("web-1"), Some("ImageDefault"))),
        fail("absent means the default", |w| mode(w.vm("web-1"), None)),
        fail("Arc machine on the image's default", |w| mode(w.arc("till-7"), Some("ImageDefault"))),
        unknown("no osProfile", |w| {
            mode(w.vm("web-1"), None).with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.has_os_profile = false;
                }
            })
        }),
        unknown("Arc settings not in the answer", |w| w.arc("till-7").with(|host| host.patch_settings = None)),
        not_applicable("AWS", |w| w.host("web-1")),
    ],
};

fn mode(world: World, mode: Option<&str>) -> World {
    world.with(|host| {
        if let Some(settings) = &mut host.patch_settings {
            settings.assessment_mode = mode.map(str::to_owned);
        }
    })
}

fn check(asset: &Asset, _: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || !matches!(asset.kind, HostKind::AzureVm | HostKind::ArcMachine) {
        return Verdict::NotApplicable("not an Azure machine");
    }
    let unread = |what: &str| {
        let message = format!("{what}, so the assessment mode of {} is not known", asset.name);
        Verdict::unknown(Reason::NotStated, message, asset.evidence.clone())
    };
    let Some(settings) = &asset.patch_settings else { return unread("the answer has no patch settings") };
    if is_by_platform(settings.assessment_mode.as_deref()) {
        return Verdict::pass(asset.evidence.clone());
    }
    if !settings.has_os_profile {
        return unread("the machine has no osProfile");
    }
    let mode = settings.assessment_mode.as_deref().unwrap_or("absent (the platform's default)");
    Verdict::fail(
        format!("assessment mode of {} is {mode}: nothing looks for missing updates daily", asset.name),
        "AutomaticByPlatform",
        mode,
        asset.evidence.clone(),
    )
}
