//! Inspector: what a scanner sees on hosts, which hosts it covers, and what filters hide.

mod list_coverage;
mod list_filters;
mod list_findings;

use crate::{Ask, Operation, Protocol, Request};

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_coverage::OPERATION, &list_filters::OPERATION, &list_findings::OPERATION];

/// A reading POST with these members, and `nextToken` where the question continues.
fn request(ask: &Ask, path: &str, mut members: serde_json::Map<String, serde_json::Value>) -> Request {
    if let Some(token) = &ask.token {
        members.insert("nextToken".into(), token.as_str().into());
    }
    Request {
        service: "inspector2",
        protocol: Protocol::Rest { method: "POST", path: path.to_owned() },
        body: serde_json::Value::Object(members).to_string().into_bytes(),
    }
}

/// The type of a host among scanned resources.
const HOST: &str = "AWS_EC2_INSTANCE";
