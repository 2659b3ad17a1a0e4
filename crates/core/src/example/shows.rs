//! What an example is, and what it shows.

use super::World;
use crate::engine::Finding;
use crate::rule::Verdict;

/// What an example shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// A pass.
    Pass,
    /// A failure.
    Fail,
    /// An unknown.
    Unknown,
    /// That the rule has nothing to say.
    NotApplicable,
}

impl Shows {
    /// The word used in documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Shows::Pass => "pass",
            Shows::Fail => "fail",
            Shows::Unknown => "unknown",
            Shows::NotApplicable => "not-applicable",
        }
    }
}

/// A named world and what the rule says of it.
pub struct Example {
    /// Name.
    pub name: &'static str,
    /// The worst verdict that the rule gives on any of its subjects.
    pub shows: Shows,
    /// The world.
    pub build: fn(World) -> World,
}

/// An example that passes.
pub const fn pass(name: &'static str, build: fn(World) -> World) -> Example {
    Example { name, shows: Shows::Pass, build }
}

/// An example that fails.
pub const fn fail(name: &'static str, build: fn(World) -> World) -> Example {
    Example { name, shows: Shows::Fail, build }
}

/// An example where nobody can tell.
pub const fn unknown(name: &'static str, build: fn(World) -> World) -> Example {
    Example { name, shows: Shows::Unknown, build }
}

/// An example the rule has nothing to say of.
pub const fn not_applicable(name: &'static str, build: fn(World) -> World) -> Example {
    Example { name, shows: Shows::NotApplicable, build }
}

/// The worst verdict of a rule on an example's world: fail, then unknown, then pass.
pub fn worst(findings: &[Box<Finding>]) -> Shows {
    let has = |kind: fn(&Verdict) -> bool| findings.iter().any(|finding| kind(&finding.verdict));
    if has(|verdict| matches!(verdict, Verdict::Fail(_))) {
        Shows::Fail
    } else if has(|verdict| matches!(verdict, Verdict::Unknown(_))) {
        Shows::Unknown
    } else if has(|verdict| matches!(verdict, Verdict::Pass(_) | Verdict::Inherited(_))) {
        Shows::Pass
    } else {
        Shows::NotApplicable
    }
}
