//! Development tasks, as a library so that tests can use them.

pub mod bench;
pub mod docs;
pub mod fleet;
pub mod storefront;
