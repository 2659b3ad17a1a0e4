//! Regions of an account: each enabled one is expected to be read.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Region};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ec2.DescribeRegions",
    permissions: &["ec2:DescribeRegions"],
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html",
    reach: Reach::Account,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    super::request(ask, "DescribeRegions", &[("AllRegions", "true")])
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    regions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    region_name: String,
    opt_in_status: Option<String>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.regions.into_iter().enumerate() {
        // Without the member the answer lists enabled regions only.
        let enabled = row.opt_in_status.as_deref() != Some("not-opted-in");
        rows.fact(Pointer::Row("/Regions", number as u32), Fact::Region(Region { name: row.region_name, enabled }));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Regions": [
  {"Endpoint": "ec2.eu-west-1.amazonaws.com", "RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
  {"Endpoint": "ec2.af-south-1.amazonaws.com", "RegionName": "af-south-1", "OptInStatus": "not-opted-in"}
]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"Regions": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "another answer", body: r#"{"Reservations": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 24: opt-in regions are there without being usable.
    #[test]
    fn a_region_not_opted_into_is_not_enabled() {
        let enabled: Vec<bool> = facts_of(&OPERATION, "answered", None)
            .into_iter()
            .map(|fact| matches!(fact, Fact::Region(region) if region.enabled))
            .collect();
        assert_eq!(enabled, [true, false]);
    }
}
