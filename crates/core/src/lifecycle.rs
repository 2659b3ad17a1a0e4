//! stub
use jiff::civil::Date;
/// Row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LifecycleRow {
    /// p
    pub product: String,
    /// c
    pub cycle: String,
    /// e
    pub end_of_standard_support: Date,
    /// x
    pub end_of_extended_support: Option<Date>,
    /// n
    pub extended_needs: Option<String>,
    /// s
    pub source: String,
}

/// stub: see the real one
pub fn product_and_cycle(name: &str, version: &str) -> Option<(&'static str, String)> {
    let cycle = version.to_owned();
    match name {
        "Ubuntu" | "ubuntu" => Some(("ubuntu", cycle)),
        "Amazon Linux" => Some(("amazon-linux", cycle)),
        _ => None,
    }
}
/// stub
pub fn from_image(_: &str, _: &str, _: &str) -> Option<(&'static str, String)> {
    None
}
