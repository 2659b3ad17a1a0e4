//! How soon exposures end.

use super::{
    EXPOSURE_DAYS, MTTR_MEAN, MTTR_MEDIAN, MTTR_P90, MTTR_P95, Metric, OPEN_AGE_P90, REOPEN_RATE, SLA_ADHERENCE,
};
use crate::estate::Estate;
use crate::exposure::{ClosedBy, Exposure};
use crate::policy::{DAY, Policy};
use crate::severity::Severity;
use jiff::Timestamp;

/// Exposures of one severity, or of all.
#[derive(Default)]
struct Tier {
    stopped: Vec<i64>,
    open: Vec<i64>,
    retired: i64,
    due: i64,
    in_time: i64,
    not_due: i64,
    exposed: i64,
}

/// When the time that counts against an exposure ended: when the fix was deployed, where that was verified in time, else
/// when it was verified.
pub fn stop(exposure: &Exposure, policy: &Policy) -> Option<Timestamp> {
    let (closed, by) = exposure.closed()?;
    if by != ClosedBy::Verified {
        return None;
    }
    let in_time = |deployed: &Timestamp| closed.as_second() - deployed.as_second() <= policy.claims.verify_within;
    Some(exposure.claimed().filter(in_time).map_or(closed, |deployed| deployed.min(closed)))
}

impl Tier {
    fn add(&mut self, exposure: &Exposure, policy: &Policy, as_of: Timestamp) {
        let since = |start: Timestamp, end: Timestamp| (end.as_second() - start.as_second()).max(0);
        let stopped = stop(exposure, policy);
        let retired = exposure.closed().is_some_and(|(_, by)| by == ClosedBy::Retired);
        match stopped {
            Some(stop) => self.stopped.push(since(exposure.clock_start(), stop)),
            None if retired => self.retired += 1,
            None => self.open.push(since(exposure.clock_start(), as_of)),
        }
        match exposure.due() {
            Some(due) if due <= as_of && !retired => {
                self.due += 1;
                self.in_time += i64::from(stopped.is_some_and(|stop| stop <= due));
            }
            Some(_) if !retired => {}
            _ => self.not_due += 1,
        }
        let times = exposure.times();
        let available = times.released.or(times.published).or(times.first_detected);
        let end = exposure.closed().map_or(as_of, |(at, _)| at);
        self.exposed += since(available.unwrap_or(exposure.clock_start()), end);
    }

    fn metrics(mut self, dimension: &str, all: &mut Vec<Metric>) {
        self.stopped.sort_unstable();
        self.open.sort_unstable();
        let (stopped, open) = (self.stopped.as_slice(), self.open.as_slice());
        let others = self.open.len() as i64 + self.retired;
        all.extend([
            Metric::share(&SLA_ADHERENCE, dimension, self.in_time, self.due, self.not_due),
            Metric::mean(&MTTR_MEAN, dimension, stopped, others),
            Metric::percentile(&MTTR_MEDIAN, dimension, stopped, 50, others),
            Metric::percentile(&MTTR_P90, dimension, stopped, 90, others),
            Metric::percentile(&MTTR_P95, dimension, stopped, 95, others),
            Metric::percentile(&OPEN_AGE_P90, dimension, open, 90, stopped.len() as i64 + self.retired),
            Metric {
                definition: &EXPOSURE_DAYS,
                dimension: dimension.to_owned(),
                numerator: self.exposed,
                denominator: DAY,
                excluded: 0,
                value: Some(self.exposed / DAY),
            },
        ]);
    }
}

pub(super) fn add(policy: &Policy, estate: &Estate, all: &mut Vec<Metric>) {
    const SEVERITIES: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Unspecified];
    let mut whole = Tier::default();
    let mut tiers: [Tier; 5] = Default::default();
    let (mut back, mut verified, mut others) = (0, 0, 0);
    for exposure in estate.ledger.exposures() {
        whole.add(exposure, policy, estate.as_of);
        if let Some(at) = SEVERITIES.iter().position(|severity| *severity == exposure.severity) {
            tiers[at].add(exposure, policy, estate.as_of);
        }
        let reopened = exposure.reopened > 0;
        back += i64::from(reopened);
        match exposure.closed() {
            Some((_, ClosedBy::Verified)) => verified += 1,
            _ if reopened => verified += 1,
            _ => others += 1,
        }
    }
    whole.metrics("all", all);
    for (severity, tier) in SEVERITIES.iter().zip(tiers) {
        tier.metrics(&format!("severity={}", severity.as_str()), all);
    }
    all.push(Metric::share(&REOPEN_RATE, "all", back, verified, others));
}
