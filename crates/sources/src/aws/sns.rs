//! Simple Notification Service: who hears what is published.

mod list_subscriptions_by_topic;

use crate::{Asks, Operation};
use patchseal_core::op;
use patchseal_core::scope::{Cloud, Scope};

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&list_subscriptions_by_topic::OPERATION];

/// Asks who hears a topic, where the topic is: it may lie in another account or region than what calls it.
pub(super) fn ask(arn: &str, asks: &mut Asks) {
    let parts: Vec<&str> = arn.split(':').collect();
    if let [_, _, "sns", region, account, _] = parts.as_slice() {
        asks.about(op::SUBSCRIPTIONS_OF_TOPIC, Scope::new(Cloud::Aws, *account, *region), arn);
    }
}
