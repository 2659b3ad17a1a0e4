//! Every compliance item of a node, those of State Manager among them: only items of type `Patch` are patches.

use crate::aws::ssm;
use crate::codec::json::text_time;
use crate::{Answer, Asks, Expect, Fixture, Operation, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Patch};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-data-sync.ComplianceItem",
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
struct Row<'a> {
    #[serde(borrow, rename = "resourceId")]
    resource_id: Cow<'a, str>,
    #[serde(borrow)]
    compliance_type: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    classification: Cow<'a, str>,
    #[serde(borrow, default)]
    patch_severity: Cow<'a, str>,
    #[serde(borrow, default)]
    patch_state: Cow<'a, str>,
    #[serde(borrow, default)]
    installed_time: Cow<'a, str>,
    #[serde(borrow, rename = "CVEIds", default)]
    cves: Cow<'a, str>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    super::lines(answer, |number, row: Row<'_>| {
        if !super::is_of_its_file(answer, &row.resource_id) {
            return rows.without(super::OF_ANOTHER_FILE);
        }
        if row.compliance_type != "Patch" {
            return rows.without("compliance item that is no patch");
        }
        let Some(presence) = ssm::presence(&row.patch_state) else {
            return rows.without("patch state that is missing or not documented");
        };
        let patch = Patch {
            host: row.resource_id,
            title: if row.title.is_empty() { row.id.clone() } else { row.title },
            kb: ssm::kb_number(row.id),
            version: None,
            presence,
            severity: Severity::from_vendor(&row.patch_severity),
            security: row.classification.contains("Security") || row.classification.contains("Critical"),
            // Free text that whoever wrote the item put there; the state counts without it.
            installed: text_time(&row.installed_time).and_then(|time| time.0),
            published: None,
            cves: ssm::cve_list(row.cves),
        };
        rows.fact(Pointer::Row(&"", number), Fact::Patch(patch));
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"ComplianceType":"Patch","ExecutionId":"0a","ExecutionType":"Command","ExecutionTime":"2026-11-23T02:04:40Z","Id":"kernel.x86_64","Title":"kernel-6.1.79-99.167.amzn2023.x86_64","Status":"NON_COMPLIANT","Severity":"UNSPECIFIED","Classification":"Security","PatchBaselineId":"pb-0a","PatchSeverity":"Important","PatchState":"Missing","PatchGroup":"prod","InstalledTime":"never","CVEIds":"CVE-2026-1001","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.0"}
{"ComplianceType":"Association","Id":"0b","Title":"","Status":"COMPLIANT","Severity":"UNSPECIFIED","DocumentName":"AWS-GatherSoftwareInventory","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.0"}
{"ComplianceType":"Patch","Id":"KB5046615","Title":"2026-11 Cumulative Update","Status":"COMPLIANT","Classification":"SecurityUpdates","PatchSeverity":"Critical","PatchState":"Installed","InstalledTime":"2026-11-20T02:00:00Z","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.0"}
"#,
        expect: Expect::Read { rows: 3, facts: 2, more: false },
    },
    Fixture { name: "empty", body: "", expect: Expect::Refused },
    Fixture {
        name: "patch without its state",
        body: r#"{"ComplianceType":"Patch","Id":"kernel.x86_64","resourceId":"i-0abc"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "line without a node",
        body: r#"{"ComplianceType":"Patch","Id":"kernel.x86_64"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, read, time};
    use patchseal_core::fact::PatchPresence;

    /// Trap 12: the vendor's severity, not the compliance level beside it.
    #[test]
    fn patches_among_other_items() {
        let facts = facts_of(&OPERATION, "answered", Some("i-0abc"));
        let Fact::Patch(kernel) = &facts[0] else { panic!("not a patch: {facts:?}") };
        assert_eq!((kernel.presence, kernel.severity), (PatchPresence::Missing, Severity::High));
        assert_eq!((kernel.kb.as_deref(), kernel.installed), (None, None));
        assert_eq!(kernel.cves, ["CVE-2026-1001"]);
        let Fact::Patch(update) = &facts[1] else { panic!("not a patch: {facts:?}") };
        assert_eq!((update.kb.as_deref(), update.installed), (Some("5046615"), Some(time("2026-11-20T02:00:00Z"))));
    }

    #[test]
    fn pointers_are_line_numbers() {
        let (_, facts) = read(&OPERATION, None, OPERATION.fixtures[0].body.as_bytes()).unwrap();
        assert_eq!(facts[1].0, "/2");
    }
}
