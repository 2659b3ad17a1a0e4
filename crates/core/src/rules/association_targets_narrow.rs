//! A list of instance ids is out of date with the next instance: tags follow the fleet, ids do not.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_02, PC_07};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::{PatchAction, Target};
use crate::op;
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Meant, Schedule};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "association-targets-narrow",
    title: "patch schedule that names hosts one by one",
    severity: Severity::Medium,
    since: "0.1",
    why: "A schedule that lists instance ids misses every host made after it. Others of the same service are already \
          outside it.",
    fix: "Target a tag (on Azure a dynamic scope) that every host of the service carries.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-state-manager-targets-and-rate-controls.html",
    ],
    controls: &[&PC_02, &PC_07],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("by tag", |w| {
            w.host("web-1")
                .tag("env", "prod")
                .window("weekly")
                .aimed_at_tag("env", "prod")
                .patching(PatchAction::Install)
        }),
        pass("by id, and nobody is left out", |w| {
            w.host("web-1").window("weekly").aimed_here().patching(PatchAction::Install)
        }),
        fail("by id, and a new host of the service is left out", |w| {
            w.host("web-2").tag("service", "shop").host("web-1").tag("service", "shop").association_with("patch", |a| {
                (a.action, a.targets) = (Some(PatchAction::Install), vec![Target::Hosts(vec!["i-web-1".into()])]);
            })
        }),
        fail("Azure assignments one by one", |w| {
            w.vm("web-2").tag("service", "shop").vm("web-1").tag("service", "shop").window("weekly").aimed_here()
        }),
        unknown("resource group", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::Opaque("rg".into())).patching(PatchAction::Install)
        }),
        unknown("hosts not listed", |w| {
            w.host("web-1").window("weekly").aimed_here().patching(PatchAction::Install).denied(op::EC2_INSTANCES)
        }),
        unknown("another host's schedules unread", |w| {
            w.host("web-2")
                .host("web-1")
                .window("weekly")
                .aimed_here()
                .patching(PatchAction::Install)
                .denied(op::ASSOCIATIONS)
        }),
        unknown("aimed by tag, and nobody can tell whether it installs", |w| {
            let patch = Target::Tag { key: "patch".into(), values: vec!["weekly".into()] };
            w.host("web-1").tag("patch", "weekly").window("weekly").aimed_at(patch).denied(op::WINDOW_TASKS)
        }),
        unknown("targets denied", |w| {
            w.host("web-1").window("weekly").patching(PatchAction::Install).denied(op::WINDOW_TARGETS)
        }),
        not_applicable("only scans", |w| w.host("web-1").association("scan", PatchAction::Scan)),
    ],
};

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if !schedule.is_live(cx.as_of) || schedule.installs() == Some(false) {
        return Verdict::NotApplicable("it installs nothing");
    }
    if schedule.installs().is_none() {
        let message = format!("whether {} installs or only scans is not stated", schedule.name);
        return match schedule.action_gap() {
            Some(gap) => gap.clone().into(),
            None => Verdict::unknown(Reason::NotStated, message, schedule.evidences()),
        };
    }
    let groups = || schedule.targets.iter().map(|(group, _)| group).filter(|group| !group.is_empty());
    let by_rule = |target: &Target| matches!(target, Target::Tag { .. } | Target::All | Target::Dynamic(_));
    if groups().any(|group| group.iter().all(by_rule)) {
        return Verdict::Pass(schedule.evidences());
    }
    let aims = if schedule.scope.cloud == Cloud::Azure { op::AZURE_MAINTENANCE } else { op::WINDOW_TARGETS };
    if let Some(gap) = schedule.gap_of(aims) {
        return gap.clone().into();
    }
    if groups().flatten().any(|target| matches!(target, Target::Opaque(_))) {
        let message = format!("what {} is aimed at cannot be told from its targets", schedule.name);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidences());
    }
    let (hosts, unlisted) = cx.hosts_of(schedule);
    let named: Vec<&Asset> = hosts.iter().filter(|(_, meant)| *meant == Meant::Yes).map(|(host, _)| *host).collect();
    if named.is_empty() {
        return unlisted.map_or(Verdict::NotApplicable("it means no host"), Verdict::from);
    }
    let assets = cx.estate.assets.iter().filter(|asset| asset.runs_a_host_os());
    let mut missed: Vec<&Asset> = Vec::new();
    let mut doubt = None;
    for other in assets.filter(|other| named.iter().any(|host| is_alike(host, other))) {
        let found = cx.installers(other);
        if !found.sure.is_empty() || cx.is_platform_patched(other) {
            continue;
        }
        match found.doubt(other) {
            Some(verdict) => doubt = doubt.or(Some(verdict)),
            None => missed.push(other),
        }
    }
    if let Some(first) = missed.first() {
        let like = first.service.as_deref().or(first.environment.as_deref()).unwrap_or("the same account and region");
        return Verdict::fail(
            format!(
                "{} names {}, and {} of {like} {} in no schedule that installs, such as {}",
                schedule.name,
                count(named.len(), "host"),
                count(missed.len(), "other host"),
                if missed.len() == 1 { "is" } else { "are" },
                first.name,
            ),
            "targets by tag, or no host left out",
            format!("{} named, {} left out", named.len(), missed.len()),
            schedule.evidences().and_all(missed.iter().take(20).map(|asset| &asset.evidence)),
        );
    }
    match (doubt, unlisted) {
        (Some(verdict), _) => verdict,
        (None, Some(gap)) => gap.into(),
        (None, None) => Verdict::Pass(schedule.evidences().and_all(named.iter().take(20).map(|asset| &asset.evidence))),
    }
}

/// Same account, region, service and environment.
fn is_alike(one: &Asset, other: &Asset) -> bool {
    one.scope == other.scope && one.service == other.service && one.environment == other.environment
}
