//! Hosts with data are the ones that get left out "until the next maintenance". Judged against their own service: the
//! rest of it is patched and they are not.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_07, PC_13};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{HostKind, PatchAction, Target};
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "database-host-excluded",
    title: "stateful host left out of patching",
    severity: Severity::High,
    since: "0.1",
    why: "Database hosts hold the data that the control protects, and are left out of patching most often because a \
          reboot hurts. Without an approved exception that is a deviation.",
    fix: "Give the host a schedule of its own with failover and a longer window, and remove the exclusion.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_07, &PC_13],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("meant by a window that installs", |w| {
            w.host("orders-db-1").window("weekly").aimed_at(Target::All).patching(PatchAction::Install)
        }),
        pass("Azure database host with a schedule", |w| w.vm("sql-1").window("weekly").aimed_here()),
        fail("exclusion tag", |w| w.host("orders-db-1").tag("patching", "excluded")),
        fail("exclusion tag, schedules unread", |w| {
            w.host("orders-db-1").tag("patching", "excluded").denied(op::WINDOWS)
        }),
        fail("the service's other hosts are patched", |w| {
            w.host("orders-db-1")
                .tag("service", "orders")
                .host("orders-web-1")
                .tag("service", "orders")
                .window("weekly")
                .aimed_here()
                .patching(PatchAction::Install)
        }),
        fail("Azure database host beside a patched one", |w| w.vm("sql-1").vm("web-1").window("weekly").aimed_here()),
        unknown("windows denied", |w| w.host("orders-db-1").denied(op::WINDOWS)),
        unknown("Azure assignments denied", |w| w.vm("sql-1").window("weekly").denied(op::AZURE_MAINTENANCE)),
        not_applicable("not stateful", |w| w.host("web-1").tag("patching", "excluded")),
        not_applicable("nobody is patched by a schedule", |w| w.host("orders-db-1").host("web-1")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost || !asset.stateful {
        return Verdict::NotApplicable("not a stateful host");
    }
    if let Some((key, value)) = asset.exclusion_tag(cx.policy) {
        let (origin, event) = cx.origin_of_tag(asset, key);
        return Verdict::fail(
            format!("{} is stateful and taken out of patching by tag {key}={value}{origin}", asset.name),
            "no exclusion tag",
            format!("{key}={value}"),
            Evidences::of(asset.evidence.clone()).and_all(&event),
        )
        .with_policy(&["tags.exclusion"]);
    }
    let found = cx.installers(asset);
    if let Some(schedule) = found.sure.first() {
        return Verdict::Pass(Evidences::of(asset.evidence.clone()).and_all(schedule.evidences().iter()));
    }
    if let Some(doubt) = found.doubt(asset) {
        return doubt;
    }
    if cx.is_platform_patched(asset) {
        return Verdict::Pass(found.proof(asset));
    }
    let mut neighbours = cx.estate.assets.iter().filter(|other| is_neighbour(asset, other));
    let patched = neighbours.find_map(|other| Some((other, cx.installers(other).sure.first().copied()?)));
    let Some((other, schedule)) = patched else {
        return Verdict::NotApplicable("no schedule patches any other host of its service either");
    };
    let service = asset.service.as_deref().unwrap_or("the same account and region");
    let (origin, event) = cx.origin_of_targeting(asset);
    Verdict::fail(
        format!(
            "{} of {service} is patched by {}, and no schedule means {}{origin}",
            other.name, schedule.name, asset.name
        ),
        "patched like the rest of its service",
        "no live schedule that installs means it",
        found.proof(asset).and(other.evidence.clone()).and_all(schedule.evidences().iter()).and_all(&event),
    )
}

/// Another host of the same service; without a service, of the same place.
fn is_neighbour(asset: &Asset, other: &Asset) -> bool {
    let near = match &asset.service {
        Some(service) => other.service.as_ref() == Some(service),
        None => other.scope == asset.scope,
    };
    near && other.key != asset.key && other.runs_a_host_os()
}
