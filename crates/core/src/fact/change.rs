//! What ticket systems say of changes.

use jiff::Timestamp;
use std::sync::Arc;

/// What a source says of a member: no two systems fill in the same ones, and a column that an export lacks says
/// something else than a cell that is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said<T> {
    /// The source has no place for it.
    #[default]
    Unsaid,
    /// The place is empty.
    Nothing,
    /// This.
    Value(T),
}

impl<T> Said<T> {
    /// What is said, where something is.
    pub fn value(&self) -> Option<&T> {
        match self {
            Said::Value(value) => Some(value),
            Said::Unsaid | Said::Nothing => None,
        }
    }

    /// Whether the source has no place for it.
    pub fn is_unsaid(&self) -> bool {
        matches!(self, Said::Unsaid)
    }
}

/// Kind of a change, in the words that ITIL gave to all ticket systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Approved in advance, by its template.
    Standard,
    /// Approved one by one.
    Normal,
    /// Approved quickly, perhaps afterwards.
    Emergency,
    /// The record does not say, or in no word that is known.
    #[default]
    Unsaid,
}

impl ChangeKind {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Standard => "standard",
            ChangeKind::Normal => "normal",
            ChangeKind::Emergency => "emergency",
            ChangeKind::Unsaid => "of no stated kind",
        }
    }
}

/// Whether a change was approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// The record does not say.
    #[default]
    Unsaid,
    /// Not asked for, or asked for and not given.
    Missing,
    /// Refused.
    Rejected,
    /// Given.
    Approved,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeOutcome {
    /// The record does not say.
    #[default]
    Unsaid,
    /// Still ahead, or under way.
    Open,
    /// Called off before it was deployed.
    Cancelled,
    /// Deployed without success, or rolled back.
    Failed,
    /// Deployed.
    Done,
}

/// One record of a ticket system. Names of people are as the source has them; who is the same person, the policy says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeRecord {
    /// Name of the source (file name without its ending).
    pub source: Arc<str>,
    /// The source's own id, such as `CHG0030192`.
    pub id: Arc<str>,
    /// Line of a table, from 1; `None` in a document, where evidence points at the record.
    pub line: Option<u32>,
    /// What it is about, in a line.
    pub title: Said<String>,
    /// Category, labels, type of work: whatever sorts changes there.
    pub categories: Said<Vec<String>>,
    /// Whether it concerns patching, where the policy maps a column that says so.
    pub patching: Option<bool>,
    /// Kind.
    pub kind: ChangeKind,
    /// Template of a standard change.
    pub template: Said<String>,
    /// Who asked for it.
    pub requester: Said<String>,
    /// Whether it was approved.
    pub approval: Approval,
    /// Who approved it.
    pub approvers: Said<Vec<String>>,
    /// When.
    pub approved_at: Said<Timestamp>,
    /// Who deployed it.
    pub deployer: Said<String>,
    /// Planned begin.
    pub window_start: Said<Timestamp>,
    /// Planned end.
    pub window_end: Said<Timestamp>,
    /// When work on the machines began.
    pub deployed_at: Said<Timestamp>,
    /// When the record was closed.
    pub closed_at: Said<Timestamp>,
    /// What became of it.
    pub outcome: ChangeOutcome,
    /// Machines and settings it means: ids, names, or ids of an outside inventory.
    pub assets: Said<Vec<String>>,
    /// Fixes it brings: CVEs, KB numbers, packages.
    pub fixes: Vec<String>,
    /// Environment it is deployed to.
    pub environment: Said<String>,
    /// Record of the test: another change's id, or any reference.
    pub tested_ref: Said<String>,
    /// Environment of the test.
    pub test_environment: Said<String>,
    /// When it was tested.
    pub tested_at: Said<Timestamp>,
    /// How it would be taken back.
    pub rollback_ref: Said<String>,
    /// When it was reviewed or approved afterwards.
    pub reviewed_at: Said<Timestamp>,
    /// Backup or snapshot taken before.
    pub backup_ref: Said<String>,
    /// When that was taken.
    pub backup_at: Said<Timestamp>,
    /// What is wrong with the record itself, such as a date that cannot be read. It then proves nothing.
    pub problems: Vec<String>,
}

impl ChangeRecord {
    /// Where it stands, for people.
    pub fn place(&self) -> String {
        let line = self.line.map_or(String::new(), |line| format!(" line {line}"));
        format!("changes/{}{line}", self.source)
    }

    /// When it was deployed, as far as the record shows that it was: the time itself, or the latest it can have been.
    pub fn deployment(&self) -> Deployment {
        match (&self.deployed_at, self.outcome) {
            (_, ChangeOutcome::Cancelled) => Deployment::Never("it was called off"),
            (Said::Value(at), _) => Deployment::At(*at),
            (_, ChangeOutcome::Done | ChangeOutcome::Failed) => match self.closed_at.value() {
                Some(closed) => Deployment::Before(*closed),
                None => Deployment::Sometime,
            },
            (_, ChangeOutcome::Open) => Deployment::Never("it is not deployed yet"),
            (Said::Nothing, ChangeOutcome::Unsaid) => match self.closed_at.value() {
                Some(closed) => Deployment::Before(*closed),
                None => Deployment::Never("it is not deployed yet"),
            },
            (Said::Unsaid, ChangeOutcome::Unsaid) => Deployment::Sometime,
        }
    }
}

/// When a change was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// Then.
    At(Timestamp),
    /// Not later than then.
    Before(Timestamp),
    /// The record does not say whether, or not when.
    Sometime,
    /// Not at all, and why.
    Never(&'static str),
}
