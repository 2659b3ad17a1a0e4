//! Scans that fail. AWS writes patch states after successful operations only, so a failure shows in the commands;
//! Azure writes the failure into the assessment.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{Fact, HostKind, Invocation, ScanStatus};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::minute;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "scan-failing",
    title: "scans of the host fail",
    severity: Severity::High,
    since: "0.1",
    why: "A scan that fails leaves the last good report in place, or a summary of zeros: both look like nothing missing.",
    fix: "Read the error; unreachable repositories, full disks and unsupported images are the usual causes.",
    references: &["https://learn.microsoft.com/en-us/azure/update-manager/troubleshoot"],
    controls: &[&PC_04, &PC_17],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("scanned two hours ago", |w| w.host("web-1").scanned(2)),
        pass("assessed two hours ago", |w| w.vm("web-1").scanned(2)),
        fail("trap azure-3: the assessment failed", |w| {
            w.vm("web-1")
                .scanned_with(2, |state| (state.status, state.error) = (ScanStatus::Failed, "no repository".into()))
        }),
        fail("the platform does not support the image", |w| {
            w.vm("web-1").scanned_with(2, |state| state.support = Some("Unsupported".into()))
        }),
        fail("trap aws-15: the newest patch command failed", |w| {
            let requested = w.hours_ago(3);
            w.host("web-1").scanned(50).fact(Fact::Invocation(Invocation {
                command: "0aaaaaaa-0000-4000-8000-000000000000".into(),
                host: "i-web-1".into(),
                document: "AWS-RunPatchBaseline".into(),
                status: "Failed".into(),
                requested: Some(requested),
            }))
        }),
        unknown("an assessment that has not ended", |w| {
            w.vm("web-1").scanned_with(2, |state| state.status = ScanStatus::InProgress)
        }),
        unknown("commands denied: a newer run may have failed", |w| w.host("web-1").scanned(2).denied(op::INVOCATIONS)),
        unknown("patch states denied", |w| w.host("web-1").scanned(2).denied(op::PATCH_STATES)),
        not_applicable("never scanned", |w| w.host("web-1")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that a tool could scan");
    }
    let scanned = cx.patch_state(asset);
    let ended = match &scanned {
        Reading::Known(state, _) => state.ended,
        _ => None,
    };
    let newest = cx.invocations(asset).into_iter().rfind(|placed| placed.fact.requested > ended);
    if let Some(run) = newest
        && ["Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable"]
            .contains(&run.fact.status.as_str())
    {
        let when = run.fact.requested.map_or_else(String::new, |time| format!(" at {}", minute(time)));
        return Verdict::fail(
            format!("the last patch command on {} ended {}{when}", asset.name, run.fact.status),
            "success",
            run.fact.status.clone(),
            run.evidence.clone(),
        );
    }
    match scanned {
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(_) => Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        Reading::Known(state, seen) => match (state.status, state.support.as_deref()) {
            (ScanStatus::Failed, _) => Verdict::fail(
                format!("the last scan of {} failed{}", asset.name, reason(&state.error)),
                "success",
                "failure",
                seen,
            )
            .with_times(state.ended, None),
            (_, Some("Unsupported")) => Verdict::fail(
                format!("the platform cannot patch the image of {}", asset.name),
                "an image that the platform supports",
                "Unsupported",
                seen,
            ),
            (ScanStatus::InProgress, _) => {
                Verdict::unknown(Reason::NotStated, format!("the scan of {} has not ended", asset.name), seen)
            }
            _ => match cx.expected_gap(op::INVOCATIONS, &asset.scope) {
                Some(gap) => gap.clone().into(),
                None => Verdict::pass(seen),
            },
        },
    }
}

fn reason(error: &str) -> String {
    if error.is_empty() { String::new() } else { format!(": {error}") }
}
