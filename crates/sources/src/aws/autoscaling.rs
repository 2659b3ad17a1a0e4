//! Auto Scaling: what machines are made from when they are replaced.

mod describe_auto_scaling_groups;
mod describe_launch_configurations;

use crate::Operation;
use crate::codec::xml::Kind;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] =
    &[&describe_auto_scaling_groups::OPERATION, &describe_launch_configurations::OPERATION];

/// Lists that can be empty.
fn names(wire: &str) -> Option<Kind> {
    Some(match wire {
        "AutoScalingGroups" => Kind::List("AutoScalingGroups"),
        "LaunchConfigurations" => Kind::List("LaunchConfigurations"),
        "Instances" => Kind::List("Instances"),
        "Tags" => Kind::List("Tags"),
        "Overrides" => Kind::List("Overrides"),
        _ => return None,
    })
}
