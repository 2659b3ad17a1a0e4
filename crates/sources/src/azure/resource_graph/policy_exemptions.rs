//! Exemptions of Azure Policy, and the assignments that they are from, with those of management groups above. An exemption
//! stands below what it exempts, so that its id says on what it is. One that is over stays on the list.

use crate::codec::arm::{self, Text};
use crate::codec::json::Time;
use crate::codec::resource_graph;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, HeldBasis, HeldException, HeldKind};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The operation. Shape of an exemption: learn.microsoft.com/azure/governance/policy/concepts/exemption-structure.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.PolicyExemptions",
    permissions: &[
        "Microsoft.Authorization/policyAssignments/read",
        "Microsoft.Authorization/policyExemptions/read",
        "Microsoft.ResourceGraph/resources/read",
    ],
    docs: "https://learn.microsoft.com/en-us/azure/defender-for-cloud/review-exemptions",
    reach: Reach::Account,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

const QUERY: &str = "policyresources \
| where type in~ ('microsoft.authorization/policyexemptions','microsoft.authorization/policyassignments') \
| order by id asc";

const EXEMPTION: &str = "/providers/microsoft.authorization/policyexemptions/";

/// Built-in definitions that are about patches of machines. Source: index of built-in policies, category Azure Update
/// Manager, and Security Center's and Compute's of updates.
const PATCHING: [&str; 8] = [
    "465f0161-0087-490a-9ad9-ad6217f4f43a",
    "59efceea-0c96-497e-a4a1-4eb2290dac15",
    "6d02d2f7-e38b-4bdc-96f3-adc0a8726abc",
    "9905ca54-1471-49c6-8291-7582c04cd4d4",
    "ba0df93e-e4ac-479a-aac2-134bbae39a1a",
    "bd876905-5b84-4f73-ab2d-2e7a7c4568d9",
    "bfea026e-043f-4ff4-9d1b-bf301ca7ff46",
    "f85bf3e0-d513-442e-89c3-1784ad63382b",
];

/// Built-in initiative that Defender for Cloud assigns: it holds the policy on system updates among others.
const BENCHMARK: &str = "1f3afdf9-d0c9-4c3d-847f-89da613e70a8";

fn request(ask: &Ask) -> Request {
    let mut request = super::request(ask, QUERY);
    // By default the graph leaves out what is inherited from above.
    if let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&request.body) {
        body["options"]["authorizationScopeFilter"] = "AtScopeAboveAndBelow".into();
        request.body = body.to_string().into_bytes();
    }
    request
}

fn page(answer: &Answer<'_>) -> Page {
    resource_graph::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exemption<'a> {
    #[serde(borrow)]
    policy_assignment_id: Text<'a>,
    #[serde(default)]
    policy_definition_reference_ids: Option<Vec<String>>,
    #[serde(borrow)]
    exemption_category: Text<'a>,
    #[serde(default)]
    expires_on: Time,
    #[serde(borrow, default)]
    display_name: Text<'a>,
    #[serde(borrow, default)]
    description: Text<'a>,
    #[serde(borrow, default)]
    resource_selectors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    system_data: Option<SystemData<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment<'a> {
    #[serde(borrow)]
    policy_definition_id: Text<'a>,
    #[serde(borrow, default)]
    display_name: Text<'a>,
}

/// What the Resource Manager knows of who made a resource.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SystemData<'a> {
    #[serde(borrow, default)]
    created_by: Text<'a>,
    #[serde(default)]
    created_at: Time,
}

/// Where the row has it: beside `properties`, or in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Beside<'a> {
    #[serde(borrow, default)]
    system_data: Option<SystemData<'a>>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut table = String::new();
    let (signs, listed) = resource_graph::rows(answer, &mut table)?;
    rows.signs(signs);
    for (pointer, raw) in listed {
        let row = arm::resource(&pointer, raw)?;
        let id = arm::key(&row.id);
        match row.kind.as_str() {
            "microsoft.authorization/policyexemptions" => {
                let Some((on, _)) = id.rsplit_once(EXEMPTION) else {
                    rows.without("exemption whose id is not that of one");
                    continue;
                };
                let exemption: Exemption<'_> = arm::part(&pointer, row.properties)?;
                let beside: Beside<'_> = arm::part(&pointer, raw)?;
                let made = exemption.system_data.or(beside.system_data).unwrap_or_default();
                let mut parts = exemption.policy_definition_reference_ids.unwrap_or_default();
                parts.sort_unstable();
                let selectors = exemption.resource_selectors.map_or("", |raw| raw.get());
                let held = HeldException {
                    kind: HeldKind::PolicyExemption,
                    name: exemption.display_name.some().unwrap_or(row.name),
                    may_mean_hosts: super::may_mean_hosts(on),
                    on: on.to_owned(),
                    patching: false,
                    basis: exemption.policy_assignment_id.some().map(|id| arm::key(&id)),
                    parts,
                    selectors: if ["null", "[]"].contains(&selectors) { String::new() } else { selectors.to_owned() },
                    category: exemption.exemption_category.0.into_owned(),
                    created_by: made.created_by.some(),
                    created: arm::known(made.created_at),
                    expires: arm::known(exemption.expires_on),
                    reason: exemption.description.0.into_owned(),
                    id,
                };
                rows.fact(pointer, Fact::Held(Box::new(held)));
            }
            "microsoft.authorization/policyassignments" => {
                let assignment: Assignment<'_> = arm::part(&pointer, row.properties)?;
                let definition = arm::key(&assignment.policy_definition_id);
                let last = arm::last_segment(&definition);
                // A definition of the customer's own can have any name: only below the root it is a built-in one.
                let built_in = definition.starts_with("/providers/microsoft.authorization/policy");
                let has_parts = definition.contains("/policysetdefinitions/");
                let known = if has_parts { last == BENCHMARK } else { PATCHING.contains(&last) };
                let name = assignment.display_name.some().unwrap_or(row.name);
                rows.fact(pointer, Fact::HeldBasis(HeldBasis { id, name, patching: built_in && known, has_parts }));
            }
            _ => rows.without("policy row that is neither an exemption nor an assignment"),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 6, "count": 6, "data": [
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1/providers/Microsoft.Authorization/policyExemptions/legacy", "name": "legacy", "type": "microsoft.authorization/policyexemptions", "subscriptionId": "s1",
   "properties": {"policyAssignmentId": "/subscriptions/S1/providers/Microsoft.Authorization/policyAssignments/updates", "policyDefinitionReferenceIds": [], "exemptionCategory": "Waiver", "displayName": "Legacy till", "description": "the vendor forbids updates",
    "expiresOn": "2026-12-24T00:00:00Z", "metadata": {"requestedBy": "Storage team"}, "resourceSelectors": null},
   "systemData": {"createdBy": "engineer-9", "createdByType": "User", "createdAt": "2026-10-01T08:00:00.1234567Z", "lastModifiedBy": "engineer-9", "lastModifiedAt": "2026-10-01T08:00:00.1234567Z"}},
  {"id": "/providers/Microsoft.Management/managementGroups/shops/providers/Microsoft.Authorization/policyExemptions/all", "name": "all", "type": "Microsoft.Authorization/policyExemptions",
   "properties": {"policyAssignmentId": "/providers/Microsoft.Management/managementGroups/shops/providers/Microsoft.Authorization/policyAssignments/benchmark", "policyDefinitionReferenceIds": ["updates", "backups"], "exemptionCategory": "Mitigated",
    "resourceSelectors": [{"name": "here", "selectors": [{"kind": "resourceLocation", "in": ["westeurope"]}]}], "systemData": {"createdBy": "engineer-8", "createdAt": "2026-10-02T08:00:00Z"}}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Storage/storageAccounts/logs/providers/Microsoft.Authorization/policyExemptions/logs", "name": "logs", "type": "microsoft.authorization/policyexemptions",
   "properties": {"policyAssignmentId": "/subscriptions/s1/providers/Microsoft.Authorization/policyAssignments/storage", "exemptionCategory": "Waiver"}},
  {"id": "/subscriptions/S1/providers/Microsoft.Authorization/policyAssignments/updates", "name": "updates", "type": "microsoft.authorization/policyassignments",
   "properties": {"displayName": "Check for updates", "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/bd876905-5b84-4f73-ab2d-2e7a7c4568d9", "scope": "/subscriptions/S1"}},
  {"id": "/providers/Microsoft.Management/managementGroups/shops/providers/Microsoft.Authorization/policyAssignments/benchmark", "name": "benchmark", "type": "microsoft.authorization/policyassignments",
   "properties": {"policyDefinitionId": "/providers/Microsoft.Authorization/policySetDefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8"}},
  {"id": "/subscriptions/S1/providers/Microsoft.Authorization/policyAssignments/own", "name": "own", "type": "microsoft.authorization/policyassignments",
   "properties": {"policyDefinitionId": "/subscriptions/S1/providers/Microsoft.Authorization/policyDefinitions/bd876905-5b84-4f73-ab2d-2e7a7c4568d9"}}
 ], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 6, facts: 6, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "rows of other kinds",
        body: r#"{"totalRecords": 1, "count": 1, "data": [{"id": "/subscriptions/S1/providers/Microsoft.PolicyInsights/policyStates/x", "name": "x", "type": "microsoft.policyinsights/policystates", "properties": {}}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn held(number: usize) -> HeldException {
        match &facts_of(&OPERATION, "answered", None)[number] {
            Fact::Held(held) => (**held).clone(),
            other => panic!("no exemption: {other:?}"),
        }
    }

    #[test]
    fn an_exemption_is_on_what_its_id_stands_below() {
        let web = held(0);
        assert_eq!(
            web.on,
            "/subscriptions/s1/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1"
        );
        assert_eq!((web.name.as_str(), web.category.as_str(), web.may_mean_hosts), ("Legacy till", "Waiver", true));
        assert_eq!(
            web.basis.as_deref(),
            Some("/subscriptions/s1/providers/microsoft.authorization/policyassignments/updates")
        );
        assert_eq!((web.created_by.as_deref(), web.expires), (Some("engineer-9"), Some(time("2026-12-24T00:00:00Z"))));
        let group = held(1);
        assert_eq!(
            (group.on.as_str(), group.may_mean_hosts),
            ("/providers/microsoft.management/managementgroups/shops", true)
        );
        assert_eq!((group.created_by.as_deref(), group.expires), (Some("engineer-8"), None));
        assert_eq!(group.parts, ["backups", "updates"]);
        assert!(group.selectors.contains("westeurope"));
        assert!(!held(2).may_mean_hosts);
    }

    /// A name says nothing: a customer's own definition can have any.
    #[test]
    fn only_built_in_definitions_are_known() {
        let facts = facts_of(&OPERATION, "answered", None);
        let known: Vec<_> = facts
            .iter()
            .filter_map(|fact| {
                if let Fact::HeldBasis(basis) = fact {
                    Some((basis.name.as_str(), basis.patching, basis.has_parts))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(known, [("Check for updates", true, false), ("benchmark", true, true), ("own", false, false)]);
    }

    #[test]
    fn what_is_inherited_is_asked_for_too() {
        let scope = patchseal_core::scope::Scope::new(patchseal_core::scope::Cloud::Azure, "s1", "global");
        let ask = Ask { operation: OPERATION.id, scope, subject: None, ids: Vec::new(), token: None };
        let body = String::from_utf8(request(&ask).body).unwrap();
        assert!(body.contains(r#""authorizationScopeFilter":"AtScopeAboveAndBelow""#), "{body}");
    }
}
