//! A baseline's rules. What they leave out, no counter of any host will ever show.

use crate::codec::json::{self, Count, Day, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{ApprovalRule, Baseline, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.GetPatchBaseline",
    permissions: &["ssm:GetPatchBaseline"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetPatchBaseline.html",
    reach: Reach::Resource,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "BaselineId": ask.subject });
    super::request(ask, "AmazonSSM.GetPatchBaseline", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    baseline_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    operating_system: String,
    #[serde(default)]
    global_filters: Filters,
    #[serde(default)]
    approval_rules: PatchRules,
    #[serde(default)]
    approved_patches: Vec<String>,
    #[serde(default)]
    rejected_patches: Vec<String>,
    #[serde(default)]
    rejected_patches_action: String,
    #[serde(default)]
    patch_groups: Vec<String>,
    available_security_updates_compliance_status: Option<String>,
    #[serde(default)]
    modified_date: Time,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PatchRules {
    patch_rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    patch_filter_group: Filters,
    #[serde(default)]
    compliance_level: String,
    #[serde(default)]
    approve_after_days: Count,
    #[serde(default)]
    approve_until_date: Day,
    #[serde(default)]
    enable_non_security: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filters {
    patch_filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    values: Vec<String>,
}

impl Filters {
    fn pairs(self) -> Vec<(String, Vec<String>)> {
        self.patch_filters.into_iter().map(|filter| (filter.key, filter.values)).collect()
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    let rule = |rule: Rule| ApprovalRule {
        filters: rule.patch_filter_group.pairs(),
        approve_after_days: rule.approve_after_days.0,
        approve_until: rule.approve_until_date.0,
        non_security: rule.enable_non_security,
        compliance_level: rule.compliance_level,
    };
    rows.fact(
        Pointer::Whole,
        Fact::Baseline(Box::new(Baseline {
            id: body.baseline_id,
            name: body.name,
            os: body.operating_system,
            rules: body.approval_rules.patch_rules.into_iter().map(rule).collect(),
            global_filters: body.global_filters.pairs(),
            approved: body.approved_patches,
            rejected: body.rejected_patches,
            rejected_action: body.rejected_patches_action,
            patch_groups: body.patch_groups,
            available_security: body.available_security_updates_compliance_status.filter(|text| !text.is_empty()),
            modified: body.modified_date.0,
        })),
    );
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "BaselineId": "pb-0dddddddddddddddd", "Name": "prod-linux", "OperatingSystem": "AMAZON_LINUX_2023",
  "GlobalFilters": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]},
  "ApprovalRules": {"PatchRules": [
    {"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Security"]}, {"Key": "SEVERITY", "Values": ["Critical", "Important"]}]},
     "ComplianceLevel": "UNSPECIFIED", "ApproveAfterDays": 45, "EnableNonSecurity": false},
    {"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Bugfix"]}]},
     "ComplianceLevel": "HIGH", "ApproveUntilDate": "2025-09-30", "EnableNonSecurity": true}
  ]},
  "ApprovedPatches": ["openssl*"], "ApprovedPatchesComplianceLevel": "UNSPECIFIED", "ApprovedPatchesEnableNonSecurity": false,
  "RejectedPatches": ["kernel*"], "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY", "PatchGroups": ["prod"],
  "CreatedDate": "2024-01-02T03:04:05.678000+00:00", "ModifiedDate": "2026-10-01T12:00:00+00:00", "Description": "", "Sources": []
}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"BaselineId": "pb-0eeeeeeeeeeeeeeee", "Name": "nothing", "OperatingSystem": "WINDOWS", "GlobalFilters": {"PatchFilters": []},
            "ApprovalRules": {"PatchRules": []}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"BaselineId": "pb-0ffffffffffffffff", "Name": "prod-windows", "OperatingSystem": "WINDOWS", "ModifiedDate": 1790856000.0,
            "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "MSRC_SEVERITY", "Values": ["*"]}]}, "ApproveAfterDays": 0}]},
            "AvailableSecurityUpdatesComplianceStatus": "COMPLIANT"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "approval date that is no day",
        body: r#"{"BaselineId": "pb-0d", "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": []}, "ApproveUntilDate": "soon"}]}}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "DoesNotExistException", "Message": "Patch baseline pb-0d does not exist"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn baseline(fixture: &str) -> Baseline {
        match facts_of(&OPERATION, fixture, Some("pb-0dddddddddddddddd")).remove(0) {
            Fact::Baseline(baseline) => *baseline,
            other => panic!("not a baseline: {other:?}"),
        }
    }

    /// Traps 1 and 2: the delay and the date that freezes it are told apart.
    #[test]
    fn approval_delays_and_frozen_rules() {
        let rules = baseline("answered").rules;
        assert_eq!((rules[0].approve_after_days, rules[0].approve_until), (Some(45), None));
        assert_eq!((rules[1].approve_after_days, rules[1].approve_until), (None, "2025-09-30".parse().ok()));
        assert_eq!(rules[0].filters[1], ("SEVERITY".into(), vec!["Critical".into(), "Important".into()]));
        assert!(rules[1].non_security && !rules[0].non_security);
    }

    /// Traps 4 and 12: the rejection list with its action, and the author's compliance level.
    #[test]
    fn rejections_and_levels() {
        let baseline = baseline("answered");
        assert_eq!(
            (baseline.rejected, baseline.rejected_action.as_str()),
            (vec!["kernel*".into()], "ALLOW_AS_DEPENDENCY")
        );
        assert_eq!(baseline.rules[0].compliance_level, "UNSPECIFIED");
        assert_eq!(
            (baseline.patch_groups, baseline.modified),
            (vec!["prod".into()], Some(time("2026-10-01T12:00:00Z")))
        );
    }

    #[test]
    fn a_baseline_without_rules_approves_nothing() {
        assert!(baseline("empty").rules.is_empty());
        let wire = baseline("wire");
        assert_eq!((wire.rules[0].approve_after_days, wire.modified), (Some(0), Some(time("2026-10-01T12:00:00Z"))));
        assert_eq!(wire.available_security.as_deref(), Some("COMPLIANT"));
    }
}
