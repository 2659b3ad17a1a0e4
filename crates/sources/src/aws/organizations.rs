//! Organizations: which accounts there are.

mod list_accounts;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_accounts::OPERATION];
