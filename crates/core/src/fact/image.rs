//! Images, and the templates and launch configurations that launch them.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// A machine image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image {
    /// `ami-…`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Creation; of a copied image the time of the copy, not of its content.
    pub created: Option<Timestamp>,
    /// Deprecation.
    pub deprecated: Option<Timestamp>,
    /// `available`, `deregistered`, `disabled`, …
    pub state: String,
    /// `amazon`, `self`, `aws-marketplace`; empty when the answer has none.
    pub owner: String,
    /// Image it was copied from.
    pub source: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// One version of a launch template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateVersion {
    /// `lt-…`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Number.
    pub version: u64,
    /// Whether it is the default version.
    pub default: bool,
    /// `ami-…` or `resolve:ssm:…`; `None` when the template names no image.
    pub image: Option<String>,
    /// Creation.
    pub created: Option<Timestamp>,
}

/// A launch configuration: the template's predecessor, without versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaunchConfiguration {
    /// Name, unique in its region.
    pub name: String,
    /// ARN; empty when the answer has none.
    pub id: String,
    /// `ami-…`; `None` when the answer names no image.
    pub image: Option<String>,
    /// Creation. It cannot change afterwards.
    pub created: Option<Timestamp>,
}
