//! Somebody changed what patches are allowed to reach, and no approved change covers it. Loosened is not asked: a setting
//! that was tightened by nobody's leave is loosened the same way.

use crate::context::{Context, Covered};
use crate::control::{PC_10, PC_11};
use crate::estate::Placed;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{Approval, Said, SettingChange, SettingKind};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::minute;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "patch-setting-changed-unapproved",
    title: "patch setting changed without an approved change",
    severity: Severity::High,
    since: "0.1",
    why: "A baseline, patch group, window, association, patch mode or tag decides which patches reach which machines. Who can \
          change one quietly can take a machine out of patching, and every figure stays green.",
    fix: "Ask the actor why, put the setting back or have the change approved afterwards and treated as a deviation; allow \
          such calls to the pipeline alone. A change record covers the change when it names the resource, was approved before, \
          and its window holds the time.",
    references: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
        "https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema",
    ],
    controls: &[&PC_10, &PC_11],
    checks: &[Check::EachSettingChange(check)],
    examples: &[
        pass("an approved change names the baseline and the time", |w| {
            approved(w.set(SettingKind::Baseline, "pb-1", 22))
        }),
        fail("no change record names it", |w| w.host("web-1").change("CHG1").set(SettingKind::Baseline, "pb-1", 22)),
        fail("approved for another time", |w| approved(w.set(SettingKind::Baseline, "pb-1", 200))),
        fail("approved afterwards", |w| {
            w.change_with("CHG1", |w, c| {
                (c.assets, c.approved_at) = (Said::Value(vec!["pb-1".into()]), w.said(2));
            })
            .set(SettingKind::Baseline, "pb-1", 22)
        }),
        fail("rejected", |w| {
            w.change_with("CHG1", |_, c| {
                (c.assets, c.approval) = (Said::Value(vec!["pb-1".into()]), Approval::Rejected);
            })
            .set(SettingKind::Baseline, "pb-1", 22)
        }),
        fail("a tag that takes a host out of patching", |w| {
            w.host("web-1").change("CHG1").set_with(SettingKind::Tag, "i-web-1", 300, |e| {
                (e.action, e.tag, e.to) = ("CreateTags".into(), Some("patching".into()), Some("off".into()));
            })
        }),
        fail("Azure patch mode", |w| {
            let w = w.vm("web-1").change("CHG1");
            let vm = w.here().to_owned();
            w.set_with(SettingKind::PatchMode, &vm, 300, |e| e.to = Some("patchMode Manual".into()))
        }),
        unknown("no history was ever read", |w| w.host("web-1").change("CHG1")),
        unknown("no change records were ever read", |w| w.set(SettingKind::Baseline, "pb-1", 22)),
        unknown("change records denied", |w| {
            w.change("CHG1").denied(crate::op::CHANGES).set(SettingKind::Baseline, "pb-1", 22)
        }),
        unknown("history denied", |w| {
            w.host("web-1").change("CHG1").set(SettingKind::Baseline, "pb-1", 22).denied(crate::op::TRAIL)
        }),
        unknown("a record names it, and no time", |w| {
            w.change_with("CHG1", |_, c| {
                c.assets = Said::Value(vec!["pb-1".into()]);
                (c.window_start, c.deployed_at) = (Said::Unsaid, Said::Unsaid);
            })
            .set(SettingKind::Baseline, "pb-1", 22)
        }),
        unknown("Azure does not say what was written", |w| {
            let w = w.vm("web-1").change("CHG1");
            let vm = w.here().to_owned();
            w.set_with(SettingKind::PatchMode, &vm, 300, |e| e.to = None)
        }),
        not_applicable("a tag that patching does not look at", |w| {
            let w = w
                .host("web-1")
                .change("CHG1")
                .set_with(SettingKind::Tag, "i-web-1", 300, |e| e.tag = Some("colour".into()));
            [crate::op::ACTIVITY_LOG].into_iter().fold(w, World::complete)
        }),
    ],
};

fn approved(world: World) -> World {
    world.change_with("CHG1", |_, c| c.assets = Said::Value(vec!["pb-1".into()])).complete(crate::op::ACTIVITY_LOG)
}

fn check<'a>(placed: &'a Placed<SettingChange>, cx: &Context<'a>) -> Verdict {
    let change = &placed.fact;
    if change.at > cx.as_of {
        return Verdict::NotApplicable("it came later");
    }
    if change.tag.as_deref().is_some_and(|tag| !cx.tag_matters(tag)) {
        return Verdict::NotApplicable("no tag that patching looks at");
    }
    let evidence = Evidences::of(placed.evidence.clone());
    let SettingChange { actor, action, at, .. } = change;
    let kind = change.kind.as_str();
    let short: Vec<&str> = change.resources.iter().map(|id| id.rsplit('/').next().unwrap_or(id)).collect();
    let what = short.join(", ");
    match cx.covered(&change.resources, *at) {
        Covered::By(record) => return Verdict::Pass(evidence.and(record.evidence.clone())),
        Covered::Perhaps(record, why) => {
            let message = format!("{} names {what}, and {why}", record.fact.id);
            return Verdict::unknown(Reason::NotStated, message, evidence.and(record.evidence.clone()));
        }
        Covered::No => {}
    }
    let is_vague = matches!(change.kind, SettingKind::PatchMode | SettingKind::Tag) && change.to.is_none();
    if is_vague {
        let message = format!("{what} was written by {actor} at {}, and the log does not say what", minute(*at));
        return Verdict::unknown(Reason::NotStated, message, evidence);
    }
    if let Some(verdict) = cx.changes_gap() {
        return verdict;
    }
    let key = change.tag.as_ref().map_or(String::new(), |tag| format!(" {tag}"));
    let to = change.to.as_ref().map_or(String::new(), |to| format!(" to {to}"));
    let from = change.from.as_ref().map_or(String::new(), |from| format!(" from {from}"));
    Verdict::fail(
        format!(
            "{actor} changed the {kind}{key} of {what}{from}{to} at {}, and no approved change covers it",
            minute(*at)
        ),
        "an approved change that names it and holds the time",
        format!("{action}, event {}", change.event),
        evidence,
    )
    .with_times(Some(*at), None)
}
