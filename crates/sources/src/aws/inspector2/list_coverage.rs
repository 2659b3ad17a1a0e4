//! Which hosts the scanner covers, and why not the others: a host it does not scan has no findings either.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, ScanCoverage};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "inspector2.ListCoverage",
    permissions: &["inspector2:ListCoverage"],
    docs: "https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListCoverage.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({
        "maxResults": 200,
        "filterCriteria": {"resourceType": [{"comparison": "EQUALS", "value": super::HOST}]},
    });
    super::request(ask, "/coverage/list", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    covered_resources: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    resource_type: String,
    resource_id: String,
    account_id: String,
    scan_type: Option<String>,
    scan_status: Option<Status>,
    #[serde(default)]
    last_scanned_at: Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status_code: String,
    #[serde(default)]
    reason: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.covered_resources.into_iter().enumerate() {
        if row.resource_type != super::HOST {
            rows.without("coverage of something that is no host");
            continue;
        }
        // Network reachability is another scan of the same host and says nothing of its packages.
        if row.scan_type.as_deref().is_some_and(|kind| kind != "PACKAGE") {
            rows.without("coverage by a scan that looks at no packages");
            continue;
        }
        let Some(status) = row.scan_status else {
            rows.without("coverage without a scan status");
            continue;
        };
        let fact = ScanCoverage {
            host: row.resource_id.rsplit('/').next().unwrap_or(&row.resource_id).to_owned(),
            account: row.account_id,
            active: status.status_code == "ACTIVE",
            reason: status.reason,
            last_scanned: row.last_scanned_at.0,
        };
        rows.fact(Pointer::Row("/coveredResources", number as u32), Fact::ScanCoverage(fact));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"coveredResources": [
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0aaaaaaaaaaaaaaaa", "accountId": "111122223333", "scanType": "PACKAGE",
   "scanStatus": {"statusCode": "INACTIVE", "reason": "EXCLUDED_BY_TAG"}, "lastScannedAt": "2026-09-01T00:00:00+00:00"},
  {"resourceType": "AWS_LAMBDA_FUNCTION", "resourceId": "arn:aws:lambda:eu-west-1:111122223333:function:cart:$LATEST", "accountId": "111122223333",
   "scanType": "PACKAGE", "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}},
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0aaaaaaaaaaaaaaaa", "accountId": "111122223333", "scanType": "NETWORK",
   "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}}
]}"#,
        expect: Expect::Read { rows: 3, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"coveredResources": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture { name: "denied", body: r#"{"message": "not authorized"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 21: exclusion by tag is the scanner's twin of taking a host out of patching.
    #[test]
    fn the_reason_is_kept() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::ScanCoverage(coverage) = &facts[0] else { panic!("not coverage: {facts:?}") };
        assert_eq!((coverage.active, coverage.reason.as_str()), (false, "EXCLUDED_BY_TAG"));
    }
}
