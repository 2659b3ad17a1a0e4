//! Figures over the period, each with its numerator, its denominator and what it leaves out. Whole numbers only: a ratio
//! is given in thousandths, rounded down, beside the two numbers that it comes from.
//!
//! `docs/recompute_metrics.py` computes the same from the registers alone. A definition that changes its meaning gets a
//! new version there and here.

mod claims;
mod evidence;
mod exposures;
mod governance;

pub use evidence::status;
pub use exposures::stop;

use crate::asset::{Asset, Responsibility};
use crate::clock;
use crate::engine::Evaluation;
use crate::estate::Estate;
use crate::fact::ScanStatus;
use crate::policy::{Policy, Seconds};
use jiff::Timestamp;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Thousandths of the denominator.
    PerMille,
    /// Seconds.
    Seconds,
    /// Days of 86,400 seconds, added up.
    Days,
    /// Pieces.
    Count,
}

impl Unit {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::PerMille => "per-mille",
            Unit::Seconds => "seconds",
            Unit::Days => "days",
            Unit::Count => "count",
        }
    }
}

/// A definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Id.
    pub id: &'static str,
    /// Version of what it means.
    pub version: u32,
    /// Unit of the value.
    pub unit: Unit,
    /// What stands above and below the line, and what is left out.
    pub says: &'static str,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What it means.
    pub definition: &'static Definition,
    /// `all`, or `severity=high`.
    pub dimension: String,
    /// Above the line; of a percentile the rank that was taken.
    pub numerator: i64,
    /// Below the line; of a percentile how many there are.
    pub denominator: i64,
    /// Left out, and counted.
    pub excluded: i64,
    /// The figure; `None` where there is nothing to divide by.
    pub value: Option<i64>,
}

/// All figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// First observation and the time of the result; `None` without any run.
    pub period: Option<(Timestamp, Timestamp)>,
    /// In the order of their definitions.
    pub all: Vec<Metric>,
}

macro_rules! definitions {
    ($($name:ident $id:literal $version:literal $unit:ident $says:literal)*) => {
        $(pub(crate) static $name: Definition = Definition { id: $id, version: $version, unit: Unit::$unit, says: $says };)*
        /// Every definition.
        pub static DEFINITIONS: &[&Definition] = &[$(&$name),*];
    };
}

definitions! {
    COVERAGE_NOW "coverage-now" 1 PerMille
        "hosts in scope whose last patch operation succeeded within evidence.scan_max_age / hosts in scope; left out: hosts that are gone or a provider's"
    COVERAGE_HOURS "coverage-hours" 1 PerMille
        "seconds in which a host had a successful patch operation of at most evidence.scan_max_age behind it / seconds in which it was in scope, over all hosts, those that went away included; left out: hosts of a provider"
    SLA_ADHERENCE "sla-adherence" 1 PerMille
        "exposures stopped by their deadline / exposures whose deadline has come, those open and overdue included; left out: retired, and without a deadline"
    MTTR_MEAN "mttr-mean" 1 Seconds "seconds from clock start to stop, added up / exposures closed by verification; left out: open, and retired"
    MTTR_MEDIAN "mttr-median" 1 Seconds "the same, nearest rank at 50 of 100"
    MTTR_P90 "mttr-p90" 1 Seconds "the same, nearest rank at 90 of 100"
    MTTR_P95 "mttr-p95" 1 Seconds "the same, nearest rank at 95 of 100"
    OPEN_AGE_P90 "open-age-p90" 1 Seconds "seconds since clock start of open exposures, nearest rank at 90 of 100; left out: closed"
    EXPOSURE_DAYS "exposure-days" 1 Days
        "seconds from the fix being available (release, else publication, else first detection) to the end of the exposure or now, added up / 86,400"
    VERIFIED_IN_LIMIT "verified-within-limit" 2 PerMille
        "claims verified within claims.verify_within / claims whose time to be verified is over, that were decided before, or that still say after claims.run_within that they go on; left out: runs that admit a failure, still running, retired, or still within their time"
    VERIFIED_IN_TARGET "verified-within-target" 2 PerMille "the same within claims.verify_target"
    UNVERIFIED "claims-unverified" 2 PerMille "of those claims, those that nothing has verified or contradicted"
    CONTRADICTED "claims-contradicted" 1 PerMille
        "contradicted claims / claims verified or contradicted; left out: all others"
    LAG_MEAN "verification-lag-mean" 1 Seconds "seconds from deployment to verification, added up / verified claims; left out: all others"
    LAG_MEDIAN "verification-lag-median" 1 Seconds "the same, nearest rank at 50 of 100"
    LAG_P90 "verification-lag-p90" 1 Seconds "the same, nearest rank at 90 of 100"
    ATTESTATION_LAG "attestation-lag" 1 Seconds
        "not computable: seconds from deployment to a person's attestation of it; no source that is read records attestations, so that every claim is left out"
    EMERGENCY_SHARE "emergency-change-share" 1 PerMille
        "patch changes of kind emergency that were carried out / patch changes of a known kind that were carried out, in the whole export; left out: changes not carried out, of something else or of what nobody can tell, that contradict themselves, or of no known kind"
    EXCEPTION_RATE "exception-rate" 1 PerMille "failures that stand under an exception / failures; left out: unknown verdicts"
    UNRECONCILED "reconciliation-unexplained" 1 Count
        "machines on one list and not on the list that it is held against, those of a cloud that an outside inventory lacks left aside / machines compared; left out: machines of comparisons of which a list is missing or was not read whole"
    REOPEN_RATE "reopen-rate" 1 PerMille "exposures that opened again / exposures ever closed by verification; left out: all others"
    GAP_COUNT "evidence-gaps" 1 Count
        "intervals between two observations of a scope, or since the last, longer than cadence and tolerance / scopes ever observed; left out: scopes never observed"
    GAP_SHARE "evidence-gap-share" 1 PerMille
        "seconds of those intervals / seconds from the first observation of each scope to now; left out: scopes never observed"
    GAP_LONGEST "evidence-gap-longest" 1 Seconds "seconds of the longest of those intervals / 1"
    FRESHNESS "evidence-freshness" 1 Seconds
        "seconds since the last complete collection of the scope where it is longest ago / 1; left out: scopes never read completely"
    NOT_EVALUABLE "not-evaluable" 1 PerMille "verdicts unknown / verdicts pass, fail and unknown; left out: inherited, and not applicable"
}

impl Metric {
    /// Numerator over denominator, in thousandths.
    fn share(
        definition: &'static Definition,
        dimension: &str,
        numerator: i64,
        denominator: i64,
        excluded: i64,
    ) -> Metric {
        let value = (denominator != 0).then(|| (i128::from(numerator) * 1000 / i128::from(denominator)) as i64);
        Metric { definition, dimension: dimension.to_owned(), numerator, denominator, excluded, value }
    }

    /// A sum over a count.
    fn mean(definition: &'static Definition, dimension: &str, all: &[i64], excluded: i64) -> Metric {
        let (numerator, denominator) = (all.iter().sum(), all.len() as i64);
        let value = (denominator != 0).then(|| numerator / denominator);
        Metric { definition, dimension: dimension.to_owned(), numerator, denominator, excluded, value }
    }

    /// The nearest rank: the smallest value that at least `percent` of 100 do not exceed.
    fn percentile(
        definition: &'static Definition,
        dimension: &str,
        sorted: &[i64],
        percent: usize,
        excluded: i64,
    ) -> Metric {
        let rank = (sorted.len() * percent).div_ceil(100);
        let value = rank.checked_sub(1).and_then(|at| sorted.get(at)).copied();
        let (numerator, denominator) = (rank as i64, sorted.len() as i64);
        Metric { definition, dimension: dimension.to_owned(), numerator, denominator, excluded, value }
    }

    /// A figure that is its own numerator.
    fn plain(definition: &'static Definition, numerator: i64, denominator: i64, excluded: i64) -> Metric {
        Metric { definition, dimension: "all".to_owned(), numerator, denominator, excluded, value: Some(numerator) }
    }
}

/// Every figure on a state and its evaluation.
pub fn metrics(policy: &Policy, estate: &Estate, evaluation: &Evaluation) -> Metrics {
    let mut all = coverage(policy, estate);
    exposures::add(policy, estate, &mut all);
    claims::add(policy, estate, &mut all);
    evidence::add(policy, estate, &mut all);
    governance::add(policy, estate, evaluation, &mut all);
    let tally = evaluation.total;
    let (unknown, told) = (tally.unknown as i64, (tally.pass + tally.fail) as i64);
    let excluded = (tally.inherited + tally.not_applicable) as i64;
    all.push(Metric::share(&NOT_EVALUABLE, "all", unknown, unknown + told, excluded));
    let place = |metric: &Metric| DEFINITIONS.iter().position(|known| known.id == metric.definition.id);
    all.sort_by_key(place);
    Metrics { period: estate.runs.first().map(|run| (run.observed_at, estate.as_of)), all }
}

/// Whether a host is in scope now.
pub fn in_scope(asset: &Asset) -> bool {
    !asset.gone && asset.responsibility == Responsibility::Customer
}

/// The end of a host's time in scope.
pub fn in_scope_until(asset: &Asset, as_of: Timestamp) -> Timestamp {
    if asset.gone { asset.last_seen } else { as_of }
}

/// The last patch operation on a host that succeeded: when it ended.
pub fn last_scan(asset: &Asset, estate: &Estate) -> Option<Timestamp> {
    let state = &estate.facts.patch_state(&asset.key)?.fact;
    matches!(state.status, ScanStatus::Succeeded | ScanStatus::Warnings).then_some(state.ended).flatten()
}

fn coverage(policy: &Policy, estate: &Estate) -> Vec<Metric> {
    let (mut fresh, mut now, mut gone) = (0, 0, 0);
    let (mut assessed, mut seconds, mut providers) = (0, 0, 0);
    for asset in &estate.assets {
        let until = in_scope_until(asset, estate.as_of);
        if asset.responsibility == Responsibility::Customer {
            seconds += until.as_second() - asset.first_seen.as_second();
            assessed += asset.assessed.until(until);
        } else {
            providers += 1;
        }
        if !in_scope(asset) {
            gone += 1;
            continue;
        }
        now += 1;
        let age = |ended: Timestamp| estate.as_of.as_second() - ended.as_second();
        fresh += i64::from(last_scan(asset, estate).is_some_and(|at| age(at) <= policy.evidence.scan_max_age));
    }
    vec![
        Metric::share(&COVERAGE_NOW, "all", fresh, now, gone),
        Metric::share(&COVERAGE_HOURS, "all", assessed, seconds, providers),
    ]
}

/// How long a host has had a recent successful patch operation behind it: time covered so far, and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assessed {
    seconds: Seconds,
    /// Seconds since the epoch; meaningless before any scan.
    until: i64,
}

impl Assessed {
    /// A scan that ended then covers a host, in scope since `from`, for so many seconds.
    pub(crate) fn scan(&mut self, ended: Timestamp, from: Timestamp, max_age: Seconds) {
        let start = ended.as_second().max(from.as_second());
        let start = if self.seconds > 0 { start.max(self.until) } else { start };
        let end = clock::after(ended, max_age).as_second();
        if end > start {
            self.seconds += end - start;
            self.until = end;
        }
    }

    /// Seconds covered up to a time at or after the last scan.
    pub fn until(self, time: Timestamp) -> Seconds {
        if self.seconds == 0 {
            return 0;
        }
        (self.seconds - (self.until - time.as_second()).max(0)).max(0)
    }
}

crate::carry::carried_struct! {
    Assessed { seconds, until }
}

#[cfg(test)]
mod tests;
