//! The binary as users run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by itself")]

mod absence;
#[path = "../../../sources/tests/corpus/answers.rs"]
#[allow(clippy::print_stderr, reason = "a test that skips says so")]
mod answers;
mod bad_input;
#[allow(clippy::print_stderr, reason = "what was counted")]
mod corpus;
mod exceptions;
mod exposure;
mod fleet;
mod full_disk;
mod order;
mod partition;
mod reperform;
mod sandbox;
mod storefront;
