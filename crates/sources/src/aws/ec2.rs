//! Elastic Compute Cloud: the population of machines, images, launch templates.

mod describe_images;
mod describe_instances;
mod describe_launch_template_versions;
mod describe_regions;

use crate::{Ask, Operation, Protocol, Request};

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[
    &describe_images::OPERATION,
    &describe_instances::OPERATION,
    &describe_launch_template_versions::OPERATION,
    &describe_regions::OPERATION,
];

/// A query to EC2, in the version of its API that the shapes here follow.
fn request(ask: &Ask, action: &str, parameters: &[(&str, &str)]) -> Request {
    Request {
        service: "ec2",
        protocol: Protocol::AwsQuery,
        body: super::query::body(action, "2016-11-15", ask.token.as_deref(), parameters),
    }
}
