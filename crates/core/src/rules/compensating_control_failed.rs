//! The control that made the risk bearable does not work.

use crate::context::Context;
use crate::control::{PC_13, PC_14};
use crate::example::{Filing, World, fail, not_applicable, pass, unknown};
use crate::exception::ExceptionSubject;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::ago;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "compensating-control-failed",
    title: "compensating control whose last test failed",
    severity: Severity::High,
    since: "0.1",
    why: "The exception rests on a control that works, and it was seen not working. Until it is repaired and tested the risk is taken \
          without what was to bear it, and the exception covers nothing.",
    fix: "Repair the control, test it again and add the result; else fix what the exception covers now.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13, &PC_14],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("tested, and it works", |w| with(w, |f| f.compensated(&[(3, true)]))),
        pass("failed once, and works again", |w| with(w, |f| f.compensated(&[(3, false), (1, true)]))),
        fail("failed", |w| with(w, |f| f.compensated(&[(3, true), (1, false)]))),
        fail("failed and worked at one moment", |w| with(w, |f| f.compensated(&[(3, true), (3, false)]))),
        unknown("never tested", |w| with(w, |f| f.compensated(&[]))),
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
    let mut untested = None;
    for (at, control) in record.controls.iter().enumerate() {
        match control.last_test(cx.as_of) {
            Some(test) if test.passed => {}
            Some(test) => {
                return Verdict::fail(
                    format!("{} of {} failed its test {}", control.id, exception.dossier.id, ago(cx.age(test.at))),
                    "a last test that passed",
                    format!("failed ({})", record.at(&format!("compensating_controls.{at}"))),
                    exception.evidence(),
                )
                .with_times(Some(test.at), None);
            }
            None => untested = Some(format!("{} of {} was never tested", control.id, exception.dossier.id)),
        }
    }
    match untested {
        Some(message) => Verdict::unknown(Reason::NeverScanned, message, exception.evidence()),
        None => Verdict::pass(exception.evidence()),
    }
}
