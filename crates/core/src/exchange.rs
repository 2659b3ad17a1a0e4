//! One question put to a provider and its answer, as it stands in the log.

use crate::scope::Scope;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// SHA-256 of bytes that were sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How an exchange came into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Asked by Patchseal itself; `observed_at` is its own clock.
    Collected,
    /// Read from saved files; `observed_at` is what the recording declares.
    Imported,
}

/// Why a question has no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// The provider refused (401, 403, `AccessDenied`).
    Denied,
    /// The provider asked to slow down (429, `ThrottlingException`).
    Throttled,
    /// The thing asked about is not there (404).
    NotFound,
    /// Any other error answer.
    Error,
    /// Bytes that are not what the operation answers; the message names position and expectation.
    Malformed,
    /// Pages that end before the last one, or a body cut short.
    Truncated,
}

impl FailureKind {
    /// The word used in files and results.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Denied => "denied",
            FailureKind::Throttled => "throttled",
            FailureKind::NotFound => "not-found",
            FailureKind::Error => "error",
            FailureKind::Malformed => "malformed",
            FailureKind::Truncated => "truncated",
        }
    }

    /// The kind of a word in a manifest.
    pub fn from_word(word: &str) -> Option<FailureKind> {
        use FailureKind::*;
        [Denied, Throttled, NotFound, Error, Malformed, Truncated].into_iter().find(|k| k.as_str() == word)
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider answered.
    Answer {
        /// HTTP status, 200 where the recording does not say.
        status: u16,
        /// Such as `application/json`.
        media_type: Arc<str>,
        /// Of the redacted bytes.
        body: Digest,
        /// Length of the redacted bytes.
        bytes: u64,
        /// JSON pointers of what was redacted before sealing.
        redactions: Box<[String]>,
    },
    /// There is no usable answer.
    Failure {
        /// Why.
        kind: FailureKind,
        /// What the provider or the parser said, redacted.
        message: String,
    },
}

/// One question and its answer. Thousands of them wait to be read, so that texts they have in common are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Leaf of the log that seals the batch it belongs to.
    pub leaf: u64,
    /// Position in that batch's manifest.
    pub index: u32,
    /// Number of the run in the order of `observed_at`.
    pub run: u32,
    /// Such as `ssm.DescribeInstancePatches`; file names of recordings use the same words.
    pub operation: Arc<str>,
    /// Where it was asked.
    pub scope: Scope,
    /// What a per-resource question was about.
    pub subject: Option<Arc<str>>,
    /// Page number, from 1.
    pub page: u32,
    /// When the source was asked.
    pub observed_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// One import or collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Who observes; the latest run of a collector speaks for every scope that the collector ever read.
    pub collector: String,
    /// When the sources were asked.
    pub observed_at: Timestamp,
    /// When the answers were sealed.
    pub logged_at: Timestamp,
    /// Collected or imported.
    pub origin: Origin,
    /// Free text of the recording.
    pub note: String,
}

/// What of an exchange is asked for once its answer is read. A day of a large estate has a hundred thousand of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Leaf of the log that seals the batch it belongs to.
    pub leaf: u64,
    /// Position in that batch's manifest.
    pub index: u32,
    /// Such as `ssm.DescribeInstancePatches`.
    pub operation: Arc<str>,
    /// Where it was asked.
    pub scope: Arc<Scope>,
    /// When the source was asked.
    pub observed_at: Timestamp,
}

/// Number of an exchange in the estate's table. Never printed and never ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeId(pub u32);

/// A place inside an answer, as a JSON pointer.
///
/// Every fact and finding has one or more of them: it is held to 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The whole answer.
    Whole,
    /// Element of a top-level list: `(&"/Patches", 17)` is `/Patches/17`.
    Row(&'static &'static str, u32),
    /// Element of a list in an element of a list: `(&["/Reservations", "/Instances"], 3, 0)` is
    /// `/Reservations/3/Instances/0`.
    Nested(&'static [&'static str; 2], u32, u16),
    /// Any other place.
    Path(Box<Box<str>>),
}

impl Pointer {
    /// Any place, by its JSON pointer.
    pub fn path(path: impl Into<Box<str>>) -> Pointer {
        Pointer::Path(Box::new(path.into()))
    }

    /// Element of a list in an element of a list.
    pub fn nested(lists: &'static [&'static str; 2], outer: u32, inner: usize) -> Pointer {
        match u16::try_from(inner) {
            Ok(inner) => Pointer::Nested(lists, outer, inner),
            Err(_) => Pointer::path(format!("{}/{outer}{}/{inner}", lists[0], lists[1])),
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pointer::Whole => Ok(()),
            Pointer::Row(list, row) => write!(f, "{list}/{row}"),
            Pointer::Nested([list, own], outer, inner) => write!(f, "{list}/{outer}{own}/{inner}"),
            Pointer::Path(path) => f.write_str(path),
        }
    }
}

/// What a verdict rests on: an exchange and a place in its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The place in its answer.
    pub pointer: Pointer,
}

/// Evidence that cannot be empty, so that a pass without any cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidences {
    first: Evidence,
    rest: Vec<Evidence>,
}

impl Evidences {
    /// Evidence with at least this one.
    pub fn of(first: Evidence) -> Evidences {
        Evidences { first, rest: Vec::new() }
    }

    /// A verdict on a whole fleet rests on more answers than anybody follows: a sample's worth of them is cited.
    const MOST: usize = 100;

    /// One more.
    #[must_use]
    pub fn and(mut self, more: Evidence) -> Evidences {
        if self.rest.len() < Evidences::MOST && more != self.first && !self.rest.contains(&more) {
            self.rest.push(more);
        }
        self
    }

    /// All of another's too.
    #[must_use]
    pub fn and_all<'a>(self, more: impl IntoIterator<Item = &'a Evidence>) -> Evidences {
        more.into_iter().fold(self, |all, one| all.and(one.clone()))
    }

    /// Evidence from a list, none from an empty one.
    pub fn collect(all: impl IntoIterator<Item = Evidence>) -> Option<Evidences> {
        let mut all = all.into_iter();
        let first = all.next()?;
        Some(all.fold(Evidences::of(first), Evidences::and))
    }

    /// In the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Evidence> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl From<Evidence> for Evidences {
    fn from(one: Evidence) -> Evidences {
        Evidences::of(one)
    }
}

crate::carry::carried_words! {
    Origin { Collected, Imported }
}

crate::carry::carried_struct! {
    Run { collector, observed_at, logged_at, origin, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_small_and_print_as_paths() {
        assert_eq!((size_of::<Pointer>(), size_of::<Evidence>()), (16, 24));
        let lists = &["/Reservations", "/Instances"];
        for (pointer, text) in [
            (Pointer::Whole, ""),
            (Pointer::Row(&"/Patches", 17), "/Patches/17"),
            (Pointer::nested(lists, 3, 1), "/Reservations/3/Instances/1"),
            (Pointer::nested(lists, 3, 70_000), "/Reservations/3/Instances/70000"),
            (Pointer::path("/a"), "/a"),
        ] {
            assert_eq!(pointer.to_string(), text);
        }
    }
}
