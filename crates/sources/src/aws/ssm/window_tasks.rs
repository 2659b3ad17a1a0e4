//! What a list of a window's tasks and one task have in common. What a task does stands in `TaskInvocationParameters`
//! or, deprecated and often empty, in `TaskParameters`; the list has the latter only.

use super::patch_documents::{self, Parameters, TaskParameters};
use super::targets::{self, TargetRow};
use patchseal_core::fact::{PatchAction, WindowTask};
use serde::Deserialize;

/// A task.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Row {
    pub(super) window_id: String,
    pub(super) window_task_id: String,
    pub(super) task_arn: String,
    #[serde(default)]
    targets: Vec<TargetRow>,
    #[serde(default)]
    task_parameters: TaskParameters,
    #[serde(default)]
    task_invocation_parameters: InvocationParameters,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InvocationParameters {
    run_command: Option<Invocation>,
    automation: Option<Invocation>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Invocation {
    parameters: Parameters,
}

impl Row {
    /// What it does, as far as this answer says.
    pub(super) fn action(&self) -> Option<PatchAction> {
        let own = &self.task_invocation_parameters;
        let invocation = own.run_command.as_ref().or(own.automation.as_ref());
        invocation
            .and_then(|invocation| patch_documents::action(&self.task_arn, &invocation.parameters))
            .or_else(|| patch_documents::action(&self.task_arn, &Parameters::from(&self.task_parameters)))
    }

    /// Whether it patches and does not say whether it scans or installs.
    pub(super) fn is_silent(&self) -> bool {
        patch_documents::is_patch_document(&self.task_arn) && self.action().is_none()
    }

    /// The fact. The list and the task state it under the same key; of the two the one that says what the task does is
    /// the greater and stays, whichever came first.
    pub(super) fn task(self) -> WindowTask {
        let action = self.action();
        let (target_ids, direct) = targets::read_with_ids(self.targets);
        WindowTask {
            window: self.window_id,
            id: self.window_task_id,
            document: self.task_arn,
            action,
            target_ids,
            targets: direct,
        }
    }
}
