//! What maintenance configurations are assigned to, of a subscription or of one resource.

use crate::azure::window;
use crate::codec::arm;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::Fact;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "maintenance.Assignments",
    permissions: &["Microsoft.Maintenance/configurationAssignments/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/maintenance/configuration-assignments-within-subscription/list",
    reach: Reach::Account,
    when: When::Extra,
    instead: &["resource-graph.Maintenance"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let path = "/providers/Microsoft.Maintenance/configurationAssignments?api-version=2023-04-01";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        match window::target(&pointer, &row)? {
            Some(target) => rows.fact(pointer, Fact::WindowTarget(target)),
            None => rows.without("assignment that names no configuration"),
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.Maintenance/configurationAssignments/shop", "name": "shop", "type": "Microsoft.Maintenance/configurationAssignments",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourceGroups/rg-patch/providers/Microsoft.Maintenance/maintenanceConfigurations/Prod", "filter": null}},
  {"id": "/subscriptions/S1/resourceGroups/RG-Shop/providers/Microsoft.HybridCompute/machines/Till-7/providers/Microsoft.Maintenance/configurationAssignments/till-7", "name": "till-7",
   "properties": {"maintenanceConfigurationId": "/subscriptions/s1/resourceGroups/rg-patch/providers/Microsoft.Maintenance/maintenanceConfigurations/Tills",
    "resourceId": "/subscriptions/s1/resourceGroups/rg-shop/providers/Microsoft.HybridCompute/machines/till-7"}},
  {"id": "/subscriptions/S1/providers/Microsoft.Maintenance/configurationAssignments/none", "name": "none", "properties": {}}]}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "az maintenance assignment list-subscription",
        body: r#"[{"filter": {"osTypes": ["Windows"], "tagSettings": {"filterOperator": "Any", "tags": {"patchGroup": ["prod"]}}},
  "id": "/subscriptions/s1/providers/Microsoft.Maintenance/configurationAssignments/all", "maintenanceConfigurationId": "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Maintenance/maintenanceConfigurations/w",
  "name": "all", "resourceId": "/subscriptions/s1", "type": "Microsoft.Maintenance/configurationAssignments"}]"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;
    use patchseal_core::fact::{DynamicScope, Target};

    /// Trap 13: without a filter, an assignment to a resource group reaches everything in it.
    #[test]
    fn a_group_without_a_filter_is_all_of_it() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::WindowTarget(target) = &facts[0] else { panic!("not a target: {facts:?}") };
        let scope =
            DynamicScope { subscription: "s1".into(), resource_group: "rg-shop".into(), ..DynamicScope::default() };
        assert_eq!(target.targets, [Target::Dynamic(scope)]);
        let Fact::WindowTarget(target) = &facts[1] else { panic!("not a target: {facts:?}") };
        assert!(matches!(&target.targets[0], Target::Hosts(hosts) if hosts[0].ends_with("/machines/till-7")));
    }

    #[test]
    fn az_moves_the_properties_up() {
        let facts = facts_of(&OPERATION, "az maintenance assignment list-subscription", None);
        let Fact::WindowTarget(target) = &facts[0] else { panic!("not a target: {facts:?}") };
        let [Target::Dynamic(scope)] = target.targets.as_slice() else { panic!("not dynamic: {target:?}") };
        assert_eq!((scope.os_types.as_slice(), scope.all_tags), (&["windows".into()][..], false));
    }
}
