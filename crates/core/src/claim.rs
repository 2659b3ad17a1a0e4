//! Claims: records which say that fixes were applied. A record proves nothing of itself; what proves it, and what may
//! never prove it, is [`witness::TABLE`].

mod book;
mod carry;
mod judge;
mod plans;
mod rollouts;
pub mod witness;

pub use book::ClaimBook;
pub(crate) use book::Entry;
pub(crate) use judge::{Look, Reboot, Scan, Scanned, Seen};
pub(crate) use plans::PlanRun;
pub use rollouts::Rollback;
pub(crate) use rollouts::{Launched, Members, Rolling};

use crate::clock::{self, Moment};
use crate::exchange::{Evidence, Evidences};
use crate::fix::Remedy;
use crate::policy::{Policy, Seconds};
use crate::scope::Scope;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use witness::Witness;

/// What kind of record makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimSource {
    /// A Run Command of a patch document on one node.
    Command,
    /// SSM's record of an installing operation on one node (`Operation` of `Install`).
    InstallReport,
    /// One time an SSM maintenance window that installs ran.
    MaintenanceWindow,
    /// One time a State Manager association that installs ran.
    Association,
    /// Azure's result of an installation on one machine.
    AzureInstallation,
    /// One time an Azure maintenance configuration ran on one machine.
    AzureMaintenance,
    /// A group that launches another image than before.
    ImageRollout,
}

impl ClaimSource {
    /// All, in the order of the documentation.
    pub const ALL: [ClaimSource; 7] = [
        ClaimSource::Command,
        ClaimSource::InstallReport,
        ClaimSource::MaintenanceWindow,
        ClaimSource::Association,
        ClaimSource::AzureInstallation,
        ClaimSource::AzureMaintenance,
        ClaimSource::ImageRollout,
    ];

    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            ClaimSource::Command => "ssm-command",
            ClaimSource::InstallReport => "ssm-install-report",
            ClaimSource::MaintenanceWindow => "maintenance-window",
            ClaimSource::Association => "state-manager",
            ClaimSource::AzureInstallation => "azure-installation",
            ClaimSource::AzureMaintenance => "azure-maintenance",
            ClaimSource::ImageRollout => "image-rollout",
        }
    }
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// An independent, later observation says otherwise.
    Contradicted,
    /// It was verified, and the fix is missing again.
    Regressed,
    /// The record itself says that something was left undone.
    Incomplete,
    /// Installed, and not in effect before a reboot.
    PendingReboot,
    /// Nothing independent has confirmed it, and the time for that is over.
    Unverified,
    /// Nothing independent has confirmed it yet.
    Pending,
    /// An independent, later observation agrees.
    Verified,
    /// What it is about went away before anybody looked: not a verification, reported apart.
    Retired,
}

impl State {
    /// All, the worst first.
    pub const ALL: [State; 8] = [
        State::Contradicted,
        State::Regressed,
        State::Incomplete,
        State::PendingReboot,
        State::Unverified,
        State::Pending,
        State::Verified,
        State::Retired,
    ];

    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Contradicted => "contradicted",
            State::Regressed => "regressed",
            State::Incomplete => "incomplete",
            State::PendingReboot => "pending-reboot",
            State::Unverified => "unverified",
            State::Pending => "pending",
            State::Verified => "verified",
            State::Retired => "retired",
        }
    }
}

/// What claims of one command or run have in common, stored once however many hosts it reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Kind of record.
    pub source: ClaimSource,
    /// Id of the command, execution or activity, as the source has it.
    pub id: Arc<str>,
    /// Account and region it is of.
    pub scope: Arc<Scope>,
    /// Document or schedule, in words.
    pub title: Arc<str>,
}

/// What a record says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Still going on: it claims nothing yet.
    Running,
    /// Done, as it says.
    Done,
    /// Done, and waiting for a reboot.
    AwaitsReboot,
    /// Ended with something left undone.
    Partly(Left),
    /// Ended without success.
    Failed,
}

/// What a run left undone, by its own record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Patches it tried in vain.
    pub failed: u32,
    /// Patches it did not come to.
    pub not_done: u32,
    /// Its window closed first.
    pub window_exceeded: bool,
}

impl Told {
    /// Whether the record claims that what it selected is in place.
    pub fn claims_all(self) -> bool {
        matches!(self, Told::Done | Told::AwaitsReboot)
    }

    /// In words.
    pub fn words(self) -> String {
        match self {
            Told::Running => "still running".to_owned(),
            Told::Done => "done".to_owned(),
            Told::AwaitsReboot => "done, reboot needed".to_owned(),
            Told::Failed => "failed".to_owned(),
            Told::Partly(left) => {
                let mut parts = Vec::new();
                if left.failed > 0 {
                    parts.push(format!("{} failed", left.failed));
                }
                if left.not_done > 0 {
                    parts.push(format!("{} not done", left.not_done));
                }
                if left.window_exceeded {
                    parts.push("window exceeded".to_owned());
                }
                parts.join(", ")
            }
        }
    }
}

/// What a claim is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// One host, by its short key.
    Host(Arc<str>),
    /// Every host that a schedule means.
    Schedule(Arc<str>),
    /// The members of a group.
    Group,
}

/// What observations have made of a claim so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing independent has looked.
    Open,
    /// Something looked, and nobody can tell whether what it shows was due at the time.
    Unclear,
    /// In place, and a reboot is pending.
    Reboot,
    /// Verified.
    Verified,
    /// Contradicted.
    Contradicted,
    /// Verified once, and missing again.
    Regressed,
    /// What it is about went away.
    Retired,
}

/// Hosts that a claim about many is held against, as of the last run that looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member counts the hosts of its name")]
pub struct Reach {
    pub hosts: u32,
    pub verified: u32,
    pub contradicted: u32,
    pub awaiting_reboot: u32,
    pub unclear: u32,
    pub unseen: u32,
}

/// A record that says fixes were applied, and what became of it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The record.
    pub record: Arc<Record>,
    /// What it is about.
    pub about: About,
    /// Lineage's id; empty for a schedule.
    pub lineage: Arc<str>,
    /// What the record says of itself.
    pub told: Told,
    /// Its schedule left patches out on purpose, which it does not claim.
    pub leaves_out: bool,
    /// Fixes known to be missing before it, which it therefore says are in place. Sorted by line.
    pub fixes: Box<[Arc<Remedy>]>,
    /// Hosts, where it is about many.
    pub reach: Option<Box<Reach>>,
    /// What observed it last.
    pub method: Option<Witness>,
    /// The fix that speaks against it.
    pub against: Option<Arc<Remedy>>,
    /// Hosts that spoke against it and have not agreed since, where it is about many. Sorted.
    pub against_hosts: Box<[Arc<str>]>,
    /// Where the record is.
    pub evidence: Evidence,
    /// Where the observation is that decided about it.
    pub witness: Option<Evidence>,
    pub(crate) progress: Progress,
    pub(crate) claimed: Moment,
    pub(crate) deployed: Moment,
    pub(crate) settled: Moment,
    pub(crate) resolved: Moment,
}

impl Claim {
    /// Start of the run, or when it was asked for.
    pub fn claimed_at(&self) -> Timestamp {
        self.claimed.get().unwrap_or_default()
    }

    /// When the record says it was done; observations before that prove nothing of it.
    pub fn deployed_at(&self) -> Timestamp {
        self.deployed.get().unwrap_or_default()
    }

    /// When an independent source looked and agreed.
    pub fn verified_at(&self) -> Option<Timestamp> {
        matches!(self.progress, Progress::Verified | Progress::Regressed).then(|| self.settled.get()).flatten()
    }

    /// When an independent source looked and did not agree.
    pub fn contradicted_at(&self) -> Option<Timestamp> {
        (self.progress == Progress::Contradicted).then(|| self.settled.get()).flatten()
    }

    /// When what spoke against it was gone; it stays contradicted all the same.
    pub fn resolved_at(&self) -> Option<Timestamp> {
        self.resolved.get()
    }

    /// Seconds from deployment to verification.
    pub fn verification_lag(&self) -> Option<Seconds> {
        Some(self.verified_at()?.as_second() - self.deployed_at().as_second())
    }

    /// When it has to be verified by.
    pub fn verify_by(&self, policy: &Policy) -> Timestamp {
        clock::after(self.deployed_at(), policy.claims.verify_within)
    }

    /// Whether its record says that it still goes on, longer than any run does.
    pub fn is_endless(&self, as_of: Timestamp, policy: &Policy) -> bool {
        self.told == Told::Running && clock::after(self.claimed_at(), policy.claims.run_within) < as_of
    }

    /// Where it stands at a time.
    pub fn state(&self, as_of: Timestamp, policy: &Policy) -> State {
        match self.progress {
            Progress::Verified => State::Verified,
            Progress::Contradicted => State::Contradicted,
            Progress::Regressed => State::Regressed,
            Progress::Retired => State::Retired,
            Progress::Reboot => State::PendingReboot,
            Progress::Open | Progress::Unclear => match self.told {
                Told::Running if self.is_endless(as_of, policy) => State::Unverified,
                Told::Running => State::Pending,
                Told::Partly(_) | Told::Failed => State::Incomplete,
                Told::AwaitsReboot => State::PendingReboot,
                Told::Done if as_of <= self.verify_by(policy) => State::Pending,
                Told::Done => State::Unverified,
            },
        }
    }

    /// Whether something independent looked since, whatever it said.
    pub fn is_observed(&self) -> bool {
        self.progress != Progress::Open
    }

    /// Whether an observation shows something of which nobody can tell whether it was due.
    pub fn is_unclear(&self) -> bool {
        self.progress == Progress::Unclear
    }

    /// Whether it claims anything: a schedule that means no host does not.
    pub(crate) fn is_about_something(&self) -> bool {
        self.reach.as_ref().is_none_or(|reach| reach.hosts > 0 || self.about == About::Group)
    }

    /// The record, and the observation that decided about it.
    pub fn evidences(&self) -> Evidences {
        Evidences::of(self.evidence.clone()).and_all(&self.witness)
    }

    /// Digest of what was recorded about what: 16 hexadecimal digits, the same in every run.
    pub fn id(&self) -> String {
        let about = match &self.about {
            About::Host(key) | About::Schedule(key) => key,
            About::Group => &self.lineage,
        };
        let scope = &self.record.scope;
        let source = self.record.source.as_str();
        let mut hasher = Sha256::new();
        for part in [source, scope.cloud.as_str(), &scope.account, &scope.region, &self.record.id, about] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests;
