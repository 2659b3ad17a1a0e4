//! Regions of an account, those it has not opted into included: a region that is left out cannot be told from one that
//! was forgotten.

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
    super::page(answer, OPERATION.id)
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
    let body: Body = super::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.regions.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/Regions", number as u32),
            Fact::Region(Region {
                name: row.region_name,
                // Any other word leaves the region to be asked: only a clear no takes it out of the population.
                enabled: row.opt_in_status.as_deref() != Some("not-opted-in"),
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Regions": [
  {"Endpoint": "ec2.eu-west-1.amazonaws.com", "RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
  {"Endpoint": "ec2.eu-south-1.amazonaws.com", "RegionName": "eu-south-1", "OptInStatus": "opted-in"},
  {"Endpoint": "ec2.af-south-1.amazonaws.com", "RegionName": "af-south-1", "OptInStatus": "not-opted-in"}
]}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: false },
    },
    Fixture { name: "empty", body: r#"{"Regions": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "wire",
        body: r#"<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0a</requestId><regionInfo>
  <item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>
  <item><regionName>me-south-1</regionName><regionEndpoint>ec2.me-south-1.amazonaws.com</regionEndpoint><optInStatus>not-opted-in</optInStatus></item>
</regionInfo></DescribeRegionsResponse>"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "wire error",
        body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized to perform this operation."}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 24: regions to opt into are on the list, and closed until then.
    #[test]
    fn a_region_not_opted_into_is_not_enabled() {
        let facts = facts_of(&OPERATION, "answered", None);
        let enabled: Vec<_> = facts.iter().map(|fact| matches!(fact, Fact::Region(region) if region.enabled)).collect();
        assert_eq!(enabled, [true, true, false]);
    }
}
