//! Config's advanced queries: what Systems Manager last reported, of a whole account or organisation in few answers.

mod resources;
mod select_aggregate_resource_config;
mod select_resource_config;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] =
    &[&select_aggregate_resource_config::OPERATION, &select_resource_config::OPERATION];
