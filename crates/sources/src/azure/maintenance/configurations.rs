//! When machines are patched and with what. A configuration has no switch: it ends by its expiry alone.

use crate::azure::window;
use crate::codec::arm;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::Fact;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "maintenance.Configurations",
    permissions: &["Microsoft.Maintenance/maintenanceConfigurations/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/maintenance/maintenance-configurations/list",
    reach: Reach::Account,
    when: When::Extra,
    instead: &["resource-graph.Resources"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let path = "/providers/Microsoft.Maintenance/maintenanceConfigurations?api-version=2023-04-01";
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
        if row.kind != "microsoft.maintenance/maintenanceconfigurations" {
            rows.without("resource that is no maintenance configuration");
            continue;
        }
        let window = window::window(&pointer, row)?;
        rows.fact(pointer, Fact::Window(Box::new(window)));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [{"name": "configuration1", "id": "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourcegroups/examplerg/providers/Microsoft.Maintenance/maintenanceConfigurations/configuration1",
  "location": "westus2", "properties": {"installPatches": {"rebootSetting": "Always", "windowsParameters": {"classificationsToInclude": ["Security"], "excludeKbsRequiringReboot": false,
   "kbNumbersToExclude": ["KB234567"], "kbNumbersToInclude": ["KB123456"]}}, "maintenanceScope": "InGuestPatch",
   "maintenanceWindow": {"duration": "05:00", "expirationDateTime": "9999-12-31 00:00", "recurEvery": "5Days", "startDateTime": "2020-04-30 08:00", "timeZone": "Pacific Standard Time"},
   "namespace": "Microsoft.Maintenance", "visibility": "Custom"}}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "az maintenance configuration list",
        body: r#"[{"duration": "03:00", "expirationDateTime": "2025-01-31 00:00", "extensionProperties": {"InGuestPatchMode": "User"},
  "id": "/subscriptions/s/resourcegroups/rg/providers/Microsoft.Maintenance/maintenanceConfigurations/old", "installPatches": null, "location": "westeurope", "maintenanceScope": "InGuestPatch",
  "name": "old", "recurEvery": "Month day23,day24", "startDateTime": "2024-01-02 23:30", "tags": null, "timeZone": "India Standard Time", "type": "Microsoft.Maintenance/maintenanceConfigurations"}]"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "error", body: r#"{"error": {"code": "SubscriptionNotFound"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Trap 13: 9999 is never, and an expiry in the past is a dead schedule.
    #[test]
    fn schedules_end_when_they_say() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Window(window) = &facts[0] else { panic!("not a window: {facts:?}") };
        assert_eq!((window.starts, window.ends), (Some(time("2020-04-30T15:00:00Z")), None));
        assert_eq!((window.schedule.as_str(), window.duration_minutes), ("5Days", Some(300)));
        assert_eq!(window.install.as_ref().map(|install| install.reboot_setting.as_str()), Some("Always"));
        let facts = facts_of(&OPERATION, "az maintenance configuration list", None);
        let Fact::Window(window) = &facts[0] else { panic!("not a window: {facts:?}") };
        assert_eq!(window.ends, Some(time("2025-01-30T18:30:00Z")));
        assert_eq!(window.zone.as_deref(), Some("India Standard Time"));
    }
}
