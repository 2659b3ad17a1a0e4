//! What is meant to be patched, when and by which rules; and the records of the runs.

use crate::fact::PatchAction;
use jiff::Timestamp;
use jiff::civil;
use std::collections::BTreeMap;

/// A patch baseline in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineListed {
    /// `pb-…`, or an ARN for the provider's own.
    pub id: String,
    /// Name.
    pub name: String,
    /// Such as `AMAZON_LINUX_2023`.
    pub os: String,
    /// Default for that operating system.
    pub default: bool,
}

/// A patch baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Baseline {
    /// `pb-…`, or an ARN for the provider's own.
    pub id: String,
    /// Name.
    pub name: String,
    /// Such as `AMAZON_LINUX_2023`.
    pub os: String,
    /// Approval rules.
    pub rules: Vec<ApprovalRule>,
    /// Filters that every patch has to pass first: key and values.
    pub global_filters: Vec<(String, Vec<String>)>,
    /// Explicitly approved patches.
    pub approved: Vec<String>,
    /// Explicitly rejected patches: an exclusion without an end.
    pub rejected: Vec<String>,
    /// `BLOCK`, or `ALLOW_AS_DEPENDENCY`, under which rejected patches leave every counter.
    pub rejected_action: String,
    /// Patch groups that use it.
    pub patch_groups: Vec<String>,
    /// `COMPLIANT` or `NON_COMPLIANT` for security updates that are available and not approved (Windows).
    pub available_security: Option<String>,
    /// Last change.
    pub modified: Option<Timestamp>,
}

/// One approval rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovalRule {
    /// Filters: key (`CLASSIFICATION`, `SEVERITY`, `MSRC_SEVERITY`, `PRODUCT`, …) and values (`*` is any).
    pub filters: Vec<(String, Vec<String>)>,
    /// Days from release to approval.
    pub approve_after_days: Option<u32>,
    /// Patches released after this date are never approved.
    pub approve_until: Option<civil::Date>,
    /// Non-security updates too.
    pub non_security: bool,
    /// Compliance level the author gave.
    pub compliance_level: String,
}

/// The baseline for hosts that no patch group covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefaultBaseline {
    /// Operating system; empty when the answer does not say.
    pub os: String,
    /// Baseline.
    pub baseline: String,
}

/// A patch group's baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchGroup {
    /// Value of the `Patch Group` or `PatchGroup` tag, case-sensitive.
    pub group: String,
    /// Operating system; empty when the answer does not say.
    pub os: String,
    /// Baseline.
    pub baseline: String,
}

/// What a schedule is aimed at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Named hosts (short keys).
    Hosts(Vec<String>),
    /// A tag with any of these values.
    Tag {
        /// Key.
        key: String,
        /// Values; empty for any value (`tag-key`).
        values: Vec<String>,
    },
    /// Every managed host (`InstanceIds` of `*`).
    All,
    /// Azure dynamic scope: machines of these subscriptions that match the filter.
    Dynamic(DynamicScope),
    /// Anything else, such as a resource group: membership cannot be told.
    Opaque(String),
}

/// Filter of an Azure dynamic scope. Empty lists match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DynamicScope {
    /// Subscription the assignment lies in, lower case.
    pub subscription: String,
    /// Resource group the assignment lies in, lower case; empty for the whole subscription.
    pub resource_group: String,
    /// Resource types, lower case.
    pub resource_types: Vec<String>,
    /// Resource groups, lower case.
    pub resource_groups: Vec<String>,
    /// Locations, lower case without spaces.
    pub locations: Vec<String>,
    /// `windows`, `linux`.
    pub os_types: Vec<String>,
    /// Tags and the values asked for.
    pub tags: BTreeMap<String, Vec<String>>,
    /// All tags have to match, rather than any.
    pub all_tags: bool,
}

/// A maintenance window (SSM) or maintenance configuration (Azure).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// `mw-…`, or the ARM id in lower case.
    pub key: String,
    /// Id as printed.
    pub id: String,
    /// Name.
    pub name: String,
    /// Account, where the row says so.
    pub account: Option<String>,
    /// Region or location.
    pub region: Option<String>,
    /// Enabled. Azure configurations have no switch and are always enabled.
    pub enabled: bool,
    /// Schedule as written: `cron(…)`, `rate(…)`, or Azure `recurEvery`.
    pub schedule: String,
    /// Time zone as written; Azure uses Windows names.
    pub zone: Option<String>,
    /// Start of validity.
    pub starts: Option<Timestamp>,
    /// End of validity.
    pub ends: Option<Timestamp>,
    /// Next execution, where the provider computes it.
    pub next: Option<Timestamp>,
    /// When it runs, where the provider leaves that to the reader (Azure) and what is written can be read.
    pub recurrence: Option<crate::recurrence::Recurrence>,
    /// Minutes from opening to closing.
    pub duration_minutes: Option<u32>,
    /// Minutes before closing in which nothing new starts.
    pub cutoff_minutes: Option<u32>,
    /// What it installs (Azure); `None` where tasks say it (SSM).
    pub install: Option<InstallSelection>,
    /// Azure maintenance scope, such as `InGuestPatch`; `None` on AWS.
    pub maintenance_scope: Option<String>,
}

/// What an Azure maintenance configuration installs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstallSelection {
    /// `IfRequired`, `Never`, `Always`.
    pub reboot_setting: String,
    /// Linux classifications, empty when there are no Linux parameters.
    pub linux_classifications: Vec<String>,
    /// Linux package masks excluded.
    pub linux_excluded: Vec<String>,
    /// Windows classifications.
    pub windows_classifications: Vec<String>,
    /// Windows KBs excluded.
    pub windows_excluded: Vec<String>,
    /// Windows updates that need a reboot are left out.
    pub exclude_reboot_kbs: bool,
}

/// What a window is aimed at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowTarget {
    /// Window's key.
    pub window: String,
    /// Id of this registration.
    pub id: String,
    /// Targets; all of them have to match (AWS keys are combined with and).
    pub targets: Vec<Target>,
}

/// What a window does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowTask {
    /// Window's key.
    pub window: String,
    /// Id of this registration.
    pub id: String,
    /// Document or function, such as `AWS-RunPatchBaseline`.
    pub document: String,
    /// What it does where it patches; `None` for a task that does not patch or does not say.
    pub action: Option<PatchAction>,
    /// Targets of its own: `WindowTargetIds` resolve through [`WindowTarget::id`].
    pub target_ids: Vec<String>,
    /// Direct targets.
    pub targets: Vec<Target>,
}

/// One time a window ran. Success can have zero invocations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowExecution {
    /// Window's key.
    pub window: String,
    /// Execution id.
    pub id: String,
    /// `SUCCESS`, `FAILED`, `TIMED_OUT`, `CANCELLED`, `SKIPPED_OVERLAPPING`, `IN_PROGRESS`, …
    pub status: String,
    /// Details.
    pub details: String,
    /// Start.
    pub started: Option<Timestamp>,
    /// End.
    pub ended: Option<Timestamp>,
    /// Host it ran on (Azure apply updates); `None` where an execution is of the whole window.
    pub host: Option<String>,
}

/// A State Manager association.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Association {
    /// Id.
    pub id: String,
    /// Name the author gave, empty when none.
    pub name: String,
    /// Document, such as `AWS-RunPatchBaseline`.
    pub document: String,
    /// What it does where it patches; `None` where the answer does not have the parameters (`ListAssociations`).
    pub action: Option<PatchAction>,
    /// Targets, all of which have to match.
    pub targets: Vec<Target>,
    /// Schedule as written; empty for one that runs once.
    pub schedule: String,
    /// Status in `Overview`, such as `Success`, `Failed`.
    pub status: String,
    /// Last execution.
    pub last_executed: Option<Timestamp>,
}

/// One time an association ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssociationExecution {
    /// Association.
    pub association: String,
    /// Execution.
    pub id: String,
    /// `Success`, `Failed`, …
    pub status: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Resources by status as printed, such as `{Success=3, Failed=1}`.
    pub resources: String,
}

/// A Run Command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Command {
    /// Id.
    pub id: String,
    /// Document.
    pub document: String,
    /// What it does where it patches.
    pub action: Option<PatchAction>,
    /// Status.
    pub status: String,
    /// When it was asked for.
    pub requested: Option<Timestamp>,
    /// Targets.
    pub target_count: u32,
    /// Errors.
    pub error_count: u32,
}

/// A Run Command on one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invocation {
    /// Command.
    pub command: String,
    /// Short key of the host.
    pub host: String,
    /// Document.
    pub document: String,
    /// Status such as `Success`, `Failed`, `Undeliverable`.
    pub status: String,
    /// When it was asked for.
    pub requested: Option<Timestamp>,
}

/// State of a change calendar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Calendar {
    /// Name or ARN asked about.
    pub name: String,
    /// Changes are allowed.
    pub open: bool,
    /// At this time.
    pub at: Option<Timestamp>,
    /// Until this time.
    pub next_transition: Option<Timestamp>,
}

/// A weakness known to be exploited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exploited {
    /// CVE.
    pub cve: String,
    /// Day it was listed; date-only times count from 00:00 UTC of that day, the strict reading.
    pub added: Option<Timestamp>,
    /// Day the catalogue asks for.
    pub due: Option<Timestamp>,
    /// Used by ransomware.
    pub ransomware: bool,
}

/// Probability of exploitation. Not evidence of exploitation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epss {
    /// CVE.
    pub cve: String,
    /// Probability in millionths.
    pub score: u32,
}

/// A document of a feed that has several: one that was read, or one that its own index names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedDocument {
    /// Feed.
    pub feed: &'static str,
    /// Id, in the form of its file name.
    pub id: String,
    /// The index names it; otherwise it was read.
    pub listed: bool,
    /// Last change, as the index says it.
    pub dated: Option<Timestamp>,
}

/// What a feed says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feed {
    /// `kev`, `epss`, `lifecycle`.
    pub name: String,
    /// Version it gives.
    pub version: String,
    /// Its own date.
    pub dated: Option<Timestamp>,
    /// Records it says it holds; differs from the rows read when it was cut.
    pub records: Option<u64>,
}
