//! The binary as users run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by itself")]

mod absence;
mod bad_input;
mod full_disk;
mod order;
mod partition;
mod sandbox;
mod storefront;
