//! A control that nobody tests is a hope.

use crate::context::Context;
use crate::control::{PC_13, PC_14};
use crate::example::{Filing, World, fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "compensating-control-stale",
    title: "compensating control without a recent test",
    severity: Severity::High,
    since: "0.1",
    why: "The exception rests on a control that works. When it was last seen working longer ago than twice its cadence, nobody knows \
          whether it does, and the exception covers nothing.",
    fix: "Test it, and add the result to the exception; a result needs no new approval.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13, &PC_14],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("tested two weeks ago", |w| with(w, |f| f.compensated(&[(3, true)]))),
        fail("tested a month ago", |w| with(w, |f| f.compensated(&[(21, true)]))),
        fail("never tested", |w| with(w, |f| f.compensated(&[]))),
        fail("tested tomorrow, by its own word", |w| with(w, |f| f.compensated(&[(-10, true)]))),
        unknown("its text cannot be read", |w| with(w, |f| f.unreadable = true)),
        not_applicable("no compensating control", |w| with(w, |_| {})),
        not_applicable("over", |w| {
            with(w, |f| {
                f.compensated(&[(30, false)]);
                f.record.expires = crate::clock::after(f.logged_at, crate::policy::DAY);
            })
        }),
    ],
};

fn with(world: World, change: impl FnOnce(&mut Filing)) -> World {
    world.host("web-1").excepted("asset-unmanaged", change)
}

fn check(exception: &ExceptionSubject<'_>, cx: &Context<'_>) -> Verdict {
    let record = match exception.record() {
        Ok(record) => record,
        Err(verdict) => return verdict,
    };
    if record.revoked.is_some() || record.expires <= cx.as_of {
        return Verdict::NotApplicable("it is over");
    }
    if record.controls.is_empty() {
        return Verdict::NotApplicable("it has no compensating control");
    }
    for (at, control) in record.controls.iter().enumerate() {
        let last = control.last_test(cx.as_of);
        if last.is_some_and(|test| cx.age(test.at) <= 2 * control.cadence) {
            continue;
        }
        let found =
            last.map_or_else(|| "never tested".to_owned(), |test| format!("last tested {}", ago(cx.age(test.at))));
        return Verdict::fail(
            format!("{} of {}: {found}", control.id, exception.dossier.id),
            format!("tested every {}", length(control.cadence)),
            format!("{found} ({})", record.at(&format!("compensating_controls.{at}"))),
            exception.evidence(),
        )
        .with_times(last.map(|test| test.at), None);
    }
    Verdict::pass(exception.evidence())
}
