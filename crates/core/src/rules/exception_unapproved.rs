//! An acceptance of risk is a decision: without the signatures that its tier needs there is none.

use crate::context::Context;
use crate::control::{PC_13, PC_15};
use crate::example::{Filing, fail, not_applicable, pass, unknown};
use crate::exception::{ExceptionSubject, Record, Revocation, Signature, State, Tier, quorum};
use crate::exchange::Digest;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-unapproved",
    title: "exception without the approvals that it needs",
    severity: Severity::High,
    since: "0.1",
    why: "A file that nobody with authority signed is a wish. It covers nothing, and whoever relies on it carries a risk that nobody \
          took. So does a revocation that nobody confirmed.",
    fix: "Have it approved by those whom the policy names for its tier (`patchseal exception approve`), or delete it.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13, &PC_15],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("signed by the head of security", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        pass("critical, signed by both", |w| w.host("web-1").excepted("asset-unmanaged", critical)),
        fail("nobody signed", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.approvals.clear())),
        fail("high risk, signed by a team lead", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.by("team-lead"))
        }),
        fail("critical, signed by the CISO alone", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                critical(f);
                f.approvals.truncate(1);
            })
        }),
        fail("signed by a service", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.by("dispatcher"))),
        fail("signed, and changed afterwards", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.digest = Digest([9; 32]))
        }),
        fail("signed with another key", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.approvals[0].signature = Signature::Wrong("it is not signed with the key".to_owned());
            })
        }),
        fail("the approver has no such authority any more", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.policy(|policy| policy.exceptions.approvers.retain(|one| one.id != "security-head"))
        }),
        fail("revoked, and nobody confirmed it", |w| {
            w.host("web-1").excepted("asset-unmanaged", |_| {}).next_version(|f| {
                f.record.revoked = Some(Revocation { at: f.logged_at, reason: "moved".to_owned() });
                f.approvals.clear();
            })
        }),
        fail("approved, and its file was taken away", |w| {
            w.host("web-1").excepted("asset-unmanaged", |_| {}).next_version(|f| f.removed = true)
        }),
        unknown("nobody says who the requester is", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.policy(|policy| policy.exceptions.people.clear())
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("taken away before anybody approved it", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |f| f.approvals.clear());
            w.next_version(|f| f.removed = true)
        }),
        not_applicable("approved after the time asked about", |w| {
            let later = w.hours_ahead(1);
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.refiled(|f| {
                f.logged_at = later;
                f.approvals[0].logged_at = later;
            })
        }),
    ],
};

fn critical(filing: &mut Filing) {
    filing.record.tier = Tier::Critical;
    filing.by("ciso");
    let mut other = filing.approvals[0].clone();
    other.approver = "business-owner".into();
    filing.approvals.push(other);
}

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    let id = &exception.dossier.id;
    let standing = &exception.standing;
    if standing.state == State::Removed {
        return removed(exception, record, cx);
    }
    match (&standing.missing, standing.approved) {
        (None, Some(from)) if from <= cx.as_of => Verdict::pass(exception.evidence()),
        (None, _) => Verdict::NotApplicable("it was approved after the time asked about"),
        (Some(why), _) if standing.unclear => {
            let message = format!("whether {id} is approved cannot be told: {why}");
            Verdict::unknown(Reason::NotStated, message, exception.evidence())
        }
        (Some(why), _) => {
            let what = if record.revoked.is_some() { "the revocation of " } else { "" };
            let roles: Vec<String> = quorum(record.tier)
                .iter()
                .map(|roles| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or "))
                .collect();
            Verdict::fail(
                format!("{what}{id} is not approved: {why}"),
                format!("{} risk: approved by {}", record.tier.as_str(), roles.join(" and by ")),
                format!("not approved ({})", record.at("id")),
                exception.evidence(),
            )
            .with_times(Some(record.created), None)
        }
    }
}

/// Deleting a file is no way to end what was approved: nobody decided it, and its record is lost to whoever reads the
/// folder.
fn removed(exception: &ExceptionSubject<'_>, record: &Record, cx: &Context<'_>) -> Verdict {
    if exception.standing.approved.is_none() {
        if exception.standing.unclear {
            let message =
                format!("{} was taken away, and whether it had been approved is unclear", exception.dossier.id);
            return Verdict::unknown(Reason::NotStated, message, exception.evidence());
        }
        return Verdict::NotApplicable("it was taken away before anybody approved it");
    }
    // Whether it still covered something when it went is not known where nobody can judge what it covers.
    if record.revoked.is_none()
        && record.expires <= cx.as_of
        && exception.failing() == 0
        && let Some(verdict) = exception.unknown_member()
    {
        return verdict;
    }
    if record.revoked.is_some() || record.expires <= cx.as_of && exception.failing() == 0 {
        return Verdict::NotApplicable("it was over when it was taken away");
    }
    Verdict::fail(
        format!("the file of {} was taken away, and nobody approved its end", exception.dossier.id),
        "ended by a revocation that is approved",
        format!("{} is gone", record.source),
        exception.evidence(),
    )
}
