//! Inventory of one host. A host that never sent any gets an answer without a capture time and without entries, which
//! is not an empty inventory.

use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Software};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListInventoryEntries",
    permissions: &["ssm:ListInventoryEntries"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListInventoryEntries.html",
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "InstanceId": ask.subject, "TypeName": APPLICATION, "MaxResults": 50 });
    super::request(ask, "AmazonSSM.ListInventoryEntries", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

const APPLICATION: &str = "AWS:Application";
const WINDOWS_UPDATE: &str = "AWS:WindowsUpdate";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    type_name: String,
    instance_id: String,
    #[serde(default)]
    capture_time: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// Of an application.
    name: Option<String>,
    /// Of a Windows update.
    hot_fix_id: Option<String>,
    #[serde(default)]
    version: String,
    release: Option<String>,
    #[serde(default)]
    installed_time: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    let captured = json::text_time(&body.capture_time).and_then(|time| time.0);
    let software = |name, version, installed| {
        Fact::Software(Software {
            host: body.instance_id.clone(),
            inventory_type: body.type_name.clone(),
            captured,
            name,
            version,
            installed,
        })
    };
    if ![APPLICATION, WINDOWS_UPDATE].contains(&body.type_name.as_str()) {
        body.entries.iter().for_each(|_| rows.without("inventory of a type that lists no software"));
        return Ok(rows.tally());
    }
    if body.entries.is_empty() && answer.exchange.page == 1 && page(answer) == Page::Last {
        match captured {
            Some(_) => rows.fact(Pointer::Whole, software(String::new(), String::new(), None)),
            None => rows.without("inventory that was never captured"),
        }
        return Ok(rows.tally());
    }
    for (number, entry) in body.entries.into_iter().enumerate() {
        let name = if body.type_name == APPLICATION { entry.name } else { entry.hot_fix_id };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            rows.without("inventory entry without a name");
            continue;
        };
        let version = match entry.release.filter(|release| !release.is_empty()) {
            Some(release) => format!("{}-{release}", entry.version),
            None => entry.version,
        };
        // The agent copies what the package manager prints, in whatever form.
        let installed = json::text_time(&entry.installed_time).and_then(|time| time.0);
        rows.fact(Pointer::Row(&"/Entries", number as u32), software(name, version, installed));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "TypeName": "AWS:Application", "InstanceId": "i-0a1", "SchemaVersion": "1.1", "CaptureTime": "2026-11-23T22:10:05Z",
  "Entries": [
    {"ApplicationType": "System Environment/Kernel", "Architecture": "x86_64", "Epoch": "0", "InstalledTime": "2026-10-02T03:04:05Z",
     "Name": "kernel", "PackageId": "kernel-6.1.79-99.167.amzn2023.src.rpm", "Publisher": "Amazon Linux", "Release": "99.167.amzn2023", "Version": "6.1.79"},
    {"Architecture": "x86_64", "InstalledTime": "Fri 02 Oct 2026 03:04:05 AM UTC", "Name": "AmazonCloudWatchAgent", "Publisher": "", "Version": "1.300"},
    {"Architecture": "x86_64", "Name": "", "Version": "1"}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 3, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"TypeName": "AWS:Application", "InstanceId": "i-0a1", "SchemaVersion": "1.1", "CaptureTime": "2026-11-23T22:10:05Z", "Entries": []}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "never captured",
        body: r#"{"TypeName": "AWS:Application", "InstanceId": "i-0a1", "Entries": []}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "Windows updates",
        body: r#"{"TypeName": "AWS:WindowsUpdate", "InstanceId": "i-0c3", "SchemaVersion": "1.0", "CaptureTime": "2026-11-23T22:10:05Z",
            "Entries": [{"HotFixId": "KB5046615", "Description": "Security Update", "InstalledBy": "NT AUTHORITY\\SYSTEM", "InstalledTime": "2026-11-14T00:00:00Z"}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "another type",
        body: r#"{"TypeName": "Custom:RackInfo", "InstanceId": "mi-0b2", "SchemaVersion": "1.0", "CaptureTime": "2026-11-23T22:10:05Z",
            "Entries": [{"RackLocation": "B/C/D"}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InvalidInstanceId", "Message": "i-0a1"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    fn software(fixture: &str) -> Vec<Software> {
        facts_of(&OPERATION, fixture, Some("i-0a1"))
            .into_iter()
            .map(|fact| match fact {
                Fact::Software(software) => software,
                other => panic!("not software: {other:?}"),
            })
            .collect()
    }

    /// Trap 14: the release is what tells one Amazon Linux build from the next.
    #[test]
    fn versions_have_their_release() {
        let software = software("answered");
        assert_eq!((software[0].name.as_str(), software[0].version.as_str()), ("kernel", "6.1.79-99.167.amzn2023"));
        assert_eq!(software[0].captured, Some(time("2026-11-23T22:10:05Z")));
        assert_eq!((software[0].installed, software[1].installed), (Some(time("2026-10-02T03:04:05Z")), None));
    }

    #[test]
    fn an_empty_inventory_is_not_a_missing_one() {
        let empty = software("empty");
        assert_eq!((empty.len(), empty[0].name.as_str()), (1, ""));
        assert!(software("never captured").is_empty());
    }

    #[test]
    fn windows_updates_are_named_by_their_id() {
        let update = &software("Windows updates")[0];
        assert_eq!((update.name.as_str(), update.inventory_type.as_str()), ("KB5046615", "AWS:WindowsUpdate"));
    }
}
