//! How much of the work goes by the way that is meant for exceptions, and what nobody can account for.

use super::{ATTESTATION_LAG, EMERGENCY_SHARE, EXCEPTION_RATE, Metric, UNRECONCILED};
use crate::engine::Evaluation;
use crate::estate::Estate;
use crate::fact::{ChangeKind, ChangeRecord, Deployment};
use crate::policy::Policy;
use crate::reconcile::reconciliations;
use crate::rule::Verdict;

/// Whether a record is of a patch change that was carried out, so that its kind counts.
fn is_carried_out(record: &ChangeRecord, policy: &Policy) -> bool {
    record.problems.is_empty()
        && policy.changes.concerns_patching(record) == Some(true)
        && !matches!(record.deployment(), Deployment::Never(_))
}

pub(super) fn add(policy: &Policy, estate: &Estate, evaluation: &Evaluation, all: &mut Vec<Metric>) {
    let (mut emergencies, mut changes, mut others) = (0, 0, 0);
    for (_, placed) in estate.facts.changes.iter() {
        let record = &placed.fact;
        match record.kind {
            _ if !is_carried_out(record, policy) => others += 1,
            ChangeKind::Unsaid => others += 1,
            kind => {
                changes += 1;
                emergencies += i64::from(kind == ChangeKind::Emergency);
            }
        }
    }
    let failed = evaluation.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Fail(_)));
    let excepted = failed.filter(|finding| finding.exception.is_some()).count() as i64;
    let (failures, unknown) = (evaluation.total.fail as i64, evaluation.total.unknown as i64);
    let (mut unexplained, mut compared, mut unread) = (0, 0, 0);
    for one in reconciliations(estate) {
        if one.unread.is_empty() {
            unexplained += one.unexplained() as i64;
            compared += one.compared() as i64;
        } else {
            unread += one.compared() as i64;
        }
    }
    // No attestation is on record anywhere: there is no such time, which is not the same as none having passed.
    let claims = estate.claims.claims().count() as i64;
    all.extend([
        Metric::mean(&ATTESTATION_LAG, "all", &[], claims),
        Metric::share(&EMERGENCY_SHARE, "all", emergencies, changes, others),
        Metric::share(&EXCEPTION_RATE, "all", excepted, failures, unknown),
        Metric {
            value: (compared > 0).then_some(unexplained),
            ..Metric::plain(&UNRECONCILED, unexplained, compared, unread)
        },
    ]);
}
