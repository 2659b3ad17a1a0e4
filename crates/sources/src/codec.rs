//! One codec per wire protocol.

pub mod json;
