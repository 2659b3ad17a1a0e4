//! What a list of associations and one described association have in common.

use super::targets::{self, TargetRow};
use crate::codec::json::Time;
use patchseal_core::fact::{Association, PatchAction, Target};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// An association, without its parameters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Row {
    pub(super) association_id: String,
    /// Document.
    pub(super) name: String,
    #[serde(default)]
    association_name: String,
    /// One host, in associations older than targets.
    instance_id: Option<String>,
    #[serde(default)]
    targets: Vec<TargetRow>,
    #[serde(default)]
    target_maps: Vec<IgnoredAny>,
    #[serde(default)]
    schedule_expression: String,
    #[serde(default)]
    overview: Overview,
    #[serde(default)]
    last_execution_date: Time,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Overview {
    status: String,
}

impl Row {
    /// The fact, with what the association does as far as it is known.
    pub(super) fn association(self, action: Option<PatchAction>) -> Association {
        let mut targets = targets::read(self.targets);
        if !self.target_maps.is_empty() {
            targets.push(Target::Opaque("TargetMaps".into()));
        }
        if targets.is_empty() {
            // A list that has to match as a whole and is empty would match everything; aimed at nothing is no host.
            targets.push(Target::Hosts(self.instance_id.into_iter().collect()));
        }
        Association {
            id: self.association_id,
            name: self.association_name,
            document: self.name,
            action,
            targets,
            schedule: self.schedule_expression,
            status: self.overview.status,
            last_executed: self.last_execution_date.0,
        }
    }
}
