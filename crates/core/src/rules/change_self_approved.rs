//! A patch change whose approver also asked for it or deployed it. One person with two accounts is one: the policy's
//! `[identities]` says who is who.

use crate::context::{Context, doubt, rests_on};
use crate::control::{PC_10, PC_15};
use crate::estate::Placed;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{Approval, ChangeKind, ChangeRecord, Said};
use crate::policy::Identities;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "change-self-approved",
    title: "patch change approved by whoever asked for it or deployed it",
    severity: Severity::High,
    since: "0.1",
    why: "An approval is a second pair of eyes. Where the same person asks, approves and deploys, with one account or with \
          two, there was only one pair.",
    fix: "Have somebody else approve, and enforce it in the ticket system. If two accounts belong to different people, take \
          the alias out of the policy's [identities].",
    references: &["https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"],
    controls: &[&PC_15, &PC_10],
    checks: &[Check::EachChange(check)],
    examples: &[
        pass("three people", |w| w.host("web-1").change("CHG1")),
        pass("the requester approved together with somebody else", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                c.approvers = Said::Value(vec!["platform-engineer".into(), "change-manager".into()]);
            })
        }),
        fail("approved by the requester", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.approvers = Said::Value(vec!["Platform-Engineer".into()]))
        }),
        fail("approved by the deployer", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.approvers = Said::Value(vec!["release-engineer".into()]))
        }),
        fail("approved with the requester's other account", |w| {
            let w = w.policy(|policy| {
                let aliases = [("adm-17", "platform-engineer")];
                let pairs = aliases.map(|(account, id)| (account.to_owned(), id.to_owned()));
                policy.identities = Identities::new(pairs);
            });
            w.host("web-1").change_with("CHG1", |_, c| c.approvers = Said::Value(vec!["adm-17".into()]))
        }),
        fail("approved by the requester, whoever deployed it", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                (c.approvers, c.deployer) = (Said::Value(vec!["platform-engineer".into()]), Said::Unsaid);
            })
        }),
        unknown("no change records were ever read", |w| w.host("web-1")),
        unknown("the export has no approvers", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.approvers = Said::Unsaid)
        }),
        unknown("approved, and by nobody", |w| w.host("web-1").change_with("CHG1", |_, c| c.approvers = Said::Nothing)),
        unknown("the export has no deployer", |w| {
            w.host("web-1").change_with("CHG1", |_, c| c.deployer = Said::Unsaid)
        }),
        not_applicable("nobody approved it: change-unapproved", |w| {
            w.host("web-1").change_with("CHG1", |_, c| {
                (c.approval, c.approvers) = (Approval::Missing, Said::Nothing);
            })
        }),
    ],
};

fn check<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    if let Err(verdict) = cx.deployed(change) {
        return verdict;
    }
    let record = &change.fact;
    let approvers = match (&record.approvers, record.approval) {
        (Said::Value(approvers), _) if !approvers.is_empty() => approvers,
        (_, Approval::Missing | Approval::Rejected) if record.kind == ChangeKind::Standard => {
            return Verdict::NotApplicable("its template was approved, and change-unapproved asks for that");
        }
        (_, Approval::Missing | Approval::Rejected) => {
            return Verdict::NotApplicable("nobody approved it, and change-unapproved says so");
        }
        _ => return doubt(change, Reason::NotStated, "it does not say who approved it"),
    };
    let people = &cx.policy.identities;
    let parts = [("asked for", &record.requester), ("deployed", &record.deployer)];
    let part_of = |approver: &str| {
        parts.iter().find(|(_, who)| who.value().is_some_and(|who| people.same(who, approver))).map(|(part, _)| *part)
    };
    if let Some(part) = part_of(&approvers[0])
        && approvers.iter().all(|approver| part_of(approver).is_some())
    {
        let id = &record.id;
        return Verdict::fail(
            format!("{id} was approved by {}, who {part} it", approvers.join(", ")),
            "an approver who neither asked for it nor deployed it",
            format!("approved by {} alone", people.of(&approvers[0])),
            rests_on(change),
        )
        .with_times(record.approved_at.value().copied(), None);
    }
    match parts.iter().find(|(_, who)| who.value().is_none()) {
        Some((part, _)) => doubt(change, Reason::NotStated, &format!("it does not say who {part} it")),
        None => Verdict::Pass(rests_on(change)),
    }
}
