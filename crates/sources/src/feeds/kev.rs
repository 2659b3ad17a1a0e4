//! CISA's catalogue of weaknesses known to be exploited. It says how many it lists: a catalogue with fewer was cut, and
//! would make an exploited weakness look harmless.

use crate::codec::json::{self, Time};
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Exploited, Fact, Feed};
use serde::Deserialize;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.kev",
    permissions: &[],
    docs: "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
    reach: Reach::Organisation,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    catalog_version: Cow<'a, str>,
    #[serde(default)]
    date_released: Time,
    count: Option<u64>,
    #[serde(borrow)]
    vulnerabilities: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow, rename = "cveID")]
    cve: Cow<'a, str>,
    date_added: Time,
    #[serde(default)]
    due_date: Time,
    #[serde(borrow, default)]
    known_ransomware_campaign_use: Cow<'a, str>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body<'_> = json::read(answer)?;
    let found = body.vulnerabilities.len() as u64;
    if body.count.is_some_and(|count| count != found) {
        return Err(Reject {
            position: None,
            cut_short: body.count > Some(found),
            message: format!("the catalogue says it lists {}, and lists {found}", body.count.unwrap_or_default()),
        });
    }
    let mut rows = Rows::into_sink(sink);
    let feed = Feed {
        name: "kev".to_owned(),
        version: body.catalog_version.into_owned(),
        dated: body.date_released.0,
        records: body.count,
    };
    rows.more(Pointer::Whole, Fact::Feed(feed));
    for (number, row) in body.vulnerabilities.into_iter().enumerate() {
        let exploited = Exploited {
            cve: row.cve.into_owned(),
            added: row.date_added.0,
            due: row.due_date.0,
            ransomware: row.known_ransomware_campaign_use == "Known",
        };
        rows.fact(Pointer::Row(&"/vulnerabilities", number as u32), Fact::Exploited(exploited));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.11.23", "dateReleased": "2026-11-23T15:00:27.4533Z", "count": 2, "vulnerabilities": [
  {"cveID": "CVE-2024-1086", "vendorProject": "Linux", "product": "Kernel", "vulnerabilityName": "Linux Kernel Use-After-Free Vulnerability", "dateAdded": "2024-05-30",
   "shortDescription": "…", "requiredAction": "Apply updates.", "dueDate": "2024-06-20", "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-416"]},
  {"cveID": "CVE-2023-4911", "vendorProject": "GNU", "product": "GNU C Library", "dateAdded": "2023-11-21", "dueDate": "2023-12-12", "knownRansomwareCampaignUse": "Unknown"}]}"#,
        expect: Expect::Read { rows: 2, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"catalogVersion": "2026.11.23", "count": 0, "vulnerabilities": []}"#,
        expect: Expect::Read { rows: 0, facts: 1, more: false },
    },
    Fixture {
        name: "fewer than it says",
        body: r#"{"catalogVersion": "2026.11.23", "count": 2, "vulnerabilities": [{"cveID": "CVE-2024-1086", "dateAdded": "2024-05-30"}]}"#,
        expect: Expect::Refused,
    },
    Fixture { name: "another document", body: r#"{"message": "not found"}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    #[test]
    fn days_count_from_midnight() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Feed(feed) = &facts[0] else { panic!("not a feed: {facts:?}") };
        assert_eq!((feed.version.as_str(), feed.records), ("2026.11.23", Some(2)));
        let Fact::Exploited(first) = &facts[1] else { panic!("not exploited: {facts:?}") };
        assert_eq!((first.added, first.ransomware), (Some(time("2024-05-30T00:00:00Z")), true));
        assert!(matches!(&facts[2], Fact::Exploited(Exploited { ransomware: false, .. })));
    }
}
