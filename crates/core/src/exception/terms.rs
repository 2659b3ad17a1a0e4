//! What an exception says, as written.

use crate::exchange::Digest;
use crate::policy::{DAY, Seconds};
use crate::severity::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a risk is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The risk is taken as it is.
    RiskAcceptance,
    /// The fix comes later.
    Deferral,
    /// The source is wrong.
    FalsePositive,
    /// The weakness has no effect here.
    NotApplicable,
    /// There is no fix yet.
    VendorDependency,
    /// The business needs it this way for a time.
    OperationalRequirement,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::RiskAcceptance,
        Kind::Deferral,
        Kind::FalsePositive,
        Kind::NotApplicable,
        Kind::VendorDependency,
        Kind::OperationalRequirement,
    ];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::RiskAcceptance => "risk-acceptance",
            Kind::Deferral => "deferral",
            Kind::FalsePositive => "false-positive",
            Kind::NotApplicable => "not-applicable",
            Kind::VendorDependency => "vendor-dependency",
            Kind::OperationalRequirement => "operational-requirement",
        }
    }
}

/// How much risk is taken: decides who may approve, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High, and what nobody rated.
    High,
    /// Critical.
    Critical,
    /// Known to be exploited.
    Exploited,
}

impl Tier {
    /// Every tier, the least first.
    pub const ALL: [Tier; 5] = [Tier::Low, Tier::Medium, Tier::High, Tier::Critical, Tier::Exploited];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tier::Low => "low",
            Tier::Medium => "medium",
            Tier::High => "high",
            Tier::Critical => "critical",
            Tier::Exploited => "exploited",
        }
    }

    /// The tier of a finding.
    pub fn of(severity: Severity, exploited: bool) -> Tier {
        match severity.for_clock() {
            _ if exploited => Tier::Exploited,
            Severity::Critical => Tier::Critical,
            Severity::High | Severity::Unspecified => Tier::High,
            Severity::Medium => Tier::Medium,
            Severity::Low => Tier::Low,
        }
    }

    /// The longest time that an exception may last, unless the policy says otherwise. A judgement of this project from
    /// common practice; no standard sets these numbers.
    pub const fn longest(self) -> Seconds {
        match self {
            Tier::Exploited => 14 * DAY,
            Tier::Critical => 30 * DAY,
            Tier::High => 90 * DAY,
            Tier::Medium => 180 * DAY,
            Tier::Low => 365 * DAY,
        }
    }

    /// How often it may be extended, unless the policy says otherwise: twice, so that nothing is perpetual; never where
    /// the weakness is being exploited. The same judgement.
    pub const fn renewals(self) -> u32 {
        match self {
            Tier::Exploited => 0,
            _ => 2,
        }
    }
}

/// What the requester asked to cover. Only the frozen members are covered; the selector shows what has come to match
/// since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Rules.
    pub rules: Vec<String>,
    /// Subjects: ids as findings print them.
    pub assets: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Weaknesses.
    pub cves: Vec<String>,
    /// Fix lines.
    pub fix_lines: Vec<String>,
}

impl Selector {
    /// Whether it could come to match more than the findings it was made from.
    pub fn is_open(&self) -> bool {
        !self.rules.is_empty() || !self.assets.is_empty() || !self.services.is_empty()
    }
}

/// A finding that is covered, as it was when the exception was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Id of the finding.
    pub finding: Arc<str>,
    /// Rule.
    pub rule: Arc<str>,
    /// Id of its subject.
    pub subject: Arc<str>,
    /// Owner of the subject.
    pub owner: Option<Arc<str>>,
    /// Severity then.
    pub severity: Severity,
    /// Whether a weakness of it was known to be exploited then.
    pub exploited: bool,
    /// Whether it counted as reachable from outside.
    pub internet_facing: bool,
    /// Whether it counted as production.
    pub production: bool,
    /// Its data class.
    pub data_class: Option<Arc<str>>,
    /// Fix lines that are covered; empty where the rule is not about fixes.
    pub fix_lines: Vec<String>,
    /// Weaknesses that are covered.
    pub cves: Vec<String>,
}

/// An exception of a provider that is taken over, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The provider's own id of it.
    pub held: Arc<str>,
    /// Digest of its terms.
    pub terms: Digest,
}

/// A compensating control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Id.
    pub id: Arc<str>,
    /// What it does.
    pub description: String,
    /// Who runs it.
    pub owner: Option<String>,
    /// How often it is to be tested.
    pub cadence: Seconds,
    /// Tests, oldest first. No part of what is approved: a test result needs no approval.
    pub tests: Vec<Test>,
    /// Line of the file.
    pub line: u32,
}

impl Control {
    /// The last test by a time. Of two results of one moment, the failed one counts.
    pub fn last_test(&self, at: Timestamp) -> Option<&Test> {
        self.tests.iter().filter(|test| test.at <= at).max_by_key(|test| (test.at, !test.passed))
    }
}

/// A test of a compensating control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// When.
    pub at: Timestamp,
    /// It worked.
    pub passed: bool,
    /// Line of the file.
    pub line: u32,
}

/// A step of the plan to make the exception needless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// What.
    pub what: String,
    /// When it is due.
    pub due: Timestamp,
    /// When it was done. No part of what is approved.
    pub done: Option<Timestamp>,
    /// Line of the file.
    pub line: u32,
}

/// The end of an exception before its expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When, by its own word; it takes effect when it is sealed.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// An exception as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Id.
    pub id: Arc<str>,
    /// Number of the version, from 1.
    pub version: u32,
    /// Digest of the version that this one renews or revokes.
    pub previous: Option<Digest>,
    /// Digest of what is approved: everything but tests and comments.
    pub digest: Digest,
    /// Why.
    pub kind: Kind,
    /// How much.
    pub tier: Tier,
    /// The longest time that the policy allowed when it was written.
    pub limit: Seconds,
    /// Business reason.
    pub justification: String,
    /// Accountable role.
    pub owner: Arc<str>,
    /// Who asks.
    pub requester: Arc<str>,
    /// Ticket.
    pub ticket: Option<String>,
    /// When it was written.
    pub created: Timestamp,
    /// From when it is to hold; from approval on where it does not say.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub expires: Timestamp,
    /// How often it was extended.
    pub renewals: u32,
    /// What was asked to cover.
    pub selector: Selector,
    /// What is covered.
    pub members: Vec<Member>,
    /// Exceptions of providers that it takes over. It covers nothing by them: they stop being nobody's.
    pub adopts: Vec<Adopted>,
    /// Digest of the members as stated.
    pub members_stated: Digest,
    /// Digest of the members as they stand there.
    pub members_found: Digest,
    /// Compensating controls.
    pub controls: Vec<Control>,
    /// The plan.
    pub milestones: Vec<Milestone>,
    /// Its end before its time.
    pub revoked: Option<Revocation>,
    /// File, relative to the folder of exceptions' parent.
    pub source: Arc<str>,
    /// Lines of its keys.
    pub lines: BTreeMap<String, u32>,
}

impl Record {
    /// File and line of a key, or of the file's beginning.
    pub fn at(&self, key: &str) -> String {
        format!("{}:{}", self.source, self.lines.get(key).copied().unwrap_or(1))
    }

    /// From when its length counts: a day of writing that lies after the signature is no gain.
    pub fn begins(&self, signed: Option<Timestamp>) -> Timestamp {
        self.start.unwrap_or_else(|| signed.map_or(self.created, |signed| signed.min(self.created)))
    }

    /// How long it asks to hold.
    pub fn length(&self, signed: Option<Timestamp>) -> Seconds {
        self.expires.as_second() - self.begins(signed).as_second()
    }
}
