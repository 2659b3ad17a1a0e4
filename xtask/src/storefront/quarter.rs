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
use scenario::{Event, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Account of the depot.
pub const DEPOT: &str = "222233334444";
/// Its region.
pub const REGION: &str = "eu-central-1";

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
    let seeded: Vec<&Event> =
        scenario.events.iter().filter(|event| variant.repaired != Some(event.id.as_str())).collect();
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
