//! core

pub mod control;
pub mod lifecycle;
pub mod profile;
pub mod severity;
