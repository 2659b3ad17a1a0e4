//! Change records out of ticket systems. Every system names its fields differently and every customer adds some: the
//! exports of ServiceNow and Jira are read as they come, and the policy maps the rest.

mod document;
mod fixtures;
mod records;
mod shape;
mod table;
mod words;

pub use records::rows_with;
pub use shape::{MEMBERS, Mapping, Patching, WORDS};

use crate::Operation;
use fixtures::FIXTURES;

/// Lists of operations.
pub const OPERATIONS: &[&[&Operation]] = &[&[&records::OPERATION]];
