//! The last patch operation of a node, in counts. It says `OperationType` where the API says `Operation`.

use crate::aws::{said, ssm};
use crate::codec::json::{Count, Time};
use crate::{Answer, Asks, Expect, Fixture, Operation, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, PatchCounts, PatchState, ScanStatus};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-data-sync.PatchSummary",
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

/// Whose counts are known, their patches are worth knowing.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let mut nodes = Vec::new();
    if super::lines(answer, |_, row: Row| nodes.push(row.resource_id)).is_ok() {
        for node in nodes.into_iter().filter(|node| super::is_of_its_file(answer, node)) {
            asks.about(patchseal_core::op::PATCHES, answer.exchange.scope.clone(), node);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "resourceId")]
    resource_id: String,
    #[serde(default)]
    patch_group: String,
    baseline_id: Option<String>,
    snapshot_id: Option<String>,
    install_override_list: Option<String>,
    operation_type: String,
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
    let mut rows = Rows::into_sink(sink);
    super::lines(answer, |number, row: Row| {
        if !super::is_of_its_file(answer, &row.resource_id) {
            return rows.without(super::OF_ANOTHER_FILE);
        }
        let Some(action) = ssm::patch_documents::action_of_word(&row.operation_type) else {
            return rows.without("patch operation that is not documented");
        };
        let state = PatchState {
            host: row.resource_id.into(),
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
        };
        rows.fact(Pointer::Row(&"", number), Fact::PatchState(state));
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"PatchGroup":"prod","BaselineId":"pb-0a","SnapshotId":"5f0e1d2c-0000-4000-8000-000000000001","OwnerInformation":"","InstalledCount":"310","InstalledPendingRebootCount":"1","InstalledOtherCount":"12","InstalledRejectedCount":"0","NotApplicableCount":"0","UnreportedNotApplicableCount":"-1","MissingCount":"3","FailedCount":"0","OperationType":"Scan","OperationStartTime":"2026-11-23T02:00:10Z","OperationEndTime":"2026-11-23T02:04:40Z","RebootOption":"NoReboot","LastNoRebootInstallOperationTime":"","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.0"}
"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "empty", body: "", expect: Expect::Refused },
    Fixture {
        name: "undocumented operation",
        body: r#"{"OperationType":"Rollback","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.0"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, time};
    use patchseal_core::fact::PatchAction;

    #[test]
    fn patches_are_asked_about_the_node() {
        let asks = asks_of(&OPERATION, "answered", Some("i-0abc"));
        let asked: Vec<_> = asks.iter().map(|ask| (ask.operation, ask.subject.as_deref())).collect();
        assert_eq!(asked, [(patchseal_core::op::PATCHES, Some("i-0abc"))]);
    }

    /// Trap 7: numbers are text here, and which baseline and snapshot made them is told.
    #[test]
    fn numbers_are_text() {
        let facts = facts_of(&OPERATION, "answered", Some("i-0abc"));
        let Fact::PatchState(state) = &facts[0] else { panic!("not a state: {facts:?}") };
        assert_eq!((state.action, state.ended), (PatchAction::Scan, Some(time("2026-11-23T02:04:40Z"))));
        assert_eq!((state.counts.installed, state.counts.missing), (Some(310), Some(3)));
        assert_eq!((state.counts.available_security, state.last_no_reboot_install), (None, None));
        assert_eq!(state.baseline.as_deref(), Some("pb-0a"));
    }
}
