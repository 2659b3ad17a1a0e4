//! What no account owns: feeds, the outside inventory, the lists of accounts.

use super::host::{Condition, Kind};
use super::{DAY, Day, LAST_DAY, time};
use std::fmt::Write as _;
use std::io;

/// Weaknesses of the catalogue of exploited ones.
const LISTED: u64 = 50;

/// The weakness that a scanner reports on a host.
pub(super) fn cve(host: &super::host::Host) -> String {
    match host.condition {
        Condition::Exploited => listed(host.number % LISTED),
        _ => format!("CVE-2026-{}", 50_000 + host.number % 4000),
    }
}

fn listed(number: u64) -> String {
    format!("CVE-2026-{}", 20_000 + number)
}

pub(super) fn write(day: &Day<'_>) -> io::Result<()> {
    let feeds = day.folder.join("feeds");
    std::fs::create_dir_all(&feeds)?;
    let rows: Vec<String> = (0..LISTED)
        .map(|number| {
            format!(
                "{{\"cveID\": \"{}\", \"vendorProject\": \"Example\", \"product\": \"Example\", \"dateAdded\": \"{}\", \
                 \"dueDate\": \"{}\", \"knownRansomwareCampaignUse\": \"Unknown\"}}",
                listed(number),
                &time(LAST_DAY - 90 * DAY)[..10],
                &time(LAST_DAY - 76 * DAY)[..10]
            )
        })
        .collect();
    let dated = time(day.observed_at() - 7 * 3600);
    std::fs::write(
        feeds.join("kev.json"),
        format!(
            "{{\"title\": \"CISA Catalog of Known Exploited Vulnerabilities\", \"catalogVersion\": \"{}\", \
             \"dateReleased\": \"{dated}\", \"count\": {LISTED}, \"vulnerabilities\": [\n{}\n]}}\n",
            dated[..10].replace('-', "."),
            rows.join(",\n")
        ),
    )?;
    let mut epss = format!("#model_version:v2025.03.14,score_date:{dated}\ncve,epss,percentile\n");
    for number in 0..LISTED {
        let _ = writeln!(epss, "{},0.9{number:03},0.99{number:02}", listed(number));
    }
    std::fs::write(feeds.join("epss.csv"), epss)?;
    inventory(day)?;
    accounts(day)
}

/// The outside list knows every host.
fn inventory(day: &Day<'_>) -> io::Result<()> {
    let mut text = "id,name,cloud_id,in_use\n".to_owned();
    for host in &day.fleet.hosts {
        let id = match host.kind {
            Kind::Azure => String::new(),
            Kind::Ec2 | Kind::Hybrid => host.id.clone(),
        };
        let _ = writeln!(text, "CI{:07},{},{id},true", host.number, host.name);
    }
    let folder = day.folder.join("inventory");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("cmdb.csv"), text)
}

fn accounts(day: &Day<'_>) -> io::Result<()> {
    let of = |cloud: &str| {
        let mut all: Vec<&str> =
            day.fleet.places.iter().filter(|place| place.cloud == cloud).map(|place| place.account.as_str()).collect();
        all.dedup();
        all
    };
    let (aws, azure) = (of("aws"), of("azure"));
    for account in &aws {
        let folder = day.folder.join("aws").join(account).join("global");
        std::fs::create_dir_all(&folder)?;
        let own = day.fleet.places.iter().filter(|place| place.account == *account);
        let regions: Vec<String> = own
            .map(|place| {
                format!(
                    "{{\"Endpoint\": \"ec2.{0}.amazonaws.com\", \"RegionName\": \"{0}\", \"OptInStatus\": \"opt-in-not-required\"}}",
                    place.region
                )
            })
            .collect();
        std::fs::write(
            folder.join("ec2.DescribeRegions.json"),
            format!("{{\"Regions\": [\n{}\n]}}\n", regions.join(",\n")),
        )?;
        if account == &aws[0] {
            let rows: Vec<String> = aws
                .iter()
                .map(|id| {
                    format!(
                        "{{\"Id\": \"{id}\", \"Arn\": \"arn:aws:organizations::{}:account/o-fleet/{id}\", \"Name\": \"shop-{id}\", \
                         \"Status\": \"ACTIVE\", \"State\": \"ACTIVE\"}}",
                        aws[0]
                    )
                })
                .collect();
            std::fs::write(
                folder.join("organizations.ListAccounts.json"),
                format!("{{\"Accounts\": [\n{}\n]}}\n", rows.join(",\n")),
            )?;
        }
    }
    let rows: Vec<String> = azure
        .iter()
        .map(|id| {
            format!(
                "{{\"id\": \"/subscriptions/{id}\", \"subscriptionId\": \"{id}\", \"displayName\": \"shop {id}\", \"state\": \"Enabled\"}}"
            )
        })
        .collect();
    let Some(first) = azure.first() else { return Ok(()) };
    let folder = day.folder.join("azure").join(first);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("subscriptions.List.json"), format!("{{\"value\": [\n{}\n]}}\n", rows.join(",\n")))
}
