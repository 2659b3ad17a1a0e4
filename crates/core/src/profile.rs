//! stub
use crate::severity::Severity;
/// x
#[derive(Debug)]
pub struct Profile {
    /// x
    pub id: &'static str,
    /// x
    pub title: &'static str,
    /// x
    pub source: &'static str,
    /// x
    pub anchor: Anchor,
}
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// x
    FirstDetected,
    /// x
    VendorRelease,
    /// x
    Published,
    /// x
    FixAvailable,
    /// x
    KevAdded,
}
/// x
pub fn limit_hours(_: &Profile, _: Severity, _: bool, _: bool) -> Option<u32> {
    Some(24 * 30)
}
/// x
pub static INDUSTRY_DEFAULT: Profile =
    Profile { id: "industry-default", title: "", source: "", anchor: Anchor::FirstDetected };
