//! Compliant with the baseline, and vulnerable all the same: what a baseline has not approved is in no counter.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_08};
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{HostKind, PatchPresence};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-hidden-by-baseline",
    title: "fix that the baseline hides",
    severity: Severity::High,
    since: "0.1",
    why: "A patch tool counts approved patches only. A fix inside the approval delay, or rejected, or filtered out, is \
          missing on the host and in no report.",
    fix: "Approve the fix, shorten the delay, or widen the baseline's filters; then scan again.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-approved-rejected-package-name-formats.html",
    ],
    controls: &[&PC_04, &PC_08],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("both agree that nothing is missing", |w| w.host("web-1").scanned(2).covered(None)),
        pass("both agree on what is missing", |w| {
            w.host("web-1")
                .scanned(2)
                .covered(None)
                .patch("openssl-libs-3.0.8-1.amzn2023.x86_64", PatchPresence::Missing, HIGH)
                .vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 48)
        }),
        fail("trap aws-1: the scanner sees a fix that is not missing", |w| {
            w.host("web-1").scanned(2).covered(None).vulnerable("CVE-2026-90001", "openssl-libs", HIGH, 48)
        }),
        fail("trap aws-1: available on Windows, and not approved", |w| {
            w.host("web-1").covered(None).scanned_with(2, |state| state.counts.available_security = Some(3))
        }),
        unknown("the scanner does not cover the host", |w| w.host("web-1").scanned(2).covered(Some("NO_INVENTORY"))),
        unknown("coverage denied", |w| w.host("web-1").scanned(2).denied(op::SCAN_COVERAGE)),
        unknown("findings denied", |w| w.host("web-1").scanned(2).covered(None).denied(op::VULNERABILITIES)),
        not_applicable("hybrid nodes and Azure machines have no second scanner here", |w| w.vm("web-1").scanned(2)),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind != HostKind::Ec2Instance || asset.scope.cloud != Cloud::Aws {
        return Verdict::NotApplicable("no host with both a baseline and a second scanner");
    }
    let (state, scan) = match cx.patch_state(asset) {
        Reading::Absent(_) => return Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        Reading::Unread(gap) => return gap.into(),
        Reading::Known(state, seen) => (state, seen),
    };
    let available = state.counts.available_security.unwrap_or(0);
    if available > 0 {
        return Verdict::fail(
            format!("{available} security updates are available on {} and not approved", asset.name),
            "approved",
            format!("{available} available, {} missing", state.counts.missing.unwrap_or(0)),
            scan,
        );
    }
    let lacking = cx.lacking_rows(asset);
    let known =
        |package: &String| lacking.iter().any(|(row, _)| row.presence.is_exposed() && *row.fix.line == **package);
    let hidden: Vec<_> = cx
        .vulnerabilities(asset)
        .into_iter()
        .filter(|found| {
            found.fact.fix_available && !found.fact.packages.is_empty() && !found.fact.packages.iter().any(known)
        })
        .collect();
    let list = match cx.lacking(asset) {
        Reading::Unread(gap) => return gap.into(),
        Reading::Known(_, seen) | Reading::Absent(seen) => seen,
    };
    if let Some(evidence) = Evidences::collect(hidden.iter().map(|found| found.evidence.clone())) {
        let first = &hidden[0].fact;
        let more = if hidden.len() > 1 { format!(" and {} more", hidden.len() - 1) } else { String::new() };
        let severity = hidden.iter().map(|found| found.fact.severity).max().unwrap_or(Severity::High);
        return Verdict::fail(
            format!(
                "{} in {}{more} can be fixed on {}, and its patch report misses nothing of it",
                first.cve,
                first.packages.join(", "),
                asset.name
            ),
            "missing in the patch report, or fixed",
            format!("{} that the baseline hides", count(hidden.len(), "fixable finding")),
            evidence.and(scan).and(list),
        )
        .with_severity(severity.max(Severity::Medium));
    }
    match (cx.scan_coverage(asset), cx.answered(op::VULNERABILITIES, &asset.scope)) {
        (Reading::Unread(gap), _) | (_, Err(gap)) => gap.into(),
        (Reading::Known(coverage, seen), Ok(findings)) if coverage.active => {
            Verdict::Pass(Evidences::of(scan).and(seen).and(findings))
        }
        (Reading::Known(coverage, seen), _) => {
            let message =
                format!("no second opinion on {}: the scanner does not cover it ({})", asset.name, coverage.reason);
            Verdict::unknown(Reason::NeverScanned, message, seen)
        }
        (Reading::Absent(seen), _) => Verdict::unknown(
            Reason::NeverScanned,
            format!("no second opinion on {}: the scanner does not know it", asset.name),
            seen,
        ),
    }
}
