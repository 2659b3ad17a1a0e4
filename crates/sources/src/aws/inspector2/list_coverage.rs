//! Machines that the scanner looks at, and why it does not look at others. One machine has a row per kind of scan;
//! only scans of packages say anything about patches.

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
    let members = serde_json::json!({ "filterCriteria": super::instances_only(), "maxResults": 200 });
    super::request(ask, "/coverage/list", members)
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
    scan_type: String,
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
        if row.resource_type != super::INSTANCE {
            rows.without("coverage of something that is no EC2 instance");
            continue;
        }
        if row.scan_type != "PACKAGE" {
            rows.without("coverage by a scan that does not look at packages");
            continue;
        }
        let Some(status) = row.scan_status else {
            rows.without("coverage without a status");
            continue;
        };
        rows.fact(
            Pointer::Row(&"/coveredResources", number as u32),
            Fact::ScanCoverage(ScanCoverage {
                host: row.resource_id.into(),
                account: row.account_id.into(),
                active: status.status_code == "ACTIVE",
                reason: status.reason.into(),
                last_scanned: row.last_scanned_at.0,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"coveredResources": [
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0a1", "accountId": "111122223333", "scanType": "PACKAGE", "scanMode": "EC2_SSM_AGENT_BASED",
   "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}, "lastScannedAt": "2026-11-23T16:23:20-07:00"},
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0b2", "accountId": "444455556666", "scanType": "PACKAGE",
   "scanStatus": {"statusCode": "INACTIVE", "reason": "EXCLUDED_BY_TAG"}}
], "nextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"coveredResources": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "other coverage",
        body: r#"{"coveredResources": [
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0a1", "accountId": "111122223333", "scanType": "NETWORK",
   "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}},
  {"resourceType": "AWS_LAMBDA_FUNCTION", "resourceId": "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST", "accountId": "111122223333",
   "scanType": "PACKAGE", "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}},
  {"resourceType": "AWS_EC2_INSTANCE", "resourceId": "i-0b2", "accountId": "111122223333", "scanType": "PACKAGE"}
]}"#,
        expect: Expect::Read { rows: 3, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "message": "Invoking account does not have access to the Inspector2 service"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Trap 21: a tag takes a machine out of the scans, and its findings dry up.
    #[test]
    fn an_excluded_machine_is_not_covered() {
        let facts = facts_of(&OPERATION, "answered", None);
        let coverage = |number: usize| match &facts[number] {
            Fact::ScanCoverage(c) => (c.active, c.reason.clone(), c.last_scanned),
            other => panic!("not coverage: {other:?}"),
        };
        assert_eq!(coverage(0), (true, "SUCCESSFUL".into(), Some(time("2026-11-23T23:23:20Z"))));
        assert_eq!(coverage(1), (false, "EXCLUDED_BY_TAG".into(), None));
    }

    /// Trap 21: the row of a network scan must not stand for one of packages.
    #[test]
    fn a_network_scan_covers_no_packages() {
        assert!(facts_of(&OPERATION, "other coverage", None).is_empty());
    }
}
