//! Microsoft Azure: Resource Graph for whole subscriptions at once, ARM answers where somebody has only those.

pub mod activity_log;
pub mod alerts_management;
pub mod compute;
pub mod insights;
pub mod maintenance;
pub mod resource_graph;
pub mod subscriptions;

mod machine;
mod patching;
mod scale_set;
mod window;

use crate::{Ask, Operation, Protocol, Request};

/// Lists of operations, a list per service.
pub const OPERATIONS: &[&[&Operation]] = &[
    activity_log::OPERATIONS,
    alerts_management::OPERATIONS,
    compute::OPERATIONS,
    insights::OPERATIONS,
    maintenance::OPERATIONS,
    resource_graph::OPERATIONS,
    subscriptions::OPERATIONS,
];

/// A `GET` from ARM: this path, or the one that the list goes on at.
fn get(ask: &Ask, path: String) -> Request {
    let path = crate::codec::arm::path(path, ask.token.as_deref());
    Request { service: "management", protocol: Protocol::Rest { method: "GET", path }, body: Vec::new() }
}

/// A file that is given, because asking would act on the machine.
fn file(_: &Ask) -> Request {
    Request { service: "management", protocol: Protocol::File, body: Vec::new() }
}

/// Short key of the virtual machine that a subject `<resourceGroup>~<vm>` names.
fn vm_key(subscription: &str, subject: Option<&str>) -> Option<String> {
    let (group, name) = subject?.split_once('~')?;
    Some(crate::codec::arm::key(&vm_path(subscription, group, name)))
}

fn vm_path(subscription: &str, group: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}")
}

/// Why rows of a file without a subject state nothing.
const NO_SUBJECT: &str =
    "the answer does not say which machine it is about: name the file …@<resource group>~<machine>.json";
