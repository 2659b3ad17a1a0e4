//! Severity stub.
/// Severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// none
    Unspecified,
    /// low
    Low,
    /// medium
    Medium,
    /// high
    High,
    /// critical
    Critical,
}

impl Severity {
    /// stub
    pub fn from_vendor(_: &str) -> Severity {
        Severity::Unspecified
    }
}
