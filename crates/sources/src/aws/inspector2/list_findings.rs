//! Vulnerabilities, closed and suppressed ones included. Closed is not fixed: a finding closes when its machine goes.

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
    let members = serde_json::json!({ "filterCriteria": super::instances_only(), "maxResults": 100 });
    super::request(ask, "/findings/list", members)
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
            rows.without("finding about the network or about code, not about a package");
            continue;
        };
        let mut hosts = row.resources.into_iter().filter(|resource| resource.kind == super::INSTANCE).peekable();
        if hosts.peek().is_none() {
            rows.without("finding about something that is no EC2 instance");
            continue;
        }
        let mut packages: Vec<String> = details.vulnerable_packages.into_iter().map(|package| package.name).collect();
        packages.sort_unstable();
        packages.dedup();
        for (nth, host) in hosts.enumerate() {
            let pointer = Pointer::Row(&"/findings", number as u32);
            let fact = Fact::Vulnerability(Vulnerability {
                host: host.id,
                account: row.aws_account_id.clone(),
                id: row.finding_arn.clone(),
                cve: details.vulnerability_id.clone(),
                severity: Severity::from_vendor(&row.severity),
                status: row.status.clone(),
                first_observed: row.first_observed_at.0,
                last_observed: row.last_observed_at.0,
                published: details.vendor_created_at.0,
                // `PARTIAL`: there is a fix for some of the packages.
                fix_available: matches!(row.fix_available.as_str(), "YES" | "PARTIAL"),
                exploit_available: row.exploit_available == "YES",
                packages: packages.clone(),
            });
            if nth == 0 { rows.fact(pointer, fact) } else { rows.more(pointer, fact) }
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"findings": [
  {"findingArn": "arn:aws:inspector2:eu-west-1:111122223333:finding/0a", "awsAccountId": "444455556666", "type": "PACKAGE_VULNERABILITY",
   "severity": "HIGH", "status": "ACTIVE", "firstObservedAt": "2026-11-01T02:03:04.500000+00:00", "lastObservedAt": "2026-11-23T02:03:04+00:00",
   "fixAvailable": "YES", "exploitAvailable": "YES", "title": "CVE-2026-1001 - openssl, openssl-libs",
   "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1001", "vendorCreatedAt": "2026-10-20T00:00:00+00:00",
     "vulnerablePackages": [{"name": "openssl-libs", "version": "3.0.8"}, {"name": "openssl", "version": "3.0.8"}, {"name": "openssl", "version": "3.0.7"}]},
   "resources": [{"type": "AWS_EC2_INSTANCE", "id": "i-0a1", "region": "eu-west-1"}, {"type": "AWS_EC2_INSTANCE", "id": "i-0b2"}]},
  {"findingArn": "arn:aws:inspector2:eu-west-1:111122223333:finding/0b", "awsAccountId": "111122223333", "type": "PACKAGE_VULNERABILITY",
   "severity": "UNTRIAGED", "status": "CLOSED", "firstObservedAt": 1795564800.0, "lastObservedAt": 1795564800.0, "fixAvailable": "NO",
   "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1002", "vulnerablePackages": []},
   "resources": [{"type": "AWS_EC2_INSTANCE", "id": "i-0c3"}]}
], "nextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"findings": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "other findings",
        body: r#"{"findings": [
  {"findingArn": "arn:0c", "awsAccountId": "111122223333", "severity": "LOW", "status": "ACTIVE",
   "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1003"}, "resources": [{"type": "AWS_ECR_CONTAINER_IMAGE", "id": "sha256:0a"}]},
  {"findingArn": "arn:0d", "awsAccountId": "111122223333", "severity": "MEDIUM", "status": "ACTIVE", "networkReachabilityDetails": {},
   "resources": [{"type": "AWS_EC2_INSTANCE", "id": "i-0a1"}]}
]}"#,
        expect: Expect::Read { rows: 2, facts: 0, more: false },
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
    use crate::testing::{facts_of, read, time};

    fn found(number: usize) -> Vulnerability {
        let fact = facts_of(&OPERATION, "answered", None).swap_remove(number);
        if let Fact::Vulnerability(found) = fact { found } else { panic!("not a vulnerability: {fact:?}") }
    }

    #[test]
    fn one_finding_on_two_machines_is_two_facts() {
        let (first, second) = (found(0), found(1));
        assert_eq!((first.host.as_str(), second.host.as_str()), ("i-0a1", "i-0b2"));
        assert_eq!((first.cve.as_str(), first.account.as_str()), ("CVE-2026-1001", "444455556666"));
        assert_eq!(first.packages, ["openssl", "openssl-libs"]);
        assert_eq!(first.first_observed, Some(time("2026-11-01T02:03:04.5Z")));
        assert!(first.fix_available && first.exploit_available);
    }

    /// Trap 21: closed is told as closed, never left out as if it had been fixed.
    #[test]
    fn closed_findings_stay() {
        let closed = found(2);
        assert_eq!((closed.status.as_str(), closed.severity), ("CLOSED", Severity::Unspecified));
        assert_eq!((closed.published, closed.exploit_available), (None, false));
    }

    #[test]
    fn what_is_no_package_on_a_machine_is_counted() {
        let (tally, _) = read(&OPERATION, None, OPERATION.fixtures[2].body.as_bytes()).unwrap();
        assert_eq!(tally.without.len(), 2);
    }
}
