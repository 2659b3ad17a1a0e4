//! No approval reaches back: lateness before it stays a deviation.

use crate::clock::after;
use crate::context::Context;
use crate::control::PC_13;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::policy::DAY;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-retroactive",
    title: "exception approved after it was to begin",
    severity: Severity::High,
    since: "0.1",
    why: "An approval that is written after the fact turns a missed deadline into a decision that nobody took at the time. It covers \
          time from its sealing on; what was late before stays late.",
    fix: "Leave `start` out, so that it begins with its approval, and report the time before as a deviation. Seal approvals on the day \
          they are given.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("begins with its approval", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        pass("begins a day after its approval", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.start = Some(after(f.logged_at, DAY)))
        }),
        pass("signed in time, and sealed with the next run", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.record.start = Some(f.logged_at);
                f.approvals[0].logged_at = after(f.logged_at, DAY / 2);
            })
        }),
        fail("was to begin a week before", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.start = Some(after(f.logged_at, -7 * DAY)))
        }),
        fail("signed in time by its own word, and sealed a week later", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.record.start = Some(f.logged_at);
                f.approvals[0].logged_at = after(f.logged_at, 7 * DAY);
            })
        }),
        unknown("nobody says who the requester is", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.policy(|policy| policy.exceptions.people.clear())
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("nobody approved it", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.approvals.clear())),
    ],
};

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    let standing = &exception.standing;
    let id = &exception.dossier.id;
    let (Some(from), Some(signed)) = (standing.approved, standing.signed) else {
        return match (&standing.missing, standing.unclear) {
            (Some(why), true) => {
                let message = format!("since when {id} is approved cannot be told: {why}");
                Verdict::unknown(Reason::NotStated, message, exception.evidence())
            }
            _ => Verdict::NotApplicable("it is not approved"),
        };
    };
    let Some(start) = record.start.filter(|_| record.revoked.is_none()) else {
        return Verdict::pass(exception.evidence());
    };
    let sealed_late = cx.policy.exceptions.seal_limit.is_some_and(|limit| from > after(signed.max(start), limit));
    let what = if signed > start {
        format!(
            "{id} was to hold from {}, and was signed {} later",
            minute(start),
            length(signed.as_second() - start.as_second())
        )
    } else if sealed_late {
        let late = length(from.as_second() - signed.as_second());
        format!("{id} says that it was signed at {}, and was sealed {late} later", minute(signed))
    } else {
        return Verdict::pass(exception.evidence());
    };
    Verdict::fail(
        what,
        "approved, and sealed, before it is to hold",
        format!("holds from {} on, and covers nothing before ({})", minute(from), record.at("start")),
        exception.evidence(),
    )
    .with_times(Some(start), None)
}
