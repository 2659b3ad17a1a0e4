//! Compliance of each host, a row per compliance type: whoever keeps the last row of a host loses its patches.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Compliance, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListResourceComplianceSummaries",
    permissions: &["ssm:ListResourceComplianceSummaries"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListResourceComplianceSummaries.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &["resource-data-sync.ComplianceSummary"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "MaxResults": 50 });
    super::request(ask, "AmazonSSM.ListResourceComplianceSummaries", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    resource_compliance_summary_items: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    compliance_type: String,
    resource_id: String,
    status: String,
    #[serde(default)]
    execution_summary: Execution,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Execution {
    execution_time: Time,
    execution_type: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.resource_compliance_summary_items.into_iter().enumerate() {
        let compliant = match row.status.as_str() {
            "COMPLIANT" => true,
            "NON_COMPLIANT" => false,
            _ => {
                rows.without("compliance status that says neither");
                continue;
            }
        };
        rows.fact(
            Pointer::Row(&"/ResourceComplianceSummaryItems", number as u32),
            Fact::Compliance(Compliance {
                host: row.resource_id,
                compliance_type: row.compliance_type,
                compliant,
                executed: row.execution_summary.execution_time.0,
                execution_type: row.execution_summary.execution_type,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "ResourceComplianceSummaryItems": [
    {"ComplianceType": "Patch", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1", "Status": "NON_COMPLIANT", "OverallSeverity": "UNSPECIFIED",
     "ExecutionSummary": {"ExecutionTime": "2026-11-23 02:04:40+00:00", "ExecutionId": "e1", "ExecutionType": "Command"},
     "CompliantSummary": {"CompliantCount": 310}, "NonCompliantSummary": {"NonCompliantCount": 36, "SeveritySummary": {"UnspecifiedCount": 36}}},
    {"ComplianceType": "Association", "ResourceType": "ManagedInstance", "ResourceId": "i-0a1", "Status": "COMPLIANT", "OverallSeverity": "UNSPECIFIED",
     "ExecutionSummary": {"ExecutionTime": "2026-11-23T05:00:00+00:00"}, "CompliantSummary": {"CompliantCount": 4},
     "NonCompliantSummary": {"NonCompliantCount": 0}}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"ResourceComplianceSummaryItems": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"ResourceComplianceSummaryItems": [{"ComplianceType": "Custom:Antivirus", "ResourceType": "ManagedInstance",
            "ResourceId": "mi-0b2", "Status": "COMPLIANT", "ExecutionSummary": {"ExecutionTime": 1795564800.0}}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "status that says neither",
        body: r#"{"ResourceComplianceSummaryItems": [{"ComplianceType": "Patch", "ResourceId": "i-0a1", "Status": "UNSPECIFIED_DATA"}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: ssm:ListResourceComplianceSummaries"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn summaries(fixture: &str) -> Vec<Compliance> {
        facts_of(&OPERATION, fixture, None)
            .into_iter()
            .map(|fact| match fact {
                Fact::Compliance(compliance) => compliance,
                other => panic!("not a compliance summary: {other:?}"),
            })
            .collect()
    }

    /// Kept by host alone, a later Association row would hide the Patch row.
    #[test]
    fn types_of_one_host_do_not_overwrite_each_other() {
        let rows: Vec<_> =
            summaries("answered").into_iter().map(|row| (row.host, row.compliance_type, row.compliant)).collect();
        assert_eq!(
            rows,
            [("i-0a1".into(), "Patch".into(), false), ("i-0a1".into(), String::from("Association"), true)]
        );
    }

    /// Trap 6: the time of a patch summary is the patch run's own, with the kind of execution beside it.
    #[test]
    fn execution_times() {
        let answered = summaries("answered");
        assert_eq!(answered[0].executed, Some(time("2026-11-23T02:04:40Z")));
        assert_eq!((answered[0].execution_type.as_str(), answered[1].execution_type.as_str()), ("Command", ""));
        assert_eq!(summaries("wire")[0].executed, Some(time("2026-11-25T00:00:00Z")));
    }
}
