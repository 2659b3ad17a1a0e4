//! Maintenance configurations and what they are assigned to. A dynamic assignment has a filter and no machine: who it
//! reaches has to be computed.

use crate::Reject;
use crate::codec::arm::{self, Resource, Text};
use crate::codec::json::Time;
use crate::codec::{recur_every, windows_zone};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{DynamicScope, InstallSelection, Target, Window, WindowExecution, WindowTarget};
use patchseal_core::recurrence::Recurrence;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Configuration<'a> {
    #[serde(borrow)]
    maintenance_scope: Text<'a>,
    #[serde(borrow)]
    maintenance_window: Option<Schedule<'a>>,
    #[serde(borrow)]
    install_patches: Option<InstallPatches<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Schedule<'a> {
    #[serde(borrow)]
    start_date_time: Text<'a>,
    #[serde(borrow)]
    expiration_date_time: Text<'a>,
    #[serde(borrow)]
    duration: Text<'a>,
    #[serde(borrow)]
    time_zone: Text<'a>,
    #[serde(borrow)]
    recur_every: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstallPatches<'a> {
    #[serde(borrow, default)]
    reboot_setting: Text<'a>,
    linux_parameters: Option<Linux>,
    windows_parameters: Option<Windows>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Linux {
    classifications_to_include: Option<Vec<String>>,
    package_name_masks_to_exclude: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Windows {
    classifications_to_include: Option<Vec<String>>,
    kb_numbers_to_exclude: Option<Vec<String>>,
    exclude_kbs_requiring_reboot: Option<bool>,
}

/// The window of a maintenance configuration.
pub(super) fn window(pointer: &Pointer, row: Resource<'_>) -> Result<Window, Reject> {
    let configuration: Configuration<'_> = arm::part(pointer, row.properties)?;
    // `az` moves the schedule's members up into the resource as well.
    let schedule = match configuration.maintenance_window {
        Some(schedule) => schedule,
        None => arm::part(pointer, row.properties)?,
    };
    let instant = |text: &Text<'_>| windows_zone::instant(text, &schedule.time_zone);
    Ok(Window {
        key: arm::key(&row.id),
        id: row.id.0.into_owned(),
        name: row.name,
        account: row.account,
        region: row.region,
        enabled: true,
        starts: instant(&schedule.start_date_time),
        ends: instant(&schedule.expiration_date_time),
        next: None,
        recurrence: recurrence(&schedule),
        duration_minutes: minutes(&schedule.duration),
        cutoff_minutes: None,
        schedule: schedule.recur_every.0.into_owned(),
        zone: schedule.time_zone.some(),
        install: configuration.install_patches.map(selection),
        maintenance_scope: configuration.maintenance_scope.some(),
    })
}

/// When the schedule runs, if all of it can be read.
fn recurrence(schedule: &Schedule<'_>) -> Option<Recurrence> {
    Some(Recurrence {
        start: schedule.start_date_time.trim().parse().ok()?,
        zone: windows_zone::iana(&schedule.time_zone)?.to_owned(),
        every: recur_every::every(&schedule.recur_every)?,
    })
}

fn selection(install: InstallPatches<'_>) -> InstallSelection {
    let linux = install.linux_parameters.unwrap_or_default();
    let windows = install.windows_parameters.unwrap_or_default();
    let kbs = windows.kb_numbers_to_exclude.unwrap_or_default();
    InstallSelection {
        reboot_setting: install.reboot_setting.0.into_owned(),
        linux_classifications: linux.classifications_to_include.unwrap_or_default(),
        linux_excluded: linux.package_name_masks_to_exclude.unwrap_or_default(),
        windows_classifications: windows.classifications_to_include.unwrap_or_default(),
        windows_excluded: kbs.iter().map(|kb| super::patching::without_prefix(kb).to_owned()).collect(),
        exclude_reboot_kbs: windows.exclude_kbs_requiring_reboot.unwrap_or_default(),
    }
}

/// Minutes of `03:00`.
fn minutes(duration: &str) -> Option<u32> {
    let (hours, minutes) = duration.split_once(':')?;
    hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Assignment<'a> {
    #[serde(borrow)]
    maintenance_configuration_id: Text<'a>,
    #[serde(borrow)]
    resource_id: Text<'a>,
    filter: Option<Filter>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    resource_types: Option<Vec<String>>,
    resource_groups: Option<Vec<String>>,
    locations: Option<Vec<String>>,
    os_types: Option<Vec<String>>,
    tag_settings: Option<TagSettings>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TagSettings {
    tags: Option<BTreeMap<String, Option<Vec<String>>>>,
    filter_operator: Option<String>,
}

/// What a configuration assignment aims at; `None` where it names no configuration.
pub(super) fn target(pointer: &Pointer, row: &Resource<'_>) -> Result<Option<WindowTarget>, Reject> {
    let assignment: Assignment<'_> = arm::part(pointer, row.properties)?;
    if assignment.maintenance_configuration_id.is_empty() {
        return Ok(None);
    }
    // The id begins with what it is assigned to; `resourceId` is another kind of id on some old rows.
    let place = match row.id.to_ascii_lowercase().rfind("/providers/microsoft.maintenance/") {
        Some(end) => &row.id[..end],
        None => &assignment.resource_id,
    };
    let kind = arm::resource_type(place);
    let target = match kind.as_str() {
        "microsoft.compute/virtualmachines" | "microsoft.hybridcompute/machines" => {
            Target::Hosts(vec![arm::key(place)])
        }
        "" => match arm::subscription(place) {
            Some(subscription) => Target::Dynamic(scope(subscription, place, assignment.filter.unwrap_or_default())),
            None => Target::Opaque(place.to_owned()),
        },
        _ => Target::Opaque(place.to_owned()),
    };
    Ok(Some(WindowTarget {
        window: arm::key(&assignment.maintenance_configuration_id),
        id: arm::key(&row.id),
        targets: vec![target],
    }))
}

fn scope(subscription: String, place: &str, filter: Filter) -> DynamicScope {
    let lower = |words: Option<Vec<String>>| -> Vec<String> {
        words.unwrap_or_default().iter().map(|word| word.to_ascii_lowercase()).collect()
    };
    let settings = filter.tag_settings.unwrap_or_default();
    DynamicScope {
        subscription,
        resource_group: arm::resource_group(place).unwrap_or_default(),
        resource_types: lower(filter.resource_types),
        resource_groups: lower(filter.resource_groups),
        locations: filter.locations.unwrap_or_default().iter().map(|name| arm::location(name)).collect(),
        os_types: lower(filter.os_types),
        tags: settings.tags.unwrap_or_default().into_iter().map(|(k, v)| (k, v.unwrap_or_default())).collect(),
        all_tags: settings.filter_operator.is_some_and(|word| word.eq_ignore_ascii_case("All")),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ApplyUpdate<'a> {
    #[serde(borrow)]
    maintenance_configuration_id: Text<'a>,
    #[serde(borrow)]
    resource_id: Text<'a>,
    #[serde(borrow)]
    correlation_id: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    start_date_time: Time,
    end_date_time: Time,
}

/// One run of a configuration on one machine; `None` where the row names no configuration.
pub(super) fn execution(pointer: &Pointer, row: &Resource<'_>) -> Result<Option<WindowExecution>, Reject> {
    let update: ApplyUpdate<'_> = arm::part(pointer, row.properties)?;
    if update.maintenance_configuration_id.is_empty() {
        return Ok(None);
    }
    Ok(Some(WindowExecution {
        window: arm::key(&update.maintenance_configuration_id),
        id: update.correlation_id.some().unwrap_or_else(|| row.id.0.as_ref().to_owned()),
        status: update.status.0.into_owned(),
        details: String::new(),
        started: arm::known(update.start_date_time),
        ended: arm::known(update.end_date_time),
        host: update.resource_id.some().map(|id| arm::key(&id)),
    }))
}
