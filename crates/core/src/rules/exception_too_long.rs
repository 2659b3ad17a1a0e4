//! The longer a risk is accepted, the less anybody remembers why: each tier has its longest time.

use crate::clock::after;
use crate::context::Context;
use crate::control::PC_13;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exception::{ExceptionSubject, Revocation, Tier};
use crate::policy::DAY;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{day, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-too-long",
    title: "exception longer than its tier allows",
    severity: Severity::Medium,
    since: "0.1",
    why: "The policy says how long a risk of each tier may be taken. Beyond it the exception covers nothing, whoever signed it.",
    fix: "Bring the end into the limit and have it approved again; extend it later by a renewal, which is looked at again.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("a month for high risk", |w| w.host("web-1").excepted("asset-unmanaged", |_| {})),
        fail("two hundred days for high risk", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| f.record.expires = after(f.record.created, 200 * DAY))
        }),
        fail("written, by its own word, after it was signed", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.record.created = after(f.logged_at, 60 * DAY);
                f.record.expires = after(f.logged_at, 149 * DAY);
            })
        }),
        fail("a month, and the policy allows a week", |w| {
            let w = w.host("web-1").excepted("asset-unmanaged", |f| f.record.limit = 7 * DAY);
            w.policy(|policy| policy.exceptions.longest.extend([(Tier::High, 7 * DAY)]))
        }),
        unknown("its text cannot be read", |w| w.host("web-1").excepted("asset-unmanaged", |f| f.unreadable = true)),
        not_applicable("revoked", |w| {
            w.host("web-1").excepted("asset-unmanaged", |f| {
                f.record.revoked = Some(Revocation { at: f.logged_at, reason: "moved".to_owned() });
            })
        }),
    ],
};

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    if record.revoked.is_some() {
        return Verdict::NotApplicable("it was revoked");
    }
    let (tier, asked) = (record.tier, record.length(exception.standing.signed));
    // A limit that the policy shortened later is another matter: exception-invalidated.
    let longest = cx.policy.exceptions.longest(tier).max(record.limit.min(tier.longest()));
    if asked <= longest {
        return Verdict::pass(exception.evidence());
    }
    let key = format!("exceptions.{}", tier.as_str());
    let stated = cx.policy.lines.contains_key(&key);
    let verdict = Verdict::fail(
        format!(
            "{} lasts {}, and {} risk may be taken for {}",
            exception.dossier.id,
            length(asked),
            tier.as_str(),
            length(longest)
        ),
        format!("at most {}", length(longest)),
        format!("ends on {} ({})", day(record.expires), record.at("expires")),
        exception.evidence(),
    )
    .with_times(Some(record.begins(exception.standing.signed)), None);
    if stated { verdict.with_policy_entry(key) } else { verdict }
}
