//! One codec per wire protocol.

pub mod arm;
pub mod csv;
pub mod json;
pub mod resource_graph;
pub mod windows_zone;
pub mod xml;
