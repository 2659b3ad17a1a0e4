//! The Activity Log of a subscription: who wrote what.

mod list;

use crate::Operation;

/// Every operation.
pub const OPERATIONS: &[&Operation] = &[&list::OPERATION];
