//! Installed software of a node. On Linux the release is apart from the version, and both make a package's version.

use crate::codec::json::{Time, text_time};
use crate::{Answer, Asks, Expect, Fixture, Operation, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Software};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-data-sync.Application",
    permissions: &["s3:GetObject"],
    docs: super::DOCS,
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page: super::page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "resourceId")]
    resource_id: String,
    #[serde(rename = "captureTime", default)]
    capture_time: Time,
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    release: String,
    #[serde(default)]
    installed_time: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    super::lines(answer, |number, row: Row| {
        if !super::is_of_its_file(answer, &row.resource_id) {
            return rows.without(super::OF_ANOTHER_FILE);
        }
        // An empty name stands for an inventory that is there and empty.
        if row.name.is_empty() {
            return rows.without("inventory entry without a name");
        }
        let version = if row.release.is_empty() { row.version } else { format!("{}-{}", row.version, row.release) };
        let software = Software {
            host: row.resource_id,
            inventory_type: "AWS:Application".to_owned(),
            captured: row.capture_time.0,
            name: row.name,
            version,
            // Installers on Windows leave any text here (`20261001`), which agents pass on when it is no date.
            installed: Some(row.installed_time).filter(|text| text.contains('-')).and_then(|text| text_time(&text)?.0),
        };
        rows.fact(Pointer::Row(&"", number), Fact::Software(software));
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Name":"openssl","ApplicationType":"System Environment/Libraries","Publisher":"Amazon Linux","Version":"3.0.8","Release":"1.amzn2023.0.11","Epoch":"1","InstalledTime":"2026-10-01T08:00:00Z","Architecture":"x86_64","URL":"https://example.com/","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.1"}
{"Name":"Mozilla Firefox","Publisher":"Mozilla","Version":"128.0","InstalledTime":"20260930","Architecture":"x86_64","resourceId":"i-0abc","captureTime":"2026-11-23T02:04:41Z","schemaVersion":"1.1"}
"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: "", expect: Expect::Refused },
    Fixture {
        name: "entry without a name",
        body: r#"{"Name":"","Version":"1","resourceId":"i-0abc"}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "torn line",
        body: "{\"Name\":\"openssl\",\"resourceId\":\"i-0abc\"}\n{\"Name\":\"zlib\",\"resou",
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn the_release_belongs_to_the_version() {
        let facts = facts_of(&OPERATION, "answered", Some("i-0abc"));
        let software = |number: usize| if let Fact::Software(s) = &facts[number] { s } else { panic!("{facts:?}") };
        assert_eq!((software(0).version.as_str(), software(1).version.as_str()), ("3.0.8-1.amzn2023.0.11", "128.0"));
        assert_eq!((software(0).installed, software(1).installed), (Some(time("2026-10-01T08:00:00Z")), None));
        assert_eq!(software(0).captured, Some(time("2026-11-23T02:04:41Z")));
    }
}
