//! Figures of the period in words, for formats that people read.

use crate::{Report, words};
use patchseal_core::metric::{self, Metric, Unit};
use patchseal_core::text::length;

/// A figure on all there is, ready to be shown.
pub struct Figure {
    /// Id of its definition.
    pub id: &'static str,
    /// What it says.
    pub says: &'static str,
    /// The value with its unit; a dash where there is nothing to divide by.
    pub value: String,
    /// What stands above and below the line, where that is not the value itself.
    pub of: String,
    /// What is left out.
    pub excluded: u64,
}

/// Figures on everything; those by severity are in the register.
pub fn figures(report: &Report<'_>) -> Vec<Figure> {
    let metrics = metric::metrics(report.policy, report.estate, report.evaluation);
    metrics.all.iter().filter(|one| one.dimension == "all").map(figure).collect()
}

fn figure(one: &Metric) -> Figure {
    let number = |number: i64| words::number(u64::try_from(number).unwrap_or_default());
    let reason = one.definition.says.strip_prefix("not computable: ");
    let value = match (one.value, one.definition.unit) {
        (None, _) if reason.is_some() => "not computable".to_owned(),
        (None, _) => "–".to_owned(),
        (Some(value), Unit::PerMille) => format!("{}.{} %", value / 10, value % 10),
        (Some(value), Unit::Seconds) => length(value),
        (Some(value), Unit::Days) => format!("{} days", number(value)),
        (Some(value), Unit::Count) => number(value),
    };
    let of = match one.definition.unit {
        _ if reason.is_some() => reason.and_then(|text| text.split("; ").nth(1)).unwrap_or_default().to_owned(),
        Unit::PerMille => format!("{} of {}", number(one.numerator), number(one.denominator)),
        Unit::Count => format!("in {}", number(one.denominator)),
        Unit::Seconds if one.denominator > 1 => format!("of {}", number(one.denominator)),
        Unit::Seconds | Unit::Days => String::new(),
    };
    Figure {
        id: one.definition.id,
        says: one.definition.says,
        value,
        of,
        excluded: u64::try_from(one.excluded).unwrap_or_default(),
    }
}
