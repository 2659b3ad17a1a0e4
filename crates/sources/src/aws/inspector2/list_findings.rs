//! Vulnerabilities per host. A suppressed one is hidden, not gone; a closed one can mean that the host is gone.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Vulnerability};
use patchseal_core::severity::Severity;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "inspector2.ListFindings",
    permissions: &["inspector2:ListFindings"],
    docs: "https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListFindings.html",
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
        "maxResults": 100,
        "filterCriteria": {"resourceType": [{"comparison": "EQUALS", "value": super::HOST}]},
    });
    super::request(ask, "/findings/list", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Body {
    findings: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    finding_arn: String,
    aws_account_id: String,
    #[serde(default)]
    severity: String,
    status: String,
    #[serde(default)]
    first_observed_at: Time,
    #[serde(default)]
    last_observed_at: Time,
    #[serde(default)]
    fix_available: String,
    #[serde(default)]
    exploit_available: String,
    package_vulnerability_details: Option<Details>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    vulnerability_id: String,
    #[serde(default)]
    vendor_created_at: Time,
    #[serde(default)]
    vulnerable_packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.findings.into_iter().enumerate() {
        let Some(details) = row.package_vulnerability_details else {
            rows.without("a finding that is not about a package");
            continue;
        };
        let mut packages: Vec<String> = details.vulnerable_packages.into_iter().map(|package| package.name).collect();
        packages.sort();
        packages.dedup();
        let mut hosts = row.resources.into_iter().filter(|resource| resource.kind == super::HOST);
        let fact = |resource: Resource| {
            Fact::Vulnerability(Vulnerability {
                // Delegated administrators see instances by id, some answers have the ARN.
                host: resource.id.rsplit('/').next().unwrap_or(&resource.id).to_owned(),
                account: row.aws_account_id.clone(),
                id: row.finding_arn.clone(),
                cve: details.vulnerability_id.clone(),
                severity: Severity::from_vendor(&row.severity),
                status: row.status.clone(),
                first_observed: row.first_observed_at.0,
                last_observed: row.last_observed_at.0,
                published: details.vendor_created_at.0,
                // `PARTIAL`: some of the packages have a fix, which the host then lacks.
                fix_available: matches!(row.fix_available.as_str(), "YES" | "PARTIAL"),
                exploit_available: row.exploit_available == "YES",
                packages: packages.clone(),
            })
        };
        let pointer = || Pointer::Row("/findings", number as u32);
        match hosts.next() {
            Some(first) => rows.fact(pointer(), fact(first)),
            None => rows.without("a finding on something that is no host"),
        }
        for more in hosts {
            rows.more(pointer(), fact(more));
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"findings": [
  {"findingArn": "arn:aws:inspector2:eu-west-1:111122223333:finding/0aaa", "awsAccountId": "111122223333", "type": "PACKAGE_VULNERABILITY",
   "severity": "HIGH", "status": "SUPPRESSED", "firstObservedAt": "2026-08-01T00:00:00+00:00", "lastObservedAt": 1795500000.0,
   "fixAvailable": "YES", "exploitAvailable": "NO",
   "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-90001", "source": "AMAZON_CVE", "vendorCreatedAt": "2026-07-30T00:00:00+00:00",
     "vulnerablePackages": [{"name": "openssl-libs", "version": "3.0.8", "fixedInVersion": "3.0.9"}]},
   "resources": [{"id": "i-0aaaaaaaaaaaaaaaa", "type": "AWS_EC2_INSTANCE", "region": "eu-west-1"}]},
  {"findingArn": "arn:aws:inspector2:eu-west-1:111122223333:finding/0bbb", "awsAccountId": "111122223333", "severity": "LOW", "status": "ACTIVE",
   "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-90002", "vulnerablePackages": []},
   "resources": [{"id": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/sha256:00", "type": "AWS_ECR_CONTAINER_IMAGE"}]},
  {"findingArn": "arn:aws:inspector2:eu-west-1:111122223333:finding/0ccc", "awsAccountId": "111122223333", "severity": "LOW", "status": "ACTIVE",
   "type": "NETWORK_REACHABILITY", "resources": [{"id": "i-0aaaaaaaaaaaaaaaa", "type": "AWS_EC2_INSTANCE"}]}
], "nextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 1, more: true },
    },
    Fixture { name: "empty", body: r#"{"findings": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "denied", body: r#"{"message": "not authorized"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 21: a suppressed finding is hidden by a filter; the host still lacks the fix.
    #[test]
    fn a_suppressed_finding_is_a_fact_like_any_other() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Vulnerability(found) = &facts[0] else { panic!("not a vulnerability: {facts:?}") };
        assert_eq!(
            (found.status.as_str(), found.fix_available, found.packages.as_slice()),
            ("SUPPRESSED", true, &["openssl-libs".to_owned()][..])
        );
    }
}
