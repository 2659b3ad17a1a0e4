//! What a rule is: metadata, one pure function, examples.

use crate::asset::{Asset, Lineage};
use crate::context::{BaselineSubject, CollectorSubject, Context, FeedSubject, Population, ScopeSubject, SuppressionSubject};
use crate::control::Control;
use crate::estate::Placed;
use crate::example::Example;
use crate::exception::ExceptionSubject;
use crate::exchange::Evidences;
use crate::fact::{ChangeRecord, SettingChange};
use crate::policy::Freeze;
use crate::reading::{Gap, Reason};
use crate::schedule::Schedule;
use crate::severity::Severity;
use std::borrow::Cow;

/// One rule. Its id names the defect and reads well after "allow".
pub struct Rule {
    /// Such as `asset-unmanaged`; the file has the same name with underscores.
    pub id: &'static str,
    /// The defect in a few words.
    pub title: &'static str,
    /// Severity of a failure, unless the failure says otherwise.
    pub severity: Severity,
    /// Version that brought it.
    pub since: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Public references.
    pub references: &'static [&'static str],
    /// Controls it bears on.
    pub controls: &'static [&'static Control],
    /// The function, for each kind of subject it judges.
    pub checks: &'static [Check],
    /// Examples: tests, `explain` text and documentation at once.
    pub examples: &'static [Example],
}

/// What the engine iterates over. A rule sees one subject and returns one verdict.
pub enum Check {
    /// Each host.
    EachAsset(fn(&Asset, &Context<'_>) -> Verdict),
    /// Each lineage.
    EachLineage(fn(&Lineage, &Context<'_>) -> Verdict),
    /// Each patch baseline.
    EachBaseline(fn(&BaselineSubject<'_>, &Context<'_>) -> Verdict),
    /// Each schedule that has to do with patching.
    EachSchedule(fn(&Schedule, &Context<'_>) -> Verdict),
    /// Each scope.
    EachScope(fn(&ScopeSubject<'_>, &Context<'_>) -> Verdict),
    /// Each collector: those that ran, and those that the policy names.
    EachCollector(fn(&CollectorSubject<'_>, &Context<'_>) -> Verdict),
    /// Each feed.
    EachFeed(fn(&FeedSubject, &Context<'_>) -> Verdict),
    /// Each freeze of the policy.
    EachFreeze(fn(&Freeze, &Context<'_>) -> Verdict),
    /// Each scanner filter.
    EachSuppression(fn(&SuppressionSubject<'_>, &Context<'_>) -> Verdict),
    /// Each population of hosts that an outside list could confirm.
    EachPopulation(fn(&Population, &Context<'_>) -> Verdict),
    /// Each change of a setting. What rules say of places without a history, the engine says for all of them.
    EachSettingChange(for<'a> fn(&'a Placed<SettingChange>, &Context<'a>) -> Verdict),
    /// Each change record. What rules say of ticket systems that were not read, the engine says for all of them.
    EachChange(for<'a> fn(&'a Placed<ChangeRecord>, &Context<'a>) -> Verdict),
    /// Each exception, after every other verdict.
    EachException(fn(&ExceptionSubject<'_>, &Context<'_>) -> Verdict),
}

/// What a rule says of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Good, on this evidence. There is no other way to say so.
    Pass(Evidences),
    /// Bad.
    Fail(Box<Failure>),
    /// Nobody can tell, which is never a pass.
    Unknown(Unknown),
    /// Another party's responsibility, on this evidence.
    Inherited(Evidences),
    /// The rule has nothing to say of this subject.
    NotApplicable(&'static str),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One line, with the numbers.
    pub message: Box<str>,
    /// What the policy or the rule expects.
    pub expected: Box<str>,
    /// What was found.
    pub found: Box<str>,
    /// Severity, where it differs from the rule's.
    pub severity: Option<Severity>,
    /// When it began, where that is known.
    pub opened: Option<jiff::Timestamp>,
    /// Deadline.
    pub due: Option<jiff::Timestamp>,
    /// Policy keys that set the expectation, most specific first, such as `sla.critical`.
    pub policy: Box<[Cow<'static, str>]>,
    /// What it rests on.
    pub evidence: Evidences,
}

/// What cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why.
    pub reason: Reason,
    /// One line, naming operation and scope.
    pub message: Box<str>,
    /// What there is.
    pub evidence: Option<Evidences>,
}

impl Verdict {
    /// A pass on this evidence.
    pub fn pass(evidence: impl Into<Evidences>) -> Verdict {
        Verdict::Pass(evidence.into())
    }

    /// A failure with message, expectation and finding; refine it with the `with_` methods.
    pub fn fail(
        message: impl Into<Box<str>>,
        expected: impl Into<Box<str>>,
        found: impl Into<Box<str>>,
        evidence: impl Into<Evidences>,
    ) -> Verdict {
        Verdict::Fail(Box::new(Failure {
            message: message.into(),
            expected: expected.into(),
            found: found.into(),
            severity: None,
            opened: None,
            due: None,
            policy: Box::default(),
            evidence: evidence.into(),
        }))
    }

    /// With another severity than the rule's.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Verdict {
        if let Verdict::Fail(failure) = &mut self {
            failure.severity = Some(severity);
        }
        self
    }

    /// With the times of the clock.
    #[must_use]
    pub fn with_times(mut self, opened: Option<jiff::Timestamp>, due: Option<jiff::Timestamp>) -> Verdict {
        if let Verdict::Fail(failure) = &mut self {
            (failure.opened, failure.due) = (opened, due);
        }
        self
    }

    /// With the policy keys that set the expectation, most specific first.
    #[must_use]
    pub fn with_policy(mut self, keys: &'static [&'static str]) -> Verdict {
        if let Verdict::Fail(failure) = &mut self {
            failure.policy = keys.iter().map(|key| Cow::Borrowed(*key)).collect();
        }
        self
    }

    /// With the one policy key, named by the policy itself, that sets the expectation.
    #[must_use]
    pub fn with_policy_entry(mut self, key: String) -> Verdict {
        if let Verdict::Fail(failure) = &mut self {
            failure.policy = Box::new([Cow::Owned(key)]);
        }
        self
    }

    /// Unknown, for a reason that is no gap of an answer.
    pub fn unknown(reason: Reason, message: impl Into<Box<str>>, evidence: impl Into<Evidences>) -> Verdict {
        Verdict::Unknown(Unknown { reason, message: message.into(), evidence: Some(evidence.into()) })
    }

    /// The word used in results.
    pub fn as_str(&self) -> &'static str {
        match self {
            Verdict::Pass(_) => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Unknown(_) => "unknown",
            Verdict::Inherited(_) => "inherited",
            Verdict::NotApplicable(_) => "not-applicable",
        }
    }
}

impl From<Gap> for Verdict {
    fn from(gap: Gap) -> Verdict {
        Verdict::Unknown(Unknown {
            reason: gap.reason,
            message: gap.to_string().into(),
            evidence: gap.evidence.map(Evidences::of),
        })
    }
}
