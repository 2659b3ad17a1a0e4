//! The 16 rows of CISA BOD 26-04, read from CERT/CC's `cisa_bod_26_04_1_0_0.json`.

use super::TechnicalImpact::{self, Partial, Total};
use super::{Due, SsvcRow, days};

const UPGRADE: (Due, bool) = (Due::NextUpgrade, false);
const DAYS_60: (Due, bool) = (Due::Hours(days(60)), false);
const DAYS_14: (Due, bool) = (Due::Hours(days(14)), false);
const DAYS_3: (Due, bool) = (Due::Hours(days(3)), false);
const DAYS_3_AND_TRIAGE: (Due, bool) = (Due::Hours(days(3)), true);

const fn row(
    exposed: bool,
    kev: bool,
    automatable: bool,
    technical_impact: TechnicalImpact,
    (due, forensic_triage): (Due, bool),
) -> SsvcRow {
    SsvcRow { exposed, kev, automatable, technical_impact, due, forensic_triage }
}

/// Columns: exposed, in KEV, automatable, technical impact, outcome.
pub(super) static ROWS: [SsvcRow; 16] = [
    row(false, false, false, Partial, UPGRADE),
    row(false, false, false, Total, UPGRADE),
    row(false, false, true, Partial, DAYS_60),
    row(false, false, true, Total, DAYS_60),
    row(true, false, false, Partial, DAYS_60),
    row(true, false, false, Total, DAYS_14),
    row(true, false, true, Partial, DAYS_14),
    row(true, false, true, Total, DAYS_3),
    row(false, true, false, Partial, DAYS_14),
    row(false, true, false, Total, DAYS_14),
    row(false, true, true, Partial, DAYS_14),
    row(false, true, true, Total, DAYS_3_AND_TRIAGE),
    row(true, true, false, Partial, DAYS_14),
    row(true, true, false, Total, DAYS_3_AND_TRIAGE),
    row(true, true, true, Partial, DAYS_3),
    row(true, true, true, Total, DAYS_3_AND_TRIAGE),
];
