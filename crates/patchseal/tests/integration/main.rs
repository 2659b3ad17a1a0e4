//! The binary as users run it.

mod bad_input;
mod sandbox;
