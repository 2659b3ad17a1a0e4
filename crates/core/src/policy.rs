//! The customer's policy, as data. Reading it from TOML, with spans and errors, is the edge's business.

mod change;
mod collector;
mod monitoring;
mod peak;

use crate::exception::ExceptionPolicy;
use crate::exchange::Digest;
use crate::profile::{Anchor, Profile};
use crate::scope::Scope;
use crate::severity::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;

pub use change::{ChangePolicy, Identities};
pub use collector::Collector;
pub use monitoring::Monitoring;
pub use peak::{Peak, PeakTime};

/// Seconds.
pub type Seconds = i64;
/// An hour in seconds.
pub const HOUR: Seconds = 3600;
/// A day in seconds.
pub const DAY: Seconds = 24 * HOUR;

/// Everything the customer decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where it came from: a file name relative to the folder given, or `built-in`.
    pub source: String,
    /// Of its bytes.
    pub sha256: Digest,
    /// Lines of the keys that set what findings expect, for them to point at; by key such as `sla.critical`,
    /// `tags.exclusion` or `freezes.<name>`.
    pub lines: BTreeMap<String, u32>,
    /// Deadlines.
    pub sla: Sla,
    /// Limits on the age and completeness of evidence.
    pub evidence: EvidencePolicy,
    /// Who collects, by name, where the policy says more of one than of all.
    pub collectors: BTreeMap<String, Collector>,
    /// Limits on the verification of claims.
    pub claims: ClaimPolicy,
    /// Names of the tags that carry meaning, first match wins.
    pub tags: TagNames,
    /// Environments that count as production, lower case.
    pub production: Vec<String>,
    /// What makes a host stateful.
    pub stateful: Stateful,
    /// Services by name.
    pub services: BTreeMap<String, Service>,
    /// Times without changes.
    pub freezes: Vec<Freeze>,
    /// Change calendars whose state counts as a freeze.
    pub calendars: Vec<String>,
    /// Tag whose value is the lineage, where the policy names one.
    pub lineage_tag: Option<String>,
    /// Places that must be read, beyond those that answers name.
    pub expected_scopes: Vec<Scope>,
    /// Regions left out on purpose, with the reason.
    pub ignored_regions: BTreeMap<String, String>,
    /// Images older than this are outdated.
    pub image_max_age: Seconds,
    /// Longest approval delay of a baseline; a longer one eats the deadline.
    pub approval_max: Seconds,
    /// Share of targeted hosts in percent that named exclusions may take away.
    pub exclusion_max_percent: u32,
    /// Monitoring of deployments.
    pub monitoring: Monitoring,
    /// What it asks of changes.
    pub changes: ChangePolicy,
    /// Who is the same person.
    pub identities: Identities,
    /// Exceptions and who may approve them.
    pub exceptions: ExceptionPolicy,
}

/// Deadlines.
#[derive(Clone, Debug)]
pub struct Sla {
    /// Profile that the limits come from.
    pub profile: &'static Profile,
    /// Anchor; the profile's unless the policy names another.
    pub anchor: Anchor,
    /// Limits in hours that replace the profile's, by severity; `exploited` by `None`.
    pub limits: BTreeMap<Option<Severity>, u32>,
    /// The same for one environment, lower case.
    pub environments: BTreeMap<String, BTreeMap<Option<Severity>, u32>>,
    /// How often hosts are to be scanned: caps the first detection, so that not scanning never helps.
    pub scan_interval: Seconds,
    /// A weakness that returns within this time continues its old clock.
    pub reopen_within: Seconds,
    /// What falls due within this time is listed as due soon.
    pub due_soon: Seconds,
}

/// Limits on evidence.
#[derive(Clone, Debug)]
pub struct EvidencePolicy {
    /// Longest time from an imported observation to its sealing; `None` turns the check off.
    pub ingest_limit: Option<Seconds>,
    /// How often sources are to be asked.
    pub cadence: Seconds,
    /// Slack on top of the cadence.
    pub tolerance: Seconds,
    /// Time before now in which every run is to have happened.
    pub lookback: Seconds,
    /// A scan older than this says nothing about now.
    pub scan_max_age: Seconds,
    /// An agent that was silent longer is lost.
    pub agent_max_silence: Seconds,
    /// A host younger than this may not have been scanned yet.
    pub new_host_grace: Seconds,
    /// A feed older than this is stale.
    pub feed_max_age: Seconds,
    /// Largest difference between a source's clock and the observation.
    pub clock_tolerance: Seconds,
}

/// Limits on the verification of claims.
#[derive(Clone, Debug)]
pub struct ClaimPolicy {
    /// What a record claims is to be verified within this time; later it is unverified.
    pub verify_within: Seconds,
    /// The time that verifications aim for, reported beside the limit.
    pub verify_target: Seconds,
}

/// Tag names, in order of preference.
#[derive(Clone, Debug)]
pub struct TagNames {
    /// Service.
    pub service: Vec<String>,
    /// Owner.
    pub owner: Vec<String>,
    /// Environment.
    pub environment: Vec<String>,
    /// Data class.
    pub data_class: Vec<String>,
    /// Internet-facing: `true`, `yes`, `public`, `internet`.
    pub internet_facing: Vec<String>,
    /// Tags that take a host out of patching when present with one of these values (empty: any value).
    pub exclusion: Vec<(String, Vec<String>)>,
}

/// What makes a host stateful, such as a database host.
#[derive(Clone, Debug, Default)]
pub struct Stateful {
    /// Tags and their values (empty: any value).
    pub tags: Vec<(String, Vec<String>)>,
    /// Parts of names, lower case, matched between separators: `db` matches `orders-db-1`.
    pub names: Vec<String>,
}

/// A service.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// Owner, where hosts do not name one.
    pub owner: Option<String>,
    /// Hosts of it are stateful.
    pub stateful: bool,
    /// Times of heavy traffic.
    pub peaks: Vec<Peak>,
}

/// A time without changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Name.
    pub name: String,
    /// Begin.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
    /// Services it holds for; empty for all.
    pub services: Vec<String>,
    /// Line of the policy.
    pub line: u32,
}

impl Policy {
    /// The built-in policy around a profile. Each number is a judgement, with its reason.
    pub fn built_in(profile: &'static Profile) -> Policy {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Policy {
            source: "built-in".to_owned(),
            sha256: Digest([0; 32]),
            lines: BTreeMap::new(),
            sla: Sla {
                profile,
                anchor: profile.anchor,
                limits: BTreeMap::new(),
                environments: BTreeMap::new(),
                // Providers scan daily by default (Azure periodic assessment: 24 h; SSM Quick Setup: daily).
                scan_interval: DAY,
                // Reopening within 30 days continues the clock: audit practice, kept as the default.
                reopen_within: 30 * DAY,
                due_soon: 7 * DAY,
            },
            evidence: EvidencePolicy {
                ingest_limit: Some(DAY),
                cadence: DAY,
                // A quarter of the cadence: a run that slips into the morning is no gap.
                tolerance: 6 * HOUR,
                // CloudTrail's event history and the Activity Log forget after 90 days: what was missed before cannot
                // be read again anyway.
                lookback: 90 * DAY,
                // Resource Graph keeps assessments for 7 days; anything older cannot even be re-read.
                scan_max_age: 7 * DAY,
                // Agents answer every few minutes; a day outlasts any reboot and most maintenance.
                agent_max_silence: DAY,
                // A first scan comes with the next daily schedule.
                new_host_grace: DAY,
                feed_max_age: 7 * DAY,
                // NTP keeps machines within seconds; five minutes is what signed cloud requests allow.
                clock_tolerance: 300,
            },
            collectors: BTreeMap::new(),
            // A scan a day leaves three chances; the day itself is what daily scanning can reach.
            claims: ClaimPolicy { verify_within: 72 * HOUR, verify_target: DAY },
            tags: TagNames {
                service: words(&["service", "Service", "app", "App", "application", "Application"]),
                owner: words(&["owner", "Owner", "team", "Team"]),
                environment: words(&["environment", "Environment", "env", "Env"]),
                data_class: words(&["data-class", "DataClass", "data_class", "dataClassification"]),
                internet_facing: words(&["internet-facing", "InternetFacing", "exposure"]),
                exclusion: vec![
                    ("patching".to_owned(), words(&["excluded", "exclude", "disabled", "off", "false", "none"])),
                    ("PatchExclude".to_owned(), Vec::new()),
                    ("patch-exclude".to_owned(), Vec::new()),
                ],
            },
            production: words(&["production", "prod", "live", "prd"]),
            stateful: Stateful {
                tags: vec![
                    ("stateful".to_owned(), words(&["true", "yes"])),
                    ("role".to_owned(), words(&["database", "db"])),
                ],
                names: words(&[
                    "db",
                    "database",
                    "sql",
                    "mysql",
                    "postgres",
                    "postgresql",
                    "oracle",
                    "mongo",
                    "redis",
                    "kafka",
                ]),
            },
            services: BTreeMap::new(),
            freezes: Vec::new(),
            calendars: Vec::new(),
            lineage_tag: None,
            expected_scopes: Vec::new(),
            ignored_regions: BTreeMap::new(),
            // Vendors publish images monthly; three missed months is the usual review limit.
            image_max_age: 90 * DAY,
            // The providers' own default baselines approve after 7 days.
            approval_max: 7 * DAY,
            exclusion_max_percent: 10,
            monitoring: Monitoring::built_in(),
            changes: ChangePolicy::default(),
            identities: Identities::default(),
            exceptions: ExceptionPolicy::default(),
        }
    }

    /// Whether an environment counts as production. An undeclared one does: unknown must not relax anything.
    pub fn is_production(&self, environment: Option<&str>) -> bool {
        environment.is_none_or(|name| self.production.iter().any(|word| word.eq_ignore_ascii_case(name)))
    }

    /// Line of the policy that set a limit, most specific key first.
    pub fn line_of(&self, keys: &[impl AsRef<str>]) -> Option<u32> {
        keys.iter().find_map(|key| self.lines.get(key.as_ref()).copied())
    }
}
