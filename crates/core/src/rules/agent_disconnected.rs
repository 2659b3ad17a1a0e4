//! An agent that lost contact. It stays on the list, with its last good report beside it.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{Agent, Fact, HostKind, Ping, Power};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "agent-disconnected",
    title: "patch agent out of contact",
    severity: Severity::High,
    since: "0.1",
    why: "A host whose agent lost contact is neither scanned nor patched, while its last report goes on saying compliant.",
    fix: "Restore the agent: network path, instance profile or identity, agent version; or retire the host.",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformation.html"],
    controls: &[&PC_04, &PC_17],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("online", |w| w.host("web-1").agent(Ping::Online)),
        pass("connected Arc machine", |w| w.arc("till-7")),
        pass("an Azure machine that was assessed today", |w| w.vm("web-1").scanned(2)),
        fail("trap aws-9: connection lost keeps an old report", |w| w.host("web-1").agent(Ping::Lost).scanned(72)),
        fail("Arc machine disconnected", |w| {
            w.arc("till-7").with(|host| host.agent_status = Some("Disconnected".into()))
        }),
        unknown("connected, said an answer of three days ago", |w| w.arc("till-7").observed_before(72)),
        unknown("online, said an answer of three days ago that does not say when it was heard", |w| {
            w.host("web-1").agent(Ping::Online).observed_before(72).edit(|fact| {
                if let Fact::Agent(agent) = fact {
                    agent.last_ping = None;
                }
                true
            })
        }),
        unknown("agent list denied", |w| w.host("web-1").agent(Ping::Online).denied(op::AGENTS)),
        unknown("Azure answers without agent status or assessment", |w| w.vm("web-1")),
        not_applicable("stopped", |w| w.host("web-1").with(|host| host.power = Power::Stopped)),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.is_running() || asset.kind == HostKind::OutsideHost {
        return Verdict::NotApplicable("not running, or known to an outside inventory alone");
    }
    if let Some((agent, seen)) = cx.agent_fact(asset) {
        return registered(asset, cx, agent, seen);
    }
    match asset.kind {
        HostKind::AzureVm | HostKind::ArcMachine => guest_agent(asset, cx),
        _ => match cx.agent(asset) {
            Reading::Unread(gap) => gap.into(),
            _ => Verdict::NotApplicable("no agent registered: asset-unmanaged says so"),
        },
    }
}

fn registered(asset: &Asset, cx: &Context<'_>, agent: &Agent, seen: Evidence) -> Verdict {
    let silence = agent.last_ping.map(|time| cx.age(time));
    let lost = agent.ping.is_some_and(|ping| ping != Ping::Online);
    let silent = silence.is_some_and(|age| age > cx.policy.evidence.agent_max_silence);
    if lost || silent {
        let since = silence.map_or_else(String::new, |age| format!(", last heard {}", ago(age)));
        return Verdict::fail(
            format!("the patch agent of {} is out of contact{since}", asset.name),
            format!("online, heard within {}", length(cx.policy.evidence.agent_max_silence)),
            if lost { "connection lost" } else { "silent" },
            seen,
        )
        .with_times(agent.last_ping, None)
        .with_policy(&["evidence.agent_max_silence"]);
    }
    match (agent.ping, silence) {
        (None, None) => {
            Verdict::unknown(Reason::NotStated, "the answer does not say when the agent was heard last", seen)
        }
        // The answer is the only contact that is known.
        (Some(_), None) => while_recent(asset, cx, seen),
        _ => Verdict::pass(seen),
    }
}

/// A good status was good when it was asked for: beyond the time that an agent may be silent, it says nothing about now.
fn while_recent(asset: &Asset, cx: &Context<'_>, seen: Evidence) -> Verdict {
    let age = cx.age(cx.observed_at(&seen));
    if age <= cx.policy.evidence.agent_max_silence {
        return Verdict::pass(seen);
    }
    let message = format!("the agent of {} was in contact {}, and nobody asked since", asset.name, ago(age));
    Verdict::unknown(Reason::Stale, message, seen)
}

/// Azure lists do not always carry the guest agent's state; an assessment that just succeeded needed the agent.
fn guest_agent(asset: &Asset, cx: &Context<'_>) -> Verdict {
    let seen = asset.evidence.clone();
    match asset.agent_status.as_deref() {
        Some(status) if ["connected", "ready"].iter().any(|good| good.eq_ignore_ascii_case(status)) => {
            while_recent(asset, cx, seen)
        }
        Some(status) => Verdict::fail(
            format!("the guest agent of {} is {status}", asset.name),
            "connected",
            status.to_owned(),
            seen,
        )
        .with_times(asset.agent_seen, None),
        None => match cx.fresh_scan(asset) {
            Reading::Known(_, scan) => Verdict::pass(scan),
            Reading::Unread(gap) if gap.reason != Reason::Stale => gap.into(),
            _ => Verdict::unknown(
                Reason::NotStated,
                format!("no answer says whether the agent of {} is in contact", asset.name),
                seen,
            ),
        },
    }
}
