//! The binary as users run it.

mod absence;
mod bad_input;
mod order;
mod sandbox;
mod storefront;
