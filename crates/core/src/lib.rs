//! core

pub mod control;
pub mod profile;
pub mod severity;
