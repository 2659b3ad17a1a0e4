//! EventBridge: rules over events, and what they call.

mod list_rules;
mod list_targets_by_rule;
mod pattern;

use crate::{Ask, Operation, Protocol, Request};
use serde_json::Value;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_rules::OPERATION, &list_targets_by_rule::OPERATION];

/// A request of the service, with its members and a continuation token.
fn request(ask: &Ask, target: &'static str, mut members: Value) -> Request {
    if let Some(token) = &ask.token {
        members["NextToken"] = token.as_str().into();
    }
    Request { service: "events", protocol: Protocol::AwsJson { target }, body: members.to_string().into_bytes() }
}
