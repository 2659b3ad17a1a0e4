//! Events of the last ninety days in one region. What was asked for stands in `CloudTrailEvent`, a text that is JSON.

use crate::codec::json::{self, Time};
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, SettingChange, SettingKind};
use serde::Deserialize;
use serde_json::{Value, json};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "cloudtrail.LookupEvents",
    permissions: &["cloudtrail:LookupEvents"],
    docs: "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
    reach: Reach::Region,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let mut body = json!({
        "LookupAttributes": [{ "AttributeKey": "ReadOnly", "AttributeValue": "false" }],
        "MaxResults": 50,
    });
    if let Some(token) = &ask.token {
        body["NextToken"] = token.as_str().into();
    }
    let target = "CloudTrail_20131101.LookupEvents";
    Request { service: "cloudtrail", protocol: Protocol::AwsJson { target }, body: body.to_string().into_bytes() }
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    events: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    event_id: String,
    event_name: String,
    #[serde(default)]
    event_time: Time,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    cloud_trail_event: Option<String>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.events.into_iter().enumerate() {
        match changes(row) {
            Err(reason) => rows.without(reason),
            Ok(changes) => {
                let mut changes = changes.into_iter();
                let at = || Pointer::Row(&"/Events", number as u32);
                match changes.next() {
                    None => rows.without("call that names nothing it changes"),
                    Some(first) => rows.fact(at(), Fact::SettingChange(Box::new(first))),
                }
                changes.for_each(|more| rows.more(at(), Fact::SettingChange(Box::new(more))));
            }
        }
    }
    Ok(rows.tally())
}

/// Calls that change what patches reach, with where their request or answer names what they change.
fn kind(name: &str) -> Option<SettingKind> {
    Some(match name {
        "CreatePatchBaseline" | "UpdatePatchBaseline" | "DeletePatchBaseline" | "RegisterDefaultPatchBaseline" => {
            SettingKind::Baseline
        }
        "RegisterPatchBaselineForPatchGroup" | "DeregisterPatchBaselineForPatchGroup" => SettingKind::PatchGroup,
        "CreateMaintenanceWindow"
        | "UpdateMaintenanceWindow"
        | "DeleteMaintenanceWindow"
        | "RegisterTargetWithMaintenanceWindow"
        | "UpdateMaintenanceWindowTarget"
        | "DeregisterTargetFromMaintenanceWindow"
        | "RegisterTaskWithMaintenanceWindow"
        | "UpdateMaintenanceWindowTask"
        | "DeregisterTaskFromMaintenanceWindow" => SettingKind::Window,
        "CreateAssociation" | "CreateAssociationBatch" | "UpdateAssociation" | "DeleteAssociation" => {
            SettingKind::Association
        }
        "CreateTags" | "DeleteTags" | "AddTagsToResource" | "RemoveTagsFromResource" => SettingKind::Tag,
        _ => return None,
    })
}

fn changes(row: Row) -> Result<Vec<SettingChange>, &'static str> {
    let kind = kind(&row.event_name).ok_or("event that changes no patch setting")?;
    let at = row.event_time.0.ok_or("event without a time")?;
    let text = row.cloud_trail_event.as_deref().unwrap_or_default();
    let event: Value = serde_json::from_str(text).map_err(|_| "event whose CloudTrailEvent is no JSON")?;
    if event.get("errorCode").is_some_and(|code| !code.is_null()) {
        return Err("call that failed");
    }
    let identity = &event["userIdentity"];
    let word = |value: &Value| value.as_str().map(str::to_owned).filter(|text| !text.is_empty());
    // Instances come with the tags of their group: whoever launched them set no tag.
    if kind == SettingKind::Tag && word(&identity["invokedBy"]).is_some_and(|by| by.starts_with("autoscaling.")) {
        return Err("tags of a machine that Auto Scaling launched");
    }
    let actor = word(&identity["arn"]).or_else(|| word(&identity["invokedBy"])).or(row.username);
    let asked = &event["requestParameters"];
    let change = |resources: Vec<String>, tag: Option<String>, to: Option<String>| SettingChange {
        event: row.event_id.clone(),
        kind,
        action: row.event_name.clone(),
        actor: actor.clone().unwrap_or_else(|| "an unknown actor".to_owned()),
        at,
        resources,
        tag,
        from: None,
        to,
    };
    let short = |id: String| id.rsplit('/').next().unwrap_or(&id).to_owned();
    if kind == SettingKind::Tag {
        let items = |list: &Value| list["items"].as_array().or(list.as_array()).cloned().unwrap_or_default();
        let mut resources: Vec<String> =
            items(&asked["resourcesSet"]).iter().filter_map(|item| word(&item["resourceId"])).map(short).collect();
        resources.extend(word(&asked["resourceId"]).map(short));
        resources.sort();
        let set = items(&asked["tagSet"]).into_iter().chain(items(&asked["tags"]));
        let removed = row.event_name.starts_with("Delete") || row.event_name.starts_with("Remove");
        let mut tags: Vec<(String, Option<String>)> = set
            .filter_map(|tag| {
                let value = if removed { None } else { word(&tag["value"]).or(Some(String::new())) };
                Some((word(&tag["key"])?, value))
            })
            .collect();
        tags.extend(items(&asked["tagKeys"]).iter().filter_map(|key| Some((word(key)?, None))));
        if resources.is_empty() {
            return Ok(Vec::new());
        }
        let to = |value: Option<String>| value.or_else(|| Some("nothing".to_owned()));
        return Ok(tags.into_iter().map(|(key, value)| change(resources.clone(), Some(key), to(value))).collect());
    }
    let answered = &event["responseElements"];
    let names: &[&str] = match kind {
        SettingKind::Window => &["windowId"],
        SettingKind::Association => &["associationId", "name"],
        _ => &["baselineId", "patchGroup"],
    };
    let description = &answered["associationDescription"];
    let mut resources: Vec<String> = Vec::new();
    for name in names {
        let found = [asked, answered, description].into_iter().find_map(|place| word(&place[*name]));
        let is_enough = *name == "name" && !resources.is_empty();
        resources.extend(found.filter(|_| !is_enough).map(short));
    }
    // A change of a group's baseline is one of the group: that is what a change record names.
    if kind == SettingKind::PatchGroup && resources.len() > 1 {
        resources.remove(0);
    }
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![change(resources, None, Some(wanted(asked, names)))])
}

/// What was asked for, without what names the resource.
fn wanted(asked: &Value, names: &[&str]) -> String {
    let members = asked.as_object().into_iter().flatten();
    let shown = members
        .filter(|(name, value)| !names.contains(&name.as_str()) && *name != "clientToken" && !value.is_null())
        .map(|(name, value)| format!("{name} {value}"))
        .collect::<Vec<_>>()
        .join(", ");
    let mut short: String = shown.chars().take(200).collect();
    if short.len() < shown.len() {
        short.push('…');
    }
    if short.is_empty() { "what the call says by itself".to_owned() } else { short }
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Events": [
  {"EventId": "0a0a0a0a-0000-4000-8000-000000000001", "EventName": "UpdatePatchBaseline", "ReadOnly": "false", "EventTime": "2026-11-20T10:15:00+00:00", "EventSource": "ssm.amazonaws.com", "Username": "engineer-7", "Resources": [],
   "CloudTrailEvent": "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/platform/engineer-7\"},\"eventTime\":\"2026-11-20T10:15:00Z\",\"eventSource\":\"ssm.amazonaws.com\",\"eventName\":\"UpdatePatchBaseline\",\"requestParameters\":{\"baselineId\":\"arn:aws:ssm:eu-west-1:111122223333:patchbaseline/pb-0123456789abcdef0\",\"rejectedPatches\":[\"kernel*\"]},\"responseElements\":{\"baselineId\":\"pb-0123456789abcdef0\"}}"},
  {"EventId": "0a0a0a0a-0000-4000-8000-000000000002", "EventName": "CreateTags", "EventTime": 1763632800, "Username": "engineer-7",
   "CloudTrailEvent": "{\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/engineer-7\"},\"requestParameters\":{\"resourcesSet\":{\"items\":[{\"resourceId\":\"i-0abc\"},{\"resourceId\":\"i-0def\"}]},\"tagSet\":{\"items\":[{\"key\":\"patching\",\"value\":\"off\"},{\"key\":\"colour\",\"value\":\"\"}]}}}"},
  {"EventId": "0a0a0a0a-0000-4000-8000-000000000003", "EventName": "CreateTags", "EventTime": "2026-11-20T10:20:00Z", "Username": "AutoScaling",
   "CloudTrailEvent": "{\"userIdentity\":{\"type\":\"AWSService\",\"invokedBy\":\"autoscaling.amazonaws.com\"},\"requestParameters\":{}}"},
  {"EventId": "0a0a0a0a-0000-4000-8000-000000000004", "EventName": "DeleteMaintenanceWindow", "EventTime": "2026-11-20T10:21:00Z", "Username": "engineer-8",
   "CloudTrailEvent": "{\"errorCode\":\"AccessDenied\",\"requestParameters\":{\"windowId\":\"mw-0123456789abcdef0\"}}"},
  {"EventId": "0a0a0a0a-0000-4000-8000-000000000005", "EventName": "RunInstances", "EventTime": "2026-11-20T10:22:00Z"}], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 5, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"Events": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "windows, groups and associations",
        body: r#"{"Events": [
  {"EventId": "e-1", "EventName": "RegisterPatchBaselineForPatchGroup", "EventTime": "2026-11-20T10:15:00Z", "CloudTrailEvent": "{\"requestParameters\":{\"baselineId\":\"pb-1\",\"patchGroup\":\"web\"}}"},
  {"EventId": "e-2", "EventName": "CreateMaintenanceWindow", "EventTime": "2026-11-20T10:15:00Z", "CloudTrailEvent": "{\"requestParameters\":{\"name\":\"weekly\",\"duration\":2},\"responseElements\":{\"windowId\":\"mw-1\"}}"},
  {"EventId": "e-3", "EventName": "CreateAssociation", "EventTime": "2026-11-20T10:15:00Z", "CloudTrailEvent": "{\"requestParameters\":{\"name\":\"AWS-RunPatchBaseline\"},\"responseElements\":{\"associationDescription\":{\"associationId\":\"a-1\"}}}"},
  {"EventId": "e-4", "EventName": "RemoveTagsFromResource", "EventTime": "2026-11-20T10:15:00Z", "CloudTrailEvent": "{\"requestParameters\":{\"resourceType\":\"ManagedInstance\",\"resourceId\":\"mi-1\",\"tagKeys\":[\"Patch Group\"]}}"},
  {"EventId": "e-5", "EventName": "UpdateAssociation", "EventTime": "2026-11-20T10:15:00Z", "CloudTrailEvent": "no JSON"}]}"#,
        expect: Expect::Read { rows: 5, facts: 4, more: false },
    },
    Fixture { name: "another document", body: r#"{"Message": "not found"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn changes(fixture: &str) -> Vec<SettingChange> {
        let facts = facts_of(&OPERATION, fixture, None).into_iter();
        facts.map(|fact| if let Fact::SettingChange(change) = fact { *change } else { panic!("{fact:?}") }).collect()
    }

    #[test]
    fn who_changed_what_to_what() {
        let changes = changes("answered");
        let first = &changes[0];
        assert_eq!(
            (first.resources.as_slice(), first.kind),
            (&["pb-0123456789abcdef0".to_owned()][..], SettingKind::Baseline)
        );
        assert_eq!(
            (first.at, first.to.as_deref()),
            (time("2026-11-20T10:15:00Z"), Some(r#"rejectedPatches ["kernel*"]"#))
        );
        assert_eq!(first.actor, "arn:aws:sts::111122223333:assumed-role/platform/engineer-7");
        let tags: Vec<_> =
            changes[1..].iter().map(|one| (one.tag.as_deref(), one.to.as_deref(), one.resources.len())).collect();
        assert_eq!(tags, [(Some("patching"), Some("off"), 2), (Some("colour"), Some(""), 2)]);
    }

    #[test]
    fn what_is_created_is_named_by_the_answer() {
        let named: Vec<_> =
            changes("windows, groups and associations").into_iter().map(|one| (one.kind, one.resources)).collect();
        let one = |id: &str| vec![id.to_owned()];
        assert_eq!(
            named,
            [
                (SettingKind::PatchGroup, one("web")),
                (SettingKind::Window, one("mw-1")),
                (SettingKind::Association, one("a-1")),
                (SettingKind::Tag, one("mi-1")),
            ]
        );
    }
}
