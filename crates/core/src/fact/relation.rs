//! Which fix removes which weakness, as vendors publish it: what patch tools of the clouds mostly leave out.

use jiff::Timestamp;

/// How versions of a package are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// As RPM does.
    Rpm,
    /// As dpkg does.
    Deb,
}

/// What removes the weaknesses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixedBy {
    /// A Microsoft update.
    Kb {
        /// Digits.
        number: String,
        /// The update that this one takes the place of, where the feed says so: the later one brings its fixes too.
        supersedes: Option<String>,
    },
    /// A package from a version on.
    Package {
        /// Name of the binary package, or of the source package where the feed names no other.
        name: String,
        /// First version with the fix, `[epoch:]version[-release]`.
        version: String,
        /// Order of versions.
        scheme: Scheme,
        /// The feed names a source package only: which packages of a host come from it, it does not say.
        source_only: bool,
    },
}

/// A published relation between weaknesses and a fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Feed: `msrc`, `osv`, `redhat`, `amazon`.
    pub feed: &'static str,
    /// Advisory that says so: `2026-Nov`, `USN-7100-1`, `RHSA-2026:1234`, `ALAS2023-2026-100`.
    pub advisory: String,
    /// Weaknesses, in capitals.
    pub cves: Vec<String>,
    /// What removes them.
    pub fix: FixedBy,
    /// Product (Microsoft) or release of the distribution, such as `ubuntu:22.04`.
    pub release: String,
    /// Publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub modified: Option<Timestamp>,
}
