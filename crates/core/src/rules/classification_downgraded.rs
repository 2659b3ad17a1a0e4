//! A host that left production, the cardholder data or the internet on paper. Its deadlines grew longer, or it left the
//! population that is tested, and the machine is the same.

use crate::asset::Asset;
use crate::context::{Context, Covered};
use crate::control::{PC_02, PC_10};
use crate::estate::Downgrade;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{Fact, Said, SettingKind};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::minute;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "classification-downgraded",
    title: "host classified lower than before without an approved change",
    severity: Severity::High,
    since: "0.1",
    why: "One tag moves a host out of production, out of the cardholder data or behind the firewall, and its deadlines grow \
          longer or nobody tests it any more. Whoever is late with a patch can be on time by editing a tag.",
    fix: "Put the tag back, or have the reclassification approved; a change record covers it when it names the host, was \
          approved before, and its window holds the time.",
    references: &["https://csrc.nist.gov/pubs/sp/800/128/upd1/final"],
    controls: &[&PC_02, &PC_10],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("decided by an approved change, at the time of the event", |w| {
            retagged(w).change_with("CHG1", |_, c| c.assets = Said::Value(vec!["web-1".into()])).set_with(
                SettingKind::Tag,
                "i-web-1",
                22,
                |e| (e.tag, e.from, e.to) = (Some("env".into()), None, Some("test".into())),
            )
        }),
        fail("from production to test", |w| retagged(w).change("CHG1").edit(other_host)),
        fail("from the internet to internal", |w| {
            let w = w.host("web-1").tag("internet-facing", "true").after(48).tag("internet-facing", "false");
            w.change_with("CHG1", |_, c| c.assets = Said::Value(vec!["db-1".into()]))
        }),
        fail("out of the cardholder data", |w| {
            let w = w.host("web-1").tag("data-class", "PCI").after(48).tag("data-class", "internal");
            w.change_with("CHG1", |_, c| c.assets = Said::Value(vec!["db-1".into()]))
        }),
        unknown("no change records were ever read", retagged),
        unknown("a change names it, and nobody logged when the tag was changed", |w| retagged(w).change("CHG1")),
        not_applicable("raised", |w| w.host("web-1").tag("env", "test").after(48).tag("env", "production")),
        not_applicable("as it was", |w| w.host("web-1").tag("env", "production").after(48)),
        not_applicable("observed once", |w| w.host("web-1").tag("env", "test")),
    ],
};

fn retagged(world: World) -> World {
    world.host("web-1").tag("env", "production").after(48).tag("env", "test")
}

fn other_host(fact: &mut Fact<'static>) -> bool {
    if let Fact::Change(record) = fact {
        record.assets = Said::Value(vec!["db-1".into()]);
    }
    true
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() {
        return Verdict::NotApplicable("no operating system of the customer's");
    }
    let downgrades = cx.estate.past.downgrades(&asset.key);
    let Some(first) = downgrades.first() else {
        return Verdict::NotApplicable("no observation shows it classified lower than one before");
    };
    let mut passed: Option<Evidences> = None;
    for one in downgrades {
        match judge(asset, one, cx) {
            Verdict::Pass(evidence) => {
                passed = Some(match passed {
                    None => evidence,
                    Some(all) => all.and_all(evidence.iter()),
                });
            }
            other => return other,
        }
    }
    passed.map_or_else(|| judge(asset, first, cx), Verdict::Pass)
}

fn judge(asset: &Asset, one: &Downgrade, cx: &Context<'_>) -> Verdict {
    let Downgrade { what, from, to, before, at, evidence } = one;
    let both = Evidences::of(asset.evidence.clone()).and(evidence.clone());
    let event = cx.tag_event(asset, what, *before, *at);
    let key = [asset.key.to_string()];
    let covered = match event {
        Some(event) => cx.covered(&key, event.fact.at),
        None => cx.covered_between(&key, *before, *at),
    };
    match covered {
        Covered::By(record) => {
            let both = both.and(record.evidence.clone());
            return Verdict::Pass(event.map_or(both.clone(), |event| both.and(event.evidence.clone())));
        }
        Covered::Perhaps(record, why) => {
            let message = format!("{} names {}, and {why}", record.fact.id, asset.name);
            return Verdict::unknown(Reason::NotStated, message, both.and(record.evidence.clone()));
        }
        Covered::No => {}
    }
    if let Some(verdict) = cx.changes_gap() {
        return verdict;
    }
    let who = match event {
        Some(event) => format!("by {} at {} ({})", event.fact.actor, minute(event.fact.at), event.fact.action),
        None => format!("between {} and {}, by nobody on record", minute(*before), minute(*at)),
    };
    Verdict::fail(
        format!("{} went from {from} to {to} ({what}) {who}, and no approved change covers it", asset.name),
        "an approved change that names it and holds the time",
        format!("{from} before, {to} now"),
        event.map_or(both.clone(), |event| both.and(event.evidence.clone())),
    )
    .with_times(Some(event.map_or(*at, |event| event.fact.at)), None)
}
