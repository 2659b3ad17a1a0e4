//! Verdicts by rule.

use super::Judge::{Baselines, Filters, Hosts, Plans, Spots};
use super::V::{Fail, NotApplicable, Pass, Unknown};
use super::{Judge, Plan, Spot, V, has_fresh_scan, is_ec2};
use crate::fleet::host::{Condition, Host, Kind};

/// Every rule, in the order of their ids.
pub(super) const RULES: &[(&str, &[Judge])] = &[
    ("asset-unmanaged", &[Hosts(asset_unmanaged)]),
    ("baseline-approval-too-slow", &[Baselines(Pass)]),
    ("baseline-fallback", &[Hosts(baseline_fallback)]),
    ("baseline-frozen", &[Baselines(Pass)]),
    ("baseline-rejects-patches", &[Baselines(Pass), Plans(configuration_passes)]),
    ("baseline-skips-security", &[Baselines(Pass), Plans(configuration_passes)]),
    ("database-host-excluded", &[Hosts(database_host_excluded)]),
    ("exclusion-overreach", &[Spots(exclusion_overreach)]),
    ("finding-suppressed", &[Filters]),
    ("patch-overdue", &[Hosts(patch_overdue)]),
    ("production-untargeted", &[Hosts(|_| Pass)]),
    ("scanner-excludes-asset", &[Hosts(|host| if is_ec2(host) { Pass } else { NotApplicable })]),
];

fn asset_unmanaged(host: &Host) -> V {
    match (host.kind, host.condition) {
        (Kind::Ec2, Condition::NoAgent) => Fail("high"),
        // Agent lists leave stopped hosts out.
        (Kind::Ec2, Condition::Stopped) => Unknown,
        _ => Pass,
    }
}

/// Nobody lists the tags of hybrid nodes.
fn baseline_fallback(host: &Host) -> V {
    match host.kind {
        Kind::Ec2 => Pass,
        Kind::Hybrid => Unknown,
        Kind::Azure => NotApplicable,
    }
}

fn configuration_passes(plan: Plan) -> V {
    if plan == Plan::Configuration { Pass } else { NotApplicable }
}

fn database_host_excluded(host: &Host) -> V {
    if host.service == "orders-db" { Pass } else { NotApplicable }
}

fn exclusion_overreach(spot: Spot) -> V {
    match spot {
        Spot::Region | Spot::Location => Pass,
        // Hosts of a subscription are judged in their locations.
        Spot::Subscription | Spot::Account | Spot::Feed | Spot::Inventory => NotApplicable,
    }
}

/// Conditions that are overdue lack fixes for 100 days. Azure does not rate Linux packages, and a missing rating is
/// shown as medium.
fn patch_overdue(host: &Host) -> V {
    match (host.condition, host.kind) {
        (Condition::Exploited, _) => Fail("critical"),
        (Condition::Overdue, Kind::Azure) if !host.windows => Fail("medium"),
        (Condition::Overdue, _) => Fail("high"),
        _ if has_fresh_scan(host) => Pass,
        _ => Unknown,
    }
}
