//! Patches that were tried and failed. A run can say "succeeded" with failures inside: counts decide.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_08};
use crate::example::{HIGH, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{Fact, HostKind, Installation, PatchPresence};
use crate::op;
use crate::reading::Reading;
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::{count, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-failed",
    title: "patch tried and failed",
    severity: Severity::High,
    since: "0.1",
    why: "A failed patch is missing, and will be missing after the next window too unless somebody finds out why.",
    fix: "Read the error of the run on the host; disk space, held packages and broken dependencies are the usual causes.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-states.html"],
    controls: &[&PC_07, &PC_08],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("nothing failed", |w| w.host("web-1").scanned(2)),
        pass("trap azure-14: an error of code 0 is none", |w| {
            w.vm("web-1").scanned(2).fact(run("web-1", 0, "Succeeded"))
        }),
        fail("a patch in state Failed", |w| {
            w.host("web-1").scanned(2).patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::Failed, HIGH)
        }),
        fail("trap azure-14: succeeded with a failed patch inside", |w| {
            w.vm("web-1").scanned(2).fact(run("web-1", 1, "Succeeded"))
        }),
        fail("a failed run", |w| w.vm("web-1").scanned(2).fact(run("web-1", 0, "Failed"))),
        unknown("patches never read", |w| w.host("web-1").scanned(2).denied(op::PATCHES)),
        unknown("a scan too old to say that nothing failed since", |w| w.host("web-1").scanned(24 * 30)),
        unknown("runs never read", |w| w.vm("web-1").scanned(2).denied(op::AZURE_INSTALLATIONS)),
        not_applicable("never scanned", |w| w.host("web-1")),
    ],
};

fn run(name: &str, failed: u32, status: &str) -> Fact<'static> {
    let id = format!(
        "/subscriptions/{}/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/{name}",
        crate::example::azure().account
    );
    let ended = crate::example::NOW.parse().ok();
    Fact::Installation(Installation {
        host: id,
        id: "0aaaaaaa-0000-4000-8000-000000000000".into(),
        status: status.into(),
        started: ended,
        ended,
        reboot_status: "NotNeeded".into(),
        window_exceeded: false,
        installed: 3,
        failed,
        pending: 0,
        excluded: 0,
        not_selected: 0,
        maintenance_run: String::new(),
        error: String::new(),
    })
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a tool patches");
    }
    let failed: Vec<_> =
        cx.lacking_rows(asset).iter().filter(|(row, _)| row.presence == PatchPresence::Failed).collect();
    if let Some(evidence) = Evidences::collect(failed.iter().map(|(_, evidence)| evidence.clone())) {
        let first = &failed[0].0.fix.title;
        let more = if failed.len() > 1 { format!(" and {} more", failed.len() - 1) } else { String::new() };
        return Verdict::fail(
            format!("{first}{more} failed to install on {}", asset.name),
            "installed",
            count(failed.len(), "failed row"),
            evidence,
        );
    }
    let last = cx.installations(asset).last().copied();
    if let Some(run) = last
        && (run.fact.failed > 0 || run.fact.status == "Failed")
    {
        let fact = &run.fact;
        let when = fact.ended.map_or_else(String::new, |time| format!(" of {}", minute(time)));
        let error = if fact.error.is_empty() { String::new() } else { format!(": {}", fact.error) };
        return Verdict::fail(
            format!(
                "the last installation run{when} on {} ended {} with {} failed{error}",
                asset.name, fact.status, fact.failed
            ),
            "no failed patch",
            format!("{} failed, {} installed", fact.failed, fact.installed),
            run.evidence.clone(),
        );
    }
    if asset.scope.cloud == Cloud::Azure
        && let Err(gap) = cx.answered(op::AZURE_INSTALLATIONS, &asset.scope)
    {
        return gap.into();
    }
    // What an old scan does not show may have failed since.
    match (cx.fresh_scan(asset), cx.lacking(asset)) {
        (Reading::Absent(_), _) => Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        (Reading::Unread(gap), _) | (_, Reading::Unread(gap)) => gap.into(),
        (Reading::Known(_, scan), Reading::Known(_, list)) => Verdict::Pass(Evidences::of(scan).and(list)),
        (Reading::Known(_, scan), Reading::Absent(list)) => Verdict::Pass(Evidences::of(scan).and(list)),
    }
}
