//! core

pub mod profile;
pub mod severity;
