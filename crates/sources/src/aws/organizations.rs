//! Organizations: the accounts that others are measured against.

mod list_accounts;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_accounts::OPERATION];
