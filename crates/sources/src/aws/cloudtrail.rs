//! CloudTrail: who called what. Only calls that change what patches reach are read; the rest of a log says nothing here.

mod lookup_events;

use crate::Operation;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[&lookup_events::OPERATION];
