//! Subscriptions: the list that proves what a query covers, because a query never says what it could not see.

mod list;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list::OPERATION];
