//! A kernel that was installed and never booted. Package lists show the new one; what runs is the old one.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_08};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{Fact, Family, HostKind, PatchState, Software};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::{day, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "running-kernel-old",
    title: "running kernel older than the installed one",
    severity: Severity::High,
    since: "0.1",
    why: "A kernel takes effect at boot. Patch tools count it as installed the moment its package is there, and cloud \
          launch times do not change when a system boots.",
    fix: "Reboot the host, and let patch runs reboot where a patch needs it.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-aws-runpatchbaseline.html",
    ],
    controls: &[&PC_07, &PC_08],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("patch runs reboot", |w| {
            w.host("db-1").scanned_with(2, |state| state.reboot_option = Some("RebootIfNeeded".into()))
        }),
        pass("Azure says that no reboot is pending", |w| {
            w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(false))
        }),
        fail("trap aws-5: installed without a reboot since launch", |w| {
            let installed = w.hours_ago(10 * 24);
            w.host("db-1").scanned_with(2, |state| no_reboot(state, installed))
        }),
        fail("Azure: a pending reboot on Linux", |w| {
            w.vm("web-1").scanned_with(2, |state| state.reboot_pending = Some(true))
        }),
        fail("Arc: the running kernel is not the newest installed", |w| {
            let installed = w.hours_ago(10 * 24);
            w.arc("till-7").scanned(2).with(|host| host.os_version = "5.15.0-1040-generic".into()).fact(Fact::Software(
                Software {
                    host: format!(
                        "/subscriptions/{}/resourcegroups/rg-dc/providers/microsoft.hybridcompute/machines/till-7",
                        crate::example::azure().account
                    ),
                    inventory_type: "AWS:Application".into(),
                    captured: Some(installed),
                    name: "linux-image-5.15.0-1050-generic".into(),
                    version: "5.15.0-1050".into(),
                    installed: Some(installed),
                },
            ))
        }),
        unknown("nothing says whether it booted", |w| w.host("web-1").scanned(2)),
        unknown("no reboot pending, a month ago", |w| {
            w.vm("web-1").scanned_with(24 * 30, |state| state.reboot_pending = Some(false))
        }),
        unknown("patch states denied", |w| w.host("web-1").scanned(2).denied(op::PATCH_STATES)),
        not_applicable("Windows", |w| w.host("web-1").with(|host| host.family = Family::Windows)),
    ],
};

fn no_reboot(state: &mut PatchState, installed: jiff::Timestamp) {
    state.reboot_option = Some("NoReboot".into());
    state.last_no_reboot_install = Some(installed);
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.family == Family::Windows || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no Linux of the customer's that a tool patches");
    }
    let (state, seen) = match cx.patch_state(asset) {
        Reading::Unread(gap) => return gap.into(),
        Reading::Absent(_) => return Verdict::NotApplicable("never scanned: asset-unscanned says so"),
        Reading::Known(state, seen) => (state, seen),
    };
    if let Some(verdict) = by_inventory(asset, cx) {
        return verdict;
    }
    // A scan too old to speak for now can still name what nobody has mended; it proves nothing good.
    let still = |verdict: Verdict| match (&verdict, cx.fresh_scan(asset)) {
        (Verdict::Pass(_), Reading::Unread(gap)) => gap.into(),
        _ => verdict,
    };
    if asset.scope.cloud == Cloud::Azure {
        return match state.reboot_pending {
            Some(true) => Verdict::fail(
                format!("{} waits for a reboot: its kernel may be older than the installed one", asset.name),
                "no reboot pending",
                "reboot pending",
                seen,
            ),
            Some(false) => still(Verdict::pass(seen)),
            None => Verdict::unknown(
                Reason::NotStated,
                format!("nothing says whether {} waits for a reboot", asset.name),
                seen,
            ),
        };
    }
    let since_launch = |time: jiff::Timestamp| asset.launched.is_none_or(|launched| launched < time);
    match (state.reboot_option.as_deref(), state.last_no_reboot_install) {
        (Some("NoReboot"), Some(installed)) if since_launch(installed) => Verdict::fail(
            format!(
                "patches were installed on {} at {} without a reboot, and none is on record since",
                asset.name,
                minute(installed)
            ),
            "a reboot after the installation",
            "NoReboot",
            seen,
        )
        .with_times(Some(installed), None),
        (Some("RebootIfNeeded"), _) => still(Verdict::pass(seen)),
        _ => Verdict::unknown(Reason::NotStated, format!("no answer says when {} booted last", asset.name), seen),
    }
}

/// Arc tells the running kernel, inventories the installed ones: where both are known they decide.
fn by_inventory(asset: &Asset, cx: &Context<'_>) -> Option<Verdict> {
    if asset.kind != HostKind::ArcMachine || asset.os_version.is_empty() {
        return None;
    }
    let newest = cx
        .kernels(asset)
        .into_iter()
        .filter(|kernel| kernel.fact.installed.is_some())
        .max_by_key(|kernel| kernel.fact.installed)?;
    let runs_it = newest.fact.name.contains(&*asset.os_version) || asset.os_version.contains(&*newest.fact.version);
    let evidence = Evidences::of(newest.evidence.clone()).and(asset.evidence.clone());
    Some(if runs_it {
        Verdict::Pass(evidence)
    } else {
        let since = newest.fact.installed.map(day).unwrap_or_default();
        Verdict::fail(
            format!(
                "{} runs kernel {}, and {} is installed since {since}",
                asset.name, asset.os_version, newest.fact.name
            ),
            newest.fact.version.clone(),
            &*asset.os_version,
            evidence,
        )
    })
}
