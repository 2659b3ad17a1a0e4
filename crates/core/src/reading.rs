//! What a look-up gives. A rule has to say what each case means: that is how "absence is never compliance" is a type.

use crate::exchange::{Evidence, FailureKind};
use crate::scope::Scope;
use std::fmt;
use std::sync::Arc;

/// The result of looking something up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// A source said it.
    Known(T, Evidence),
    /// A complete answer does not have it.
    Absent(Evidence),
    /// Nobody can tell.
    Unread(Gap),
}

impl<T> Reading<T> {
    /// The same reading of a part.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Reading::Known(value, evidence) => Reading::Known(f(value), evidence),
            Reading::Absent(evidence) => Reading::Absent(evidence),
            Reading::Unread(gap) => Reading::Unread(gap),
        }
    }

    /// The value, where there is one.
    pub fn known(self) -> Option<(T, Evidence)> {
        match self {
            Reading::Known(value, evidence) => Some((value, evidence)),
            _ => None,
        }
    }
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The provider refused.
    Denied,
    /// The provider asked to slow down.
    Throttled,
    /// Any other error answer.
    Error,
    /// The bytes are not what the operation answers.
    Malformed,
    /// The answer or its pages end early.
    Truncated,
    /// Worth asking, and there is no answer.
    NotAsked,
    /// Last known too long ago.
    Stale,
    /// The source says that it never looked.
    NeverScanned,
    /// The answer does not say.
    NotStated,
    /// No outside list to compare with.
    NoOutsideInventory,
    /// No ticket system's records were ever read.
    NoChangeRecords,
}

impl Reason {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Denied => "denied",
            Reason::Throttled => "throttled",
            Reason::Error => "error",
            Reason::Malformed => "malformed",
            Reason::Truncated => "truncated",
            Reason::NotAsked => "not-asked",
            Reason::Stale => "stale",
            Reason::NeverScanned => "never-scanned",
            Reason::NotStated => "not-stated",
            Reason::NoOutsideInventory => "no-outside-inventory",
            Reason::NoChangeRecords => "no-change-records",
        }
    }
}

impl From<FailureKind> for Reason {
    fn from(kind: FailureKind) -> Reason {
        match kind {
            FailureKind::Denied => Reason::Denied,
            FailureKind::Throttled => Reason::Throttled,
            FailureKind::NotFound | FailureKind::Error => Reason::Error,
            FailureKind::Malformed => Reason::Malformed,
            FailureKind::Truncated => Reason::Truncated,
        }
    }
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Operation that would have told.
    pub operation: Arc<str>,
    /// Where.
    pub scope: Scope,
    /// About what.
    pub subject: Option<Arc<str>>,
    /// Why not.
    pub reason: Reason,
    /// What the provider or the reader said; empty where the reason says it all.
    pub message: String,
    /// The failed exchange, where there is one.
    pub evidence: Option<Evidence>,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.operation, self.scope)?;
        if let Some(subject) = &self.subject {
            write!(f, " about {subject}")?;
        }
        match self.reason {
            Reason::NotAsked => f.write_str(" was not answered: no such file or call"),
            reason => write!(f, ": {}", reason.as_str()),
        }?;
        if !self.message.is_empty() {
            write!(f, " ({})", self.message)?;
        }
        Ok(())
    }
}

crate::carry::carried_words! {
    Reason {
        Denied, Throttled, Error, Malformed, Truncated, NotAsked, Stale, NeverScanned, NotStated, NoOutsideInventory,
        NoChangeRecords,
    }
}

crate::carry::carried_struct! {
    Gap { operation, scope, subject, reason, message, evidence }
}
