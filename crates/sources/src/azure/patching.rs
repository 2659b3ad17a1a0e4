//! Results of Update Manager. Resource Graph, the ARM actions and the instance view each spell the same members in
//! their own way, and success carries an error whose code is `0`.

use crate::Reject;
use crate::codec::arm::{self, Text};
use crate::codec::json::{Count, Time};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Installation, Patch, PatchAction, PatchCounts, PatchPresence, PatchState, ScanStatus};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A summary of an assessment, whoever prints it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Assessment<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(alias = "startTime")]
    start_date_time: Time,
    #[serde(alias = "lastModifiedTime")]
    last_modified_date_time: Time,
    reboot_pending: Option<bool>,
    #[serde(borrow, alias = "error")]
    error_details: Option<&'a RawValue>,
    available_patch_count_by_classification: Option<Counts>,
    critical_and_security_patch_count: Option<u32>,
    other_patch_count: Option<u32>,
    #[serde(borrow)]
    configuration_status: Option<ConfigurationStatus<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Counts {
    critical: Count,
    security: Count,
    update_rollup: Count,
    feature_pack: Count,
    service_pack: Count,
    definition: Count,
    tools: Count,
    updates: Count,
    #[serde(alias = "others")]
    other: Count,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationStatus<'a> {
    #[serde(borrow)]
    vm_guest_patch_readiness: Option<Readiness<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Readiness<'a> {
    #[serde(borrow, rename = "detectedVMGuestPatchSupportState")]
    support: Text<'a>,
}

/// The patch state of an assessment; `None` where its status is no word that is documented.
pub(super) fn assessment(pointer: &Pointer, raw: &RawValue, host: String) -> Result<Option<PatchState>, Reject> {
    let summary: Assessment<'_> = arm::part(pointer, raw)?;
    let error = first_error(summary.error_details);
    let status = match summary.status.as_ref() {
        "Succeeded" => ScanStatus::Succeeded,
        "CompletedWithWarnings" => ScanStatus::Warnings,
        "Failed" | "Unknown" => ScanStatus::Failed,
        "InProgress" | "NotStarted" => ScanStatus::InProgress,
        // The documented row has no status at all; an error is then all that tells of a failure.
        "" if error.is_empty() => ScanStatus::Succeeded,
        "" => ScanStatus::Failed,
        _ => return Ok(None),
    };
    let readiness = summary.configuration_status.and_then(|status| status.vm_guest_patch_readiness);
    Ok(Some(PatchState {
        host: host.into(),
        action: PatchAction::Scan,
        status,
        started: arm::known(summary.start_date_time),
        ended: arm::known(summary.last_modified_date_time),
        baseline: None,
        snapshot: None,
        patch_group: "".into(),
        override_list: None,
        counts: match (summary.available_patch_count_by_classification, summary.critical_and_security_patch_count) {
            (Some(counts), _) => by_classification(&counts),
            (None, both) => PatchCounts {
                missing: both.map(|both| both.saturating_add(summary.other_patch_count.unwrap_or(0))),
                // The view does not tell critical from security.
                security_non_compliant: both,
                other_non_compliant: summary.other_patch_count,
                ..PatchCounts::default()
            },
        },
        reboot_pending: summary.reboot_pending,
        reboot_option: None,
        last_no_reboot_install: None,
        error: error.into(),
        support: readiness.and_then(|readiness| readiness.support.some()).map(Into::into),
    }))
}

fn by_classification(counts: &Counts) -> PatchCounts {
    let number = |count: &Count| count.0.unwrap_or(0);
    let rest = [
        &counts.update_rollup,
        &counts.feature_pack,
        &counts.service_pack,
        &counts.definition,
        &counts.tools,
        &counts.updates,
        &counts.other,
    ];
    let rest = rest.into_iter().map(number).fold(0, u32::saturating_add);
    let (critical, security) = (number(&counts.critical), number(&counts.security));
    PatchCounts {
        missing: Some(critical.saturating_add(security).saturating_add(rest)),
        critical_non_compliant: Some(critical),
        security_non_compliant: Some(security),
        other_non_compliant: Some(rest),
        ..PatchCounts::default()
    }
}

/// A summary of an installation, whoever prints it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Run<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    installation_activity_id: Text<'a>,
    #[serde(alias = "startTime")]
    start_date_time: Time,
    #[serde(alias = "lastModifiedTime")]
    last_modified_date_time: Time,
    #[serde(borrow)]
    reboot_status: Text<'a>,
    maintenance_window_exceeded: Option<bool>,
    installed_patch_count: Option<u32>,
    failed_patch_count: Option<u32>,
    pending_patch_count: Option<u32>,
    excluded_patch_count: Option<u32>,
    not_selected_patch_count: Option<u32>,
    #[serde(borrow)]
    maintenance_run_id: Text<'a>,
    #[serde(borrow, alias = "error")]
    error_details: Option<&'a RawValue>,
}

/// The installation run of a summary; the run's id is the one given where the summary has none.
pub(super) fn installation(pointer: &Pointer, raw: &RawValue, host: String, id: &str) -> Result<Installation, Reject> {
    let run: Run<'_> = arm::part(pointer, raw)?;
    Ok(Installation {
        host,
        id: run.installation_activity_id.some().unwrap_or_else(|| id.to_owned()),
        status: run.status.0.into_owned(),
        started: arm::known(run.start_date_time),
        ended: arm::known(run.last_modified_date_time),
        reboot_status: run.reboot_status.0.into_owned(),
        window_exceeded: run.maintenance_window_exceeded.unwrap_or_default(),
        installed: run.installed_patch_count.unwrap_or_default(),
        failed: run.failed_patch_count.unwrap_or_default(),
        pending: run.pending_patch_count.unwrap_or_default(),
        excluded: run.excluded_patch_count.unwrap_or_default(),
        not_selected: run.not_selected_patch_count.unwrap_or_default(),
        maintenance_run: run.maintenance_run_id.0.into_owned(),
        error: first_error(run.error_details),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    details: Option<Vec<ErrorDetail<'a>>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorDetail<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// The first error of `errorDetails` or `error`; codes `0` and `Success` are none (trap 14).
fn first_error(raw: Option<&RawValue>) -> String {
    let Some(raw) = raw else { return String::new() };
    let Ok(body) = serde_json::from_str::<ErrorBody<'_>>(raw.get()) else {
        // Some other shape: its text says at least that something went wrong.
        return raw.get().trim_matches(|c| matches!(c, '"' | '[' | ']')).to_owned();
    };
    let of = |code: &str, message: &str| match (code, message) {
        ("0" | "Success", _) | ("", "") => None,
        ("", message) => Some(message.to_owned()),
        (code, "") => Some(code.to_owned()),
        (code, message) => Some(format!("{code}: {message}")),
    };
    let details = body.details.iter().flatten();
    of(&body.code, &body.message)
        .or_else(|| details.into_iter().find_map(|detail| of(&detail.code, &detail.message)))
        .or_else(|| Some(first_error(Some(body.error?))))
        .unwrap_or_default()
}

/// One patch, whoever prints it: Resource Graph says `patchName`, the ARM actions say `name`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PatchRow<'a> {
    #[serde(borrow, alias = "name")]
    patch_name: Text<'a>,
    #[serde(borrow)]
    kb_id: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    classifications: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    msrc_severity: Text<'a>,
    #[serde(alias = "publishedDate")]
    published_date_time: Time,
    last_modified_date_time: Time,
    #[serde(borrow)]
    pub(super) installation_state: Text<'a>,
    #[serde(borrow)]
    pub(super) assessment_state: Text<'a>,
}

impl<'a> PatchRow<'a> {
    /// The patch on that host; its name is the one given where the row has none.
    pub(super) fn patch(self, host: &'a str, name: Cow<'a, str>, presence: PatchPresence) -> Patch<'a> {
        let classes = self.classifications.unwrap_or_default();
        let is = |word: &str| classes.iter().any(|class| class.eq_ignore_ascii_case(word));
        Patch {
            host: Cow::Borrowed(host),
            kb: kb(self.kb_id.0),
            version: (!self.version.is_empty()).then_some(self.version.0),
            presence,
            severity: Severity::from_vendor(&self.msrc_severity),
            security: is("Security") || is("Critical"),
            // A run's row changes last when its patch is done; an assessment's is the time of the assessment (trap 9).
            installed: match presence {
                PatchPresence::Installed => arm::known(self.last_modified_date_time),
                _ => None,
            },
            published: arm::known(self.published_date_time),
            cves: Vec::new(),
            title: if self.patch_name.is_empty() { name } else { self.patch_name.0 },
        }
    }

    /// What an installation made of it, or why that says nothing about the machine's state.
    pub(super) fn installed(&self) -> Result<PatchPresence, &'static str> {
        Ok(match &*self.installation_state {
            "Installed" => PatchPresence::Installed,
            "Failed" => PatchPresence::Failed,
            "Pending" => return Err("patch still pending in its run: the assessment says whether it is missing"),
            "NotSelected" => {
                return Err("patch that the run did not select: the assessment says whether it is missing");
            }
            "Excluded" => return Err("patch that the run excluded: the assessment says whether it is missing"),
            _ => return Err("installation state that is not documented"),
        })
    }
}

/// A KB number without `KB`.
pub(super) fn without_prefix(kb: &str) -> &str {
    let kb = kb.trim();
    match kb.get(..2) {
        Some(prefix) if prefix.eq_ignore_ascii_case("KB") => &kb[2..],
        _ => kb,
    }
}

fn kb(id: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let own = |id: &str| Some(without_prefix(id)).filter(|id| !id.is_empty()).map(str::to_owned);
    match id {
        Cow::Borrowed(id) => Some(without_prefix(id)).filter(|id| !id.is_empty()).map(Cow::Borrowed),
        Cow::Owned(id) => own(&id).map(Cow::Owned),
    }
}
