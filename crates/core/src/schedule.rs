//! Schedules: windows, associations and maintenance configurations joined with their targets, tasks and runs.

use crate::asset::Asset;
use crate::exchange::Evidence;
use crate::fact::{
    Association, AssociationExecution, DynamicScope, Family, HostKind, PatchAction, Target, Window, WindowExecution,
    WindowTask,
};
use crate::reading::Gap;
use crate::scope::{Cloud, Scope};

/// What kind of schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScheduleKind {
    /// SSM maintenance window.
    MaintenanceWindow,
    /// State Manager association.
    Association,
    /// Azure maintenance configuration.
    MaintenanceConfiguration,
}

impl ScheduleKind {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            ScheduleKind::MaintenanceWindow => "maintenance-window",
            ScheduleKind::Association => "association",
            ScheduleKind::MaintenanceConfiguration => "maintenance-configuration",
        }
    }
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Kind.
    pub kind: ScheduleKind,
    /// Id as printed.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where.
    pub scope: Scope,
    /// Enabled.
    pub enabled: bool,
    /// The window or configuration, where it is one.
    pub window: Option<Window>,
    /// The association, where it is one.
    pub association: Option<Association>,
    /// Groups of targets: a host is meant when it matches all targets of any group.
    pub targets: Vec<(Vec<Target>, Evidence)>,
    /// Tasks that patch; `None` in the action: the answers do not say whether it scans or installs.
    pub tasks: Vec<(WindowTask, Evidence)>,
    /// Runs, oldest first.
    pub executions: Vec<(WindowExecution, Evidence)>,
    /// Association runs, oldest first.
    pub association_executions: Vec<(AssociationExecution, Evidence)>,
    /// What of it could not be read (targets, tasks, executions).
    pub gaps: Vec<Gap>,
    /// Where it is listed.
    pub evidence: Evidence,
}

/// Whether a host is meant by a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// A target's membership cannot be told (resource groups, unread targets).
    Unknown,
}

impl Schedule {
    /// What it does: install outweighs scan; `None` when nothing says.
    pub fn action(&self) -> Option<PatchAction> {
        match self.kind {
            ScheduleKind::MaintenanceConfiguration => Some(PatchAction::Install),
            ScheduleKind::Association => self.association.as_ref().and_then(|association| association.action),
            ScheduleKind::MaintenanceWindow => self.tasks.iter().filter_map(|(task, _)| task.action).max(),
        }
    }

    /// Whether it has to do with patching at all. A window without readable tasks might.
    pub fn patches(&self) -> bool {
        match self.kind {
            ScheduleKind::MaintenanceConfiguration => self.window.as_ref().is_none_or(|window| {
                window.maintenance_scope.as_deref().is_none_or(|scope| scope.eq_ignore_ascii_case("InGuestPatch"))
            }),
            ScheduleKind::Association => true,
            ScheduleKind::MaintenanceWindow => !self.tasks.is_empty() || self.gap_of(crate::op::WINDOW_TASKS).is_some(),
        }
    }

    /// The gap of an operation that this schedule needs.
    pub fn gap_of(&self, operation: &str) -> Option<&Gap> {
        self.gaps.iter().find(|gap| *gap.operation == *operation)
    }

    /// Why it is not known whether it installs: its tasks, or the parameters of one of them, were not read.
    pub fn action_gap(&self) -> Option<&Gap> {
        self.gap_of(crate::op::WINDOW_TASKS).or(self.gap_of(crate::op::WINDOW_TASK))
    }

    /// Whether a host is meant.
    pub fn means(&self, asset: &Asset) -> Meant {
        // Targets of Azure configurations are assignments, which another question lists.
        let unread =
            [crate::op::WINDOW_TARGETS, crate::op::AZURE_MAINTENANCE].iter().any(|op| self.gap_of(op).is_some());
        let mut best = if unread { Meant::Unknown } else { Meant::No };
        for (targets, _) in &self.targets {
            let group =
                targets.iter().map(|target| meant_by(target, asset, &self.scope)).fold(Meant::Yes, |all, one| {
                    match (all, one) {
                        (Meant::No, _) | (_, Meant::No) => Meant::No,
                        (Meant::Unknown, _) | (_, Meant::Unknown) => Meant::Unknown,
                        _ => Meant::Yes,
                    }
                });
            match group {
                Meant::Yes if !targets.is_empty() => return Meant::Yes,
                Meant::Unknown => best = Meant::Unknown,
                _ => {}
            }
        }
        best
    }

    /// Whether it can still run: enabled, begun or to begin, and not ended.
    pub fn is_live(&self, as_of: jiff::Timestamp) -> bool {
        self.enabled && self.window.as_ref().and_then(|window| window.ends).is_none_or(|end| end > as_of)
    }

    /// Whether it installs; `None` where a task or association does not say and no other task is known to install.
    pub fn installs(&self) -> Option<bool> {
        if self.action() == Some(PatchAction::Install) {
            return Some(true);
        }
        let silent = match self.kind {
            ScheduleKind::MaintenanceConfiguration => false,
            ScheduleKind::Association => self.action().is_none(),
            ScheduleKind::MaintenanceWindow => {
                self.gap_of(crate::op::WINDOW_TASKS).is_some()
                    || self.tasks.iter().any(|(task, _)| task.action.is_none())
            }
        };
        if silent { None } else { Some(false) }
    }

    /// Whether it runs more than once. An association without a schedule runs when it is made, and never again.
    pub fn recurs(&self) -> bool {
        self.association.as_ref().is_none_or(|association| !association.schedule.is_empty())
    }

    /// Next execution: as the provider computes it, as its recurrence says, or the latest time that a `rate(…)` after the
    /// last one allows.
    pub fn next(&self, as_of: jiff::Timestamp) -> Option<jiff::Timestamp> {
        if let Some(window) = &self.window {
            let computed = || window.recurrence.as_ref()?.next(as_of);
            return window.next.or_else(computed).filter(|next| window.ends.is_none_or(|end| *next < end));
        }
        let association = self.association.as_ref()?;
        let every = rate(&association.schedule)?;
        let due = crate::clock::after(association.last_executed?, every);
        Some(if due > as_of { due } else { crate::clock::after(as_of, every) })
    }

    /// Where its targets are said, with the list that has it.
    pub fn evidences(&self) -> crate::exchange::Evidences {
        let more = self.targets.iter().map(|(_, evidence)| evidence).chain(self.tasks.iter().map(|(_, e)| e));
        crate::exchange::Evidences::of(self.evidence.clone()).and_all(more.filter(|more| **more != self.evidence))
    }
}

/// Seconds of `rate(7 days)`.
fn rate(schedule: &str) -> Option<crate::policy::Seconds> {
    let (number, unit) = schedule.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => crate::policy::HOUR,
        "day" => crate::policy::DAY,
        _ => return None,
    };
    number.parse::<u16>().ok().map(|number| i64::from(number) * unit)
}

fn meant_by(target: &Target, asset: &Asset, scope: &Scope) -> Meant {
    let yes = |is: bool| if is { Meant::Yes } else { Meant::No };
    // SSM schedules reach managed nodes of their own account and region only.
    if scope.cloud == Cloud::Aws && asset.scope != *scope {
        return Meant::No;
    }
    match target {
        Target::Hosts(keys) => yes(keys.iter().any(|key| key.eq_ignore_ascii_case(&asset.key))),
        Target::All => Meant::Yes,
        // No answer about hybrid nodes lists their tags: none there is not none set.
        Target::Tag { .. } if asset.kind == HostKind::HybridNode && asset.tags.is_empty() => Meant::Unknown,
        Target::Tag { key, values } => {
            yes(asset.tag(key).is_some_and(|value| values.is_empty() || values.iter().any(|wanted| wanted == value)))
        }
        Target::Dynamic(filter) => yes(in_dynamic_scope(filter, asset)),
        Target::Opaque(_) => Meant::Unknown,
    }
}

/// Membership in an Azure dynamic scope has to be computed: no row says it (trap 13).
fn in_dynamic_scope(filter: &DynamicScope, asset: &Asset) -> bool {
    let any =
        |list: &[String], value: &str| list.is_empty() || list.iter().any(|item| item.eq_ignore_ascii_case(value));
    let resource_group = segment(&asset.key, "resourcegroups");
    let resource_type = segment(&asset.key, "providers").map(|_| {
        let parts: Vec<&str> = asset.key.split('/').collect();
        parts.iter().position(|part| *part == "providers").map_or(String::new(), |at| {
            format!("{}/{}", parts.get(at + 1).unwrap_or(&""), parts.get(at + 2).unwrap_or(&""))
        })
    });
    let family = match asset.family {
        Family::Linux => "linux",
        Family::Windows => "windows",
        Family::Unknown => "",
    };
    let location: String = asset.scope.region.chars().filter(|c| *c != ' ').collect();
    let tag = |(key, values): (&String, &Vec<String>)| {
        asset.tags.iter().any(|(have, value)| {
            have.eq_ignore_ascii_case(key) && (values.is_empty() || values.iter().any(|wanted| wanted == value))
        })
    };
    let tags = filter.tags.is_empty()
        || if filter.all_tags { filter.tags.iter().all(tag) } else { filter.tags.iter().any(tag) };
    asset.scope.account.eq_ignore_ascii_case(&filter.subscription)
        && (filter.resource_group.is_empty() || resource_group == Some(filter.resource_group.as_str()))
        && resource_group.is_none_or(|group| any(&filter.resource_groups, group))
        && resource_type.is_none_or(|kind| any(&filter.resource_types, &kind))
        && any(&filter.locations, &location)
        && any(&filter.os_types, family)
        && tags
}

/// The segment after a name in a lower-case ARM id.
fn segment<'a>(id: &'a str, name: &str) -> Option<&'a str> {
    id.split('/').skip_while(|part| *part != name).nth(1)
}
