//! One finding per lineage, with the worst exposure and the counts; the exposures themselves are a register.

use crate::asset::Lineage;
use crate::context::Context;
use crate::control::PC_07;
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::exposure::Exposure;
use crate::fact::{PatchPresence, Ping};
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{count, day, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-overdue",
    title: "fix missing past its deadline",
    severity: Severity::High,
    since: "0.1",
    why: "The control promises a deadline per severity. A fix that is still missing after it is a deviation, whatever \
          the tool's own status says.",
    fix: "Install the fix and reboot where it asks for it, or have an exception approved before the deadline.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_07],
    checks: &[Check::EachLineage(check)],
    examples: &[
        pass("nothing missing", |w| w.host("web-1").agent(Ping::Online).scanned(2)),
        pass("missing since yesterday", |w| {
            w.host("web-1").scanned(30).patch("kernel-6.1.79-99.167.amzn2023.x86_64", PatchPresence::Missing, HIGH)
        }),
        fail("a scanner saw it 100 days ago", |w| {
            w.host("web-1").scanned(2).vulnerable("CVE-2026-1111", "openssl-libs", HIGH, 100 * 24)
        }),
        fail("seen by an earlier run 60 days ago", |w| {
            w.host("web-1")
                .scanned(60 * 24)
                .patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
                .after(60 * 24)
        }),
        unknown("patches never read", |w| w.host("web-1").scanned(2).denied(op::PATCHES)),
        unknown("a scan that counts three, of which the list shows one that is not due", |w| {
            let w = w.host("web-1").scanned_with(2, |state| state.counts.missing = Some(3));
            w.patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
        }),
        unknown("scanner's findings denied", |w| w.host("web-1").scanned(2).denied(op::VULNERABILITIES)),
        unknown("never scanned", |w| w.host("web-1").agent(Ping::Online)),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn check(lineage: &Lineage, cx: &Context<'_>) -> Verdict {
    let members: Vec<_> = cx.members(lineage).filter(|asset| asset.runs_a_host_os()).collect();
    if members.is_empty() {
        return Verdict::NotApplicable("no host of the customer's");
    }
    let open: Vec<&Exposure> = cx.exposures(lineage).filter(|exposure| exposure.is_open()).collect();
    let mut overdue: Vec<&Exposure> = open.iter().copied().filter(|exposure| exposure.is_overdue(cx.as_of)).collect();
    // Worst first: most severe, then longest past its deadline.
    overdue.sort_by_key(|exposure| (std::cmp::Reverse(exposure.severity), exposure.due(), exposure.fix_line.clone()));
    if let Some(worst) = overdue.first() {
        return late(lineage, cx, worst, overdue.len(), open.len());
    }
    let mut evidence: Option<Evidences> = None;
    for asset in members {
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
    match evidence {
        Some(evidence) => Verdict::Pass(evidence),
        None => Verdict::NotApplicable("no host of the customer's"),
    }
}

fn late(lineage: &Lineage, cx: &Context<'_>, worst: &Exposure, overdue: usize, open: usize) -> Verdict {
    let due = worst.due().unwrap_or(cx.as_of);
    let evidence = Evidences::collect(worst.members.iter().map(|member| member.evidence.clone()));
    let Some(evidence) = evidence else { return Verdict::NotApplicable("no member lacks it") };
    let severity = if worst.exploited { Severity::Critical } else { worst.severity.max(Severity::Medium) };
    Verdict::fail(
        format!(
            "{} {} {} past its deadline on {}{}",
            worst.title,
            worst.members.first().map_or("missing", |member| member.presence.as_str()),
            length(cx.age(due)),
            match worst.members.len() {
                1 => lineage.name.to_string(),
                hosts => format!("{hosts} hosts of {}", lineage.name),
            },
            if overdue > 1 { format!(" (and {} more overdue)", overdue - 1) } else { String::new() },
        ),
        format!("fixed by {} ({} since {})", day(due), worst.basis.as_str(), day(worst.clock_start())),
        format!("{} open, {} overdue", count(open, "exposure"), overdue),
        evidence,
    )
    .with_severity(severity)
    .with_times(Some(worst.opened()), Some(due))
    .with_policy(policy_keys(worst))
}

fn policy_keys(exposure: &Exposure) -> &'static [&'static str] {
    match (exposure.exploited, exposure.severity) {
        (true, _) => &["sla.exploited", "sla.profile"],
        (_, Severity::Critical) => &["sla.critical", "sla.profile"],
        (_, Severity::High | Severity::Unspecified) => &["sla.high", "sla.profile"],
        (_, Severity::Medium) => &["sla.medium", "sla.profile"],
        (_, Severity::Low) => &["sla.low", "sla.profile"],
    }
}
