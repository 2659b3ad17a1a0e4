//! Amazon Web Services.

pub mod autoscaling;
pub mod ec2;
pub mod inspector2;
pub mod organizations;
mod query;
pub mod ssm;
mod tags;

use crate::Operation;

/// Lists of operations, a list per service.
pub const OPERATIONS: &[&[&Operation]] =
    &[autoscaling::OPERATIONS, ec2::OPERATIONS, inspector2::OPERATIONS, organizations::OPERATIONS, ssm::OPERATIONS];
