//! Auto Scaling: what machines are made from when they are replaced.

mod describe_auto_scaling_groups;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&describe_auto_scaling_groups::OPERATION];
