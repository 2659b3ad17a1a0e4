//! Every patch of one host, in tens of millions on a large fleet: rows are borrowed, nothing is copied.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Patch};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeInstancePatches",
    permissions: &["ssm:DescribeInstancePatches"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstancePatches.html",
    reach: Reach::Resource,
    when: When::Answer,
    instead: &[
        "ssm.ListComplianceItems",
        "resource-data-sync.ComplianceItem",
        "config.SelectAggregateResourceConfig",
        "config.SelectResourceConfig",
    ],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "InstanceId": ask.subject, "MaxResults": 100 });
    super::request(ask, "AmazonSSM.DescribeInstancePatches", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow, rename = "KBId", default)]
    kb: Cow<'a, str>,
    #[serde(borrow, default)]
    classification: Cow<'a, str>,
    #[serde(borrow, default)]
    severity: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(default)]
    installed_time: Time,
    #[serde(borrow, rename = "CVEIds", default)]
    cves: Cow<'a, str>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut number = 0;
    json::each(answer, "Patches", |row: Row<'_>| {
        let pointer = Pointer::Row(&"/Patches", number);
        number += 1;
        let Some(host) = answer.exchange.subject.as_deref() else {
            rows.without("the answer does not say which host it is about: name the file …@i-….json");
            return;
        };
        let Some(presence) = super::presence(&row.state) else {
            rows.without("patch state that is not documented");
            return;
        };
        rows.fact(
            pointer,
            Fact::Patch(Patch {
                host: Cow::Borrowed(host),
                kb: super::kb_number(row.kb),
                version: None,
                presence,
                severity: Severity::from_vendor(&row.severity),
                security: super::is_security(&row.classification),
                installed: row.installed_time.0,
                published: None,
                cves: super::cve_list(row.cves),
                title: row.title,
            }),
        );
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Patches": [
    {"Title": "kernel-6.1.79-99.167.amzn2023.x86_64", "KBId": "kernel.x86_64", "Classification": "Security", "Severity": "Important",
     "State": "Missing", "InstalledTime": "1970-01-01T00:00:00+00:00", "CVEIds": "CVE-2024-26581,CVE-2024-26583"},
    {"Title": "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)", "KBId": "KB5046615",
     "Classification": "SecurityUpdates", "Severity": "Critical", "State": "InstalledPendingReboot", "InstalledTime": 1795564800.0}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Patches": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "undocumented state",
        body: r#"{"Patches": [{"Title": "x", "KBId": "x.x86_64", "Classification": "", "Severity": "", "State": "Sleeping", "InstalledTime": 0.0}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture { name: "truncated", body: r#"{"Patches": [{"Title": "kernel-6.1.79"#, expect: Expect::Refused },
    Fixture { name: "another answer", body: r#"{"Reservations": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::PatchPresence;

    /// Trap 3: states print in camel case here, and 1970 means "not installed".
    #[test]
    fn the_epoch_is_no_installation_time() {
        let facts = facts_of(&OPERATION, "answered", Some("i-0abc"));
        let Fact::Patch(kernel) = &facts[0] else { panic!("not a patch: {facts:?}") };
        assert_eq!((kernel.presence, kernel.installed, kernel.kb.as_deref()), (PatchPresence::Missing, None, None));
        assert_eq!(kernel.cves, ["CVE-2024-26581", "CVE-2024-26583"]);
        let Fact::Patch(windows) = &facts[1] else { panic!("not a patch: {facts:?}") };
        assert_eq!((windows.kb.as_deref(), windows.installed), (Some("5046615"), Some(time("2026-11-25T00:00:00Z"))));
    }

    #[test]
    fn a_file_without_its_host_states_nothing() {
        assert!(facts_of(&OPERATION, "answered", None).is_empty());
    }
}
