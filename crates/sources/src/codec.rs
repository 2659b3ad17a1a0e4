//! One codec per wire protocol.

pub mod arm;
pub mod csv;
pub mod json;
pub mod recur_every;
pub mod resource_graph;
pub mod windows_zone;
pub mod xml;

/// Line and column, from 1, of a byte.
pub(crate) fn place(body: &[u8], offset: usize) -> (usize, usize) {
    let before = &body[..offset.min(body.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}
