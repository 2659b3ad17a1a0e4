//! A scale set, whose members are not in its own row: each machine names the set it belongs to.

use super::machine::{ImageReference, OsDisk};
use crate::Reject;
use crate::codec::arm::{self, Resource, Text};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Family, Group};
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScaleSet<'a> {
    #[serde(borrow)]
    orchestration_mode: Text<'a>,
    #[serde(borrow)]
    upgrade_policy: Option<UpgradePolicy<'a>>,
    #[serde(borrow)]
    virtual_machine_profile: Option<Profile<'a>>,
    // Names that the documented query projects to.
    #[serde(borrow)]
    mode: Text<'a>,
    auto: Option<Automatic>,
    #[serde(borrow)]
    img: Option<ImageReference<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpgradePolicy<'a> {
    #[serde(borrow, default)]
    mode: Text<'a>,
    #[serde(rename = "automaticOSUpgradePolicy", alias = "automaticOsUpgradePolicy")]
    automatic: Option<Automatic>,
}

#[derive(Deserialize)]
struct Automatic {
    #[serde(rename = "enableAutomaticOSUpgrade", alias = "enableAutomaticOsUpgrade")]
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    #[serde(borrow)]
    storage_profile: Option<Storage<'a>>,
    os_profile: Option<OsProfile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Storage<'a> {
    #[serde(borrow)]
    image_reference: Option<ImageReference<'a>>,
    #[serde(borrow)]
    os_disk: Option<OsDisk<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OsProfile {
    windows_configuration: Option<IgnoredAny>,
    linux_configuration: Option<IgnoredAny>,
}

/// The scale set of a row.
pub(super) fn group(pointer: &Pointer, row: Resource<'_>) -> Result<Group, Reject> {
    let set: ScaleSet<'_> = arm::part(pointer, row.properties)?;
    let profile = set.virtual_machine_profile.as_ref();
    let storage = profile.and_then(|profile| profile.storage_profile.as_ref());
    let image = storage.and_then(|storage| storage.image_reference.as_ref()).or(set.img.as_ref());
    let policy = set.upgrade_policy.as_ref();
    let automatic = policy.and_then(|policy| policy.automatic.as_ref()).or(set.auto.as_ref());
    let disk = storage.and_then(|storage| storage.os_disk.as_ref());
    let family = match (disk.map_or(Family::Unknown, |disk| arm::family(&disk.os_type)), profile) {
        (Family::Unknown, Some(Profile { os_profile: Some(os), .. })) => {
            match (os.windows_configuration.is_some(), os.linux_configuration.is_some()) {
                (true, _) => Family::Windows,
                (_, true) => Family::Linux,
                _ => Family::Unknown,
            }
        }
        (family, _) => family,
    };
    Ok(Group {
        key: arm::key(&row.id),
        id: row.id.0.into_owned(),
        name: row.name,
        account: row.account,
        region: row.region,
        templates: Vec::new(),
        launch_configuration: None,
        override_images: Vec::new(),
        image: image.and_then(ImageReference::image),
        members: Vec::new(),
        tags: row.tags,
        family,
        upgrade_mode: policy.map_or(&set.mode, |policy| &policy.mode).some(),
        automatic_os_upgrade: automatic.and_then(|automatic| automatic.enabled),
        orchestration: set.orchestration_mode.some(),
    })
}
