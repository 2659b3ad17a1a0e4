//! The quarter in the depot: a collector of its own that reads one account once a week, and what happens meanwhile.
//!
//! `quarter/scenario.toml` says what happens on which day and what has to be found from when to when; everything of the
//! quarter is made from it.

mod depot;
mod happenings;
pub mod scenario;

use super::exceptions::Exception;
use super::{Missing, Variant, files};
use depot::Depot;
use scenario::{Dated, Event, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Account of the depot.
pub const DEPOT: &str = "222233334444";
/// Its region.
pub const REGION: &str = "eu-central-1";

impl Event {
    /// Whether it happens in a variant.
    fn is_in(&self, variant: Variant<'_>) -> bool {
        let left_out = [Some(&self.id), self.fault.as_ref()].into_iter().flatten();
        !left_out.into_iter().any(|id| variant.repaired == Some(id.as_str()))
    }
}

/// The folder of a day's recording.
pub fn folder(day: &str) -> String {
    format!("{day}-depot")
}

/// Every recording of the quarter; gives its exceptions.
///
/// # Errors
/// The scenario cannot be read, or means something that the depot does not have.
pub(super) fn write(variant: Variant<'_>, files: &mut BTreeMap<String, String>) -> Result<Vec<Exception>, Missing> {
    let scenario = Scenario::read()?;
    if (scenario.account.as_str(), scenario.region.as_str()) != (DEPOT, REGION) {
        return Err(Missing(format!("place {}/{}", scenario.account, scenario.region)));
    }
    let seeded: Vec<&Event> = scenario.events.iter().filter(|event| event.is_in(variant)).collect();
    let mut happenings: Vec<_> = seeded.iter().flat_map(|event| &event.happens).collect();
    happenings.sort_by(|one, other| one.on.cmp(&other.on));
    let mut happenings = happenings.into_iter().peekable();
    let mut depot = Depot::new(&scenario, DEPOT, REGION);
    for day in &scenario.runs {
        while let Some(happening) = happenings.next_if(|happening| happening.on < *day) {
            happenings::happen(&mut depot, happening)?;
        }
        depot.at(day);
        if seeded.iter().all(|event| event.missed.as_ref() != Some(day)) {
            record(&depot, &scenario, day, files);
        }
    }
    Ok(depot.exceptions)
}

fn record(depot: &Depot, scenario: &Scenario, day: &str, files: &mut BTreeMap<String, String>) {
    let folder = folder(day);
    let marker = format!(
        "observed_at = \"{day}T06:00:00Z\"\ncollector = \"{}\"\nnote = \"written for the example\"\n",
        scenario.collector
    );
    files.insert(format!("{folder}/recording.toml"), marker);
    let mut put = |path: String, value: Value| {
        files.insert(format!("{folder}/{path}"), format!("{value:#}\n"));
    };
    files::region(&depot.place, &mut put);
    put(
        format!("aws/{DEPOT}/global/organizations.ListAccounts.json"),
        json!({"Accounts": [{"Id": DEPOT, "Name": "sf-depot", "Status": "ACTIVE"}]}),
    );
    put(
        format!("aws/{DEPOT}/global/ec2.DescribeRegions.json"),
        json!({"Regions": [{"RegionName": REGION, "OptInStatus": "opt-in-not-required", "Endpoint": format!("ec2.{REGION}.amazonaws.com")}]}),
    );
    put("changes/sf-depot-tickets.json".to_owned(), json!({"result": depot.records(day)}));
    let listed: Vec<(String, String)> =
        [("CVE-2026-90999".to_owned(), "2026-03-02".to_owned())].into_iter().chain(depot.exploited.clone()).collect();
    put("feeds/kev.json".to_owned(), files::catalogue(&listed, day));
    files.insert(format!("{folder}/feeds/epss.csv"), files::epss(day));
    let mut rows = String::from("Asset ID,Hostname,Owner,Environment,Service,Data class\n");
    for (number, host) in (1..).zip(&depot.place.hosts) {
        rows.push_str(&format!("CI-40{number},{},store-systems,production,sf-depot,internal\n", host.name));
    }
    files.insert(format!("{folder}/inventory/sf-depot.csv"), rows);
}

/// What happens in the quarter and must be found.
///
/// # Errors
/// The scenario cannot be read.
pub fn events() -> Result<Vec<Event>, Missing> {
    Ok(Scenario::read()?.events)
}

/// The events of a variant as part of `expected.toml`.
pub(super) fn expected(events: &[Event], variant: Variant<'_>) -> String {
    let mut text = String::new();
    let dated = |kind: &str, one: &Dated| {
        let to = one.to.as_ref().map_or_else(String::new, |to| format!("to = \"{to}\"\n"));
        let Dated { rule, subject, verdict, from, .. } = one;
        format!(
            "[[event.{kind}]]\nrule = \"{rule}\"\nsubject = \"{subject}\"\nverdict = \"{verdict}\"\nfrom = \"{from}\"\n{to}"
        )
    };
    for event in events.iter().filter(|event| event.is_in(variant)) {
        text.push_str(&format!("\n[[event]]\nid = \"{}\"\nabout = \"{}\"\n", event.id, event.about));
        for (name, value) in [("fault", &event.fault), ("late", &event.late), ("hides", &event.hides)] {
            text.extend(value.as_ref().map(|value| format!("{name} = \"{value}\"\n")));
        }
        text.extend(event.findings.iter().map(|one| dated("finding", one)));
        text.extend(event.before.iter().map(|one| dated("before", one)));
        text.extend(event.instead.iter().map(|one| dated("instead", one)));
    }
    text
}

/// The events as a table for the README.
pub(super) fn readme(events: &[Event]) -> String {
    let mut text = String::from("| event | what happens | findings |\n| --- | --- | --- |\n");
    for event in events {
        let one = |one: &Dated| {
            let to = one.to.as_ref().map_or_else(|| "on".to_owned(), |to| format!("until {to}"));
            format!("{} `{}` on {}, {} {to}", one.verdict, one.rule, one.subject, one.from)
        };
        let mut found: Vec<String> = event.findings.iter().map(one).collect();
        found.extend(event.hides.iter().map(|other| format!("until then nothing of {other}")));
        found.extend(event.before.iter().map(|before| format!("until then {}", one(before))));
        found.extend(event.instead.iter().map(|hidden| format!("hides {}", one(hidden))));
        text.push_str(&format!("| {} | {} | {} |\n", event.id, event.about, found.join("; ")));
    }
    text
}
