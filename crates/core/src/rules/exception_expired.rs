//! What was accepted until a day is no longer accepted after it: the clock of each finding never stopped.

use crate::context::Context;
use crate::control::PC_13;
use crate::example::{Filing, World, fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::fact::Ping;
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, count, day};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-expired",
    title: "exception that ended while its findings still fail",
    severity: Severity::High,
    since: "0.1",
    why: "An exception ends by itself so that nobody has to remember it. Where the finding is still there afterwards, the risk is \
          carried without anybody having decided so, and the original deadline counts.",
    fix: "Fix what it covered, or renew it and have the new version approved; revoke it where it is no longer needed.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("in force", |w| unmanaged(w).excepted("asset-unmanaged", |_| {})),
        pass("ended, and nothing of it fails any more", |w| {
            unmanaged(w).excepted("asset-unmanaged", ended).agent(Ping::Online)
        }),
        fail("ended, and the host is still unmanaged", |w| unmanaged(w).excepted("asset-unmanaged", ended)),
        unknown("ended, and the agents were not read", |w| {
            unmanaged(w).excepted("asset-unmanaged", ended).denied(op::AGENTS)
        }),
        unknown("its text cannot be read", |w| unmanaged(w).excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("never approved", |w| {
            unmanaged(w).excepted("asset-unmanaged", |f| {
                ended(f);
                f.approvals.clear();
            })
        }),
    ],
};

fn unmanaged(world: World) -> World {
    world.host("web-1")
}

fn ended(filing: &mut Filing) {
    filing.record.expires = crate::clock::after(filing.logged_at, 8 * crate::policy::DAY);
}

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    if record.revoked.is_some() {
        return Verdict::NotApplicable("it was revoked");
    }
    if exception.standing.approved.is_none_or(|from| from > cx.as_of) {
        return Verdict::NotApplicable("it was not approved then");
    }
    let id = &exception.dossier.id;
    let failing = exception.failing();
    if record.expires > cx.as_of {
        return Verdict::pass(exception.evidence());
    }
    if failing > 0 {
        return Verdict::fail(
            format!(
                "{id} ended {}, and what it covered still fails: {}",
                ago(cx.age(record.expires)),
                count(failing, "finding")
            ),
            "fixed, or renewed and approved, by the day it ends",
            format!("ended on {} ({})", day(record.expires), record.at("expires")),
            exception.evidence(),
        )
        .with_times(Some(record.expires), Some(record.expires));
    }
    exception.unknown_member().unwrap_or_else(|| Verdict::pass(exception.evidence()))
}
