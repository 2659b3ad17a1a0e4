//! An exception that is always extended is a policy that nobody wrote.

use crate::clock::after;
use crate::context::Context;
use crate::control::PC_13;
use crate::example::{fail, pass, unknown};
use crate::exception::{ExceptionSubject, Tier};
use crate::policy::DAY;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-over-renewed",
    title: "exception extended more often than allowed",
    severity: Severity::Medium,
    since: "0.1",
    why: "Each renewal puts off the same fix. After two the answer is a fix or another policy, and where the weakness is being \
          exploited there is none.",
    fix: "Fix what it covers, or change the policy in the open.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("never extended", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        pass("extended twice", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.record.renewals = 2)),
        fail("extended three times", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.record.renewals = 3)),
        fail("says never, and the log shows three", |w| {
            let longer = |f: &mut crate::example::Filing| f.record.expires = after(f.record.expires, DAY);
            let w = w.host("web-1").excepted("asset-unmanaged", |_| {});
            w.next_version(longer).next_version(longer).next_version(longer)
        }),
        fail("extended once while the weakness is being exploited", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.record.tier = Tier::Exploited;
                f.record.renewals = 1;
            })
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
    ],
};

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    let (found, most) = (exception.standing.renewals, cx.policy.exceptions.renewals(record.tier));
    if found <= most {
        return Verdict::pass(exception.evidence());
    }
    let verdict = Verdict::fail(
        format!(
            "{} was extended {} for {} risk",
            exception.dossier.id,
            count(found as usize, "time"),
            record.tier.as_str()
        ),
        format!("extended at most {}", count(most as usize, "time")),
        format!("states {}, the log shows {found} ({})", record.renewals, record.at("renewals")),
        exception.evidence(),
    );
    let stated = cx.policy.lines.contains_key("exceptions.renewals");
    if stated { verdict.with_policy(&["exceptions.renewals"]) } else { verdict }
}
