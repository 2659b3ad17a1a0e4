//! The binary as users run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by itself")]

mod absence;
#[path = "../../../sources/tests/corpus/answers.rs"]
#[allow(clippy::print_stderr, reason = "a test that skips says so")]
mod answers;
mod bad_input;
mod changes;
#[allow(clippy::print_stderr, reason = "what was counted")]
mod controls;
mod corpus;
mod exceptions;
mod exposure;
mod fleet;
mod full_disk;
mod held;
mod history;
#[allow(clippy::print_stderr, reason = "a test that skips says so")]
mod metrics;
mod monitoring;
mod order;
mod partition;
mod policy;
mod quarter;
mod reperform;
mod sandbox;
mod stored;
mod storefront;
