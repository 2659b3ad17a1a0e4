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
mod get_calendar_state;
mod get_default_patch_baseline;
mod get_maintenance_window_task;
mod get_patch_baseline;
mod get_patch_baseline_for_patch_group;
mod list_associations;
mod list_command_invocations;
mod list_commands;
mod list_compliance_items;
mod list_inventory_entries;
mod list_resource_compliance_summaries;
pub(super) mod patch_documents;
mod targets;
mod window_tasks;

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
    &get_calendar_state::OPERATION,
    &get_default_patch_baseline::OPERATION,
    &get_maintenance_window_task::OPERATION,
    &get_patch_baseline::OPERATION,
    &get_patch_baseline_for_patch_group::OPERATION,
    &list_associations::OPERATION,
    &list_command_invocations::OPERATION,
    &list_commands::OPERATION,
    &list_compliance_items::OPERATION,
    &list_inventory_entries::OPERATION,
    &list_resource_compliance_summaries::OPERATION,
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

/// Whether a classification is of security content: `Security` on Linux, `SecurityUpdates` and `CriticalUpdates` on
/// Windows.
fn is_security(classification: &str) -> bool {
    classification.contains("Security") || classification.contains("Critical")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reach;
    use crate::testing::{asks_of, exchange};

    #[test]
    fn names_permissions_and_targets_agree() {
        for operation in OPERATIONS {
            let name = operation.id.strip_prefix("ssm.").unwrap();
            assert_eq!(operation.permissions, [format!("ssm:{name}")]);
            assert!(operation.docs.ends_with(&format!("/API_{name}.html")), "{}", operation.docs);
            let ask = Ask {
                operation: operation.id,
                scope: exchange(operation, None).scope,
                subject: (operation.reach == Reach::Resource).then(|| "a-subject".to_owned()),
                ids: vec!["i-0a1".into()],
                token: Some("page-2".into()),
            };
            let Request { protocol: Protocol::AwsJson { target }, body, .. } = (operation.request)(&ask) else {
                panic!("{} does not speak JSON 1.1", operation.id)
            };
            assert_eq!(target, format!("AmazonSSM.{name}"));
            let body = String::from_utf8(body).unwrap();
            assert!(body.contains(r#""NextToken":"page-2""#), "{name} loses its token: {body}");
            assert_eq!(body.contains("a-subject"), operation.reach == Reach::Resource, "{name}: {body}");
        }
    }

    #[test]
    fn what_is_asked_for_can_be_asked() {
        for operation in OPERATIONS {
            for fixture in operation.fixtures {
                for ask in asks_of(operation, fixture.name, None) {
                    let asked = crate::operation(ask.operation).unwrap();
                    assert_eq!(
                        asked.reach == Reach::Resource,
                        ask.subject.is_some(),
                        "{} by {}",
                        asked.id,
                        operation.id
                    );
                }
            }
        }
    }
}
