//! Small worlds for rules' examples, built from the same facts that answers state: a rule cannot be tried on a world
//! that no answer can produce.

use crate::engine::{Keep, evaluate};
use crate::exchange::FailureKind;
use crate::fact::*;
use crate::op;
use crate::policy::{HOUR, Policy, Seconds};
use crate::rule::Rule;
use crate::scope::{Cloud, Scope};
use crate::severity::Severity;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

mod build;
mod changes;
mod claims;
mod estate;
mod feeds;
mod filings;
mod governed;
mod held;
mod monitoring;
mod plans;
mod question;
mod shows;

pub use filings::Filing;
pub use shows::{Example, Shows, fail, not_applicable, pass, unknown, worst};

/// Severity of a patch in an example.
pub const HIGH: Severity = Severity::High;
/// The time of every example: three days before Black Friday 2026.
pub const NOW: &str = "2026-11-24T06:00:00Z";

type Key = (&'static str, Scope, Option<String>);

/// One run of a world.
#[derive(Clone, Default)]
struct Draft {
    at: Timestamp,
    logged: Timestamp,
    facts: BTreeMap<Key, Vec<Fact<'static>>>,
    answered: BTreeSet<Key>,
    failed: BTreeMap<Key, FailureKind>,
    unasked: BTreeSet<Key>,
    needless: BTreeSet<Key>,
}

/// A world under construction. Methods that say something of a host speak of the host named last.
#[derive(Clone)]
pub struct World {
    /// The policy, open for changes.
    pub policy: Policy,
    runs: Vec<Draft>,
    filings: Vec<Filing>,
    sealed: Option<Timestamp>,
    policy_approvals: Vec<crate::policy::PolicyApproval>,
    scope: Scope,
    host: String,
    window: String,
}

/// Region of the AWS world.
pub fn aws() -> Scope {
    Scope::new(Cloud::Aws, "111122223333", "eu-west-1")
}

/// Subscription of the Azure world.
pub fn azure() -> Scope {
    Scope::new(Cloud::Azure, "0aaaaaaa-0000-4000-8000-000000000001", Scope::GLOBAL)
}

impl World {
    /// An empty world whose lists are all complete: nothing is there, and that is known.
    pub fn new() -> World {
        let mut world = World {
            policy: Policy::built_in(&crate::profile::INDUSTRY_DEFAULT),
            runs: Vec::new(),
            filings: Vec::new(),
            sealed: None,
            policy_approvals: Vec::new(),
            scope: aws(),
            host: String::new(),
            window: String::new(),
        };
        world.begin(world.now());
        world
    }

    /// The time of the example.
    pub fn now(&self) -> Timestamp {
        NOW.parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A time before now.
    pub fn hours_ago(&self, hours: i64) -> Timestamp {
        self.now().saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
    }

    /// A time after now.
    pub fn hours_ahead(&self, hours: i64) -> Timestamp {
        self.hours_ago(-hours)
    }

    fn begin(&mut self, at: Timestamp) {
        let mut draft = Draft { at, logged: at, ..Draft::default() };
        for operation in [
            op::EC2_INSTANCES,
            op::GROUPS,
            op::IMAGES,
            op::AGENTS,
            op::PATCH_STATES,
            op::BASELINES,
            op::DEFAULT_BASELINE,
            op::PATCH_GROUPS,
            op::WINDOWS,
            op::ASSOCIATIONS,
            op::COMPLIANCE,
            op::COMMANDS,
            op::VULNERABILITIES,
            op::SCAN_COVERAGE,
            op::SUPPRESSIONS,
            op::CONFIG_RULES,
        ] {
            draft.answered.insert((operation, aws(), None));
        }
        for operation in [
            op::AZURE_RESOURCES,
            op::AZURE_ASSESSMENTS,
            op::AZURE_INSTALLATIONS,
            op::AZURE_MAINTENANCE,
            op::POLICY_EXEMPTIONS,
            op::SECURITY_EXEMPTIONS,
        ] {
            draft.answered.insert((operation, azure(), None));
        }
        for (operation, feed) in [(op::KEV, "kev"), (op::EPSS, "epss"), (op::LIFECYCLE, "lifecycle")] {
            draft.answered.insert((operation, crate::context::feed_scope(feed), None));
        }
        self.runs.push(draft);
    }

    fn draft(&mut self) -> &mut Draft {
        let last = self.runs.len() - 1;
        &mut self.runs[last]
    }

    /// Puts what was said so far into an earlier run, and says it again in a new one at the time of the example, to be
    /// changed from here.
    #[must_use]
    pub fn after(mut self, hours: i64) -> World {
        let now = self.now();
        let earlier = self.hours_ago(hours);
        let draft = self.draft();
        (draft.at, draft.logged) = (earlier, earlier);
        let again = Draft {
            at: now,
            logged: now,
            facts: draft.facts.clone(),
            answered: draft.answered.clone(),
            failed: draft.failed.clone(),
            unasked: draft.unasked.clone(),
            needless: draft.needless.clone(),
        };
        self.runs.push(again);
        self
    }

    /// A fact, under the operation that states such facts.
    #[must_use]
    pub fn fact(mut self, fact: Fact<'static>) -> World {
        let key = self.question(&fact);
        self.draft().facts.entry(key).or_default().push(fact);
        self
    }

    /// Changes facts of the current run; the closure returns false for those to drop.
    #[must_use]
    pub fn edit(mut self, mut change: impl FnMut(&mut Fact<'static>) -> bool) -> World {
        for facts in self.draft().facts.values_mut() {
            facts.retain_mut(&mut change);
        }
        self
    }

    /// The question is answered completely, whatever became of it in an earlier run.
    #[must_use]
    pub fn complete(mut self, operation: &'static str) -> World {
        let key = (operation, place_of(operation), None);
        self.draft().failed.remove(&key);
        self.draft().answered.insert(key);
        self
    }

    /// The question about one subject is answered completely.
    #[must_use]
    pub fn complete_about(mut self, operation: &'static str, subject: &str) -> World {
        let key = (operation, place_of(operation), Some(subject.to_owned()));
        self.draft().answered.insert(key);
        self
    }

    /// Every question of this operation is refused with 403.
    #[must_use]
    pub fn denied(self, operation: &'static str) -> World {
        self.failing(operation, FailureKind::Denied)
    }

    /// Every question of this operation fails.
    #[must_use]
    pub fn failing(mut self, operation: &'static str, kind: FailureKind) -> World {
        let draft = self.draft();
        let mut keys: Vec<Key> =
            draft.answered.iter().chain(draft.facts.keys()).filter(|key| key.0 == operation).cloned().collect();
        keys.push((operation, place_of(operation), None));
        for key in keys {
            draft.facts.remove(&key);
            draft.answered.remove(&key);
            draft.failed.insert(key, kind);
        }
        self
    }

    /// Nothing of this operation was ever asked.
    #[must_use]
    pub fn unasked(mut self, operation: &'static str) -> World {
        let draft = self.draft();
        draft.facts.retain(|key, _| key.0 != operation);
        draft.answered.retain(|key| key.0 != operation);
        draft.unasked.insert((operation, place_of(operation), None));
        self
    }

    /// Nothing at all is asked in the current run.
    #[must_use]
    pub fn nothing_asked(mut self) -> World {
        let draft = self.draft();
        draft.facts.clear();
        draft.answered.clear();
        draft.failed.clear();
        self
    }

    /// An operation that failed so far is answered again in the current run.
    #[must_use]
    pub fn again(mut self, operation: &'static str) -> World {
        self.draft().failed.retain(|key, _| key.0 != operation);
        self
    }

    /// The current run was sealed so many hours after it was observed.
    #[must_use]
    pub fn logged_after(mut self, hours: i64) -> World {
        let draft = self.draft();
        draft.logged = crate::clock::after(draft.at, hours * HOUR);
        self
    }

    /// Changes the policy.
    #[must_use]
    pub fn policy(mut self, change: impl FnOnce(&mut Policy)) -> World {
        change(&mut self.policy);
        self
    }

    /// Every verdict of a rule on this world.
    pub fn judge(&self, rule: &'static Rule) -> Vec<Box<crate::engine::Finding>> {
        evaluate(&[rule], &self.policy, &self.estate(), Keep::All).findings
    }
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

/// Where an operation's list is asked for in these worlds.
fn place_of(operation: &str) -> Scope {
    match operation {
        op::KEV => crate::context::feed_scope("kev"),
        op::EPSS => crate::context::feed_scope("epss"),
        op::LIFECYCLE => crate::context::feed_scope("lifecycle"),
        name if op::RELATION_FEEDS.iter().any(|(_, id)| *id == name) => {
            crate::context::feed_scope(name.trim_start_matches("feeds."))
        }
        op::OUTSIDE => Scope::new(Cloud::Inventory, "cmdb", Scope::GLOBAL),
        op::CHANGES => Scope::new(Cloud::Changes, "servicenow", Scope::GLOBAL),
        op::ACCOUNTS | op::REGIONS => aws().account_wide(),
        op::SUBSCRIPTIONS => azure(),
        name if ["resource-graph.", "compute.", "insights.", "alerts-management.", "activity-log."]
            .iter()
            .any(|of| name.starts_with(of)) =>
        {
            azure()
        }
        _ => aws(),
    }
}

/// Used by builders for times relative to now.
fn since(world: &World, hours: Seconds) -> Option<Timestamp> {
    Some(world.hours_ago(hours))
}
