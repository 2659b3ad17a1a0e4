//! Maintenance configurations and assignments by ARM, where somebody has these instead of Resource Graph's rows.

mod assignments;
mod configurations;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&assignments::OPERATION, &configurations::OPERATION];
