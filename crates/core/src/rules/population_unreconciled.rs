//! Hosts that one list has and another lacks. No cloud lists the machines of a data centre: only an outside inventory
//! can say whether all of them are managed.

use crate::asset::Asset;
use crate::context::{Context, Population};
use crate::control::PC_02;
use crate::example::{fail, pass, unknown};
use crate::fact::HostKind;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Unknown, Verdict};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "population-unreconciled",
    title: "host that only one list knows",
    severity: Severity::High,
    since: "0.1",
    why: "The population is the denominator of every figure. A machine missing from it is missing from the answer, and \
          nobody can sample it.",
    fix: "Bring the machine under management, correct the inventory, or retire the row. Give Patchseal an outside list of \
          the machines that no cloud lists (inventory/*.csv).",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_02],
    checks: &[Check::EachAsset(each_host), Check::EachPopulation(each_population)],
    examples: &[
        pass("hybrid node with its row", |w| w.node("till-7").outside("CI-7", "till-7", None)),
        pass("Arc machine with its row", |w| w.arc("till-7").outside("CI-7", "till-7", None)),
        fail("a row that nobody else knows", |w| w.outside("CI-9", "forgotten", None)),
        fail("trap aws-8: a hybrid node that the inventory lacks", |w| {
            w.node("till-7").node("till-8").outside("CI-7", "till-7", None)
        }),
        unknown("a row, and a list that might have it was refused", |w| {
            w.outside("CI-9", "web-1", None).denied(crate::op::AZURE_RESOURCES)
        }),
        unknown("an inventory that was cut short", |w| {
            w.node("till-7")
                .outside("CI-7", "till-7", None)
                .failing(crate::op::OUTSIDE, crate::exchange::FailureKind::Truncated)
        }),
        fail("the inventory calls it retired", |w| {
            w.node("till-7").outside("CI-7", "till-7", None).edit(|fact| {
                if let crate::fact::Fact::Outside(row) = fact {
                    row.in_use = false;
                }
                true
            })
        }),
        unknown("no outside inventory: completeness is not assumed", |w| w.node("till-7")),
        unknown("not even hybrid machines known", |w| w.host("web-1")),
    ],
};

fn each_host(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() {
        return Verdict::NotApplicable("no operating system of the customer's");
    }
    if asset.kind == HostKind::OutsideHost {
        if let Some(gap) = cx.listing_gap() {
            return gap.clone().into();
        }
        return Verdict::fail(
            format!("{} is in the outside inventory, and no cloud, agent or Arc reports it", asset.name),
            "known to a cloud or an agent",
            "known to the inventory alone",
            asset.evidence.clone(),
        );
    }
    let rows = cx.outside_rows(asset);
    if let Some(row) = rows.first() {
        return Verdict::Pass(crate::exchange::Evidences::of(row.evidence.clone()).and(asset.evidence.clone()));
    }
    if !asset.kind.is_hybrid() {
        return Verdict::NotApplicable("the cloud's own list is its population");
    }
    match cx.outside_inventory() {
        Some(inventory) => Verdict::fail(
            format!("{} is managed, and no outside inventory has it in use", asset.name),
            "a row in an outside inventory",
            "none",
            crate::exchange::Evidences::of(asset.evidence.clone()).and(inventory),
        ),
        None => Verdict::unknown(
            Reason::NoOutsideInventory,
            format!("there is no complete outside inventory to confirm {} with", asset.name),
            asset.evidence.clone(),
        ),
    }
}

fn each_population(population: &Population, cx: &Context<'_>) -> Verdict {
    match cx.outside_inventory() {
        Some(inventory) => Verdict::pass(inventory),
        None => Verdict::Unknown(Unknown {
            reason: Reason::NoOutsideInventory,
            message: format!(
                "{} known, and no complete outside inventory to say whether that is all of them",
                count(population.known, "hybrid machine")
            )
            .into(),
            evidence: None,
        }),
    }
}
