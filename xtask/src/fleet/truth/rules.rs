//! Verdicts by rule, as `docs/rules` means them. A rule that changes its mind changes one line or one function here.

use super::Judge::{Baselines, Changes, Collector, Feeds, Hosts, Plans, Population, Spots};
use super::Severity::{Critical, High, Medium};
use super::V::{Fail, NotApplicable, Pass, Unknown};
use super::{Ground, Judge, Known, Plan, Spot, V, claims};
use crate::fleet::host::{Condition, Kind};

/// Every rule, in the order of their ids.
pub(super) const RULES: &[(&str, &[Judge])] = &[
    ("agent-disconnected", &[Hosts(agent_disconnected)]),
    // Nothing is asked of monitoring.
    ("alert-unactioned", &[Spots(unmonitored)]),
    ("assessment-mode-off", &[Hosts(azure_passes)]),
    ("asset-unclassified", &[Hosts(|known| tagged(known, Condition::Unclassified))]),
    ("asset-unmanaged", &[Hosts(asset_unmanaged)]),
    ("asset-unowned", &[Hosts(|known| tagged(known, Condition::Unowned))]),
    ("asset-unscanned", &[Hosts(asset_unscanned)]),
    ("association-scan-only", &[Plans(ssm_plans_pass)]),
    ("association-targets-narrow", &[Plans(|_, _| Pass)]),
    ("backup-stale-before-patch", &[Changes(Unknown)]),
    ("baseline-approval-too-slow", &[Baselines(Pass)]),
    ("baseline-fallback", &[Hosts(baseline_fallback)]),
    ("baseline-frozen", &[Baselines(Pass)]),
    ("baseline-rejects-patches", &[Baselines(Pass), Plans(configuration_passes)]),
    ("baseline-skips-security", &[Baselines(Pass), Plans(configuration_passes)]),
    ("change-self-approved", &[Changes(Unknown)]),
    ("change-unapproved", &[Changes(Unknown)]),
    ("change-untested", &[Changes(Unknown)]),
    // No tag changes from one day to the next.
    ("classification-downgraded", &[Hosts(|_| NotApplicable)]),
    ("claim-contradicted", &[Hosts(claims::contradicted), Plans(claims::contradicted_plan)]),
    ("claim-unverified", &[Hosts(claims::unverified), Plans(claims::unverified_plan), Spots(|_| NotApplicable)]),
    ("clock-skewed", &[Hosts(clock_skewed), Spots(asked_spots_pass)]),
    // How long a fleet is recorded is shorter than the ninety days looked back over, and nobody says when it began.
    ("collection-missed", &[Collector(Unknown)]),
    // A fleet files no exceptions: the rules about them have nothing to judge.
    ("compensating-control-failed", &[]),
    ("compensating-control-stale", &[]),
    ("database-host-excluded", &[Hosts(database_host_excluded)]),
    ("emergency-change-unreviewed", &[Changes(Unknown)]),
    ("evidence-gap", &[Spots(asked_spots_pass)]),
    // The fleet's policy turns the limit off.
    ("evidence-late", &[Spots(|_| NotApplicable)]),
    ("exception-expired", &[]),
    ("exception-invalidated", &[]),
    ("exception-over-renewed", &[]),
    ("exception-retroactive", &[]),
    ("exception-scope-grown", &[]),
    ("exception-self-approved", &[]),
    ("exception-too-long", &[]),
    ("exception-unapproved", &[]),
    ("exception-unused", &[]),
    ("exclusion-overreach", &[Spots(exclusion_overreach)]),
    ("exploited-unpatched", &[Hosts(exploited_unpatched)]),
    ("failure-unalerted", &[Spots(unmonitored)]),
    ("feed-stale", &[Feeds(Pass)]),
    // Fleets have no filters, and the rule judges nothing else.
    ("finding-suppressed", &[]),
    ("fix-regressed", &[Hosts(claims::regressed)]),
    // No freeze is declared.
    ("freeze-overrun", &[]),
    ("image-deregistered", &[Hosts(ec2_passes)]),
    ("image-outdated", &[Hosts(|known| if known.host.kind == Kind::Hybrid { NotApplicable } else { Pass })]),
    ("install-incomplete", &[Hosts(claims::incomplete)]),
    ("internet-facing-misdeclared", &[Hosts(internet_facing_misdeclared)]),
    // No host stands in a group.
    ("launch-template-version-pinned", &[Hosts(|_| NotApplicable)]),
    ("maintenance-window-disabled", &[Plans(|plan, _| if plan == Plan::Association { NotApplicable } else { Pass })]),
    ("os-end-of-life", &[Hosts(os_end_of_life)]),
    ("patch-failed", &[Hosts(patch_failed)]),
    ("patch-hidden-by-baseline", &[Hosts(patch_hidden_by_baseline)]),
    ("patch-mode-unmanaged", &[Hosts(azure_passes)]),
    ("patch-overdue", &[Hosts(patch_overdue)]),
    ("patch-service-retired", &[Hosts(azure_passes), Plans(ssm_plans_pass)]),
    ("patch-setting-changed-unapproved", &[Changes(Unknown)]),
    // Runs are on record, and no ticket system is: unknown once.
    (
        "patch-without-change",
        &[Changes(Unknown), Hosts(|_| NotApplicable), Plans(|_, _| NotApplicable), Spots(|_| NotApplicable)],
    ),
    ("patching-unscheduled", &[Hosts(|_| Pass)]),
    // The outside list knows every host, and knows no other.
    ("population-unreconciled", &[Hosts(|_| Pass), Population(Pass)]),
    ("production-untargeted", &[Hosts(|_| Pass)]),
    ("reboot-pending", &[Hosts(reboot_pending)]),
    ("running-kernel-old", &[Hosts(running_kernel_old)]),
    // Whatever was scanned was scanned with success; what never was is asset-unscanned's.
    ("scan-failing", &[Hosts(|known| if known.host.is_scanned() { Pass } else { NotApplicable })]),
    ("scan-stale", &[Hosts(scan_stale)]),
    ("scanner-excludes-asset", &[Hosts(scanner_excludes_asset)]),
    ("schedule-bypass-missing", &[Hosts(azure_passes)]),
    ("scope-uncollected", &[Spots(scope_uncollected)]),
    ("scope-unreadable", &[Spots(scope_unreadable)]),
    ("window-after-due", &[Plans(window_after_due)]),
    ("window-failing", &[Plans(|_, _| Pass)]),
    // No freeze is declared.
    ("window-in-freeze", &[Plans(|_, _| NotApplicable)]),
    ("window-without-targets", &[Plans(window_without_targets)]),
];

/// Something that only machines of Azure have, and have right.
fn azure_passes(known: &Known<'_>) -> V {
    if known.is_azure() { Pass } else { NotApplicable }
}

/// Something that only EC2 has, and has right.
fn ec2_passes(known: &Known<'_>) -> V {
    if known.host.kind == Kind::Ec2 { Pass } else { NotApplicable }
}

/// Azure's configurations install by themselves, and select by themselves what SSM leaves to a baseline.
fn configuration_passes(plan: Plan, _: &Ground<'_>) -> V {
    if plan == Plan::Configuration { Pass } else { NotApplicable }
}

fn ssm_plans_pass(plan: Plan, _: &Ground<'_>) -> V {
    if plan == Plan::Configuration { NotApplicable } else { Pass }
}

/// Nothing is asked of a location by itself.
fn asked_spots_pass(spot: Spot) -> V {
    if spot == Spot::Location { NotApplicable } else { Pass }
}

/// A rule about a tag that hosts in this condition lack. No list carries the tags of hybrid nodes.
fn tagged(known: &Known<'_>, lacking: Condition) -> V {
    match known.host.kind {
        Kind::Hybrid => Unknown,
        _ if known.host.condition == lacking => Fail(Medium),
        _ => Pass,
    }
}

/// On Azure, a recent assessment stands for the agent, which no answer mentions.
fn agent_disconnected(known: &Known<'_>) -> V {
    match (known.host.kind, known.host.condition) {
        (_, Condition::Stopped) => NotApplicable,
        (Kind::Azure, _) => {
            if known.is_fresh() {
                Pass
            } else {
                Unknown
            }
        }
        // asset-unmanaged says so.
        (_, Condition::NoAgent) => NotApplicable,
        (_, Condition::Lost) => Fail(High),
        _ => Pass,
    }
}

fn asset_unmanaged(known: &Known<'_>) -> V {
    match (known.host.kind, known.host.condition) {
        (Kind::Ec2, Condition::NoAgent) => Fail(High),
        // Agent lists leave stopped hosts out.
        (Kind::Ec2, Condition::Stopped) => Unknown,
        _ => Pass,
    }
}

fn asset_unscanned(known: &Known<'_>) -> V {
    match known.host.condition {
        Condition::NeverScanned => Fail(High),
        // asset-unmanaged says so.
        Condition::NoAgent => NotApplicable,
        _ => Pass,
    }
}

fn baseline_fallback(known: &Known<'_>) -> V {
    match known.host.kind {
        Kind::Ec2 => Pass,
        // Its patch group is a tag, and no list carries it.
        Kind::Hybrid => Unknown,
        Kind::Azure => NotApplicable,
    }
}

/// A time stands on scans and on agents' lists.
fn clock_skewed(known: &Known<'_>) -> V {
    let listed = known.host.kind != Kind::Azure && known.host.has_agent();
    if known.host.is_scanned() || listed { Pass } else { NotApplicable }
}

fn database_host_excluded(known: &Known<'_>) -> V {
    if known.host.service == "orders-db" { Pass } else { NotApplicable }
}

/// Nobody carries an exclusion tag. Azure's hosts stand in a location, and were asked for of the subscription.
fn exclusion_overreach(spot: Spot) -> V {
    match spot {
        Spot::Region | Spot::Location => Pass,
        // Hosts of a subscription are judged in their locations.
        Spot::Subscription | Spot::Account | Spot::Feed | Spot::Inventory => NotApplicable,
    }
}

/// Regions and subscriptions have hosts, and nobody read who would hear of a failure there.
fn unmonitored(spot: Spot) -> V {
    match spot {
        Spot::Region | Spot::Subscription => Unknown,
        Spot::Account | Spot::Location | Spot::Feed | Spot::Inventory => NotApplicable,
    }
}

fn exploited_unpatched(known: &Known<'_>) -> V {
    match known.host.condition {
        Condition::Exploited => Fail(Critical),
        // No row of these names its weaknesses, and no scanner says which of them matter.
        _ if !known.is_covered() && (known.has_fix_to_come() || known.host.condition == Condition::Overdue) => Unknown,
        _ if known.is_fresh() => Pass,
        _ => Unknown,
    }
}

/// Public addresses show on EC2; Azure's hosts declare themselves internal and show none.
fn internet_facing_misdeclared(known: &Known<'_>) -> V {
    match (known.host.kind, known.host.condition) {
        (Kind::Hybrid, _) => NotApplicable,
        (_, Condition::Misdeclared) => Fail(Medium),
        _ => Pass,
    }
}

/// What runs on AWS is for the agents' list to say; Azure's list of machines says it itself.
fn os_end_of_life(known: &Known<'_>) -> V {
    if known.is_azure() || known.host.has_agent() { Pass } else { Unknown }
}

/// What a stale list does not show may have failed since: stale is never a pass (invariant 1).
fn patch_failed(known: &Known<'_>) -> V {
    match known.host.condition {
        Condition::PatchFailed => Fail(High),
        _ if !known.host.is_scanned() => NotApplicable,
        _ if known.is_fresh() => Pass,
        _ => Unknown,
    }
}

/// The scanner, which covers EC2 alone, reports a weakness that no patch list mentions.
fn patch_hidden_by_baseline(known: &Known<'_>) -> V {
    match (known.host.kind, known.host.condition) {
        (Kind::Hybrid | Kind::Azure, _) => NotApplicable,
        (_, Condition::Overdue | Condition::Exploited) => Fail(High),
        _ if !known.host.is_scanned() => NotApplicable,
        _ if known.is_covered() => Pass,
        _ => Unknown,
    }
}

/// Whatever else is missing is not due yet. Azure does not rate Linux packages, and a missing rating shows as medium.
fn patch_overdue(known: &Known<'_>) -> V {
    match (known.host.condition, known.host.kind) {
        (Condition::Exploited, _) => Fail(Critical),
        (Condition::Overdue, Kind::Azure) if !known.host.windows => Fail(Medium),
        (Condition::Overdue, _) => Fail(High),
        _ if known.is_fresh() => Pass,
        _ => Unknown,
    }
}

fn reboot_pending(known: &Known<'_>) -> V {
    match known.host.condition {
        Condition::RebootPending => Fail(Medium),
        _ if !known.host.is_scanned() => NotApplicable,
        _ if known.is_fresh() => Pass,
        _ => Unknown,
    }
}

/// The last run on AWS was a scan, which leaves no trace of whether anything booted. Azure's flag counts while it is
/// fresh (invariant 1).
fn running_kernel_old(known: &Known<'_>) -> V {
    match (known.host.kind, known.host.condition) {
        _ if known.host.windows || !known.host.is_scanned() => NotApplicable,
        (Kind::Ec2 | Kind::Hybrid, _) => Unknown,
        (Kind::Azure, Condition::RebootPending) => Fail(High),
        _ if known.is_fresh() => Pass,
        _ => Unknown,
    }
}

fn scan_stale(known: &Known<'_>) -> V {
    match known.host.is_scanned() {
        false => NotApplicable,
        true if known.is_fresh() => Pass,
        true => Fail(High),
    }
}

/// Nobody is excluded by tag; a host that is not scanned for another reason is not known to be clean.
fn scanner_excludes_asset(known: &Known<'_>) -> V {
    match known.host.kind {
        Kind::Hybrid | Kind::Azure => NotApplicable,
        Kind::Ec2 if known.is_covered() => Pass,
        Kind::Ec2 => Unknown,
    }
}

fn scope_uncollected(spot: Spot) -> V {
    asked_spots_pass(spot)
}

fn scope_unreadable(spot: Spot) -> V {
    asked_spots_pass(spot)
}

/// Every plan of AWS runs in two days and Azure's on Saturdays, before anything is due; but what a host lacks has to be
/// known, and what it is tagged where tags decide.
fn window_after_due(plan: Plan, ground: &Ground<'_>) -> V {
    let doubtful = match plan {
        // A hybrid node may carry the tag.
        Plan::Window => ground.any(|known| known.host.kind == Kind::Hybrid || !known.is_fresh()),
        Plan::Association | Plan::Configuration => ground.any(|known| !known.is_fresh()),
    };
    if doubtful { Unknown } else { Pass }
}

/// A window reaches what carries its tag, as every instance does; nobody lists the tags of hybrid nodes.
fn window_without_targets(plan: Plan, ground: &Ground<'_>) -> V {
    if plan != Plan::Window || ground.any(|known| known.host.kind == Kind::Ec2) { Pass } else { Unknown }
}
