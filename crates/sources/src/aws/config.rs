//! Config: advanced queries, which tell what Systems Manager last reported of a whole account or organisation in few
//! answers, and what its rules leave alone.

mod describe_config_rules;
mod describe_remediation_exceptions;
mod resources;
mod select_aggregate_resource_config;
mod select_resource_config;

use crate::Operation;
use patchseal_core::scope::Scope;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[
    &describe_config_rules::OPERATION,
    &describe_remediation_exceptions::OPERATION,
    &select_aggregate_resource_config::OPERATION,
    &select_resource_config::OPERATION,
];

/// Config's types of machines, of what Systems Manager knows of them, of what makes them, and of the account as a whole.
const HOSTS: [&str; 7] = [
    "AWS::::Account",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::SSM::AssociationCompliance",
    "AWS::SSM::ManagedInstanceInventory",
    "AWS::SSM::PatchCompliance",
];

/// Whether a resource of that type is a machine, or holds any.
fn may_mean_hosts(kind: &str) -> bool {
    HOSTS.contains(&kind)
}

/// Key of a rule: its name is unique in its account and region.
fn rule_key(scope: &Scope, name: &str) -> String {
    format!("{}/{}/{name}", scope.account, scope.region)
}
