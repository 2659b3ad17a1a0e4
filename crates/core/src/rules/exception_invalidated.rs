//! What was accepted was a risk as it stood: when it becomes another, the acceptance ends by itself.

use crate::clock::after;
use crate::context::Context;
use crate::control::{PC_13, PC_14};
use crate::example::{HIGH, World, fail, not_applicable, pass, unknown};
use crate::exception::{ExceptionSubject, Kind, Milestone, State, Tier};
use crate::fact::Fact;
use crate::op;
use crate::policy::DAY;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-invalidated",
    title: "exception whose ground has changed since it was approved",
    severity: Severity::High,
    since: "0.1",
    why: "The approver accepted a weakness that nobody exploits, on an internal host, behind a control that works. Once one of these is \
          no longer so, the decision is about something else, and has to be taken again.",
    fix: "Fix what it covers now, by the deadline that counts now, or have a new exception approved with the facts as they are.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_13, &PC_14],
    checks: &[Check::EachException(check)],
    examples: &[
        pass("nothing changed", |w| overdue(w).excepted("patch-overdue", |_| {})),
        fail("listed as exploited since", |w| {
            overdue(w).excepted("patch-overdue", |_| {}).exploited("CVE-2026-90001", 24)
        }),
        fail("rated critical since", |w| {
            overdue(w).excepted("patch-overdue", |_| {}).edit(|fact| {
                if let Fact::Vulnerability(found) = fact {
                    found.severity = Severity::Critical;
                }
                true
            })
        }),
        fail("reachable from outside since", |w| {
            overdue(w).excepted("patch-overdue", |_| {}).with(|host| host.public_address = Some(true))
        }),
        fail("production since", |w| {
            overdue(w.policy(|_| {})).edit(test).excepted("patch-overdue", |_| {}).tag("env", "production")
        }),
        fail("holds card data since", |w| overdue(w).excepted("patch-overdue", |_| {}).tag("data-class", "card")),
        fail("trap: one host of the group holds stricter data since, and its class sorts last", |w| {
            grouped(w).excepted("patch-overdue", |_| {}).tag("data-class", "restricted")
        }),
        unknown("trap: one host of the group states no data class since", |w| {
            grouped(w).excepted("patch-overdue", |_| {}).with(|host| {
                host.tags.remove("data-class");
            })
        }),
        fail("the policy allows less since", |w| {
            let w = overdue(w).excepted("patch-overdue", |_| {});
            w.policy(|policy| policy.exceptions.longest.extend([(Tier::High, 7 * DAY)]))
        }),
        fail("a fix was published for what had none", |w| {
            overdue(w).excepted("patch-overdue", |f| f.record.kind = Kind::VendorDependency)
        }),
        fail("a milestone was missed", |w| {
            overdue(w).excepted("patch-overdue", |f| {
                f.record.milestones.push(Milestone {
                    what: "new image".to_owned(),
                    due: after(f.logged_at, DAY),
                    done: None,
                    line: 30,
                });
            })
        }),
        fail("its compensating control failed", |w| {
            overdue(w).excepted("patch-overdue", |f| f.compensated(&[(3, true), (-5, false)]))
        }),
        unknown("the catalogue of exploited weaknesses was refused", |w| {
            overdue(w).excepted("patch-overdue", |_| {}).denied(op::KEV)
        }),
        unknown("the scanner's findings were refused", |w| {
            overdue(w).excepted("patch-overdue", |_| {}).denied(op::VULNERABILITIES)
        }),
        unknown("its text cannot be read", |w| overdue(w).excepted("patch-overdue", |f| f.unreadable = true)),
        not_applicable("not approved", |w| overdue(w).excepted("patch-overdue", |f| f.approvals.clear())),
    ],
};

/// Two hosts of one group with internal data.
fn grouped(world: World) -> World {
    let world = overdue(world).tag("data-class", "internal").scaling_group("shop", "$Latest").host("web-2").scanned(2);
    let world = world.with(|host| host.group = Some("shop".to_owned())).tag("data-class", "internal");
    world.vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 100 * 24)
}

fn overdue(world: World) -> World {
    let world = world.host("web-1").scanned(2);
    world.vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 100 * 24)
}

/// Puts the host into a test environment.
fn test(fact: &mut Fact<'static>) -> bool {
    if let Fact::Host(host) = fact {
        host.tags.insert("env".to_owned(), "test".to_owned());
    }
    true
}

fn check(exception: &ExceptionSubject<'_>, _: &Context<'_>) -> Verdict {
    if let Err(verdict) = exception.record() {
        return verdict;
    }
    // The policy may have cut it short: that it does not cover any more is what there is to say.
    let state = exception.standing.state;
    let living = exception.standing.record.filter(|_| matches!(state, State::Active | State::Expiring | State::Void));
    let Some(record) = exception.standing.in_force.as_ref().map(|force| force.record).or(living) else {
        return Verdict::NotApplicable("it is not in force");
    };
    let id = &exception.dossier.id;
    if let Some(cause) = exception.causes.first() {
        let all: Vec<&str> = exception.causes.iter().map(|cause| cause.what.as_str()).collect();
        return Verdict::fail(
            format!("{id} no longer holds: {}", all.join("; ")),
            "the risk as it was approved",
            format!("{} ({})", count(all.len(), "change"), record.at(&cause.key)),
            exception.evidence(),
        );
    }
    if let Some(gap) = &exception.doubt {
        let message = format!("whether {id} still holds cannot be told: {gap}");
        return Verdict::unknown(gap.reason, message, exception.evidence());
    }
    exception.unknown_member().unwrap_or_else(|| Verdict::pass(exception.evidence()))
}
