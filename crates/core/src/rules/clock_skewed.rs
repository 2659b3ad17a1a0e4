//! Clocks that disagree. Deadlines and ages are differences of times: a clock that runs ahead makes old scans look fresh.

use crate::asset::Asset;
use crate::context::{Context, ScopeSubject};
use crate::control::PC_16;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{HostKind, Ping};
use crate::op;
use crate::reading::Reading;
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::{length, minute};
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "clock-skewed",
    title: "source's clock ahead of the observation",
    severity: Severity::Medium,
    since: "0.1",
    why: "A scan dated in the future stays fresh for longer than it should, and no age computed from it is right.",
    fix: "Synchronise the host's clock, or correct the time that the recording declares.",
    references: &["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html"],
    controls: &[&PC_16],
    checks: &[Check::EachAsset(each_host), Check::EachScope(each_scope)],
    examples: &[
        pass("scanned before it was observed", |w| w.host("web-1").agent(Ping::Online).scanned(2)),
        fail("a scan of tomorrow", |w| w.host("web-1").scanned(-24)),
        fail("an Azure assessment of tomorrow", |w| w.vm("web-1").scanned(-24)),
        fail("a recording sealed before it was observed", |w| w.host("web-1").logged_after(-48)),
        unknown("nothing with a time was read", |w| w.host("web-1").denied(op::PATCH_STATES).denied(op::AGENTS)),
        not_applicable("nothing was asked", |w| w.nothing_asked()),
    ],
};

fn each_host(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("no operating system of the customer's that reports a time");
    }
    let state = cx.patch_state(asset);
    let mut times: Vec<(&str, Timestamp, Evidence)> = Vec::new();
    if let Reading::Known(scan, seen) = &state {
        times.extend(scan.ended.map(|time| ("its scan", time, seen.clone())));
    }
    if let Some((agent, seen)) = cx.agent_fact(asset) {
        times.extend(agent.last_ping.map(|time| ("its agent", time, seen)));
    }
    times.extend(asset.agent_seen.map(|time| ("its agent", time, asset.evidence.clone())));
    let ahead = |(_, time, seen): &(&str, Timestamp, Evidence)| time.as_second() - cx.observed_at(seen).as_second();
    let worst = times.iter().max_by_key(|one| ahead(one));
    match (worst, state) {
        (Some(one), _) if ahead(one) > cx.policy.evidence.clock_tolerance => Verdict::fail(
            format!(
                "{}: {} is dated {}, {} after it was observed",
                asset.name,
                one.0,
                minute(one.1),
                length(ahead(one))
            ),
            format!("no later than {} after the observation", length(cx.policy.evidence.clock_tolerance)),
            format!("{} ahead", length(ahead(one))),
            one.2.clone(),
        )
        .with_policy(&["evidence.clock_tolerance"]),
        // A time that was not read could be the one that is ahead.
        (_, Reading::Unread(gap)) => gap.into(),
        (Some(one), _) => match cx.agent(asset) {
            Reading::Unread(gap) if asset.scope.cloud == Cloud::Aws => gap.into(),
            _ => Verdict::pass(one.2.clone()),
        },
        (None, _) => Verdict::NotApplicable("nothing of it has a time: asset-unscanned says so"),
    }
}

fn each_scope(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let Some((scope_run, seen)) = subject.history.runs.last().and_then(|run| Some((run, run.evidence.clone()?))) else {
        return Verdict::NotApplicable("nothing was answered there");
    };
    let run = &cx.estate.runs[scope_run.run as usize];
    let ahead = run.observed_at.as_second() - run.logged_at.as_second();
    if ahead > cx.policy.evidence.clock_tolerance {
        return Verdict::fail(
            format!(
                "the observation of {} says {}, {} after it was sealed",
                subject.scope,
                minute(run.observed_at),
                length(ahead)
            ),
            "observed before it was sealed",
            format!("{} ahead", length(ahead)),
            seen,
        )
        .with_policy(&["evidence.clock_tolerance"]);
    }
    Verdict::pass(seen)
}
