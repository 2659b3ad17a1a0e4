//! The outside population: what a CMDB, a hypervisor or a bill knows of. A machine that the clouds do not show is only
//! ever found here.

mod hosts;

pub use hosts::{InUse, Mapping, TagNames, rows_with};

use crate::Operation;

/// Lists of operations.
pub const OPERATIONS: &[&[&Operation]] = &[&[&hosts::OPERATION]];
