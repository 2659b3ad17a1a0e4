//! Auto Scaling groups: lineages, and what they launch.

mod describe_auto_scaling_groups;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&describe_auto_scaling_groups::OPERATION];
