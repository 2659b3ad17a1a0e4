//! A window can succeed every week on nobody: tags are resolved when it runs, and an execution without a single
//! invocation is a success.

use crate::context::Context;
use crate::control::{PC_02, PC_07};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
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
    id: "window-without-targets",
    title: "patch schedule that reaches no host",
    severity: Severity::High,
    since: "0.1",
    why: "A schedule without targets, or whose targets match no host, runs and reports success without patching \
          anything.",
    fix: "Register targets by a tag that hosts carry; compare case and spelling of key and value.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/maintenance-windows-targets.html",
        "https://learn.microsoft.com/azure/update-manager/dynamic-scope-overview",
    ],
    controls: &[&PC_02, &PC_07],
    checks: &[Check::EachSchedule(check)],
    examples: &[
        pass("a tag that a host carries", |w| {
            w.host("web-1")
                .tag("env", "prod")
                .window("weekly")
                .aimed_at_tag("env", "prod")
                .patching(PatchAction::Install)
        }),
        pass("association on every node", |w| w.host("web-1").association("patch", PatchAction::Install)),
        pass("Azure assignment to a machine", |w| w.vm("web-1").window("weekly").aimed_here()),
        fail("trap aws-16: no targets registered", |w| w.host("web-1").window("weekly").patching(PatchAction::Install)),
        fail("trap aws-16: tags match no host", |w| {
            w.host("web-1")
                .tag("env", "Prod")
                .window("weekly")
                .aimed_at_tag("env", "prod")
                .patching(PatchAction::Install)
        }),
        fail("association on an empty list of hosts", |w| {
            w.host("web-1")
                .association_with("patch", |association| association.targets = vec![Target::Hosts(Vec::new())])
        }),
        fail("Azure configuration without assignments", |w| w.vm("web-1").window("weekly")),
        unknown("targets denied", |w| {
            w.host("web-1").window("weekly").patching(PatchAction::Install).denied(op::WINDOW_TARGETS)
        }),
        unknown("hosts not listed", |w| {
            w.window("weekly").aimed_at_tag("env", "prod").patching(PatchAction::Install).denied(op::EC2_INSTANCES)
        }),
        unknown("resource group", |w| {
            w.host("web-1").window("weekly").aimed_at(Target::Opaque("rg".into())).patching(PatchAction::Install)
        }),
        unknown("Azure assignments denied", |w| w.vm("web-1").window("weekly").denied(op::AZURE_MAINTENANCE)),
        not_applicable("disabled", |w| {
            w.window_with("weekly", |window| window.enabled = false).patching(PatchAction::Install)
        }),
    ],
};

fn check(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if !schedule.is_live(cx.as_of) {
        return Verdict::NotApplicable("it does not run any more");
    }
    let (hosts, unlisted) = cx.hosts_of(schedule);
    if let Some((host, _)) = hosts.iter().find(|(_, meant)| *meant == Meant::Yes) {
        return Verdict::Pass(schedule.evidences().and(host.evidence.clone()));
    }
    let targets = if schedule.scope.cloud == Cloud::Azure { op::AZURE_MAINTENANCE } else { op::WINDOW_TARGETS };
    if let Some(gap) = schedule.gap_of(targets) {
        return gap.clone().into();
    }
    // An association without targets is one on an empty list of hosts.
    let is_aimed = |group: &[Target]| !group.is_empty() && !group.contains(&Target::Hosts(Vec::new()));
    let groups = schedule.targets.iter().filter(|(group, _)| is_aimed(group)).count();
    if groups == 0 {
        return Verdict::fail(
            format!("{} has no targets: it runs on nobody", schedule.name),
            "targets that hosts match",
            "no targets",
            evidence(schedule, cx),
        );
    }
    if let Some((host, _)) = hosts.first() {
        let message = format!("whether {} means {} is not stated", schedule.name, host.name);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidences());
    }
    // Nodes of data centres are on the agents' list alone.
    let nodes = (schedule.scope.cloud == Cloud::Aws).then(|| cx.answered(op::AGENTS, &schedule.scope).err()).flatten();
    if let Some(gap) = unlisted.or(nodes) {
        return gap.into();
    }
    Verdict::fail(
        format!("{} matches no host: {}", schedule.name, aims(schedule)),
        "targets that hosts match",
        format!("{}, no host", count(groups, "target group")),
        evidence(schedule, cx),
    )
}

/// The schedule with the complete lists that were compared.
fn evidence(schedule: &Schedule, cx: &Context<'_>) -> Evidences {
    let lists: &[&'static str] = match schedule.scope.cloud {
        Cloud::Azure => &[op::AZURE_MAINTENANCE, op::AZURE_RESOURCES],
        _ => &[op::EC2_INSTANCES, op::AGENTS],
    };
    let lists: Vec<_> = lists.iter().filter_map(|list| cx.answered(list, &schedule.scope).ok()).collect();
    schedule.evidences().and_all(&lists)
}

/// Its targets in words.
fn aims(schedule: &Schedule) -> String {
    let word = |target: &Target| match target {
        Target::Hosts(hosts) => count(hosts.len(), "named host"),
        Target::Tag { key, values } if values.is_empty() => format!("tag {key}"),
        Target::Tag { key, values } => format!("tag {key} of {}", values.join(" or ")),
        Target::All => "every managed host".to_owned(),
        Target::Dynamic(_) => "a dynamic scope".to_owned(),
        Target::Opaque(what) => what.clone(),
    };
    let groups = schedule.targets.iter().map(|(group, _)| group.iter().map(word).collect::<Vec<_>>().join(" and "));
    groups.take(3).collect::<Vec<_>>().join("; ")
}
