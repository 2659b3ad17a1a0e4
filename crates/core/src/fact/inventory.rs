//! Who is there: accounts, regions, machines, agents, outside inventories.

use crate::tags::Tags;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An account or subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Twelve digits, or a subscription id in lower case.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Whether it can hold running machines (`ACTIVE`, `Enabled`).
    pub active: bool,
}

/// A region of an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// Such as `eu-west-1`.
    pub name: String,
    /// Whether the account can use it (`opt-in-not-required`, `opted-in`).
    pub enabled: bool,
}

/// State of a machine, in the words that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Running, or starting.
    Running,
    /// Stopped or deallocated: still carries software.
    Stopped,
    /// Gone.
    Terminated,
    /// The answer does not say.
    Unknown,
}

/// What kind of thing a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostKind {
    /// EC2 instance.
    Ec2Instance,
    /// SSM hybrid node (`mi-…`), which no cloud inventory lists.
    HybridNode,
    /// Azure virtual machine.
    AzureVm,
    /// Azure Arc machine.
    ArcMachine,
    /// A machine that only an outside inventory knows.
    OutsideHost,
}

impl HostKind {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            HostKind::Ec2Instance => "ec2-instance",
            HostKind::HybridNode => "hybrid-node",
            HostKind::AzureVm => "azure-vm",
            HostKind::ArcMachine => "arc-machine",
            HostKind::OutsideHost => "outside-host",
        }
    }

    /// Whether the machine runs outside the clouds' own data centres, so that only an outside inventory can tell
    /// whether the list of them is complete.
    pub fn is_hybrid(self) -> bool {
        matches!(self, HostKind::HybridNode | HostKind::ArcMachine)
    }
}

/// Operating system family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// The answer does not say.
    Unknown,
}

/// A machine on the cloud's own list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    /// Short key: `i-…`, or the ARM id in lower case.
    pub key: String,
    /// Full id as printed: an ARN, or the ARM id as the answer spells it.
    pub id: String,
    /// Kind.
    pub kind: HostKind,
    /// Account or subscription that owns it, where the row says so (organisation-wide answers).
    pub account: Option<String>,
    /// Region or location.
    pub region: Option<String>,
    /// Display name; empty when there is none.
    pub name: String,
    /// State.
    pub power: Power,
    /// Launch or creation time. It does not change when the operating system reboots.
    pub launched: Option<Timestamp>,
    /// Image it was made from: `ami-…`, an ARM image id, or `publisher/offer/sku/version`.
    pub image: Option<String>,
    /// Exact image version where the answer has it (Azure `exactVersion`).
    pub image_version: Option<String>,
    /// Operating system family.
    pub family: Family,
    /// Operating system name and version as the answer prints them; empty when it does not.
    pub os_name: String,
    /// Version; on Arc Linux machines the running kernel.
    pub os_version: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// A public address the answer shows: a public IPv4 address, or a global IPv6 one. `None`: the answer has no place for addresses (Azure VM rows).
    pub public_address: Option<bool>,
    /// Scale set it belongs to (ARM id in lower case), Auto Scaling group name, or node group.
    pub group: Option<String>,
    /// Launch template id and version it says it was launched from.
    pub template: Option<(String, String)>,
    /// Azure patch settings; `None` outside Azure.
    pub patch_settings: Option<PatchSettings>,
    /// State of the guest agent: Arc `status`, or the VM agent's display status.
    pub agent_status: Option<String>,
    /// When the guest agent last changed its status (Arc `lastStatusChange`).
    pub agent_seen: Option<Timestamp>,
}

/// How Azure patches a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchSettings {
    /// `Manual`, `AutomaticByOS`, `AutomaticByPlatform`, `ImageDefault`; `None` is the platform's default.
    pub patch_mode: Option<String>,
    /// `ImageDefault`, `AutomaticByPlatform`; `None` is the platform's default.
    pub assessment_mode: Option<String>,
    /// `bypassPlatformSafetyChecksOnUserSchedule`.
    pub bypass: Option<bool>,
    /// Hotpatching enabled.
    pub hotpatch: Option<bool>,
    /// Windows `enableAutomaticUpdates`.
    pub automatic_updates: Option<bool>,
    /// Whether the machine has an `osProfile` at all; without one the settings cannot be read.
    pub has_os_profile: bool,
    /// VM-level reboot setting, which overrides the maintenance configuration.
    pub reboot_setting: Option<String>,
    /// Names of legacy patch extensions found (`MicrosoftMonitoringAgent`, `OmsAgentForLinux`); `None` where the answer
    /// has no place for extensions.
    pub legacy_extensions: Option<Vec<String>>,
}

/// An Auto Scaling group or scale set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Auto Scaling group name, or the scale set's ARM id in lower case.
    pub key: String,
    /// ARN, or the ARM id as spelt.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Account, where the row says so.
    pub account: Option<String>,
    /// Region or location.
    pub region: Option<String>,
    /// Template launched from: id (or name) and version (`$Latest`, `$Default`, or a number).
    pub templates: Vec<(String, String)>,
    /// Legacy launch configuration.
    pub launch_configuration: Option<String>,
    /// Image named directly (scale sets): ARM id or `publisher/offer/sku/version`.
    pub image: Option<String>,
    /// Images that the overrides of a mixed group name directly, sorted.
    pub override_images: Vec<String>,
    /// Members' short keys.
    pub members: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Operating system family (scale sets).
    pub family: Family,
    /// `Manual`, `Automatic`, `Rolling` (scale sets).
    pub upgrade_mode: Option<String>,
    /// Automatic OS image upgrade (scale sets).
    pub automatic_os_upgrade: Option<bool>,
    /// `Uniform` or `Flexible` (scale sets).
    pub orchestration: Option<String>,
}

/// State of a patch agent's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ping {
    /// Answers.
    Online,
    /// Lost.
    Lost,
    /// Any other word.
    Other,
}

/// An SSM agent's registration, or a guest agent's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agent {
    /// Short key of the host.
    pub host: Arc<str>,
    /// Account and region where the row says so (Config, Data Sync).
    pub account: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// State of the link; `None` where the source does not tell (Data Sync, Config).
    pub ping: Option<Ping>,
    /// Last time it answered.
    pub last_ping: Option<Timestamp>,
    /// `EC2Instance` or `ManagedInstance`.
    pub resource_type: Arc<str>,
    /// Such as `Amazon Linux`.
    pub platform_name: Arc<str>,
    /// Such as `2023`.
    pub platform_version: Arc<str>,
    /// Family.
    pub family: Family,
    /// Display name of a hybrid node.
    pub name: Arc<str>,
    /// Host name the agent reports.
    pub computer_name: Arc<str>,
    /// IP address the agent reports.
    pub address: Arc<str>,
    /// Registration of a hybrid node.
    pub registered: Option<Timestamp>,
    /// The source says that the machine is gone (Data Sync `InstanceStatus` of `Terminated`).
    pub terminated: bool,
    /// Tags, where the source has them.
    pub tags: BTreeMap<String, String>,
}

/// A row of an outside inventory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutsideHost {
    /// Name of the inventory (file name without its ending).
    pub inventory: Arc<str>,
    /// Its own id of the machine.
    pub id: Arc<str>,
    /// Host name.
    pub name: Arc<str>,
    /// Cloud id (`i-…`, `mi-…`, ARM id) in lower case, where the inventory has it.
    pub cloud_id: Option<Arc<str>>,
    /// Address.
    pub address: Option<Arc<str>>,
    /// Operating system.
    pub os: Arc<str>,
    /// Whether the inventory says the machine is in use (not retired).
    pub in_use: bool,
    /// Owner, environment, service and data class as the inventory has them, under the policy's tag names.
    pub tags: Tags,
}

crate::carry::carried_words! {
    Power { Running, Stopped, Terminated, Unknown }
    HostKind { Ec2Instance, HybridNode, AzureVm, ArcMachine, OutsideHost }
    Family { Linux, Windows, Unknown }
}

crate::carry::carried_struct! {
    PatchSettings {
        patch_mode, assessment_mode, bypass, hotpatch, automatic_updates, has_os_profile, reboot_setting,
        legacy_extensions,
    }
}
