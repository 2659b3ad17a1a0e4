//! An emergency change may skip the queue, not the review: it is looked at afterwards, within the policy's time.

use crate::context::{Context, doubt, exactly, rests_on};
use crate::control::{PC_06, PC_10};
use crate::estate::Placed;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{ChangeKind, ChangeRecord, Deployment, Said};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "emergency-change-unreviewed",
    title: "emergency patch change without a review in time",
    severity: Severity::Medium,
    since: "0.1",
    why: "The emergency path trades approval in advance for a review afterwards. Without the review it is a way around \
          change control.",
    fix: "Review the change and record when; where the review came late, say why. The policy's changes.emergency_review sets \
          the time (72 h by default).",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_06, &PC_10],
    checks: &[Check::EachChange(check)],
    examples: &[
        pass("reviewed the day after", |w| {
            w.host("web-1").change_with("CHG1", |w, c| (c.kind, c.reviewed_at) = (ChangeKind::Emergency, w.said(1)))
        }),
        fail("four days old, and not reviewed", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.deployed_at) = (ChangeKind::Emergency, w.said(96));
            })
        }),
        fail("reviewed after a week", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.deployed_at, c.reviewed_at) = (ChangeKind::Emergency, w.said(240), w.said(72));
            })
        }),
        fail("reviewed before it was deployed, which is no review of it", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.deployed_at, c.reviewed_at) = (ChangeKind::Emergency, w.said(96), w.said(100));
            })
        }),
        unknown("no change records were ever read", |w| w.host("web-1")),
        unknown("the export has no reviews", |w| {
            w.host("web-1").change_with("CHG1", |_, c| (c.kind, c.reviewed_at) = (ChangeKind::Emergency, Said::Unsaid))
        }),
        unknown("no time of deployment", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.deployed_at, c.closed_at) = (ChangeKind::Emergency, Said::Unsaid, Said::Unsaid);
                c.reviewed_at = w.said(2);
            })
        }),
        unknown("of no stated kind", |w| w.host("web-1").change_with("CHG1", |_, c| c.kind = ChangeKind::Unsaid)),
        not_applicable("normal", |w| w.host("web-1").change("CHG1")),
        not_applicable("not due yet", |w| w.host("web-1").change_with("CHG1", |_, c| c.kind = ChangeKind::Emergency)),
    ],
};

fn check<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    let deployment = match cx.deployed(change) {
        Ok(deployment) => deployment,
        Err(verdict) => return verdict,
    };
    let record = &change.fact;
    match record.kind {
        ChangeKind::Emergency => {}
        ChangeKind::Unsaid => return doubt(change, Reason::NotStated, "it does not say whether it was an emergency"),
        _ => return Verdict::NotApplicable("no emergency"),
    }
    let limit = cx.policy.changes.emergency_review;
    let id = &record.id;
    let failed = |at, message: String, found: String| {
        Verdict::fail(message, format!("a review within {}", length(limit)), found, rests_on(change))
            .with_times(Some(at), Some(crate::clock::after(at, limit)))
            .with_policy(&["changes.emergency_review"])
    };
    match (&record.reviewed_at, deployment) {
        (Said::Unsaid, _) => doubt(change, Reason::NotStated, "it does not say whether it was reviewed"),
        (Said::Nothing, Deployment::At(at) | Deployment::Before(at)) if cx.age(at) > limit => failed(
            at,
            format!("{id} was an emergency {}, and nobody has reviewed it", ago(cx.age(at))),
            "no review".into(),
        ),
        (Said::Nothing, Deployment::At(_)) => Verdict::NotApplicable("its review is not due yet"),
        (Said::Value(reviewed), deployment) => match exactly(deployment) {
            Some(at) if *reviewed < at => failed(
                at,
                format!("{id} was reviewed before it was deployed, which is no review of what was done"),
                format!("reviewed {}, deployed {}", minute(*reviewed), minute(at)),
            ),
            Some(at) if reviewed.as_second() - at.as_second() > limit => failed(
                at,
                format!("{id} was reviewed {} after it was deployed", length(reviewed.as_second() - at.as_second())),
                format!("reviewed {}, deployed {}", minute(*reviewed), minute(at)),
            ),
            Some(_) => Verdict::Pass(rests_on(change)),
            None => doubt(change, Reason::NotStated, "it does not say when it was deployed"),
        },
        _ => doubt(change, Reason::NotStated, "it does not say when it was deployed"),
    }
}
