//! Assessments of Defender for Cloud that it does not hold against a resource: exempt ones, and those whose governance
//! assignment gives time. The policy behind them counts an exempt machine as compliant.

use crate::codec::arm::{self, Text};
use crate::codec::json::Time;
use crate::codec::resource_graph;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Fact, HeldException, HeldKind};
use serde::Deserialize;

/// The operation. Shape of a governance assignment:
/// learn.microsoft.com/rest/api/defenderforcloud-composite/governance-assignments/list.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.SecurityExemptions",
    permissions: &[
        "Microsoft.ResourceGraph/resources/read",
        "Microsoft.Security/assessments/governanceAssignments/read",
        "Microsoft.Security/assessments/read",
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

/// Keys of assessments that are about patches: system updates by either agent, restarts for them, scale sets, and
/// vulnerability findings of machines. Source: reference of Defender's recommendations for machines.
const PATCHING: [(&str, &str); 5] = [
    ("1195afff-c881-495e-9bc5-1486211ae03f", "vulnerability findings"),
    ("4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", "system updates"),
    ("bd20bd91-aaf1-7f14-b6e4-866de2f43146", "system updates of scale sets"),
    ("c0f5316d-5ac5-9218-b77a-b96e16ccfd66", "restarts for system updates"),
    ("e1145ab1-eb4f-43d8-911b-36ddf771d13f", "system updates"),
];

const QUERY: &str = "securityresources \
| where type in~ ('microsoft.security/assessments','microsoft.security/assessments/governanceassignments') \
| where id has_any ('1195afff-c881-495e-9bc5-1486211ae03f','4ab6e3c5-74dd-8b35-9ab9-f61b30875b27',\
'bd20bd91-aaf1-7f14-b6e4-866de2f43146','c0f5316d-5ac5-9218-b77a-b96e16ccfd66','e1145ab1-eb4f-43d8-911b-36ddf771d13f') \
| where tostring(properties.status.code) =~ 'NotApplicable' or tostring(properties.isGracePeriod) =~ 'true' \
| project id, name, type, properties | order by id asc";

const ASSESSMENT: &str = "/providers/microsoft.security/assessments/";

fn request(ask: &Ask) -> Request {
    super::request(ask, QUERY)
}

fn page(answer: &Answer<'_>) -> Page {
    resource_graph::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Assessment<'a> {
    #[serde(borrow)]
    status: Status<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    /// `Healthy`, `Unhealthy`, `NotApplicable`.
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow, default)]
    cause: Text<'a>,
    #[serde(borrow, default)]
    description: Text<'a>,
    #[serde(default)]
    status_change_date: Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Governance<'a> {
    #[serde(default)]
    is_grace_period: bool,
    remediation_due_date: Time,
    #[serde(borrow, default)]
    remediation_eta: Option<Eta<'a>>,
}

#[derive(Deserialize)]
struct Eta<'a> {
    #[serde(borrow, default)]
    justification: Text<'a>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut table = String::new();
    let (signs, listed) = resource_graph::rows(answer, &mut table)?;
    rows.signs(signs);
    for (pointer, raw) in listed {
        let row = arm::resource(&pointer, raw)?;
        let id = arm::key(&row.id);
        let Some((on, rest)) = id.rsplit_once(ASSESSMENT) else {
            rows.without("row whose id is not that of an assessment");
            continue;
        };
        let assessment = rest.split('/').next().unwrap_or_default();
        let Some((_, about)) = PATCHING.iter().find(|(key, _)| *key == assessment) else {
            rows.without("assessment of something else than patches");
            continue;
        };
        let mut held = HeldException {
            kind: HeldKind::ExemptAssessment,
            name: format!("{about} of {}", arm::last_segment(on)),
            on: on.to_owned(),
            may_mean_hosts: super::may_mean_hosts(on),
            patching: true,
            basis: None,
            parts: Vec::new(),
            selectors: String::new(),
            category: String::new(),
            created_by: None,
            created: None,
            expires: None,
            reason: String::new(),
            id: id.clone(),
        };
        if row.kind.ends_with("/governanceassignments") {
            let governance: Governance<'_> = arm::part(&pointer, row.properties)?;
            if !governance.is_grace_period {
                rows.without("governance assignment that gives no time");
                continue;
            }
            held.kind = HeldKind::GracePeriod;
            held.expires = arm::known(governance.remediation_due_date);
            held.reason = governance.remediation_eta.map(|eta| eta.justification.0.into_owned()).unwrap_or_default();
        } else {
            let Status { code, cause, description, status_change_date } =
                arm::part::<Assessment<'_>>(&pointer, row.properties)?.status;
            // Its own query looks for the word in the description; answers have it in the cause too.
            let says_so = |text: &Text<'_>| text.to_ascii_lowercase().contains("exempt");
            if !code.eq_ignore_ascii_case("NotApplicable") || !says_so(&cause) && !says_so(&description) {
                rows.without("assessment that is not exempt");
                continue;
            }
            held.created = arm::known(status_change_date);
            held.reason = description.0.into_owned();
        }
        rows.fact(pointer, Fact::Held(Box::new(held)));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 6, "count": 6, "data": [
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1/providers/Microsoft.Security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", "name": "e1145ab1-eb4f-43d8-911b-36ddf771d13f", "type": "microsoft.security/assessments",
   "properties": {"displayName": "System updates should be installed on your machines (powered by Azure Update Manager)", "resourceDetails": {"Source": "Azure", "Id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1"},
    "status": {"code": "NotApplicable", "cause": "Exempt", "description": "Exempt", "statusChangeDate": "2026-10-01T08:00:00.1234567Z"}}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-2/providers/Microsoft.Security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", "name": "e1145ab1-eb4f-43d8-911b-36ddf771d13f", "type": "microsoft.security/assessments",
   "properties": {"status": {"code": "NotApplicable", "cause": "OffByPolicy", "description": "The recommendation is disabled in policy"}}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-3/providers/Microsoft.Security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", "name": "e1145ab1-eb4f-43d8-911b-36ddf771d13f", "type": "microsoft.security/assessments",
   "properties": {"status": {"code": "Unhealthy"}}},
  {"id": "/subscriptions/S1/providers/Microsoft.Security/assessments/86ea1a79-29d3-4eac-a9f4-3541ace4e718", "name": "86ea1a79-29d3-4eac-a9f4-3541ace4e718", "type": "microsoft.security/assessments", "properties": {"status": {"code": "NotApplicable", "cause": "Exempt"}}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-4/providers/Microsoft.Security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27/governanceAssignments/6634ff9f-0000-4000-8000-000000000001", "name": "6634ff9f-0000-4000-8000-000000000001",
   "type": "microsoft.security/assessments/governanceassignments", "properties": {"owner": "team-1", "remediationDueDate": "2027-01-07T13:00:00Z", "remediationEta": {"eta": "2027-01-08T13:00:00Z", "justification": "after the peak"}, "isGracePeriod": true}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-5/providers/Microsoft.Security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27/governanceAssignments/6634ff9f-0000-4000-8000-000000000002", "name": "6634ff9f-0000-4000-8000-000000000002",
   "type": "microsoft.security/assessments/governanceassignments", "properties": {"remediationDueDate": "2027-01-07T13:00:00Z", "isGracePeriod": false}}
 ], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 6, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn what_is_exempt_and_what_has_time_are_told_apart() {
        let facts = facts_of(&OPERATION, "answered", None);
        let [Fact::Held(exempt), Fact::Held(grace)] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!((exempt.kind, exempt.name.as_str()), (HeldKind::ExemptAssessment, "system updates of web-1"));
        assert_eq!(
            exempt.on,
            "/subscriptions/s1/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1"
        );
        assert_eq!((exempt.expires, exempt.patching), (None, true));
        assert_eq!((grace.kind, grace.reason.as_str()), (HeldKind::GracePeriod, "after the peak"));
        assert_eq!(grace.expires, Some(time("2027-01-07T13:00:00Z")));
    }

    #[test]
    fn the_query_asks_for_what_is_read() {
        assert!(PATCHING.iter().all(|(key, _)| QUERY.contains(key)));
    }
}
