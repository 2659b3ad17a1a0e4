//! Action groups: whom alerts call. Addresses of people are cut out before the answer is sealed.

use crate::codec::arm::{self, Text};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Channel, Fact, Receiver};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "insights.ActionGroups",
    permissions: &["Microsoft.Insights/actionGroups/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/monitor/action-groups/list-by-subscription-id",
    reach: Reach::Account,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let path = "/providers/Microsoft.Insights/actionGroups?api-version=2023-01-01";
    crate::azure::get(ask, format!("/subscriptions/{}{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    enabled: bool,
    #[serde(borrow, default)]
    email_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    sms_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    voice_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    azure_app_push_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    arm_role_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    itsm_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    webhook_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    logic_app_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    azure_function_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    automation_runbook_receivers: Option<Vec<One<'a>>>,
    #[serde(borrow, default)]
    event_hub_receivers: Option<Vec<One<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    /// `Enabled`, `Disabled`, `NotSpecified`; of mail and text messages alone, whose receivers can turn them off.
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    service_uri: Text<'a>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row = arm::resource(&pointer, raw)?;
        if row.kind != "microsoft.insights/actiongroups" {
            rows.without("resource that is no action group");
            continue;
        }
        let group: Group<'_> = arm::part(&pointer, row.properties)?;
        let id = arm::key(&row.id);
        rows.fact(pointer.clone(), Fact::Channel(Channel { id: id.clone(), name: row.name, enabled: group.enabled }));
        let mut number = 0;
        for (way, receivers) in [
            ("email", group.email_receivers),
            ("sms", group.sms_receivers),
            ("voice", group.voice_receivers),
            ("push", group.azure_app_push_receivers),
            ("role", group.arm_role_receivers),
            ("itsm", group.itsm_receivers),
            ("https", group.webhook_receivers),
            ("logic-app", group.logic_app_receivers),
            ("function", group.azure_function_receivers),
            ("runbook", group.automation_runbook_receivers),
            ("event-hub", group.event_hub_receivers),
        ] {
            for one in receivers.unwrap_or_default() {
                let receiver = Receiver {
                    channel: id.clone(),
                    number,
                    way: way.to_owned(),
                    address: one.service_uri.split('?').next().unwrap_or_default().to_owned(),
                    ready: !one.status.eq_ignore_ascii_case("Disabled"),
                };
                number += 1;
                rows.more(pointer.clone(), Fact::Receiver(receiver));
            }
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/actionGroups/On-Call", "type": "Microsoft.Insights/ActionGroups", "name": "On-Call", "location": "Global",
   "properties": {"groupShortName": "oncall", "enabled": true, "emailReceivers": [{"name": "platform", "emailAddress": "[redacted]", "useCommonAlertSchema": true, "status": "Enabled"}, {"name": "gone", "emailAddress": "[redacted]", "status": "Disabled"}],
    "smsReceivers": [], "webhookReceivers": [{"name": "pager", "serviceUri": "https://events.pagerduty.com/integration/0a/enqueue?x=1"}], "itsmReceivers": [], "azureAppPushReceivers": [], "automationRunbookReceivers": [], "voiceReceivers": [], "logicAppReceivers": [], "azureFunctionReceivers": [], "armRoleReceivers": []}},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Insights/actionGroups/empty", "type": "Microsoft.Insights/ActionGroups", "name": "empty", "properties": {"groupShortName": "e", "enabled": false, "emailReceivers": null}}]}"#,
        expect: Expect::Read { rows: 2, facts: 5, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "error", body: r#"{"error": {"code": "AuthorizationFailed"}}"#, expect: Expect::Refused },
];
