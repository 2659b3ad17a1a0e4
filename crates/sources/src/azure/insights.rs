//! Azure Monitor: alert rules over the activity log and over queries, and the action groups that they call.

mod action_groups;
mod activity_log_alerts;
mod scheduled_query_rules;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] =
    &[&action_groups::OPERATION, &activity_log_alerts::OPERATION, &scheduled_query_rules::OPERATION];
