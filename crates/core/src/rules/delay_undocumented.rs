//! Late is one thing; late without anybody having said so in time is another.

use crate::asset::Lineage;
use crate::context::{Context, OnRecord, Wanted};
use crate::control::{PC_07, PC_13};
use crate::example::{Filing, HIGH, World, fail, not_applicable, pass, unknown};
use crate::exchange::{Evidence, Evidences};
use crate::exposure::Exposure;
use crate::fact::{ChangeOutcome, PatchPresence, Said};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{count, day, length};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "delay-undocumented",
    title: "overdue without a reason on record when it fell due",
    severity: Severity::High,
    since: "0.1",
    why: "Every fix that is past its deadline is an exception that somebody approved or a deviation that nobody did. A \
          reason that was written afterwards covers nothing: an auditor asks what was on record on the day.",
    fix: "Before a deadline passes, have an exception approved, or an approved change on record that says when the fix comes. \
          What is late already stays a deviation until it is fixed.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_07, &PC_13],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("an exception was in force when it fell due", |w| {
            ticketed(overdue(w.host("web-1"))).excepted("patch-overdue", |_| {})
        }),
        pass("a change approved before was to bring it later", |w| {
            overdue(w.host("web-1")).change_with("CHG1", |w, c| {
                (c.approved_at, c.outcome) = (w.said(4 * 24), ChangeOutcome::Open);
            })
        }),
        pass("the same for the service", |w| {
            overdue(w.host("web-1").tag("service", "shop")).change_with("CHG1", |w, c| {
                (c.approved_at, c.outcome) = (w.said(4 * 24), ChangeOutcome::Open);
                c.assets = Said::Value(vec!["shop".into()]);
            })
        }),
        fail("nothing on record", |w| ticketed(overdue(w.host("web-1")))),
        fail("an exception that was approved a day after it fell due", |w| {
            ticketed(overdue(w.host("web-1"))).excepted("patch-overdue", approved_yesterday)
        }),
        fail("an exception that nobody approved", |w| {
            ticketed(overdue(w.host("web-1"))).excepted("patch-overdue", |f| f.approvals.clear())
        }),
        fail("a change that was approved after it fell due", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| c.approved_at = w.said(24))
        }),
        fail("a change that was over before it fell due", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                (c.approved_at, c.window_start, c.window_end) = (w.said(240), w.said(200), w.said(190));
                (c.deployed_at, c.closed_at) = (w.said(200), w.said(190));
            })
        }),
        fail("a change for another fix", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                c.approved_at = w.said(4 * 24);
                c.fixes = vec!["CVE-2026-9999".into()];
            })
        }),
        fail("trap: a change of before that was closed late", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                (c.approved_at, c.window_start, c.window_end) = (w.said(20 * 24), w.said(12 * 24), w.said(12 * 24));
                (c.deployed_at, c.closed_at) = (w.said(12 * 24), w.said(1));
            })
        }),
        unknown("trap: a change without title and category", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                (c.approved_at, c.title, c.categories) = (w.said(4 * 24), Said::Nothing, Said::Nothing);
            })
        }),
        unknown("no change records were read", |w| overdue(w.host("web-1"))),
        unknown("change records denied", |w| ticketed(overdue(w.host("web-1"))).denied(op::CHANGES)),
        unknown("a change does not say when it was approved", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |_, c| c.approved_at = Said::Unsaid)
        }),
        unknown("an exception that cannot be read", |w| {
            ticketed(overdue(w.host("web-1"))).excepted("patch-overdue", |f| f.unreadable = true)
        }),
        not_applicable("missing, and not due yet", |w| {
            w.host("web-1").scanned(30).patch("kernel-6.1.79-99.167.amzn2023.x86_64", PatchPresence::Missing, HIGH)
        }),
    ],
};

/// A fix that fell due two days ago.
fn overdue(world: World) -> World {
    world.scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 32 * 24)
}

/// Changes are on record, about another host.
fn ticketed(world: World) -> World {
    world.change_with("CHG9", |w, c| {
        (c.assets, c.window_start) = (Said::Value(vec!["mail-1".into()]), w.said(60 * 24));
    })
}

fn approved_yesterday(filing: &mut Filing) {
    let at = crate::clock::after(filing.logged_at, 8 * crate::policy::DAY);
    filing.logged_at = at;
    for approval in &mut filing.approvals {
        (approval.signed_at, approval.logged_at) = (at, at);
    }
}

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let mut overdue: Vec<(Timestamp, &Exposure)> = cx
        .exposures(lineage)
        .filter(|exposure| exposure.is_overdue(cx.as_of))
        .filter_map(|exposure| Some((exposure.due()?, exposure)))
        .collect();
    if overdue.is_empty() {
        return Verdict::NotApplicable("nothing is known to be overdue: patch-overdue says what is unknown");
    }
    overdue.sort_by_key(|(due, exposure)| (*due, exposure.fix_line.clone()));
    let (mut bare, mut doubt, mut documented) = (Vec::new(), None, Vec::new());
    for (due, exposure) in overdue {
        let missing = cx.missing(exposure);
        match cx.on_record(&missing, Wanted::delay(due)) {
            OnRecord::By(_, evidence) => documented.extend([seen(exposure), Some(evidence)].into_iter().flatten()),
            OnRecord::Perhaps(verdict) => doubt = doubt.or(Some(verdict)),
            OnRecord::No => {
                // A deadline may have passed before any source showed the weakness, and nobody could have said anything by
                // then; or the recordings that showed it are not here.
                let detected =
                    exposure.times().first_detected.filter(|detected| *detected > due).map(|at| at.min(cx.as_of));
                let later = detected.map(|by| cx.on_record(&missing, Wanted { by, ..Wanted::delay(due) }));
                match (later, seen(exposure)) {
                    (Some(OnRecord::By(what, _)), Some(evidence)) => {
                        let message = format!(
                            "{what} was on record when {} was first seen on {}, after its deadline of {}: whether anybody knew of it \
                             before then cannot be told",
                            exposure.title,
                            lineage.name,
                            day(due)
                        );
                        doubt = doubt.or(Some(Verdict::unknown(Reason::NotStated, message, evidence)));
                    }
                    _ => bare.push((due, exposure)),
                }
            }
        }
    }
    if let Some((due, worst)) = bare.first()
        && let Some(evidence) = Evidences::collect(bare.iter().filter_map(|(_, exposure)| seen(exposure)))
    {
        let more = if bare.len() > 1 { format!(" (and {} more)", bare.len() - 1) } else { String::new() };
        let severity = if worst.exploited { Severity::Critical } else { Severity::High };
        return Verdict::fail(
            format!(
                "{} on {} fell due on {}, {} ago, and nothing on record by then says why it is late{more}",
                worst.title,
                lineage.name,
                day(*due),
                length(cx.age(*due))
            ),
            "an exception in force, or an approved change that was to bring the fix, on record by the deadline",
            format!("{} without either", count(bare.len(), "overdue fix line")),
            evidence,
        )
        .with_severity(severity)
        .with_times(Some(worst.opened()), Some(*due));
    }
    match (doubt, Evidences::collect(documented)) {
        (Some(verdict), _) => verdict,
        // A deadline that is known by halves may have passed sooner.
        (None, Some(evidence)) => cx.fixes_unknown(lineage).unwrap_or(Verdict::Pass(evidence)),
        (None, None) => Verdict::NotApplicable("no member lacks it"),
    }
}

fn seen(exposure: &Exposure) -> Option<Evidence> {
    exposure.members.first().map(|member| member.evidence.clone())
}
