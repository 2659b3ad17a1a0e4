//! Compute, machine by machine: where somebody has these answers instead of Resource Graph's.

mod assess_patches;
mod install_patches;
mod instance_view;
mod virtual_machines;

use crate::codec::arm;
use crate::{Operation, Reject};
use patchseal_core::exchange::Pointer;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] =
    &[&assess_patches::OPERATION, &install_patches::OPERATION, &instance_view::OPERATION, &virtual_machines::OPERATION];

/// The result of an action: the body itself, or `properties.output` of the operation that it became.
fn output(body: &RawValue) -> Result<(Pointer, &RawValue), Reject> {
    #[derive(Deserialize)]
    struct Polled<'a> {
        #[serde(borrow)]
        properties: Option<Properties<'a>>,
    }
    #[derive(Deserialize)]
    struct Properties<'a> {
        #[serde(borrow)]
        output: Option<&'a RawValue>,
    }
    let polled: Polled<'_> = arm::part(&Pointer::Whole, body)?;
    Ok(match polled.properties.and_then(|properties| properties.output) {
        Some(output) => (Pointer::path("/properties/output"), output),
        None => (Pointer::Whole, body),
    })
}

/// A place in such a result.
fn within(pointer: &Pointer, list: &str, number: usize) -> Pointer {
    Pointer::path(format!("{pointer}/{list}/{number}"))
}
