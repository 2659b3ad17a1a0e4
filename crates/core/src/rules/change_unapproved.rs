//! A patch change that nobody approved, or only when it was done. The order of two times decides, not a status: a ticket
//! approved on the day after reads "approved" too.

use crate::context::{Context, doubt, rests_on};
use crate::control::{PC_10, PC_15};
use crate::estate::Placed;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{Approval, ChangeKind, ChangeOutcome, ChangeRecord, Deployment, Said};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "change-unapproved",
    title: "patch change deployed without approval",
    severity: Severity::High,
    since: "0.1",
    why: "A change that was deployed before anybody agreed to it, or without anybody agreeing, was not authorised. An \
          approval that is added afterwards proves that the ticket was tidied up, not that the change was controlled.",
    fix: "Hold deployments until the ticket is approved; for those that are out, record a retrospective approval and treat \
          the deviation as one. Emergency changes have their own path: emergency-change-unreviewed.",
    references: &["https://csrc.nist.gov/pubs/sp/800/128/upd1/final", "https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_10, &PC_15],
    checks: &[Check::EachChange(check)],
    examples: &[
        pass("approved two days before", |w| w.host("web-1").change("CHG1")),
        pass("closed, and approved before the work began", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.outcome = ChangeOutcome::Failed)
        }),
        pass("standard change from an approved template", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                (c.kind, c.approval) = (ChangeKind::Standard, Approval::Missing);
                c.template = Said::Value("Monthly Linux patches".into());
            })
        }),
        fail("approved after the deployment", |w| {
            w.host("web-1").change_with("CHG1", |w, c| c.approved_at = w.said(2))
        }),
        fail("approved after it was closed, whenever it was deployed", |w| {
            w.host("web-1").change_with("CHG1", |w, c| (c.deployed_at, c.approved_at) = (Said::Unsaid, w.said(2)))
        }),
        fail("approval asked for and never given", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                (c.approval, c.approved_at) = (Approval::Missing, Said::Nothing);
            })
        }),
        fail("rejected, and deployed", |w| w.host("web-1").change_with("CHG1", |_, c| c.approval = Approval::Rejected)),
        fail("an emergency that nobody has approved in time either", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.approval, c.approved_at) = (ChangeKind::Emergency, Approval::Missing, Said::Nothing);
                c.deployed_at = w.said(100);
            })
        }),
        unknown("no change records were ever read", |w| w.host("web-1")),
        unknown("records denied", |w| w.host("web-1").change("CHG1").denied(crate::op::CHANGES)),
        unknown("no time of approval", |w| w.host("web-1").change_with("CHG1", |_, c| c.approved_at = Said::Unsaid)),
        unknown("no time of deployment", |w| w.host("web-1").change_with("CHG1", |_, c| c.deployed_at = Said::Unsaid)),
        unknown("standard, and of no template", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                (c.kind, c.approval, c.approved_at) = (ChangeKind::Standard, Approval::Missing, Said::Nothing);
            })
        }),
        unknown("a machine that no list has", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.assets = Said::Value(vec!["db-9".into()]))
        }),
        unknown("a date that could not be read", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.problems.push("`work_start` is no time: `soon`".into()))
        }),
        unknown("trap: no category, and a title that names no patch", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                c.title = Said::Value("Monthly maintenance".into());
                c.categories = Said::Unsaid;
            })
        }),
        not_applicable("an emergency, approved the day after", |w| {
            w.host("web-1").change_with("CHG1", |w, c| {
                (c.kind, c.approved_at) = (ChangeKind::Emergency, w.said(2));
            })
        }),
        not_applicable("called off", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.outcome = ChangeOutcome::Cancelled)
        }),
        not_applicable("about something else: dispatch is no patch", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                c.title = Said::Value("New dispatch screen".into());
                c.categories = Said::Value(vec!["Software".into()]);
            })
        }),
    ],
};

fn check<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    let deployment = match cx.deployed(change) {
        Ok(deployment) => deployment,
        Err(verdict) => return verdict,
    };
    let record = &change.fact;
    let limit = cx.policy.changes.emergency_review;
    // The latest time it can have been deployed: what came after that came too late in any case.
    let latest = match deployment {
        Deployment::At(at) | Deployment::Before(at) => Some(at),
        _ => None,
    };
    let failed = |message: String, found: String| {
        Verdict::fail(message, "an approval before the deployment", found, rests_on(change)).with_times(latest, None)
    };
    let id = &record.id;
    match (record.approval, record.approved_at.value()) {
        (Approval::Rejected, _) => failed(format!("{id} was rejected, and deployed"), "rejected".into()),
        (Approval::Missing, _) if record.kind == ChangeKind::Standard => match &record.template {
            Said::Value(_) => named(change, cx),
            _ => doubt(change, Reason::NotStated, "a standard change is approved by its template, and it names none"),
        },
        (Approval::Missing, _) if record.kind == ChangeKind::Emergency && latest.is_none() => {
            doubt(change, Reason::NotStated, "it does not say when it was deployed")
        }
        (Approval::Missing, _)
            if record.kind == ChangeKind::Emergency && latest.is_some_and(|at| cx.age(at) <= limit) =>
        {
            Verdict::NotApplicable("an emergency change whose approval is not due yet")
        }
        (Approval::Missing, _) => {
            failed(format!("{id} was deployed, and nobody has approved it"), "no approval".into())
        }
        (Approval::Approved, Some(at)) | (Approval::Unsaid, Some(at)) => match deployment {
            Deployment::At(deployed) | Deployment::Before(deployed) if *at > deployed => {
                let late = at.as_second() - deployed.as_second();
                if record.kind == ChangeKind::Emergency && late <= limit {
                    return Verdict::NotApplicable("an emergency change may be approved afterwards, in time");
                }
                failed(
                    format!("{id} was approved {} after it was deployed", length(late)),
                    format!("approved {}, deployed {}", minute(*at), minute(deployed)),
                )
            }
            Deployment::At(_) => named(change, cx),
            _ => doubt(change, Reason::NotStated, "it does not say when it was deployed"),
        },
        (Approval::Approved, None) => doubt(change, Reason::NotStated, "it does not say when it was approved"),
        (Approval::Unsaid, None) => doubt(change, Reason::NotStated, "it does not say whether it was approved"),
    }
}

/// Approved; but of an approval for a machine that nobody knows it cannot be told what was approved.
fn named<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    match cx.hosts_of_change(&change.fact) {
        Some(hosts) if !hosts.strangers.is_empty() => cx.unnamed_hosts(change, Some(&hosts)),
        _ => None,
    }
    .unwrap_or_else(|| Verdict::Pass(rests_on(change)))
}
