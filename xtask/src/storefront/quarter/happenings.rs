//! What can happen in the depot, by the names that the scenario uses.

use super::depot::{Depot, GROUP, TEMPLATE, image, record, row};
use super::scenario::Happening;
use crate::storefront::exceptions::{Covers, Exception};
use crate::storefront::{Done, Host, Missing};
use serde_json::{Value, json};

type Happens = fn(&mut Depot, &Happening) -> Done;

/// Name and effect.
const ALL: &[(&str, Happens)] = &[
    ("published", published),
    ("installed", installed),
    ("rebooted", rebooted),
    ("commanded", commanded),
    ("window-run", window_run),
    ("image-rolled-out", rolled_out),
    ("topic-unconfirmed", |depot, _| topic(depot, "PendingConfirmation".to_owned())),
    ("topic-confirmed", |depot, _| {
        let Some(arn) = depot.place.monitoring.subscriptions[0]["TopicArn"].as_str() else { return Ok(()) };
        let arn = format!("{arn}:8a21d249-0000-4000-8000-000000000001");
        topic(depot, arn)
    }),
    ("exploited", exploited),
    ("baseline", baseline),
    ("excepted", excepted),
];

/// Lets it happen.
pub(super) fn happen(depot: &mut Depot, happening: &Happening) -> Done {
    let known = ALL.iter().find(|(name, _)| *name == happening.what);
    let (_, happens) = known.ok_or_else(|| Missing(format!("happening {}", happening.what)))?;
    happens(depot, happening)
}

fn each(depot: &mut Depot, happening: &Happening, mut change: impl FnMut(&mut Host) -> Done) -> Done {
    for name in &happening.hosts {
        change(depot.host(name).ok_or_else(|| Missing(format!("host {name}")))?)?;
    }
    Ok(())
}

/// Scans miss a fix from now on. It is important unless the scenario says otherwise.
fn published(depot: &mut Depot, happening: &Happening) -> Done {
    let (fix, cve) = (happening.need("fix")?, happening.need("cve")?);
    each(depot, happening, |host| {
        let mut missing = row(fix, Some(cve), None);
        if let Some(severity) = happening.get("severity") {
            missing["Severity"] = severity.into();
        }
        host.patches.push(missing);
        Ok(())
    })
}

/// A missing fix is in place, or waits for a reboot.
fn installed(depot: &mut Depot, happening: &Happening) -> Done {
    let fix = happening.need("fix")?;
    each(depot, happening, |host| {
        let own = host.patches.iter_mut().find(|row| row["Title"] == fix);
        let own = own.ok_or_else(|| Missing(format!("{fix} on {}", host.name)))?;
        *own = row(fix, None, Some(&happening.on));
        if happening.get("reboot").is_some() {
            own["State"] = "InstalledPendingReboot".into();
        }
        Ok(())
    })
}

fn rebooted(depot: &mut Depot, happening: &Happening) -> Done {
    each(depot, happening, |host| {
        for row in host.patches.iter_mut().filter(|row| row["State"] == "InstalledPendingReboot") {
            row["State"] = "Installed".into();
        }
        Ok(())
    })
}

/// A patch command at two in the morning that says success, and its change, closed two hours later.
fn commanded(depot: &mut Depot, happening: &Happening) -> Done {
    let (on, change) = (&happening.on, happening.need("change")?);
    for name in &happening.hosts {
        let id = depot.host(name).ok_or_else(|| Missing(format!("host {name}")))?.id.clone();
        let command = format!("66666666-0000-4000-8000-0000{}", on.replace('-', ""));
        let at = format!("{on}T02:00:00+00:00");
        depot.place.commands.push(json!({"CommandId": command, "DocumentName": "AWS-RunPatchBaseline", "DocumentVersion": "$DEFAULT",
            "Parameters": {"Operation": ["Install"], "RebootOption": ["NoReboot"]}, "InstanceIds": [id], "Targets": [],
            "RequestedDateTime": at, "Status": "Success", "StatusDetails": "Success", "TargetCount": 1, "CompletedCount": 1, "ErrorCount": 0}));
        depot
            .place
            .invocations
            .push(json!({"CommandId": command, "InstanceId": id, "DocumentName": "AWS-RunPatchBaseline",
            "RequestedDateTime": at, "Status": "Success", "StatusDetails": "Success"}));
        depot.changes.push(record(on, change, name, "normal"));
    }
    Ok(())
}

fn window_run(depot: &mut Depot, happening: &Happening) -> Done {
    depot.runs.insert(happening.on.clone(), happening.need("status")?.to_owned());
    Ok(())
}

/// A new version of the group's template, and new machines from its image with all fixes but one.
fn rolled_out(depot: &mut Depot, happening: &Happening) -> Done {
    let on = &happening.on;
    let versions = depot.place.templates.entry(TEMPLATE.to_owned()).or_default();
    let number = versions.len() + 1;
    let id = format!("ami-04000000000000{number}0");
    for version in versions.iter_mut() {
        version["DefaultVersion"] = false.into();
    }
    versions.insert(
        0,
        json!({"LaunchTemplateId": TEMPLATE, "LaunchTemplateName": GROUP, "VersionNumber": number, "DefaultVersion": true,
            "CreateTime": format!("{on}T10:00:00.000Z"), "LaunchTemplateData": {"ImageId": id}}),
    );
    let name = happening.need("image")?;
    depot.place.images.push(image(depot.place.account, &id, name, on));
    for host in depot.place.hosts.iter_mut().filter(|host| host.name.starts_with(GROUP)) {
        let old = std::mem::take(&mut host.id);
        host.id = format!("{}{number}", &old[..old.len() - 1]);
        for own in [&mut host.instance, &mut host.agent].into_iter().flatten() {
            own["InstanceId"] = host.id.as_str().into();
        }
        if let Some(coverage) = &mut host.coverage {
            coverage["resourceId"] = host.id.as_str().into();
        }
        if let Some(instance) = &mut host.instance {
            instance["ImageId"] = id.as_str().into();
            instance["LaunchTime"] = format!("{on}T11:00:00+00:00").into();
        }
        for row in &mut host.patches {
            row["InstalledTime"] = format!("{on}T09:00:00+00:00").into();
        }
        let lacks = happening.get("lacks").filter(|_| happening.hosts.contains(&host.name));
        for own in host.patches.iter_mut() {
            match lacks {
                Some(fix) if own["Title"] == fix => *own = row(fix, Some(happening.need("cve")?), None),
                _ => {
                    own["State"] = "Installed".into();
                    own.as_object_mut().map(|own| own.remove("CVEIds"));
                }
            }
        }
    }
    Ok(())
}

fn topic(depot: &mut Depot, arn: String) -> Done {
    for one in &mut depot.place.monitoring.subscriptions {
        one["SubscriptionArn"] = arn.as_str().into();
    }
    Ok(())
}

fn exploited(depot: &mut Depot, happening: &Happening) -> Done {
    depot.exploited.push((happening.need("cve")?.to_owned(), happening.on.clone()));
    Ok(())
}

/// An exception to being overdue with a fix, signed on the day that it was asked for.
fn excepted(depot: &mut Depot, happening: &Happening) -> Done {
    for name in &happening.hosts {
        let host = depot.host(name).ok_or_else(|| Missing(format!("host {name}")))?.id.clone();
        depot.exceptions.push(Exception {
            id: happening.need("id")?.to_owned(),
            covers: Covers::Overdue {
                host,
                line: happening.need("line")?.to_owned(),
                cve: happening.need("cve")?.to_owned(),
            },
            approvers: vec![happening.need("approver")?.to_owned()],
            justification: happening.need("because")?.to_owned(),
            created: format!("{}T09:00:00Z", happening.on),
            expires: format!("{}T00:00:00Z", happening.need("until")?),
            change: |text| text,
        });
    }
    Ok(())
}

/// The baseline waits another number of days; with a change, or without.
fn baseline(depot: &mut Depot, happening: &Happening) -> Done {
    let (on, actor) = (&happening.on, happening.need("actor")?);
    let days: u32 = happening.need("approve_after_days")?.parse().unwrap_or_default();
    let one = &mut depot.place.baselines[0];
    one["ApprovalRules"]["PatchRules"][0]["ApproveAfterDays"] = days.into();
    one["ModifiedDate"] = format!("{on}T10:15:00+00:00").into();
    let id = one["BaselineId"].clone();
    let rules = one["ApprovalRules"].clone();
    let event: Value = json!({"userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::{}:assumed-role/sf-platform/{actor}", depot.place.account)},
        "eventName": "UpdatePatchBaseline", "requestParameters": {"baselineId": id, "approvalRules": lower(&rules)},
        "responseElements": {"baselineId": id}});
    depot.place.events.push(json!({"EventId": format!("66666666-0000-4000-8000-0004{}", on.replace('-', "")), "EventName": "UpdatePatchBaseline",
        "ReadOnly": "false", "EventTime": format!("{on}T10:15:00+00:00"), "EventSource": "ssm.amazonaws.com", "Username": actor, "Resources": [],
        "CloudTrailEvent": event.to_string()}));
    if let (Some(number), Some(id)) = (happening.get("change"), id.as_str()) {
        let mut change = record(on, number, id, "normal");
        for (member, hour) in [("start_date", "10"), ("work_start", "10"), ("end_date", "12"), ("closed_at", "11")] {
            change[member] = format!("{on} {hour}:00:00").into();
        }
        change["approval_set"] = format!("{on} 09:00:00").into();
        change["short_description"] = "The patch baseline of the depot waits five days again".into();
        depot.changes.push(change);
    }
    Ok(())
}

/// CloudTrail writes the members of a request with a small first letter.
fn lower(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let (first, rest) = key.split_at(1);
                (format!("{}{rest}", first.to_ascii_lowercase()), lower(value))
            })
            .collect(),
        Value::Array(values) => values.iter().map(lower).collect(),
        other => other.clone(),
    }
}
