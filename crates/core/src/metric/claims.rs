//! How many claims were verified, and how soon.

use super::{CONTRADICTED, LAG_MEAN, LAG_MEDIAN, LAG_P90, Metric, UNVERIFIED, VERIFIED_IN_LIMIT, VERIFIED_IN_TARGET};
use crate::claim::State;
use crate::estate::Estate;
use crate::policy::Policy;

pub(super) fn add(policy: &Policy, estate: &Estate, all: &mut Vec<Metric>) {
    let mut lags = Vec::new();
    let (mut claims, mut contradicted, mut due, mut decided_in_due) = (0_i64, 0, 0, 0);
    let (mut within, mut on_target) = (0, 0);
    for claim in estate.claims.claims() {
        claims += 1;
        let lag = claim.verification_lag();
        let against = claim.contradicted_at().is_some();
        lags.extend(lag);
        contradicted += i64::from(against);
        let retired = claim.state(estate.as_of, policy) == State::Retired;
        let endless = claim.is_endless(estate.as_of, policy);
        let over = lag.is_some() || against || endless || claim.verify_by(policy) < estate.as_of;
        if !(claim.told.claims_all() || endless) || retired || !over {
            continue;
        }
        due += 1;
        decided_in_due += i64::from(lag.is_some() || against);
        within += i64::from(lag.is_some_and(|lag| lag <= policy.claims.verify_within));
        on_target += i64::from(lag.is_some_and(|lag| lag <= policy.claims.verify_target));
    }
    lags.sort_unstable();
    let (verified, left_out) = (lags.len() as i64, claims - due);
    all.extend([
        Metric::share(&VERIFIED_IN_LIMIT, "all", within, due, left_out),
        Metric::share(&VERIFIED_IN_TARGET, "all", on_target, due, left_out),
        Metric::share(&UNVERIFIED, "all", due - decided_in_due, due, left_out),
        Metric::share(&CONTRADICTED, "all", contradicted, verified + contradicted, claims - verified - contradicted),
        Metric::mean(&LAG_MEAN, "all", &lags, claims - verified),
        Metric::percentile(&LAG_MEDIAN, "all", &lags, 50, claims - verified),
        Metric::percentile(&LAG_P90, "all", &lags, 90, claims - verified),
    ]);
}
