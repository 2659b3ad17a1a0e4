//! A freeze forbids changes; it moves no deadline. A fix that fell due inside one needs an exception or the emergency path.

use crate::asset::{Asset, Lineage};
use crate::context::{Context, OnRecord, Wanted};
use crate::control::{PC_06, PC_07, PC_10};
use crate::example::{HIGH, World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::exposure::{ClosedBy, Exposure};
use crate::fact::{ChangeKind, PatchPresence, Said};
use crate::metric::stop;
use crate::op;
use crate::policy::{DAY, Freeze};
use crate::reading::{Gap, Reason};
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::{count, day, length, minute};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "freeze-overrun",
    title: "change freeze that held fixes back past their deadline",
    severity: Severity::High,
    since: "0.1",
    why: "Deadlines run on through a freeze: a weakness is exploited on Black Friday as well. What falls due inside needs \
          the emergency path or an exception that was approved before, and a freeze that grows longer than the policy allows \
          is a decision not to patch that nobody took.",
    fix: "Patch before the freeze begins, take the emergency path for what falls due inside, or have an exception approved \
          before the deadline. Keep freezes within changes.freeze_max.",
    references: &[
        "https://csrc.nist.gov/pubs/sp/800/40/r4/final",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-change-calendar.html",
    ],
    controls: &[&PC_06, &PC_07, &PC_10],
    checks: &[Check::EachFreeze(check)],
    examples: &[
        pass("nothing was missing", |w| frozen(w.host("web-1").after(6 * 24).scanned(2), 5, -2)),
        pass("what is missing falls due after it", |w| {
            let w = w.host("web-1").after(6 * 24).scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 10 * 24);
            frozen(w, 5, -2)
        }),
        pass("an emergency change was approved before the deadline", |w| {
            overdue(w.host("web-1").after(6 * 24)).change_with("CHG1", |w, c| {
                (c.kind, c.approved_at) = (ChangeKind::Emergency, w.said(4 * 24));
            })
        }),
        fail("trap: an emergency change of two months ago is none for this", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                (c.kind, c.approved_at, c.deployed_at) = (ChangeKind::Emergency, w.said(60 * 24), w.said(59 * 24));
            })
        }),
        fail("trap: still missing after the deadline, and the machine went away since", |w| {
            let w = overdue(w.host("web-1").host("web-2")).after(24);
            ticketed(w.edit(|fact| !matches!(fact, crate::fact::Fact::Host(host) if host.key.contains("web-2"))))
        }),
        unknown("trap: the host is observed since after it began", |w| frozen(w.host("web-1").scanned(2), 5, -2)),
        fail("a fix fell due inside, and is still missing", |w| ticketed(overdue(w.host("web-1")))),
        fail("the same of a service that it holds for", |w| {
            let w = ticketed(overdue(w.host("web-1").tag("service", "shop")));
            w.policy(|policy| policy.freezes[0].services = vec!["shop".to_owned()])
        }),
        fail("fixed once it was over, after the deadline", |w| {
            let w = w.host("web-1").scanned(2 * 24);
            let w = w.vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 34 * 24).after(2 * 24);
            let w = w.edit(|fact| !matches!(fact, crate::fact::Fact::Vulnerability(_))).scanned(2);
            ticketed(frozen(w, 9, 3))
        }),
        fail("the emergency change was approved after the deadline", |w| {
            ticketed(overdue(w.host("web-1"))).change_with("CHG1", |w, c| {
                (c.kind, c.approved_at) = (ChangeKind::Emergency, w.said(24));
            })
        }),
        fail("longer than the policy allows", |w| {
            frozen(w.host("web-1").scanned(2), 5, -30).policy(|policy| policy.changes.freeze_max = Some(21 * DAY))
        }),
        unknown("no change records were read, so that nobody knows of an emergency change", |w| {
            overdue(w.host("web-1"))
        }),
        unknown("what hosts lack was not read", |w| frozen(w.host("web-1").scanned(2), 5, -2).denied(op::PATCHES)),
        unknown("a host of no known service, and the freeze is for one", |w| {
            let w = ticketed(overdue(w.host("web-1")));
            w.policy(|policy| policy.freezes[0].services = vec!["shop".to_owned()])
        }),
        unknown("hosts were not listed", |w| frozen(w.denied(op::EC2_INSTANCES), 5, -2)),
        not_applicable("it begins next week", |w| frozen(w.host("web-1").scanned(2), -7, -14)),
        not_applicable("it is over for longer than the time looked back over", |w| {
            frozen(w.host("web-1").scanned(2), 200, 190)
        }),
    ],
};

/// A freeze from so many days ago until so many days ago.
fn frozen(world: World, from: i64, to: i64) -> World {
    let (from, to) = (world.hours_ago(from * 24), world.hours_ago(to * 24));
    world.policy(|policy| {
        policy.freezes.push(Freeze { name: "peak".into(), from, to, services: Vec::new(), line: 1 });
    })
}

/// A fix that fell due two days ago, inside a freeze.
fn overdue(world: World) -> World {
    let world = world.scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 32 * 24);
    frozen(world.patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH), 5, -2)
}

/// Changes are on record, about another host.
fn ticketed(world: World) -> World {
    world.change_with("CHG9", |w, c| {
        (c.assets, c.window_start) = (Said::Value(vec!["mail-1".into()]), w.said(60 * 24));
    })
}

/// How a freeze concerns a host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    /// Its service is not known, and the freeze is for some.
    Perhaps,
    No,
}

fn holds(freeze: &Freeze, asset: &Asset) -> Holds {
    match asset.service.as_deref() {
        _ if freeze.services.is_empty() => Holds::Yes,
        Some(service) if freeze.services.iter().any(|named| named == service) => Holds::Yes,
        Some(_) => Holds::No,
        None => Holds::Perhaps,
    }
}

fn check(freeze: &Freeze, cx: &Context<'_>) -> Verdict {
    let allowed = cx.policy.changes.freeze_max;
    let lasts = freeze.to.as_second() - freeze.from.as_second();
    if freeze.from > cx.as_of && allowed.is_none_or(|allowed| lasts <= allowed) {
        return Verdict::NotApplicable("it has not begun");
    }
    if freeze.to <= crate::clock::after(cx.as_of, -cx.policy.evidence.lookback) {
        return Verdict::NotApplicable("it is over for longer than evidence.lookback");
    }
    let hosts: Vec<&Asset> = cx.estate.assets.iter().map(|asset| &**asset).filter(|a| a.runs_a_host_os()).collect();
    if let Some(allowed) = allowed.filter(|allowed| lasts > *allowed) {
        let Some(evidence) = hosts.first().map(|host| host.evidence.clone()) else { return no_hosts(cx) };
        return Verdict::fail(
            format!(
                "freeze {:?} lasts {}, from {} to {}",
                freeze.name,
                length(lasts),
                day(freeze.from),
                day(freeze.to)
            ),
            format!("{} at most", length(allowed)),
            length(lasts),
            evidence,
        )
        .with_times(Some(freeze.from), Some(crate::clock::after(freeze.from, allowed)))
        .with_policy_entry("changes.freeze_max".to_owned());
    }
    let (mut overran, mut doubt) = (Vec::new(), None);
    let mut excused: Option<Evidences> = None;
    for lineage in &cx.estate.lineages {
        let held = cx.members(lineage).map(|asset| holds(freeze, asset)).min_by_key(|holds| *holds as u8);
        // Of machines that went away nobody says any more which service they were of.
        let gone = if freeze.services.is_empty() { Holds::Yes } else { Holds::Perhaps };
        let held = held.unwrap_or(gone);
        if held == Holds::No {
            continue;
        }
        for exposure in cx.exposures(lineage).filter(|exposure| is_late(exposure, freeze, cx)) {
            let Some(due) = exposure.due() else { continue };
            let missing = cx.missing(exposure);
            match cx.on_record(&missing, Wanted::emergency(due, freeze.from.max(exposure.opened()).min(due))) {
                OnRecord::By(_, evidence) => {
                    excused = Some(match excused {
                        Some(all) => all.and(evidence),
                        None => Evidences::of(evidence),
                    });
                }
                OnRecord::Perhaps(verdict) => doubt = doubt.or(Some(verdict)),
                OnRecord::No if held == Holds::Perhaps => doubt = doubt.or_else(|| Some(unplaced(freeze, lineage, cx))),
                OnRecord::No => overran.push((due, exposure, lineage)),
            }
        }
    }
    // The longest overdue first.
    overran.sort_by_key(|(due, exposure, lineage)| (*due, lineage.id.clone(), exposure.fix_line.clone()));
    if let Some(verdict) = late(freeze, &overran, cx) {
        return verdict;
    }
    doubt.unwrap_or_else(|| unless_unread(freeze, &hosts, excused, cx))
}

/// Whether its deadline lay in the freeze and passed without the fix.
fn is_late(exposure: &Exposure, freeze: &Freeze, cx: &Context<'_>) -> bool {
    let inside = exposure.due().filter(|due| freeze.from <= *due && *due < freeze.to && *due <= cx.as_of);
    inside.is_some_and(|due| match exposure.closed() {
        None => true,
        // That the machine went away is no repair, and came after the deadline had passed.
        Some((closed, ClosedBy::Retired)) => closed > due,
        Some(_) => stop(exposure, cx.policy).is_some_and(|stopped| stopped > due),
    })
}

fn late(freeze: &Freeze, overran: &[(Timestamp, &Exposure, &Lineage)], cx: &Context<'_>) -> Option<Verdict> {
    let (due, worst, lineage) = overran.first()?;
    let seen = overran.iter().flat_map(|(_, exposure, lineage)| {
        let open: Vec<_> = exposure.members.iter().map(|member| member.evidence.clone()).collect();
        // Once it is closed, the list that has the host is all there is to point at.
        let listed = || of_lineage(lineage, cx).map(|asset| asset.evidence.clone()).collect();
        if open.is_empty() { listed() } else { open }
    });
    let evidence = Evidences::collect(seen)?;
    let end = worst.closed().map(|(closed, _)| stop(worst, cx.policy).unwrap_or(closed));
    let became = match end {
        Some(end) => format!("fixed on {}, {} late", day(end), length(end.as_second() - due.as_second())),
        None => format!("still missing {} later", length(cx.age(*due))),
    };
    let more = if overran.len() > 1 { format!(" (and {} more)", overran.len() - 1) } else { String::new() };
    let verdict = Verdict::fail(
        format!(
            "freeze {:?} ({} to {}) held {} on {} back past its deadline of {}: {became}{more}",
            freeze.name,
            day(freeze.from),
            day(freeze.to),
            worst.title,
            lineage.name,
            day(*due),
        ),
        "fixed by the deadline, or an exception or an approved emergency change on record by then",
        format!("{} past the deadline", count(overran.len(), "fix line")),
        evidence,
    );
    Some(verdict.with_times(Some(freeze.from), Some(*due)).with_policy_entry(format!("freezes.{}", freeze.name)))
}

/// A pass stands on what every host that the freeze holds for lacks, and that has to be known.
fn unless_unread(freeze: &Freeze, hosts: &[&Asset], excused: Option<Evidences>, cx: &Context<'_>) -> Verdict {
    if let Some(gap) = cx.listing_gap() {
        return gap.clone().into();
    }
    let own: Vec<&Asset> = hosts.iter().copied().filter(|asset| holds(freeze, asset) != Holds::No).collect();
    let mut evidence = excused;
    for asset in own {
        // What a host lacked before it was first observed nobody knows; a day's run may be late by the time between two.
        let begin = asset.launched.map_or(freeze.from, |launched| launched.max(freeze.from));
        if asset.first_seen > crate::clock::after(begin, cx.policy.evidence.cadence) {
            let message = format!(
                "{} is observed since {} only, and freeze {:?} began on {}",
                asset.name,
                minute(asset.first_seen),
                freeze.name,
                day(freeze.from)
            );
            return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
        }
        match cx.fixes_known(asset) {
            Ok(seen) => {
                evidence = Some(match evidence {
                    Some(all) => all.and_all(seen.iter()),
                    None => seen,
                });
            }
            Err(verdict) => return *verdict,
        }
    }
    evidence.map_or(Verdict::NotApplicable("no host is held by it"), Verdict::Pass)
}

/// Every machine that was ever of a lineage, those that went away too.
fn of_lineage<'a>(lineage: &Lineage, cx: &Context<'a>) -> impl Iterator<Item = &'a Asset> {
    let assets = cx.estate.assets.iter().map(|asset| &**asset);
    assets.filter(move |asset| asset.lineage == lineage.id)
}

fn unplaced(freeze: &Freeze, lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let message = format!(
        "a fix on {} fell due inside freeze {:?}, which holds for {}, and nobody says which service {} belongs to",
        lineage.name,
        freeze.name,
        freeze.services.join(", "),
        lineage.name
    );
    let evidence = of_lineage(lineage, cx).next().map(|asset| asset.evidence.clone().into());
    Verdict::Unknown(Unknown { reason: Reason::NotStated, message: message.into(), evidence })
}

fn no_hosts(cx: &Context<'_>) -> Verdict {
    match cx.listing_gap() {
        Some(gap) => Gap::clone(gap).into(),
        None => Verdict::NotApplicable("no host is held by it"),
    }
}
