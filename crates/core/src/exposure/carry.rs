//! How exposures are carried.

use super::{ClosedBy, Exposure, Ledger, Returned};
use crate::carry::{carried_struct, carried_words};

carried_words! {
    ClosedBy { Verified, Retired }
    Returned { No, Same, Unclear }
}

carried_struct! {
    Ledger { by_lineage }
    Exposure {
        lineage, remedy, severity, exploited, basis, closed_by, times, clock_start, due, opened, claimed, closed, since,
        clear_before, returned, reopened, limit, exploited_limit, members,
    }
}
