//! What patch tools and scanners say of one host.

use crate::severity::Severity;
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// What a patch operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatchAction {
    /// Looked.
    Scan,
    /// Installed.
    Install,
}

/// Whether the operation behind a patch state succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScanStatus {
    /// It did. (SSM writes patch states after successful operations only.)
    Succeeded,
    /// It did, with warnings.
    Warnings,
    /// It failed: the counts say nothing.
    Failed,
    /// Still going on.
    InProgress,
}

/// The last patch operation on a host: SSM patch state, or Azure assessment summary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchState {
    /// Short key of the host.
    pub host: Arc<str>,
    /// Scan or install.
    pub action: PatchAction,
    /// What became of it.
    pub status: ScanStatus,
    /// Start.
    pub started: Option<Timestamp>,
    /// End; the point in time that the counts describe.
    pub ended: Option<Timestamp>,
    /// Baseline used (SSM).
    pub baseline: Option<Arc<str>>,
    /// Baseline snapshot used (SSM).
    pub snapshot: Option<Arc<str>>,
    /// Patch group used (SSM); empty when there is none.
    pub patch_group: Arc<str>,
    /// List that overrode the baseline (SSM `InstallOverrideList`).
    pub override_list: Option<Arc<str>>,
    /// Counts.
    pub counts: PatchCounts,
    /// A reboot is pending, where the source has a flag for it (Azure `rebootPending`).
    pub reboot_pending: Option<bool>,
    /// `NoReboot`, `RebootIfNeeded` (SSM).
    pub reboot_option: Option<Arc<str>>,
    /// Last installation that was told not to reboot (SSM).
    pub last_no_reboot_install: Option<Timestamp>,
    /// First error the source gives (Azure `errorDetails`), empty when none.
    pub error: Arc<str>,
    /// Whether the platform can patch this image (Azure `detectedVMGuestPatchSupportState`).
    pub support: Option<Arc<str>>,
}

/// Counts of a patch state; `None` where the source has no such counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchCounts {
    /// Installed.
    pub installed: Option<u32>,
    /// Installed outside the baseline.
    pub installed_other: Option<u32>,
    /// Installed, waiting for a reboot.
    pub pending_reboot: Option<u32>,
    /// Installed and since rejected; always 0 under `ALLOW_AS_DEPENDENCY`.
    pub installed_rejected: Option<u32>,
    /// Missing.
    pub missing: Option<u32>,
    /// Failed to install.
    pub failed: Option<u32>,
    /// Available, not yet approved (Windows only).
    pub available_security: Option<u32>,
    /// Non-compliant at level critical; includes missing, failed, rejected and pending reboot already.
    pub critical_non_compliant: Option<u32>,
    /// The same for security.
    pub security_non_compliant: Option<u32>,
    /// The same for the rest.
    pub other_non_compliant: Option<u32>,
}

/// State of one patch on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatchPresence {
    /// Approved and not there.
    Missing,
    /// Tried and failed.
    Failed,
    /// There, and waiting for a reboot.
    PendingReboot,
    /// There, and rejected by the baseline since.
    InstalledRejected,
    /// Offered and not approved (Windows `AvailableSecurityUpdate`).
    Available,
    /// There.
    Installed,
    /// There, outside the baseline.
    InstalledOther,
    /// Does not apply, or is superseded.
    NotApplicable,
}

impl PatchPresence {
    /// Whether the host still lacks the fix's effect. `Available` does not count as missing by the source, and is a
    /// fix the host lacks all the same.
    pub fn is_exposed(self) -> bool {
        use PatchPresence::*;
        matches!(self, Missing | Failed | PendingReboot | InstalledRejected | Available)
    }

    /// Whether a scan's counts of missing and failed fixes include it.
    pub fn is_counted(self) -> bool {
        matches!(self, PatchPresence::Missing | PatchPresence::Failed)
    }

    /// The word used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            PatchPresence::Missing => "missing",
            PatchPresence::Failed => "failed",
            PatchPresence::PendingReboot => "installed, reboot pending",
            PatchPresence::InstalledRejected => "installed, since rejected",
            PatchPresence::Available => "available, not approved",
            PatchPresence::Installed => "installed",
            PatchPresence::InstalledOther => "installed outside the baseline",
            PatchPresence::NotApplicable => "not applicable",
        }
    }
}

/// One patch on one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch<'a> {
    /// Short key of the host.
    pub host: Cow<'a, str>,
    /// Title as the source prints it: `kernel-6.1.79-99.167.amzn2023.x86_64`, a Windows update's title, a package name.
    pub title: Cow<'a, str>,
    /// KB number without `KB`, where there is one.
    pub kb: Option<Cow<'a, str>>,
    /// Version, where it is apart from the title (Azure Linux).
    pub version: Option<Cow<'a, str>>,
    /// State.
    pub presence: PatchPresence,
    /// The vendor's severity.
    pub severity: Severity,
    /// Whether the source classes it as security (or critical) content.
    pub security: bool,
    /// When it was installed; `None` for the epoch, which SSM prints for patches that are not there.
    pub installed: Option<Timestamp>,
    /// When the vendor published it (Azure Windows).
    pub published: Option<Timestamp>,
    /// Weaknesses it removes, in the source's order; SSM has them for missing and failed patches only.
    pub cves: Vec<Cow<'a, str>>,
}

/// An installation run on one host (Azure), in counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Installation {
    /// Short key of the host.
    pub host: String,
    /// Activity id.
    pub id: String,
    /// `Succeeded`, `Failed`, `CompletedWithWarnings`, `InProgress`, `NotStarted`. Judge the counts, not this alone.
    pub status: String,
    /// Start.
    pub started: Option<Timestamp>,
    /// Last change.
    pub ended: Option<Timestamp>,
    /// `NotNeeded`, `Required`, `Started`, `Failed`, `Completed`.
    pub reboot_status: String,
    /// The window closed before the run was done.
    pub window_exceeded: bool,
    /// Installed.
    pub installed: u32,
    /// Failed.
    pub failed: u32,
    /// Not done in time.
    pub pending: u32,
    /// Excluded by the schedule.
    pub excluded: u32,
    /// Not selected.
    pub not_selected: u32,
    /// Schedule's run, empty for an on-demand run.
    pub maintenance_run: String,
    /// First error, empty when there is none (`code` of `0` or `Success` is none).
    pub error: String,
}

/// Compliance of one host in one compliance type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compliance {
    /// Short key of the host.
    pub host: String,
    /// `Patch`, `Association`, `Custom:…`: one host has a row per type, and they must not overwrite each other.
    pub compliance_type: String,
    /// `COMPLIANT`.
    pub compliant: bool,
    /// Execution time; for State Manager it is the time of aggregation.
    pub executed: Option<Timestamp>,
    /// `ExecutionType` such as `Command`.
    pub execution_type: String,
}

/// Installed software of one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Software {
    /// Short key of the host.
    pub host: String,
    /// Inventory type, such as `AWS:Application`.
    pub inventory_type: String,
    /// When the agent captured it.
    pub captured: Option<Timestamp>,
    /// Package name; empty for the row that says the inventory is there and empty.
    pub name: String,
    /// Version (with release where the source has one).
    pub version: String,
    /// When it was installed.
    pub installed: Option<Timestamp>,
}

/// A vulnerability on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vulnerability {
    /// Short key of the host.
    pub host: String,
    /// Owning account.
    pub account: String,
    /// Id of the finding.
    pub id: String,
    /// CVE, or another vulnerability id.
    pub cve: String,
    /// Severity by the scanner.
    pub severity: Severity,
    /// `ACTIVE`, `SUPPRESSED`, `CLOSED`. Closed can mean that the resource went away.
    pub status: String,
    /// First seen on this resource.
    pub first_observed: Option<Timestamp>,
    /// Last seen.
    pub last_observed: Option<Timestamp>,
    /// When the vendor published it.
    pub published: Option<Timestamp>,
    /// A fix exists (`fixAvailable` of `YES`).
    pub fix_available: bool,
    /// A public exploit exists.
    pub exploit_available: bool,
    /// Package names concerned.
    pub packages: Vec<String>,
}

/// Whether a scanner covers a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanCoverage {
    /// Short key of the host.
    pub host: Arc<str>,
    /// Owning account.
    pub account: Arc<str>,
    /// `ACTIVE` or `INACTIVE`.
    pub active: bool,
    /// Reason code such as `EXCLUDED_BY_TAG`, `UNMANAGED_EC2_INSTANCE`.
    pub reason: Arc<str>,
    /// Last scan.
    pub last_scanned: Option<Timestamp>,
}

/// A filter that hides scanner findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// `SUPPRESS` (hides) as against `NONE` (a saved view).
    pub suppresses: bool,
    /// Reason written down, empty when none is.
    pub reason: String,
    /// Creation.
    pub created: Option<Timestamp>,
    /// Criteria in words, sorted, such as `vulnerabilityId EQUALS CVE-2026-1`.
    pub criteria: Vec<String>,
}

impl Patch<'_> {
    /// The same patch, borrowing nothing.
    pub fn into_owned(self) -> Patch<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Patch {
            host: own(self.host),
            title: own(self.title),
            kb: self.kb.map(own),
            version: self.version.map(own),
            presence: self.presence,
            severity: self.severity,
            security: self.security,
            installed: self.installed,
            published: self.published,
            cves: self.cves.into_iter().map(own).collect(),
        }
    }
}

crate::carry::carried_words! {
    PatchPresence {
        Missing, Failed, PendingReboot, InstalledRejected, Available, Installed, InstalledOther, NotApplicable,
    }
}
