//! An exception without a finding is a door that stands open for the next one.

use crate::context::Context;
use crate::control::PC_13;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::fact::Ping;
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{count, day};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-unused",
    title: "exception in force that covers nothing",
    severity: Severity::Low,
    since: "0.1",
    why: "Nothing of it fails any more, and it would still cover what comes back: it hides a regression that nobody looked at.",
    fix: "Revoke it; its record stays.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("covers a host", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        fail("the host is managed now", |w| w.host("web-1").excepted("asset-unmanaged", |_| {}).agent(Ping::Online)),
        pass("the host is managed now, and a provider holds what it took over", |w| {
            w.host("web-1").exempted("legacy").adopted(|_| {}).agent(Ping::Online)
        }),
        fail("what it took over ended at the provider", |w| {
            let w = w.host("web-1").exempted_with("legacy", |w, held| held.expires = Some(w.hours_ago(1)));
            w.adopted(|_| {}).agent(Ping::Online)
        }),
        unknown("whether the provider still holds it was not read", |w| {
            w.host("web-1").exempted("legacy").adopted(|_| {}).agent(Ping::Online).denied(op::POLICY_EXEMPTIONS)
        }),
        unknown("whether the host is managed was not read", |w| {
            w.host("web-1").excepted("asset-unmanaged", |_| {}).denied(op::AGENTS)
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("not approved", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.approvals.clear())),
    ],
};

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    if !exception.is_in_force() {
        return Verdict::NotApplicable("it is not in force");
    }
    if exception.failing() > 0 {
        return Verdict::pass(exception.evidence());
    }
    match cx.still_holds(record) {
        Ok(true) => return Verdict::pass(exception.evidence()),
        Ok(false) => {}
        Err(gap) => return gap.into(),
    }
    if let Some(verdict) = exception.unknown_member() {
        return verdict;
    }
    Verdict::fail(
        format!("{} covers {}, and none fails any more", exception.dossier.id, count(record.members.len(), "finding")),
        "revoked once it is not needed",
        format!("in force until {} ({})", day(record.expires), record.at("id")),
        exception.evidence(),
    )
}
