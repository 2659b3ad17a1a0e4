//! Domain model, clocks and rules. Pure and total: no clock, file, environment, network or randomness.

mod approval;
pub mod asset;
pub mod clock;
pub mod context;
pub mod control;
pub mod coverage;
pub mod engine;
pub mod estate;
pub mod example;
pub mod exchange;
pub mod exposure;
pub mod fact;
pub mod fix;
pub mod gather;
pub mod lifecycle;
pub mod op;
pub mod policy;
pub mod profile;
pub mod reading;
pub mod recurrence;
pub mod rule;
pub mod rules;
pub mod schedule;
pub mod scope;
pub mod severity;
pub mod tags;
pub mod text;
