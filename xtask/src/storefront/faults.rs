//! What is wrong with the storefront, a fault each, and what must name it.

pub(super) mod changes;
mod claims;
mod contact;
mod evidence;
mod exceptions;
mod exclusions;
mod fixes;
mod history;
mod images;
mod monitoring;
mod relations;
mod schedules;
mod tickets;

use super::aws::{finding, patch, window};
use super::{Done, Estate, PLATFORM};
use serde_json::Value;

/// A seeded fault.
pub struct Fault {
    /// Id.
    pub id: &'static str,
    /// Cloud.
    pub cloud: &'static str,
    /// What is wrong, in a sentence.
    pub about: &'static str,
    /// Rule, subject's name and verdict of every finding that names it.
    pub findings: &'static [(&'static str, &'static str, &'static str)],
    /// Does it.
    pub apply: fn(&mut Estate) -> Done,
}

/// Every fault. Each concerns a host, baseline or window of its own.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    let topics = [
        changes::FAULTS,
        tickets::FAULTS,
        contact::FAULTS,
        fixes::FAULTS,
        history::FAULTS,
        exclusions::FAULTS,
        schedules::FAULTS,
        images::FAULTS,
        claims::FAULTS,
        evidence::FAULTS,
        exceptions::FAULTS,
        relations::FAULTS,
        monitoring::FAULTS,
    ];
    topics.into_iter().flatten()
}

/// A finding that no single fault explains.
pub struct Inherent {
    /// Rule.
    pub rule: &'static str,
    /// Subject's name.
    pub subject: &'static str,
    /// Verdict.
    pub verdict: &'static str,
    /// Why it is there.
    pub because: &'static str,
}

const fn inherent(rule: &'static str, subject: &'static str, because: &'static str) -> Inherent {
    Inherent { rule, subject, verdict: "unknown", because }
}

const UNTAGGED: &str = "agents' lists carry no tags, so nobody can tell a hybrid node's patch group";
const UNSCANNED: &str = "it means hosts whose missing fixes nobody can tell, by several faults";

const SHARED: &str = "the depot reads it once a week, and where two collectors read a feed the stricter promise holds";

/// What is found whichever fault is repaired: the clouds do not say it, or several faults share it.
pub const INHERENT: &[Inherent] = &[
    inherent("baseline-fallback", "sf-till-1", UNTAGGED),
    inherent("baseline-fallback", "sf-till-2", UNTAGGED),
    inherent("baseline-fallback", "sf-till-3", UNTAGGED),
    inherent("baseline-fallback", "sf-till-4", UNTAGGED),
    inherent("baseline-fallback", "sf-till-5", UNTAGGED),
    inherent("baseline-fallback", "sf-till-6", UNTAGGED),
    inherent("window-after-due", "sf-mc-weekly", UNSCANNED),
    inherent("window-after-due", "sf-weekly-se", UNSCANNED),
    Inherent {
        rule: "claim-unverified",
        subject: "sf-weekly-se",
        verdict: "fail",
        because: "it means hosts that nobody has scanned since its last run, by several faults",
    },
    Inherent {
        rule: "collection-missed",
        subject: "sf-nightly",
        verdict: "fail",
        because: "each of the two gaps has the early recording, and nothing was recorded in the days after it",
    },
    Inherent { rule: "evidence-gap", subject: "feeds epss", verdict: "fail", because: SHARED },
    Inherent { rule: "evidence-gap", subject: "feeds kev", verdict: "fail", because: SHARED },
    Inherent {
        rule: "evidence-gap",
        subject: "feeds lifecycle",
        verdict: "fail",
        because: "each of the two gaps has the early recording, which this table was sealed with",
    },
];

/// A further baseline of its own, changed in one thing.
fn baseline(estate: &mut Estate, name: &str, number: u32, change: fn(&mut Value)) -> Done {
    let place = estate.place(PLATFORM, "eu-west-1")?;
    let mut baseline = place.baselines[0].clone();
    baseline["BaselineId"] = format!("pb-0200000000000000{number}").into();
    baseline["Name"] = name.into();
    change(&mut baseline);
    place.baselines.push(baseline);
    Ok(())
}

fn agent(estate: &mut Estate, host: &str, member: &str, value: &str) -> Done {
    if let Some(agent) = &mut estate.host(host)?.agent {
        agent[member] = value.into();
    }
    Ok(())
}

fn state(estate: &mut Estate, host: &str, member: &str, value: impl Into<Value>) -> Done {
    if let Some(state) = &mut estate.host(host)?.state {
        state[member] = value.into();
    }
    Ok(())
}

/// A missing patch that removes a weakness.
fn lacks(estate: &mut Estate, host: &str, title: &str, cve: &str) -> Done {
    let mut row = patch(title, "Missing");
    row["CVEIds"] = cve.into();
    estate.host(host)?.patches.push(row);
    state(estate, host, "MissingCount", 1)?;
    state(estate, host, "SecurityNonCompliantCount", 1)
}

/// A weakness that the scanner sees on a host.
fn sees(estate: &mut Estate, place: (&str, &str), host: &str, cve: &str, package: &str, since: &str) -> Done {
    let id = estate.host(host)?.id.clone();
    let day = estate.day;
    let (account, region) = place;
    estate.place(account, region)?.findings.push(finding(account, region, &id, cve, package, since, day));
    Ok(())
}

fn window_of(estate: &mut Estate, id: &str, name: &str, change: fn(&mut super::Window)) -> Done {
    let mut one = window(id, name, "weekly");
    // Its last run was before any host of today was launched: it claims nothing of them.
    one.executions[0]["StartTime"] = "2026-11-04T02:00:00+00:00".into();
    one.executions[0]["EndTime"] = "2026-11-04T03:10:00+00:00".into();
    change(&mut one);
    estate.place(PLATFORM, "eu-west-1")?.windows.push(one);
    Ok(())
}

/// Takes a tag from a machine of Azure.
fn drop_tag(estate: &mut Estate, name: &str, key: &str) -> Done {
    if let Some(tags) = estate.resource(name)?["tags"].as_object_mut() {
        tags.remove(key);
    }
    Ok(())
}
