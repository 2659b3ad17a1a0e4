//! What maintenance configurations are assigned to, and their runs. An assignment to a subscription or resource group
//! has a filter and no row per machine.

use crate::azure::window;
use crate::codec::{arm, resource_graph};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::Fact;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-graph.Maintenance",
    permissions: &[
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Maintenance/configurationAssignments/read",
        "Microsoft.ResourceGraph/resources/read",
    ],
    docs: "https://learn.microsoft.com/en-us/azure/update-manager/sample-query-logs",
    reach: Reach::Account,
    when: When::Start,
    // `maintenance.Assignments` knows the assignments of one place, and no runs.
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

const QUERY: &str = "maintenanceresources \
| where type in~ ('microsoft.maintenance/configurationassignments','microsoft.maintenance/applyupdates') \
| project id, name, type, properties | order by id asc";

fn request(ask: &Ask) -> Request {
    super::request(ask, QUERY)
}

fn page(answer: &Answer<'_>) -> Page {
    resource_graph::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    let mut table = String::new();
    let (signs, listed) = resource_graph::rows(answer, &mut table)?;
    rows.signs(signs);
    for (pointer, raw) in listed {
        let row = arm::resource(&pointer, raw)?;
        match row.kind.as_str() {
            "microsoft.maintenance/configurationassignments" => match window::target(&pointer, &row)? {
                Some(target) => rows.fact(pointer, Fact::WindowTarget(target)),
                None => rows.without("assignment that names no configuration"),
            },
            "microsoft.maintenance/applyupdates" => match window::execution(&pointer, &row)? {
                Some(run) => rows.fact(pointer, Fact::WindowExecution(run)),
                None => rows.without("update that no configuration started"),
            },
            _ => rows.without("maintenance row that is neither an assignment nor a run"),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"totalRecords": 5, "count": 5, "data": [
  {"id": "/subscriptions/S1/providers/Microsoft.Maintenance/configurationAssignments/prod-linux", "name": "prod-linux", "type": "microsoft.maintenance/configurationassignments",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourceGroups/RG-Patch/providers/Microsoft.Maintenance/maintenanceConfigurations/Prod", "resourceId": "/subscriptions/s1",
    "filter": {"resourceTypes": ["Microsoft.Compute/virtualMachines"], "osTypes": ["Linux"], "locations": ["West Europe"], "resourceGroups": [],
     "tagSettings": {"filterOperator": "All", "tags": {"patchGroup": ["prod"], "environment": ["production", "prod"]}}}}},
  {"id": "/subscriptions/s1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1/providers/Microsoft.Maintenance/configurationAssignments/web-1", "name": "web-1",
   "type": "microsoft.maintenance/configurationassignments",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourcegroups/rg-patch/providers/microsoft.maintenance/maintenanceconfigurations/prod", "resourceId": "7b32ed22-0000-4000-8000-00000000000a"}},
  {"id": "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute/hostGroups/g/hosts/h/providers/Microsoft.Maintenance/configurationAssignments/h", "name": "h",
   "type": "microsoft.maintenance/configurationassignments",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourcegroups/rg-patch/providers/microsoft.maintenance/maintenanceconfigurations/hosts"}},
  {"id": "/subscriptions/s1/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-1/providers/Microsoft.Maintenance/applyUpdates/20261120010000", "name": "20261120010000",
   "type": "microsoft.maintenance/applyupdates",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourceGroups/RG-Patch/providers/Microsoft.Maintenance/maintenanceConfigurations/Prod", "maintenanceScope": "InGuestPatch",
    "resourceId": "/subscriptions/s1/resourceGroups/RG-Shop/providers/Microsoft.Compute/virtualMachines/Web-1", "status": "Succeeded",
    "correlationId": "/subscriptions/s1/resourcegroups/rg-patch/providers/microsoft.maintenance/maintenanceconfigurations/prod/providers/microsoft.maintenance/applyupdates/20261120010000",
    "startDateTime": "2026-11-20T01:00:00Z", "endDateTime": "2026-11-20T02:30:00Z"}},
  {"id": "/subscriptions/s1/providers/Microsoft.Maintenance/scheduledEvents/x", "name": "x", "type": "microsoft.maintenance/scheduledevents", "properties": {}}
 ], "facets": [], "resultTruncated": "false"}"#,
        expect: Expect::Read { rows: 5, facts: 4, more: false },
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
    use patchseal_core::fact::Target;

    const PROD: &str =
        "/subscriptions/s1/resourcegroups/rg-patch/providers/microsoft.maintenance/maintenanceconfigurations/prod";

    /// Trap 13: a dynamic scope names no machine.
    #[test]
    fn a_dynamic_scope_keeps_its_filter() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::WindowTarget(target) = &facts[0] else { panic!("not a target: {facts:?}") };
        assert_eq!(target.window, PROD);
        let [Target::Dynamic(scope)] = target.targets.as_slice() else { panic!("not dynamic: {target:?}") };
        assert_eq!((scope.subscription.as_str(), scope.resource_group.as_str()), ("s1", ""));
        assert_eq!(scope.resource_types, ["microsoft.compute/virtualmachines"]);
        assert_eq!(
            (scope.locations.as_slice(), scope.os_types.as_slice()),
            (&["westeurope".into()][..], &["linux".into()][..])
        );
        assert!(scope.all_tags && scope.tags["environment"] == ["production", "prod"]);
    }

    #[test]
    fn other_assignments_name_a_machine_or_something_else() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::WindowTarget(target) = &facts[1] else { panic!("not a target: {facts:?}") };
        assert_eq!(target.window, PROD);
        assert_eq!(
            target.targets,
            [Target::Hosts(vec![
                "/subscriptions/s1/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1".into()
            ])]
        );
        let Fact::WindowTarget(target) = &facts[2] else { panic!("not a target: {facts:?}") };
        assert!(matches!(target.targets[0], Target::Opaque(_)));
    }

    #[test]
    fn a_run_is_of_one_machine() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::WindowExecution(run) = &facts[3] else { panic!("not a run: {facts:?}") };
        assert_eq!((run.window.as_str(), run.status.as_str()), (PROD, "Succeeded"));
        assert_eq!(run.ended, Some(time("2026-11-20T02:30:00Z")));
        assert!(run.host.as_deref().is_some_and(|host| host.ends_with("/virtualmachines/web-1")));
        assert!(run.id.ends_with("/applyupdates/20261120010000"));
    }
}
