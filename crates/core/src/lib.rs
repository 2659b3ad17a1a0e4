//! Domain model, clocks and rules. Pure and total: no clock, file, environment, network or randomness.

pub mod exchange;
pub mod fact;
pub mod lifecycle;
pub mod scope;
pub mod severity;
