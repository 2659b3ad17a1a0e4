//! Compliance of a node, a line per compliance type: whoever keeps one line of a node loses its patches.

use crate::codec::json::text_time;
use crate::{Answer, Asks, Expect, Fixture, Operation, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Compliance, Fact};
use serde::Deserialize;

/// The operation. Attributes: the inventory schema `AWS:ComplianceSummary` 1.1, as `GetInventorySchema` prints it.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-data-sync.ComplianceSummary",
    permissions: &["s3:GetObject"],
    docs: super::DOCS,
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page: super::page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "resourceId")]
    resource_id: String,
    compliance_type: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    execution_time: String,
    #[serde(default)]
    execution_type: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    super::lines(answer, |number, row: Row| {
        if !super::is_of_its_file(answer, &row.resource_id) {
            return rows.without(super::OF_ANOTHER_FILE);
        }
        let compliant = match row.status.as_str() {
            "COMPLIANT" => true,
            "NON_COMPLIANT" => false,
            _ => return rows.without("compliance status that says neither"),
        };
        let compliance = Compliance {
            host: row.resource_id,
            compliance_type: row.compliance_type,
            compliant,
            // Text that whoever wrote the summary put there; the status counts without it.
            executed: text_time(&row.execution_time).and_then(|time| time.0),
            execution_type: row.execution_type,
        };
        rows.fact(Pointer::Row(&"", number), Fact::Compliance(compliance));
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"ComplianceType":"Patch","PatchGroup":"prod","PatchBaselineId":"pb-0a","Status":"NON_COMPLIANT","OverallSeverity":"UNSPECIFIED","ExecutionId":"0a","ExecutionType":"Command","ExecutionTime":"2026-11-23T02:04:40Z","CompliantUnspecifiedCount":"310","NonCompliantUnspecifiedCount":"36","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.1"}
{"ComplianceType":"Association","Status":"COMPLIANT","OverallSeverity":"UNSPECIFIED","ExecutionTime":"","CompliantUnspecifiedCount":"4","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.1"}
"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: "", expect: Expect::Refused },
    Fixture {
        name: "status that says neither",
        body: r#"{"ComplianceType":"Patch","Status":"UNSPECIFIED_DATA","resourceId":"i-0abc"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "line without a node",
        body: r#"{"ComplianceType":"Patch","Status":"COMPLIANT"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn types_of_one_node_do_not_overwrite_each_other() {
        let facts = facts_of(&OPERATION, "answered", Some("i-0abc"));
        let summary = |number: usize| match &facts[number] {
            Fact::Compliance(one) => (one.compliance_type.as_str(), one.compliant, one.executed),
            other => panic!("not a compliance summary: {other:?}"),
        };
        assert_eq!(summary(0), ("Patch", false, Some(time("2026-11-23T02:04:40Z"))));
        assert_eq!(summary(1), ("Association", true, None));
    }

    /// It states what `ListResourceComplianceSummaries` states, so that the same rules read it.
    #[test]
    fn the_fact_is_that_of_the_api() {
        let api = crate::operation(patchseal_core::op::COMPLIANCE).unwrap();
        let Some(Fact::Compliance(listed)) = facts_of(api, "answered", None).into_iter().next() else {
            panic!("no compliance summary")
        };
        let Some(Fact::Compliance(own)) = facts_of(&OPERATION, "answered", Some("i-0abc")).into_iter().next() else {
            panic!("no compliance summary")
        };
        assert_eq!(own, Compliance { host: "i-0abc".into(), ..listed });
        assert!(api.instead.contains(&OPERATION.id));
    }
}
