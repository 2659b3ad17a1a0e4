//! Whole outputs of one small estate, as snapshots, and what must hold of them whatever the estate.
#![allow(clippy::unwrap_used, reason = "tests")]

mod affected;
mod controls;
mod csv;
mod explain;
mod history;
mod html;
mod human;
mod json;
mod markdown;
mod sample;
mod schema;
