//! Published data that verdicts rest on: exploited weaknesses, probabilities of exploitation, end-of-life dates, and which
//! fix removes which weakness. Each edition is sealed, otherwise a past decision could not be computed again.

mod amazon;
mod csaf;
mod epss;
mod index;
mod kev;
mod lifecycle;
mod msrc;
mod osv;
mod redhat;
mod related;

use crate::{Ask, Operation, Protocol, Request};

/// Lists of operations.
pub const OPERATIONS: &[&[&Operation]] = &[&[
    &amazon::OPERATION,
    &epss::OPERATION,
    &kev::OPERATION,
    &lifecycle::OPERATION,
    &msrc::OPERATION,
    &osv::OPERATION,
    &redhat::OPERATION,
]];

/// A file that is given.
fn request(_: &Ask) -> Request {
    Request { service: "feeds", protocol: Protocol::File, body: Vec::new() }
}

/// The project's own table of end-of-life dates, in the shape that `feeds.lifecycle` reads.
pub const LIFECYCLE_TABLE: &[u8] = include_bytes!("../data/lifecycle.json");
