//! What a provider has retired goes on looking configured.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_12};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{HostKind, PatchAction};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Schedule, ScheduleKind};
use crate::severity::Severity;

/// SSM documents that AWS lists as legacy, no longer updated or supported (user guide, "SSM Command documents for
/// patching managed nodes").
const LEGACY: [&str; 4] = [
    "AWS-ApplyPatchBaseline",
    "AWS-FindWindowsUpdates",
    "AWS-InstallMissingWindowsUpdates",
    "AWS-InstallSpecificWindowsUpdates",
];

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-service-retired",
    title: "patching through a retired service",
    severity: Severity::Medium,
    since: "0.1",
    why: "Azure Automation Update Management was retired on 2024-08-31 together with its agent, and the legacy SSM \
          documents are not maintained: what depends on them patches nothing, or may stop without notice.",
    fix: "Remove the Log Analytics agent and use Azure Update Manager; use AWS-RunPatchBaseline.",
    references: &[
        "https://learn.microsoft.com/azure/automation/update-management/overview",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-ssm-documents.html",
    ],
    controls: &[&PC_07, &PC_12],
    checks: &[Check::EachAsset(extension), Check::EachSchedule(document)],
    examples: &[
        pass("Azure machine without the old agent", |w| w.vm("web-1")),
        pass("current document", |w| w.association("patch", PatchAction::Install)),
        fail("Log Analytics agent", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.legacy_extensions = Some(vec!["OmsAgentForLinux".into()]);
                }
            })
        }),
        fail("legacy document", |w| {
            w.association_with("patch", |association| association.document = "AWS-ApplyPatchBaseline".into())
        }),
        unknown("a projected row without a column for extensions", |w| {
            w.vm("web-1").with(|host| {
                if let Some(settings) = &mut host.patch_settings {
                    settings.legacy_extensions = None;
                }
            })
        }),
        unknown("no settings in the answer", |w| w.vm("web-1").with(|host| host.patch_settings = None)),
        unknown("window's tasks denied", |w| w.window("weekly").denied(op::WINDOW_TASKS)),
        not_applicable("EC2 instance", |w| w.host("web-1")),
    ],
};

fn extension(asset: &Asset, _: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || !matches!(asset.kind, HostKind::AzureVm | HostKind::ArcMachine) {
        return Verdict::NotApplicable("not an Azure machine");
    }
    let Some(found) = asset.patch_settings.as_ref().and_then(|settings| settings.legacy_extensions.as_ref()) else {
        let message = format!("the answer has no extensions of {}", asset.name);
        return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
    };
    if found.is_empty() {
        return Verdict::pass(asset.evidence.clone());
    }
    let names = found.join(", ");
    Verdict::fail(
        format!("{} still carries {names}, the agent of Update Management, retired 2024-08-31", asset.name),
        "no retired patch agent",
        names,
        asset.evidence.clone(),
    )
}

fn document(schedule: &Schedule, _: &Context<'_>) -> Verdict {
    if schedule.kind == ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("Azure Update Manager is the current service");
    }
    let tasks = schedule.tasks.iter().map(|(task, _)| task.document.as_str());
    let mut documents = tasks.chain(schedule.association.as_ref().map(|association| association.document.as_str()));
    let legacy = documents.find(|name| LEGACY.contains(&name.rsplit('/').next().unwrap_or(name)));
    match (legacy, schedule.gap_of(op::WINDOW_TASKS)) {
        (Some(name), _) => Verdict::fail(
            format!("{} runs {name}, which AWS neither updates nor supports any more", schedule.name),
            "AWS-RunPatchBaseline",
            name,
            schedule.evidences(),
        ),
        (None, Some(gap)) => gap.clone().into(),
        (None, None) => Verdict::Pass(schedule.evidences()),
    }
}
