//! An acceptance of risk is a decision: without the signatures that its tier needs there is none.

use crate::context::{Adoption, Concern, Context};
use crate::control::{PC_13, PC_15};
use crate::estate::Placed;
use crate::example::{Filing, World, fail, not_applicable, pass, unknown};
use crate::exception::{ExceptionSubject, Record, Revocation, Signature, State, Tier, quorum};
use crate::exchange::{Digest, Evidences};
use crate::fact::{Fact, HeldException, HeldKind};
use crate::op;
use crate::policy::DAY;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::day;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exception-unapproved",
    title: "exception without the approvals that it needs",
    severity: Severity::High,
    since: "0.1",
    why: "A file that nobody with authority signed is a wish. It covers nothing, and whoever relies on it carries a risk that nobody \
          took. So does a revocation that nobody confirmed. An exemption that somebody made at the provider is no better: it takes \
          machines out of a check there, and no owner, approval or end of it is on record here.",
    fix: "Have it approved by those whom the policy names for its tier (`patchseal exception approve`), or delete it. One that a \
          provider holds is deleted there, or taken over: `patchseal exception new … --adopt ID`.",
    references: &[
        "https://csrc.nist.gov/pubs/sp/800/40/r4/final",
        "https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure",
        "https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeRemediationExceptions.html",
        "https://learn.microsoft.com/azure/defender-for-cloud/review-exemptions",
    ],
    controls: &[&PC_13, &PC_15],
    checks: &[Check::EachException(check), Check::EachHeld(held)],
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
        pass("a provider's exemption that an exception adopts", |w| w.host("web-1").exempted("legacy").adopted(|_| {})),
        fail("a provider's exemption that nobody adopted", |w| w.exempted("legacy")),
        fail("adopted by an exception that nobody signed", |w| {
            w.host("web-1").exempted("legacy").adopted(|f| f.approvals.clear())
        }),
        fail("adopted by an exception that has ended", |w| {
            w.host("web-1").exempted("legacy").adopted(|f| f.record.expires = crate::clock::after(f.logged_at, DAY))
        }),
        fail("changed at the provider since it was adopted", |w| {
            w.host("web-1").exempted("legacy").adopted(|_| {}).edit(|fact| {
                if let Fact::Held(held) = fact {
                    held.reason = "also for all others".to_owned();
                }
                true
            })
        }),
        fail("an exempt assessment that no exemption explains", |w| {
            w.exempted_with("web-1", |_, held| {
                (held.kind, held.patching, held.basis) = (HeldKind::ExemptAssessment, true, None);
            })
        }),
        fail("Config's remediation exception of a host", |w| {
            w.exempted_with("i-web-1", |_, held| {
                held.kind = HeldKind::RemediationException;
                held.patching = true;
            })
        }),
        unknown("an exemption from what nobody knows", |w| {
            w.exempted("legacy").exempt_from(|basis| basis.patching = false)
        }),
        unknown("an exemption from parts of an initiative", |w| {
            w.exempted_with("legacy", |_, held| held.parts = vec!["part-7".to_owned()])
                .exempt_from(|basis| basis.has_parts = true)
        }),
        unknown("the exemptions could not be read", |w| w.denied(op::POLICY_EXEMPTIONS)),
        unknown("seen two days ago, and the list was not read since", |w| {
            w.exempted("legacy").after(48).denied(op::POLICY_EXEMPTIONS)
        }),
        unknown("no provider was ever asked", |w| {
            let all = [op::CONFIG_RULES, op::POLICY_EXEMPTIONS, op::SECURITY_EXEMPTIONS];
            all.into_iter().fold(w, World::unasked)
        }),
        not_applicable("a provider's exemption that is over", |w| {
            w.exempted_with("legacy", |w, held| held.expires = Some(w.hours_ago(1)))
        }),
        not_applicable("an exemption of a storage account", |w| {
            w.exempted_with("legacy", |_, held| held.may_mean_hosts = false)
        }),
        not_applicable("the policy says that it is about something else", |w| {
            let w = w.exempted("legacy").exempt_from(|basis| basis.patching = false);
            w.policy(|policy| policy.exceptions.unrelated.push("updates".to_owned()))
        }),
        fail("trap: a name that the policy calls unrelated, on what is known to be about patches", |w| {
            w.exempted("legacy").policy(|policy| policy.exceptions.unrelated.push("updates".to_owned()))
        }),
    ],
};

/// An exception that a provider holds: an acceptance of risk that nobody with authority is on record for.
fn held(placed: &Placed<HeldException>, cx: &Context<'_>) -> Verdict {
    let held = &placed.fact;
    if cx.is_over(held) {
        return Verdict::NotApplicable("it is over at the provider");
    }
    let concern = cx.concern(held);
    if let Concern::Unrelated(why) = concern {
        return Verdict::NotApplicable(why);
    }
    if cx.effect_of(held).is_some() {
        return Verdict::NotApplicable("an exemption that is on record has this effect");
    }
    let evidence = Evidences::of(placed.evidence.clone());
    let (why, evidence) = match cx.adoption(held) {
        Adoption::By(_, approved) => return Verdict::Pass(evidence.and(approved)),
        Adoption::Fails(why, named) => (why, evidence.and(named)),
        Adoption::Nobody => ("no exception adopts it".to_owned(), evidence),
    };
    let what = format!("{} {} on {}", held.kind.in_words(), held.name, last_of(&held.on));
    if let Concern::Unclear(doubt) = concern {
        let message = format!("{why}, and nobody can tell whether {what} is about patches: {doubt}");
        return Verdict::unknown(Reason::NotStated, message, evidence);
    }
    let by = held.created_by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
    let made = held.created.map_or(String::new(), |at| format!(", made{by} on {}", day(at)));
    let ends = held.expires.map_or_else(|| "never ends".to_owned(), |end| format!("ends on {}", day(end)));
    let reason = match held.reason.trim() {
        "" => "no reason".to_owned(),
        said => format!("reason {said:?}"),
    };
    Verdict::fail(
        format!("{what}{made}, {ends}, and {why}"),
        "taken over by an exception that is approved",
        format!("{}{reason}", held.category_in_words()),
        evidence,
    )
    .with_times(held.created, None)
}

/// The end of an ARM id, which says which resource; anything else as it is.
fn last_of(on: &str) -> &str {
    if on.starts_with('/') { on.rsplit('/').next().unwrap_or(on) } else { on }
}

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
