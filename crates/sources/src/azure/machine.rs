//! A machine as Resource Graph rows, projections of them, ARM answers and `az` print it: one shape with many holes.

use crate::Reject;
use crate::codec::arm::{self, Resource, Text};
use crate::codec::json::Time;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Family, Host, HostKind, PatchSettings, PatchState, Power};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Machine<'a> {
    #[serde(borrow)]
    storage_profile: Option<StorageProfile<'a>>,
    #[serde(borrow)]
    os_profile: Option<OsProfile<'a>>,
    #[serde(borrow)]
    virtual_machine_scale_set: Option<Reference<'a>>,
    #[serde(borrow)]
    extended: Option<Extended<'a>>,
    #[serde(borrow)]
    instance_view: Option<View<'a>>,
    time_created: Time,
    // Arc machines.
    #[serde(borrow)]
    status: Text<'a>,
    last_status_change: Time,
    #[serde(borrow)]
    os_type: Text<'a>,
    #[serde(borrow)]
    os_name: Text<'a>,
    #[serde(borrow)]
    os_sku: Text<'a>,
    #[serde(borrow)]
    os_version: Text<'a>,
    // Names that the documented query projects to.
    #[serde(borrow)]
    os: Text<'a>,
    #[serde(borrow)]
    patch_mode: Text<'a>,
    #[serde(borrow)]
    assessment_mode: Text<'a>,
    bypass: Option<bool>,
    hotpatch: Option<bool>,
    auto_upd: Option<bool>,
    #[serde(borrow)]
    img: Option<ImageReference<'a>>,
    #[serde(borrow)]
    power: Text<'a>,
    #[serde(borrow)]
    vmss: Text<'a>,
    #[serde(borrow)]
    a: Option<&'a RawValue>,
    // `az vm list --show-details`.
    #[serde(borrow)]
    power_state: Text<'a>,
    public_ips: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StorageProfile<'a> {
    #[serde(borrow)]
    image_reference: Option<ImageReference<'a>>,
    #[serde(borrow)]
    os_disk: Option<OsDisk<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OsDisk<'a> {
    #[serde(borrow, default)]
    pub(super) os_type: Text<'a>,
}

/// What a machine or scale set is made from.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ImageReference<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    shared_gallery_image_id: Text<'a>,
    #[serde(borrow)]
    community_gallery_image_id: Text<'a>,
    #[serde(borrow)]
    publisher: Text<'a>,
    #[serde(borrow)]
    offer: Text<'a>,
    #[serde(borrow)]
    sku: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    exact_version: Text<'a>,
}

impl ImageReference<'_> {
    /// An image id, or `publisher/offer/sku/version`.
    pub(super) fn image(&self) -> Option<String> {
        let id = [&self.id, &self.shared_gallery_image_id, &self.community_gallery_image_id];
        id.into_iter().find_map(Text::some).or_else(|| {
            let parts: [&str; 4] = [&self.publisher, &self.offer, &self.sku, &self.version];
            (!self.publisher.is_empty()).then(|| parts.join("/"))
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OsProfile<'a> {
    #[serde(borrow)]
    windows_configuration: Option<Configuration<'a>>,
    #[serde(borrow)]
    linux_configuration: Option<Configuration<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration<'a> {
    #[serde(borrow)]
    patch_settings: Option<Settings<'a>>,
    enable_automatic_updates: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings<'a> {
    #[serde(borrow)]
    patch_mode: Text<'a>,
    #[serde(borrow)]
    assessment_mode: Text<'a>,
    enable_hotpatching: Option<bool>,
    #[serde(borrow)]
    automatic_by_platform_settings: Option<PlatformSettings<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlatformSettings<'a> {
    bypass_platform_safety_checks_on_user_schedule: Option<bool>,
    #[serde(borrow, default)]
    reboot_setting: Text<'a>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extended<'a> {
    #[serde(borrow)]
    instance_view: Option<View<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct View<'a> {
    #[serde(borrow)]
    os_name: Text<'a>,
    #[serde(borrow)]
    os_version: Text<'a>,
    #[serde(borrow)]
    power_state: Option<Status<'a>>,
    #[serde(borrow)]
    statuses: Vec<Status<'a>>,
    #[serde(borrow)]
    vm_agent: Option<VmAgent<'a>>,
    #[serde(borrow)]
    extensions: Vec<Extension<'a>>,
}

/// A status of an instance view.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    pub(super) display_status: Text<'a>,
    pub(super) time: Time,
}

#[derive(Deserialize)]
pub(super) struct VmAgent<'a> {
    #[serde(borrow, default)]
    pub(super) statuses: Vec<Status<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Extension<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    type_properties_type: Text<'a>,
    #[serde(borrow)]
    properties: Option<ExtensionProperties<'a>>,
}

#[derive(Deserialize)]
struct ExtensionProperties<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
}

/// Members that stand beside `properties`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Beside<'a> {
    #[serde(borrow)]
    resources: Option<Vec<Extension<'a>>>,
    /// Without the column, nobody asked; null is what the query's join gives a machine that has none.
    #[serde(deserialize_with = "stated")]
    legacy_extensions: Option<Option<Vec<String>>>,
}

/// A member that is there, even when it is null.
fn stated<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(member: D) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

/// The legacy agents that once carried patch data; source: Microsoft's retirement of the Log Analytics agent.
const LEGACY: [&str; 2] = ["MicrosoftMonitoringAgent", "OmsAgentForLinux"];

/// The machine of a row, and the assessment that a projected row carries with it. `lists_extensions`: an answer of this
/// kind always names a machine's extensions, so that none named is none there.
pub(super) fn host(
    pointer: &Pointer,
    raw: &RawValue,
    row: Resource<'_>,
    kind: HostKind,
    lists_extensions: bool,
) -> Result<(Host, Option<PatchState>), Reject> {
    let machine: Machine<'_> = arm::part(pointer, row.properties)?;
    let beside: Beside<'_> = arm::part(pointer, raw)?;
    let key = arm::key(&row.id);
    let state = match machine.a {
        Some(assessment) => super::patching::assessment(pointer, assessment, key.clone())?,
        None => None,
    };
    let arc = kind == HostKind::ArcMachine;
    let none = View::default();
    let view = machine.view().unwrap_or(&none);
    let image = machine.storage_profile.as_ref().and_then(|s| s.image_reference.as_ref()).or(machine.img.as_ref());
    Ok((
        Host {
            key,
            id: row.id.0.into_owned(),
            kind,
            account: row.account,
            region: row.region,
            name: row.name,
            power: machine.power(view),
            launched: arm::known(machine.time_created),
            image: image.and_then(ImageReference::image),
            image_version: image.and_then(|image| image.exact_version.some()),
            family: machine.family(view),
            os_name: if arc { first(&[&machine.os_sku, &machine.os_name]) } else { first(&[&view.os_name]) },
            os_version: if arc { first(&[&machine.os_version]) } else { first(&[&view.os_version]) },
            tags: row.tags,
            public_address: machine.public_ips.as_ref().map(|addresses| !addresses.is_empty()),
            group: machine
                .virtual_machine_scale_set
                .as_ref()
                .map_or(&machine.vmss, |set| &set.id)
                .some()
                .map(|id| arm::key(&id)),
            template: None,
            patch_settings: Some(machine.patch_settings(view, &beside, lists_extensions)),
            agent_status: if arc { machine.status.some() } else { view.agent_status() },
            agent_seen: if arc { arm::known(machine.last_status_change) } else { None },
        },
        state,
    ))
}

fn first(words: &[&Text<'_>]) -> String {
    words.iter().find_map(|word| word.some()).unwrap_or_default()
}

impl<'a> Machine<'a> {
    fn view(&self) -> Option<&View<'a>> {
        self.instance_view.as_ref().or_else(|| self.extended.as_ref()?.instance_view.as_ref())
    }

    fn power(&self, view: &View<'_>) -> Power {
        let codes = view.power_state.iter().chain(&view.statuses).map(|status| &status.code);
        // `PowerState/running` in views and projections, `VM running` in what `az vm list --show-details` prints.
        let words = codes
            .chain([&self.power, &self.power_state])
            .filter_map(|text| text.strip_prefix("PowerState/").or_else(|| text.strip_prefix("VM ")));
        for word in words {
            match word.to_ascii_lowercase().as_str() {
                "running" | "starting" => return Power::Running,
                "stopped" | "stopping" | "deallocated" | "deallocating" => return Power::Stopped,
                _ => {}
            }
        }
        Power::Unknown
    }

    fn family(&self, view: &View<'_>) -> Family {
        let disk = self.storage_profile.as_ref().and_then(|storage| storage.os_disk.as_ref());
        let profile = self.os_profile.as_ref();
        let words = [disk.map_or("", |disk| &*disk.os_type), &*self.os_type, &*self.os];
        if let Some(word) = words.into_iter().find(|word| !word.is_empty()) {
            arm::family(word)
        } else if profile.is_some_and(|profile| profile.windows_configuration.is_some()) {
            Family::Windows
        } else if profile.is_some_and(|profile| profile.linux_configuration.is_some()) {
            Family::Linux
        } else {
            arm::family(if self.os_name.is_empty() { &view.os_name } else { &self.os_name })
        }
    }

    fn patch_settings(&self, view: &View<'_>, beside: &Beside<'_>, lists_extensions: bool) -> PatchSettings {
        let windows = self.os_profile.as_ref().and_then(|profile| profile.windows_configuration.as_ref());
        let linux = self.os_profile.as_ref().and_then(|profile| profile.linux_configuration.as_ref());
        let none = Settings::default();
        let of = |side: Option<&'_ Configuration<'a>>| side.is_some_and(|side| side.patch_settings.is_some());
        let side = if of(windows) { windows } else { linux };
        let settings = side.and_then(|side| side.patch_settings.as_ref()).unwrap_or(&none);
        let platform = settings.automatic_by_platform_settings.as_ref();
        let mut found = PatchSettings {
            patch_mode: settings.patch_mode.some().or_else(|| self.patch_mode.some()),
            assessment_mode: settings.assessment_mode.some().or_else(|| self.assessment_mode.some()),
            bypass: platform.and_then(|p| p.bypass_platform_safety_checks_on_user_schedule).or(self.bypass),
            hotpatch: settings.enable_hotpatching.or(self.hotpatch),
            automatic_updates: windows.and_then(|windows| windows.enable_automatic_updates).or(self.auto_upd),
            has_os_profile: self.os_profile.is_some(),
            reboot_setting: platform.and_then(|platform| platform.reboot_setting.some()),
            legacy_extensions: legacy(view, beside, lists_extensions),
        };
        // A projection has no place for the profile itself: any setting shows that there is one.
        found.has_os_profile |= found.patch_mode.is_some()
            || found.assessment_mode.is_some()
            || found.bypass.is_some()
            || found.automatic_updates.is_some();
        found
    }
}

impl View<'_> {
    fn agent_status(&self) -> Option<String> {
        self.vm_agent.as_ref()?.statuses.first()?.display_status.some()
    }
}

fn legacy(view: &View<'_>, beside: &Beside<'_>, lists_extensions: bool) -> Option<Vec<String>> {
    let is_stated = lists_extensions
        || beside.legacy_extensions.is_some()
        || beside.resources.is_some()
        || !view.extensions.is_empty();
    if !is_stated {
        return None;
    }
    let mut words: Vec<&str> = beside.legacy_extensions.iter().flatten().flatten().map(String::as_str).collect();
    for extension in view.extensions.iter().chain(beside.resources.iter().flatten()) {
        words.extend([arm::last_segment(&extension.id), &extension.name, &extension.type_properties_type]);
        // `type` is the publisher's name and the extension's in views, an ARM type in resources.
        words.push(extension.kind.rsplit('.').next().unwrap_or_default());
        words.extend(extension.properties.iter().map(|properties| &*properties.kind));
    }
    let found = LEGACY.iter().filter(|legacy| words.iter().any(|word| word.eq_ignore_ascii_case(legacy)));
    Some(found.map(|legacy| (*legacy).to_owned()).collect())
}
