//! An exception covers what was there when it was signed, and nothing that came later.

use crate::clock::after;
use crate::context::Context;
use crate::control::PC_13;
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::exchange::Digest;
use crate::fact::Ping;
use crate::op;
use crate::policy::DAY;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-scope-grown",
    title: "exception whose terms have come to match more than was approved",
    severity: Severity::High,
    since: "0.1",
    why: "A member list that was edited, a host that joined the service, a new weakness in an excepted package: whoever signed never \
          saw them. New matches are not covered, and an exception that means more than it says ends.",
    fix: "Decide about what is new by an exception of its own, or narrow the terms to what was approved.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("covers the one host there is", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        pass("a second host fails another rule", |w| {
            w.host("web-1").excepted("asset-unmanaged", |_| {}).host("web-2").agent(Ping::Online)
        }),
        fail("the members were edited", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.members_found = Digest([7; 32]))
        }),
        fail("a second host came to match", |w| w.host("web-1").excepted("asset-unmanaged", |_| {}).host("web-2")),
        fail("a new weakness on the same host", |w| {
            let w = w.host("web-1").scanned(2).vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 100 * 24);
            let w = w.excepted("patch-overdue", |_| {});
            w.vulnerable("CVE-2026-90002", "curl", HIGH, 100 * 24)
        }),
        unknown("the list of hosts was refused", |w| {
            w.node("till-1").excepted("asset-unmanaged", |_| {}).denied(op::EC2_INSTANCES)
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("over", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.expires = after(f.logged_at, DAY))
        }),
    ],
};

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    let id = &exception.dossier.id;
    let fail = |message: String, key: &str| {
        let members = count(record.members.len(), "finding");
        Verdict::fail(message, format!("the {members} that were approved"), record.at(key), exception.evidence())
    };
    if record.members_stated != record.members_found {
        return fail(format!("the members of {id} are others than it was written with"), "scope.members_sha256");
    }
    if record.revoked.is_some() || record.expires <= cx.as_of {
        return Verdict::NotApplicable("it is over");
    }
    let new: Vec<&String> = exception.grown.iter().chain(&exception.beyond).collect();
    if let Some(first) = new.first() {
        let more = if new.len() > 1 { format!(" (and {} more)", new.len() - 1) } else { String::new() };
        return fail(format!("{id} has come to match {first}{more}, which nobody approved"), "scope.members_sha256");
    }
    if let Some(verdict) = exception.unknown_member() {
        return verdict;
    }
    match &exception.growth_doubt {
        Some((reason, why)) => {
            let message = format!("whether {id} matches more than was approved cannot be told: {why}");
            Verdict::unknown(*reason, message, exception.evidence())
        }
        None => Verdict::pass(exception.evidence()),
    }
}
