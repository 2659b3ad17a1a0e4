//! Separation of duties is between people: a second account of one human is the same human.

use crate::context::Context;
use crate::control::{PC_13, PC_15};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-self-approved",
    title: "exception approved by whoever asked for it, or owns what it covers",
    severity: Severity::High,
    since: "0.1",
    why: "Whoever approves an own request decides alone about a risk that others bear. From high risk on the owner of the asset is as \
          little disinterested as the requester.",
    fix: "Have it approved by somebody else; take the approval out. Name the people behind ids under [exceptions.people].",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13, &PC_15],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("asked by one and approved by another", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        fail("approved by the requester", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.requester = "security-head".into())
        }),
        fail("approved by the requester under another id", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.policy(|policy| drop(policy.exceptions.people.insert("web-engineer".to_owned(), "person-3".to_owned())))
        }),
        fail("approved by the asset's owner", |w| {
            w.host("web-1").tag("owner", "security-head").excepted("asset-unmanaged", |_| {})
        }),
        unknown("nobody says who the requester is", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.policy(|policy| policy.exceptions.people.clear())
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("nobody approved it", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.approvals.clear())),
    ],
};

fn check(exception: &ExceptionSubject<'_>, _: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    let standing = &exception.standing;
    if let Some(why) = standing.own.first() {
        return Verdict::fail(
            format!("{}: {why}", exception.dossier.id),
            "requester, approvers and, from high risk on, the asset's owner are different people",
            format!("requester {} ({})", record.requester, record.at("requester")),
            exception.evidence(),
        );
    }
    match (&standing.missing, standing.unclear) {
        (Some(why), true) => {
            let message =
                format!("whether {} was approved by its requester cannot be told: {why}", exception.dossier.id);
            Verdict::unknown(Reason::NotStated, message, exception.evidence())
        }
        (Some(_), false) => Verdict::NotApplicable("it is not approved"),
        (None, _) => Verdict::pass(exception.evidence()),
    }
}
