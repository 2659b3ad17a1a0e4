//! Which schedules install on a host, and what about that cannot be told.

use super::Context;
use crate::asset::Asset;
use crate::exchange::{Evidence, Evidences};
use crate::fact::HostKind;
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::Verdict;
use crate::schedule::{Meant, Schedule};
use crate::scope::Cloud;

/// Schedules around one host, by what they do for it.
pub struct Installers<'a> {
    /// Live schedules that mean the host and install, again and again.
    pub sure: Vec<&'a Schedule>,
    /// Live schedules of which the answers do not say whether they mean the host, or whether they install.
    pub perhaps: Vec<&'a Schedule>,
    /// Schedules that mean the host and install nothing, or not any more.
    pub idle: Vec<&'a Schedule>,
    /// Lists of schedules that could not be read.
    pub gaps: Vec<Gap>,
    /// Lists of schedules that are complete.
    pub lists: Vec<Evidence>,
}

impl Installers<'_> {
    /// Why nobody can tell that no schedule installs, if so.
    pub fn doubt(&self, asset: &Asset) -> Option<Verdict> {
        if let Some(gap) = self.gaps.first() {
            return Some(gap.clone().into());
        }
        let schedule = self.perhaps.first()?;
        let gap =
            [op::WINDOW_TARGETS, op::WINDOW_TASKS, op::AZURE_MAINTENANCE].iter().find_map(|op| schedule.gap_of(op));
        if let Some(gap) = gap {
            return Some(gap.clone().into());
        }
        let message = match schedule.installs() {
            None => format!("whether {} installs or only scans is not stated", schedule.name),
            _ => format!("whether {} means {} is not stated", schedule.name, asset.name),
        };
        Some(Verdict::unknown(Reason::NotStated, message, schedule.evidences()))
    }

    /// The host with the complete lists that have no schedule for it.
    pub fn proof(&self, asset: &Asset) -> Evidences {
        let idle: Vec<Evidence> = self.idle.iter().map(|schedule| schedule.evidence.clone()).collect();
        Evidences::of(asset.evidence.clone()).and_all(&self.lists).and_all(&idle)
    }
}

impl<'a> Context<'a> {
    /// What schedules do for a host.
    pub fn installers(&self, asset: &Asset) -> Installers<'a> {
        let (schedules, gaps) = self.schedules_of(asset);
        let sources: &[&'static str] = match asset.scope.cloud {
            Cloud::Azure => &[op::AZURE_RESOURCES, op::AZURE_MAINTENANCE],
            _ => &[op::WINDOWS, op::ASSOCIATIONS],
        };
        let lists = sources.iter().filter_map(|operation| self.answered(operation, &asset.scope).ok()).collect();
        let mut found = Installers { sure: Vec::new(), perhaps: Vec::new(), idle: Vec::new(), gaps, lists };
        for (schedule, meant) in schedules {
            let alive = schedule.is_live(self.as_of) && schedule.recurs();
            match (alive, schedule.installs(), meant) {
                (true, Some(true), Meant::Yes) => found.sure.push(schedule),
                (true, Some(true) | None, _) => found.perhaps.push(schedule),
                (_, _, Meant::Yes) => found.idle.push(schedule),
                _ => {}
            }
        }
        found
    }

    /// Whether Azure itself patches a virtual machine that no schedule means: `AutomaticByPlatform`, and the platform's
    /// safety checks not bypassed in favour of a schedule.
    pub fn is_platform_patched(&self, asset: &Asset) -> bool {
        asset.kind == HostKind::AzureVm
            && asset
                .patch_settings
                .as_ref()
                .is_some_and(|settings| is_by_platform(settings.patch_mode.as_deref()) && settings.bypass != Some(true))
    }
}

/// Whether a mode is `AutomaticByPlatform`.
pub(crate) fn is_by_platform(mode: Option<&str>) -> bool {
    mode.is_some_and(|mode| mode.eq_ignore_ascii_case("AutomaticByPlatform"))
}
