//! Amazon Web Services.

pub mod ssm;

use crate::Operation;

/// Lists of operations, a list per service.
pub const OPERATIONS: &[&[&Operation]] = &[ssm::OPERATIONS];
