//! Events of a subscription, as `az monitor activity-log list` prints them or as REST answers. An operation has several
//! events; the one that succeeded counts, and what was written stands in any of them or nowhere.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, SettingChange, SettingKind};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "activity-log.List",
    permissions: &["Microsoft.Insights/eventtypes/values/read"],
    docs: "https://learn.microsoft.com/rest/api/monitor/activity-logs/list",
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
    let path = "providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01";
    crate::azure::get(ask, format!("/subscriptions/{}/{path}", ask.scope.account))
}

fn page(answer: &Answer<'_>) -> Page {
    match json::read::<Body>(answer) {
        Ok(Body::Answer { next_link: Some(next), .. }) if !next.is_empty() => answer.next(OPERATION.id, next),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    /// As the command line prints it.
    List(Vec<Row>),
    /// As the wire has it.
    Answer {
        value: Vec<Row>,
        #[serde(default, rename = "nextLink")]
        next_link: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(default)]
    event_data_id: String,
    #[serde(default)]
    correlation_id: String,
    #[serde(default)]
    caller: Option<String>,
    event_timestamp: Time,
    operation_name: Named,
    #[serde(default)]
    resource_id: Option<String>,
    #[serde(default)]
    status: Named,
    #[serde(default)]
    properties: Option<Value>,
}

#[derive(Deserialize, Default)]
struct Named {
    #[serde(default)]
    value: Option<String>,
}

impl Row {
    fn body(&self) -> Option<Value> {
        let properties = self.properties.as_ref()?;
        let text = properties.get("requestbody").or_else(|| properties.get("requestBody"))?.as_str()?;
        serde_json::from_str(text).ok()
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let (list, events, more): (&'static &'static str, _, _) = match json::read::<Body>(answer)? {
        Body::List(events) => (&"", events, false),
        Body::Answer { value, next_link } => (&"/value", value, next_link.is_some_and(|next| !next.is_empty())),
    };
    let mut bodies: BTreeMap<(String, String), Value> = BTreeMap::new();
    let group = |row: &Row| {
        let operation = row.operation_name.value.clone().unwrap_or_default().to_ascii_lowercase();
        (row.correlation_id.clone(), operation)
    };
    for row in &events {
        if let Some(body) = row.body() {
            bodies.insert(group(row), body);
        }
    }
    let mut rows = Rows::into_sink(sink);
    for (number, row) in events.iter().enumerate() {
        match changes(row, bodies.get(&group(row))) {
            Err(reason) => rows.without(reason),
            Ok(changes) => {
                let at = || Pointer::Row(list, number as u32);
                let mut changes = changes.into_iter();
                match changes.next() {
                    None => rows.without("write that touches no patch setting"),
                    Some(first) => rows.fact(at(), Fact::SettingChange(Box::new(first))),
                }
                changes.for_each(|more| rows.more(at(), Fact::SettingChange(Box::new(more))));
            }
        }
    }
    rows.signs(PageSigns { more, totals: None });
    Ok(rows.tally())
}

fn changes(row: &Row, body: Option<&Value>) -> Result<Vec<SettingChange>, &'static str> {
    let operation = row.operation_name.value.clone().unwrap_or_default();
    let lower = operation.to_ascii_lowercase();
    let kind = match lower.as_str() {
        "microsoft.maintenance/maintenanceconfigurations/write"
        | "microsoft.maintenance/maintenanceconfigurations/delete"
        | "microsoft.maintenance/configurationassignments/write"
        | "microsoft.maintenance/configurationassignments/delete" => SettingKind::Configuration,
        "microsoft.resources/tags/write" | "microsoft.resources/tags/delete" => SettingKind::Tag,
        "microsoft.compute/virtualmachines/write"
        | "microsoft.compute/virtualmachinescalesets/write"
        | "microsoft.hybridcompute/machines/write" => SettingKind::PatchMode,
        _ => return Err("event that changes no patch setting"),
    };
    if !row.status.value.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("Succeeded")) {
        return Err("step of an operation, which counts when it succeeds");
    }
    let at = row.event_timestamp.0.ok_or("event without a time")?;
    let resource = row.resource_id.as_deref().unwrap_or_default().to_ascii_lowercase();
    let resource = resource.split("/providers/microsoft.resources/tags").next().unwrap_or_default().to_owned();
    if resource.is_empty() {
        return Err("event without a resource");
    }
    let change = |kind: SettingKind, tag: Option<String>, to: Option<String>| SettingChange {
        event: row.event_data_id.clone(),
        kind,
        action: operation.clone(),
        actor: row.caller.clone().filter(|who| !who.is_empty()).unwrap_or_else(|| "an unknown actor".to_owned()),
        at,
        resources: vec![resource.clone()],
        tag,
        from: None,
        to,
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let tags = |own: Option<&Value>| -> Vec<SettingChange> {
        let pairs = own.and_then(Value::as_object).into_iter().flatten();
        pairs.map(|(key, value)| change(SettingKind::Tag, Some(key.clone()), Some(text(value)))).collect()
    };
    Ok(match (kind, body) {
        (SettingKind::Configuration, body) => {
            let deleted = lower.ends_with("/delete").then(|| "nothing".to_owned());
            vec![change(kind, None, deleted.or_else(|| body.map(|body| shown(&body["properties"]))))]
        }
        (SettingKind::Tag, Some(body)) => {
            let deleted = body["operation"].as_str().is_some_and(|word| word.eq_ignore_ascii_case("Delete"));
            let mut all = tags(Some(&body["properties"]["tags"]));
            if deleted {
                all.iter_mut().for_each(|one| one.to = Some("nothing".to_owned()));
            }
            all
        }
        // Which tags were written is not said: any of them may decide.
        (SettingKind::Tag, None) => vec![change(kind, None, None)],
        (_, None) => vec![change(kind, None, None)],
        (_, Some(body)) => {
            let profile = &body["properties"]["osProfile"];
            let settings = ["linuxConfiguration", "windowsConfiguration"]
                .into_iter()
                .map(|os| &profile[os]["patchSettings"])
                .find(|settings| settings.is_object());
            let mut all: Vec<_> =
                settings.map(|settings| change(kind, None, Some(shown(settings)))).into_iter().collect();
            all.extend(tags(body.get("tags")));
            all
        }
    })
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"eventDataId": "e-1", "correlationId": "c-1", "caller": "engineer-7", "eventTimestamp": "2026-11-20T10:15:00.1234567Z", "operationName": {"value": "Microsoft.Compute/virtualMachines/write", "localizedValue": "Create or Update Virtual Machine"},
   "resourceId": "/subscriptions/0AAAAAAA-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-1", "status": {"value": "Started"},
   "properties": {"requestbody": "{\"tags\":{\"patching\":\"off\"},\"properties\":{\"osProfile\":{\"linuxConfiguration\":{\"patchSettings\":{\"patchMode\":\"ImageDefault\"}}}}}"}},
  {"eventDataId": "e-2", "correlationId": "c-1", "caller": "engineer-7", "eventTimestamp": "2026-11-20T10:15:09Z", "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
   "resourceId": "/subscriptions/0AAAAAAA-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-1", "status": {"value": "Succeeded"}, "properties": {"statusCode": "OK"}},
  {"eventDataId": "e-3", "correlationId": "c-2", "caller": "engineer-8", "eventTimestamp": "2026-11-20T11:00:00Z", "operationName": {"value": "Microsoft.Maintenance/maintenanceConfigurations/delete"},
   "resourceId": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Maintenance/maintenanceConfigurations/weekly", "status": {"value": "Succeeded"}},
  {"eventDataId": "e-4", "correlationId": "c-3", "caller": "engineer-8", "eventTimestamp": "2026-11-20T11:05:00Z", "operationName": {"value": "Microsoft.Storage/storageAccounts/write"}, "resourceId": "/subscriptions/0", "status": {"value": "Succeeded"}}],
 "nextLink": "https://management.azure.com/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$skiptoken=page-2"}"#,
        expect: Expect::Read { rows: 4, facts: 3, more: true },
    },
    Fixture {
        name: "as the command line prints it",
        body: r#"[{"eventDataId": "e-5", "correlationId": "c-5", "caller": "app-1", "eventTimestamp": "2026-11-20T11:05:00Z", "operationName": {"value": "Microsoft.Resources/tags/write"}, "status": {"value": "Succeeded"},
  "resourceId": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1/providers/Microsoft.Resources/tags/default",
  "properties": {"requestbody": "{\"operation\":\"Delete\",\"properties\":{\"tags\":{\"patch-window\":\"weekly\"}}}"}},
 {"eventDataId": "e-6", "correlationId": "c-6", "caller": "app-1", "eventTimestamp": "2026-11-20T11:06:00Z", "operationName": {"value": "Microsoft.Compute/virtualMachines/write"}, "status": {"value": "Succeeded"}, "resourceId": "/subscriptions/0/vm", "properties": null}]"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "another document", body: r#"{"message": "not found"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    fn changes(fixture: &str) -> Vec<SettingChange> {
        let facts = facts_of(&OPERATION, fixture, None).into_iter();
        facts.map(|fact| if let Fact::SettingChange(change) = fact { *change } else { panic!("{fact:?}") }).collect()
    }

    #[test]
    fn what_was_written_stands_in_another_event_of_the_operation() {
        let changes = changes("answered");
        let vm = "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/web-1";
        assert_eq!((changes[0].event.as_str(), changes[0].resources[0].as_str()), ("e-2", vm));
        assert_eq!(changes[0].to.as_deref(), Some(r#"{"patchMode":"ImageDefault"}"#));
        assert_eq!((changes[1].tag.as_deref(), changes[1].to.as_deref()), (Some("patching"), Some("off")));
        assert_eq!((changes[2].kind, changes[2].to.as_deref()), (SettingKind::Configuration, Some("nothing")));
    }

    #[test]
    fn what_the_log_does_not_say_stays_open() {
        let changes = changes("as the command line prints it");
        assert_eq!((changes[0].tag.as_deref(), changes[0].to.as_deref()), (Some("patch-window"), Some("nothing")));
        assert!(changes[0].resources[0].ends_with("/virtualmachines/web-1"), "{:?}", changes[0].resources);
        assert_eq!((changes[1].kind, changes[1].to.as_deref()), (SettingKind::PatchMode, None));
    }
}
