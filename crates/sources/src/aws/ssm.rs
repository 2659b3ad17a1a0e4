//! Systems Manager: agents, patch states, baselines, windows, associations, commands.

mod associations;
mod describe_association;
mod describe_association_executions;
mod describe_instance_information;
mod describe_instance_patch_states;
mod describe_instance_patches;
mod describe_maintenance_window_executions;
mod describe_maintenance_window_targets;
mod describe_maintenance_window_tasks;
mod describe_maintenance_windows;
mod describe_patch_baselines;
mod describe_patch_groups;
mod get_default_patch_baseline;
mod get_patch_baseline;
mod get_patch_baseline_for_patch_group;
mod list_associations;
pub(super) mod patch_documents;
mod targets;

use crate::{Ask, Operation, Protocol, Request};
use patchseal_core::fact::PatchPresence;
use std::borrow::Cow;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[
    &describe_association::OPERATION,
    &describe_association_executions::OPERATION,
    &describe_instance_information::OPERATION,
    &describe_instance_patch_states::OPERATION,
    &describe_instance_patches::OPERATION,
    &describe_maintenance_window_executions::OPERATION,
    &describe_maintenance_window_targets::OPERATION,
    &describe_maintenance_window_tasks::OPERATION,
    &describe_maintenance_windows::OPERATION,
    &describe_patch_baselines::OPERATION,
    &describe_patch_groups::OPERATION,
    &get_default_patch_baseline::OPERATION,
    &get_patch_baseline::OPERATION,
    &get_patch_baseline_for_patch_group::OPERATION,
    &list_associations::OPERATION,
];

/// A JSON 1.1 request to SSM: these members, and `NextToken` where the question continues.
fn request(ask: &Ask, target: &'static str, mut members: serde_json::Map<String, serde_json::Value>) -> Request {
    if let Some(token) = &ask.token {
        members.insert("NextToken".into(), token.as_str().into());
    }
    Request {
        service: "ssm",
        protocol: Protocol::AwsJson { target },
        body: serde_json::Value::Object(members).to_string().into_bytes(),
    }
}

/// Patch states print in camel case in answers, although the enumeration's names are upper case elsewhere (trap 3).
pub(super) fn presence(state: &str) -> Option<PatchPresence> {
    Some(match state {
        "Missing" => PatchPresence::Missing,
        "Failed" => PatchPresence::Failed,
        "InstalledPendingReboot" => PatchPresence::PendingReboot,
        "InstalledRejected" => PatchPresence::InstalledRejected,
        "AvailableSecurityUpdate" | "AvailableSecurityUpdates" => PatchPresence::Available,
        "Installed" => PatchPresence::Installed,
        "InstalledOther" => PatchPresence::InstalledOther,
        "NotApplicable" => PatchPresence::NotApplicable,
        _ => return None,
    })
}

/// The digits of a KB id. On Linux the member holds `name.architecture`, which is no KB.
pub(super) fn kb_number(id: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match id {
        Cow::Borrowed(id) => {
            let digits = id.strip_prefix("KB").unwrap_or(id);
            is_number(digits).then_some(Cow::Borrowed(digits))
        }
        Cow::Owned(id) => {
            let digits = id.strip_prefix("KB").unwrap_or(&id);
            is_number(digits).then(|| Cow::Owned(digits.to_owned()))
        }
    }
}

/// `CVE-1,CVE-2`, as `CVEIds` prints them; present for missing and failed patches only.
pub(super) fn cve_list(ids: Cow<'_, str>) -> Vec<Cow<'_, str>> {
    match ids {
        Cow::Borrowed(ids) => ids.split(',').map(str::trim).filter(|id| !id.is_empty()).map(Cow::Borrowed).collect(),
        Cow::Owned(ids) => {
            ids.split(',').map(str::trim).filter(|id| !id.is_empty()).map(|id| Cow::Owned(id.to_owned())).collect()
        }
    }
}
