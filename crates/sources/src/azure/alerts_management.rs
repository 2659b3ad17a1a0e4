//! Alerts that fired, and what became of them.

mod alerts;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&alerts::OPERATION];
