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
