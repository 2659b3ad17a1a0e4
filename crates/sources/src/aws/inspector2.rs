//! Inspector: what a scanner sees on machines, which machines it looks at, and what it was told to hide. A delegated
//! administrator is told of every member account, region by region.

mod list_coverage;
mod list_filters;
mod list_findings;

use crate::{Ask, Operation, Protocol, Request};

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_coverage::OPERATION, &list_filters::OPERATION, &list_findings::OPERATION];

/// The kind of resource that is read.
const INSTANCE: &str = "AWS_EC2_INSTANCE";

/// A reading POST with these members, and `nextToken` where the question continues.
fn request(ask: &Ask, path: &str, mut members: serde_json::Value) -> Request {
    if let Some(token) = &ask.token {
        members["nextToken"] = token.as_str().into();
    }
    Request {
        service: "inspector2",
        protocol: Protocol::Rest { method: "POST", path: path.to_owned() },
        body: members.to_string().into_bytes(),
    }
}

/// Only machines: images and functions are listed in far greater numbers.
fn instances_only() -> serde_json::Value {
    serde_json::json!({ "resourceType": [{ "comparison": "EQUALS", "value": INSTANCE }] })
}
