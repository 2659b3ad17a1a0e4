//! Last patch operation of each host, as counts. A host that was never scanned has no row at all, and SSM writes states
//! after operations that succeeded only: a failing scan leaves the last good state standing.

use crate::codec::json::{self, Count, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, PatchCounts, PatchState, ScanStatus};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeInstancePatchStates",
    permissions: &["ssm:DescribeInstancePatchStates"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstancePatchStates.html",
    reach: Reach::Region,
    when: When::Answer,
    instead: &["resource-data-sync.PatchSummary"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// Fifty ids fit into a page of a hundred, so that an answer to this never continues. Recordings can.
fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "InstanceIds": ask.ids, "MaxResults": 100 });
    super::request(ask, "AmazonSSM.DescribeInstancePatchStates", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.instance_patch_states {
        asks.about("ssm.DescribeInstancePatches", answer.exchange.scope.clone(), row.instance_id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    instance_patch_states: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    instance_id: String,
    #[serde(default)]
    patch_group: String,
    baseline_id: Option<String>,
    snapshot_id: Option<String>,
    install_override_list: Option<String>,
    operation: String,
    #[serde(default)]
    operation_start_time: Time,
    #[serde(default)]
    operation_end_time: Time,
    reboot_option: Option<String>,
    #[serde(default)]
    last_no_reboot_install_operation_time: Time,
    #[serde(default)]
    installed_count: Count,
    #[serde(default)]
    installed_other_count: Count,
    #[serde(default)]
    installed_pending_reboot_count: Count,
    #[serde(default)]
    installed_rejected_count: Count,
    #[serde(default)]
    missing_count: Count,
    #[serde(default)]
    failed_count: Count,
    #[serde(default)]
    available_security_update_count: Count,
    #[serde(default)]
    critical_non_compliant_count: Count,
    #[serde(default)]
    security_non_compliant_count: Count,
    #[serde(default)]
    other_non_compliant_count: Count,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.instance_patch_states.into_iter().enumerate() {
        let Some(action) = super::patch_documents::action_of_word(&row.operation) else {
            rows.without("patch operation that is not documented");
            continue;
        };
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        rows.fact(
            Pointer::Row(&"/InstancePatchStates", number as u32),
            Fact::PatchState(PatchState {
                host: row.instance_id.into(),
                action,
                status: ScanStatus::Succeeded,
                started: row.operation_start_time.0,
                ended: row.operation_end_time.0,
                baseline: said(row.baseline_id).map(Into::into),
                snapshot: said(row.snapshot_id).map(Into::into),
                patch_group: row.patch_group.into(),
                override_list: said(row.install_override_list).map(Into::into),
                counts: PatchCounts {
                    installed: row.installed_count.0,
                    installed_other: row.installed_other_count.0,
                    pending_reboot: row.installed_pending_reboot_count.0,
                    installed_rejected: row.installed_rejected_count.0,
                    missing: row.missing_count.0,
                    failed: row.failed_count.0,
                    available_security: row.available_security_update_count.0,
                    critical_non_compliant: row.critical_non_compliant_count.0,
                    security_non_compliant: row.security_non_compliant_count.0,
                    other_non_compliant: row.other_non_compliant_count.0,
                },
                reboot_pending: None,
                reboot_option: said(row.reboot_option).map(Into::into),
                last_no_reboot_install: row.last_no_reboot_install_operation_time.0,
                error: "".into(),
                support: None,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "InstancePatchStates": [
    {"InstanceId": "i-0a1", "PatchGroup": "prod", "BaselineId": "pb-0a1b2c3d4e5f60718", "SnapshotId": "5f0e1d2c-0000-4000-8000-000000000001",
     "OwnerInformation": "", "InstalledCount": 310, "InstalledOtherCount": 12, "InstalledPendingRebootCount": 1, "InstalledRejectedCount": 0,
     "MissingCount": 3, "FailedCount": 1, "UnreportedNotApplicableCount": -1, "NotApplicableCount": 0,
     "OperationStartTime": "2026-11-23T02:00:10+00:00", "OperationEndTime": "2026-11-23T02:04:40+00:00", "Operation": "Install",
     "LastNoRebootInstallOperationTime": "2026-10-20T02:03:00+00:00", "RebootOption": "NoReboot",
     "CriticalNonCompliantCount": 1, "SecurityNonCompliantCount": 2, "OtherNonCompliantCount": 2}
  ]
}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"InstancePatchStates": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"InstancePatchStates": [{"InstanceId": "mi-0b2", "PatchGroup": "", "BaselineId": "pb-0b", "SnapshotId": "",
            "InstallOverrideList": "s3://acme-patches/list.yaml", "Operation": "Scan", "OperationStartTime": 1795564800.0,
            "OperationEndTime": 1795564860.5, "LastNoRebootInstallOperationTime": 0.0, "MissingCount": 0, "FailedCount": 0,
            "AvailableSecurityUpdateCount": 4}], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: true },
    },
    Fixture {
        name: "undocumented operation",
        body: r#"{"InstancePatchStates": [{"InstanceId": "i-0a1", "Operation": "Rollback"}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "truncated",
        body: r#"{"InstancePatchStates": [{"InstanceId": "i-0a1", "#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, time};
    use patchseal_core::fact::PatchAction;

    /// Traps 3, 5 and 7: each counter by itself, and which baseline, snapshot and reboot option it was made with.
    #[test]
    fn counts_and_what_they_were_made_with() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::PatchState(state) = &facts[0] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.action, state.status), (PatchAction::Install, ScanStatus::Succeeded));
        assert_eq!(
            (state.counts.missing, state.counts.failed, state.counts.pending_reboot),
            (Some(3), Some(1), Some(1))
        );
        assert_eq!(state.counts.other_non_compliant, Some(2));
        assert_eq!(state.baseline.as_deref(), Some("pb-0a1b2c3d4e5f60718"));
        assert_eq!(state.ended, Some(time("2026-11-23T02:04:40Z")));
        assert_eq!(state.reboot_option.as_deref(), Some("NoReboot"));
        assert_eq!(state.last_no_reboot_install, Some(time("2026-10-20T02:03:00Z")));
    }

    /// Trap 1: the counter of updates that are not approved is there on Windows only; elsewhere it is no zero.
    #[test]
    fn a_counter_that_is_not_there_is_not_zero() {
        let available = |fixture| match &facts_of(&OPERATION, fixture, None)[0] {
            Fact::PatchState(state) => state.counts.available_security,
            other => panic!("not a state: {other:?}"),
        };
        assert_eq!((available("answered"), available("wire")), (None, Some(4)));
    }

    #[test]
    fn empty_text_and_the_epoch_are_nothing() {
        let facts = facts_of(&OPERATION, "wire", None);
        let Fact::PatchState(state) = &facts[0] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.snapshot.as_deref(), state.last_no_reboot_install), (None, None));
        assert_eq!(state.ended, Some(time("2026-11-25T00:01:00.5Z")));
        assert_eq!(state.override_list.as_deref(), Some("s3://acme-patches/list.yaml"));
    }

    /// Trap 8: hosts that were never scanned are absent, and nothing is asked about them.
    #[test]
    fn patches_are_asked_about_hosts_with_a_state() {
        let asks = asks_of(&OPERATION, "answered", None);
        assert_eq!((asks.len(), asks[0].operation), (1, "ssm.DescribeInstancePatches"));
        assert_eq!(asks[0].subject.as_deref(), Some("i-0a1"));
        assert!(asks_of(&OPERATION, "empty", None).is_empty());
    }
}
