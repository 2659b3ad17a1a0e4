//! Compliance items of one host. A patch's `Severity` is the level that the baseline's author gave it; the vendor's own
//! is among the details.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Patch};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListComplianceItems",
    permissions: &["ssm:ListComplianceItems"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListComplianceItems.html",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({
        "ResourceIds": [ask.subject],
        "ResourceTypes": ["ManagedInstance"],
        "Filters": [{ "Key": "ComplianceType", "Values": ["Patch"], "Type": "EQUAL" }],
        "MaxResults": 50,
    });
    super::request(ask, "AmazonSSM.ListComplianceItems", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    #[serde(borrow)]
    compliance_items: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    compliance_type: Cow<'a, str>,
    #[serde(borrow)]
    resource_id: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    details: Details<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Details<'a> {
    #[serde(borrow)]
    patch_state: Cow<'a, str>,
    #[serde(borrow)]
    classification: Cow<'a, str>,
    #[serde(borrow)]
    patch_severity: Cow<'a, str>,
    #[serde(borrow)]
    installed_time: Cow<'a, str>,
    #[serde(borrow, rename = "CVEIds")]
    cves: Cow<'a, str>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body<'_> = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.compliance_items.into_iter().enumerate() {
        if row.compliance_type != "Patch" {
            rows.without("compliance item of a type other than Patch");
            continue;
        }
        let Some(presence) = super::presence(&row.details.patch_state) else {
            rows.without("patch state that is not documented");
            continue;
        };
        rows.fact(
            Pointer::Row(&"/ComplianceItems", number as u32),
            Fact::Patch(Patch {
                host: row.resource_id,
                title: if row.title.is_empty() { row.id.clone() } else { row.title },
                kb: super::kb_number(row.id),
                version: None,
                presence,
                severity: Severity::from_vendor(&row.details.patch_severity),
                security: super::is_security(&row.details.classification),
                // Free text that whoever wrote the item put there; the state counts without it.
                installed: json::text_time(&row.details.installed_time).and_then(|time| time.0),
                published: None,
                cves: super::cve_list(row.details.cves),
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "ComplianceItems": [
    {"ComplianceType": "Patch", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1", "Id": "KB5046615",
     "Title": "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)", "Status": "NON_COMPLIANT",
     "Severity": "UNSPECIFIED", "ExecutionSummary": {"ExecutionTime": "2026-11-23T02:04:40+00:00", "ExecutionId": "e1", "ExecutionType": "Command"},
     "Details": {"DocumentName": "", "DocumentVersion": "", "Classification": "SecurityUpdates", "PatchBaselineId": "pb-0cccccccccccccccc",
      "PatchSeverity": "Critical", "PatchState": "Missing", "PatchGroup": "prod", "InstalledTime": "", "CVEIds": "CVE-2026-1001,CVE-2026-1002"}},
    {"ComplianceType": "Patch", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1", "Id": "KB4535680", "Title": "", "Status": "COMPLIANT",
     "Severity": "UNSPECIFIED", "ExecutionSummary": {"ExecutionTime": "2026-11-23T02:04:40+00:00"},
     "Details": {"Classification": "Updates", "PatchSeverity": "Unspecified", "PatchState": "InstalledOther", "InstalledTime": "2025-01-12T00:00:00Z"}},
    {"ComplianceType": "Association", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1", "Id": "44444444-0000-4000-8000-000000000001",
     "Title": "", "Status": "COMPLIANT", "Severity": "UNSPECIFIED", "ExecutionSummary": {"ExecutionTime": "2026-11-23T03:00:00+00:00"},
     "Details": {"DocumentName": "AWS-RunPatchBaseline", "DocumentVersion": "1"}}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"ComplianceItems": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"ComplianceItems": [{"ComplianceType": "Patch", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1",
            "Id": "kernel.x86_64", "Title": "kernel-6.1.79-99.167.amzn2023.x86_64", "Status": "COMPLIANT", "Severity": "UNSPECIFIED",
            "ExecutionSummary": {"ExecutionTime": 1795564800.0}, "Details": {"PatchState": "Installed", "Classification": "Security",
            "PatchSeverity": "Important", "InstalledTime": "1763337600"}}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "patch without a state",
        body: r#"{"ComplianceItems": [{"ComplianceType": "Patch", "ResourceId": "i-0a1", "Id": "KB1", "Status": "COMPLIANT"}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "one item outside its list",
        body: r#"{"ComplianceType": "Association", "ResourceId": "i-0a1", "Id": "4", "Status": "COMPLIANT"}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InvalidResourceId", "Message": ""}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::PatchPresence;

    fn patches(fixture: &str) -> Vec<Patch<'static>> {
        facts_of(&OPERATION, fixture, None)
            .into_iter()
            .map(|fact| match fact {
                Fact::Patch(patch) => patch,
                other => panic!("not a patch: {other:?}"),
            })
            .collect()
    }

    /// Trap 12: the item's severity is the baseline author's, the vendor's is among the details.
    #[test]
    fn the_severity_is_the_vendors() {
        let patches = patches("answered");
        assert_eq!(patches[0].severity, Severity::from_vendor("Critical"));
        assert!(patches[0].security && !patches[1].security);
        assert_eq!(patches[0].cves, ["CVE-2026-1001", "CVE-2026-1002"]);
    }

    /// Trap 4: what the baseline rejects as a dependency turns up as installed outside it.
    #[test]
    fn states_and_times() {
        let patches = patches("answered");
        assert_eq!((patches[0].presence, patches[0].installed), (PatchPresence::Missing, None));
        assert_eq!((patches[0].host.as_ref(), patches[0].kb.as_deref()), ("i-0a1", Some("5046615")));
        assert_eq!(
            (patches[1].presence, patches[1].installed),
            (PatchPresence::InstalledOther, Some(time("2025-01-12T00:00:00Z")))
        );
        assert_eq!(patches[1].title, "KB4535680");
    }

    #[test]
    fn a_package_is_no_kb() {
        let kernel = &patches("wire")[0];
        assert_eq!((kernel.kb.as_deref(), kernel.title.as_ref()), (None, "kernel-6.1.79-99.167.amzn2023.x86_64"));
        assert_eq!(kernel.installed, Some(time("2025-11-17T00:00:00Z")));
    }
}
