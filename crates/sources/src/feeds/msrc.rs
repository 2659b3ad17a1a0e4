//! Microsoft's security updates: which KB removes which weakness. A month in the CVRF of the Security Update API, version 3, in
//! JSON; or documents in CSAF 2.0, one for each weakness.

use super::csaf::Csaf;
use super::index;
use super::related::{self, Collected};
use crate::codec::json::{self, Time};
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::FixedBy;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.msrc",
    permissions: &[],
    docs: "https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API",
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
    if index::is_index(answer) { Page::Last } else { json::only_page(answer) }
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Kind {
    document: Option<IgnoredAny>,
    value: Option<IgnoredAny>,
}

/// The list of all documents: `/cvrf/v3.0/updates`.
#[derive(Deserialize)]
struct Updates<'a> {
    #[serde(borrow)]
    value: Vec<Update<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update<'a> {
    #[serde(borrow, rename = "ID")]
    id: Cow<'a, str>,
    #[serde(default)]
    current_release_date: Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cvrf<'a> {
    #[serde(borrow)]
    document_tracking: Tracking<'a>,
    #[serde(borrow)]
    product_tree: Tree<'a>,
    #[serde(borrow)]
    vulnerability: Vec<Weakness<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tracking<'a> {
    #[serde(borrow)]
    identification: Identification<'a>,
    #[serde(default)]
    initial_release_date: Time,
    #[serde(default)]
    current_release_date: Time,
}

#[derive(Deserialize)]
struct Identification<'a> {
    #[serde(borrow, rename = "ID")]
    id: Value<'a>,
}

#[derive(Default, Deserialize)]
struct Value<'a> {
    #[serde(borrow, default, rename = "Value")]
    value: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tree<'a> {
    #[serde(borrow, default)]
    full_product_name: Vec<Product<'a>>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, rename = "ProductID")]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "Value")]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Weakness<'a> {
    #[serde(borrow, rename = "CVE")]
    cve: Cow<'a, str>,
    #[serde(borrow, default, rename = "Remediations")]
    remediations: Vec<Remediation<'a>>,
}

#[derive(Deserialize)]
struct Remediation<'a> {
    #[serde(borrow, default, rename = "Description")]
    description: Value<'a>,
    #[serde(borrow, default, rename = "Supercedence")]
    supersedes: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "ProductID")]
    products: Vec<Cow<'a, str>>,
    /// 2 is a vendor's fix.
    #[serde(rename = "Type")]
    kind: u32,
}

/// The type of a remediation that is the vendor's fix.
const VENDOR_FIX: u32 = 2;

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    if index::is_index(answer) {
        return index::rows("msrc", answer, sink);
    }
    let kind: Kind = json::read(answer)?;
    if kind.value.is_some() && kind.document.is_none() {
        return updates(&json::read(answer)?, sink);
    }
    let mut found = Collected::new("msrc");
    if kind.document.is_some() {
        csaf(&json::read(answer)?, &mut found)?;
    } else {
        cvrf(&json::read(answer)?, &mut found);
    }
    Ok(found.state(sink))
}

fn updates(all: &Updates<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    // A list of nothing would make any set of documents whole.
    if all.value.is_empty() {
        let message = "at /value: a list of updates names one at least".to_owned();
        return Err(Reject { position: None, cut_short: false, message });
    }
    let mut rows = Rows::into_sink(sink);
    for update in &all.value {
        rows.fact(Pointer::Whole, index::listed("msrc", &update.id, update.current_release_date.0));
    }
    Ok(rows.tally())
}

fn cvrf(month: &Cvrf<'_>, found: &mut Collected) {
    let tracking = &month.document_tracking;
    found.read(tracking.identification.id.value.as_deref().unwrap_or_default());
    let names: BTreeMap<&str, &str> =
        month.product_tree.full_product_name.iter().map(|product| (&*product.id, &*product.name)).collect();
    found.document(
        tracking.identification.id.value.as_deref().unwrap_or_default(),
        tracking.initial_release_date.0,
        tracking.current_release_date.0,
    );
    for weakness in &month.vulnerability {
        let mut any = false;
        for fix in weakness.remediations.iter().filter(|fix| fix.kind == VENDOR_FIX) {
            let Some(number) = fix.description.value.as_deref().and_then(digits) else { continue };
            let older: BTreeSet<&str> = numbers(fix.supersedes.as_deref().unwrap_or_default()).collect();
            let older: Vec<Option<&str>> =
                if older.is_empty() { vec![None] } else { older.into_iter().map(Some).collect() };
            for product in &fix.products {
                let product = names.get(&**product).copied().unwrap_or(product);
                for older in &older {
                    let supersedes = older.map(str::to_owned);
                    found.fix(&weakness.cve, FixedBy::Kb { number: number.to_owned(), supersedes }, product);
                    any = true;
                }
            }
        }
        if !any {
            found.without("weakness without a KB that removes it");
        }
    }
}

fn csaf(document: &Csaf<'_>, found: &mut Collected) -> Result<(), Reject> {
    related::check_version(document)?;
    let tracking = &document.document.tracking;
    found.read(&tracking.id);
    found.document(&tracking.id, tracking.initial_release_date.0, tracking.current_release_date.0);
    let names = document.product_tree.names();
    for weakness in &document.vulnerabilities {
        let Some(cve) = weakness.cve.as_deref() else {
            found.without("weakness without a CVE");
            continue;
        };
        let mut any = false;
        for fix in weakness.remediations.iter().filter(|fix| fix.category == "vendor_fix") {
            // Where the KB stands is not laid down: in the link to the catalogue or to the article, or in the words.
            let Some(number) = [&fix.url, &fix.details].into_iter().find_map(|text| kb_in(text)) else { continue };
            for id in &fix.product_ids {
                let name = names.get(&**id).map_or(&**id, |(name, _)| *name);
                // `Windows Server 2022 <10.0.20348.2849`: the versions before the fix.
                let product = name.split(" <").next().unwrap_or(name).trim();
                found.fix(cve, FixedBy::Kb { number: number.to_owned(), supersedes: None }, product);
                any = true;
            }
        }
        if !any {
            found.without("weakness without a KB that removes it");
        }
    }
    Ok(())
}

/// A KB without its letters: `5046615` or `KB5046615`.
fn digits(text: &str) -> Option<&str> {
    let text = text.trim();
    let number = text.strip_prefix("KB").unwrap_or(text);
    (number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// Every KB in a text such as `5044277; 5044281`.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|other: char| !other.is_ascii_digit()).filter_map(digits)
}

/// The KB in a link or in words: `…?q=KB5046615`, `https://support.microsoft.com/help/5046615`.
fn kb_in(text: &str) -> Option<&str> {
    patchseal_core::fix::kb_of(text).and_then(digits).or_else(|| {
        let (_, after) = text.split_once("support.microsoft.com/help/")?;
        digits(after.split(|other: char| !other.is_ascii_digit()).next()?)
    })
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"DocumentTitle": {"Value": "November 2026 Security Updates"}, "DocumentType": {"Value": "Security Update"},
 "DocumentTracking": {"Identification": {"ID": {"Value": "2026-Nov"}, "Alias": {"Value": "2026-Nov"}}, "Status": 2, "Version": "1.0",
  "InitialReleaseDate": "2026-11-10T08:00:00", "CurrentReleaseDate": "2026-11-20T08:00:00"},
 "ProductTree": {"Branch": [], "FullProductName": [{"ProductID": "11571", "Value": "Windows Server 2019"}, {"ProductID": "11923", "Value": "Windows Server 2022"}]},
 "Vulnerability": [
  {"CVE": "CVE-2026-90010", "Title": {"Value": "Example Elevation of Privilege Vulnerability"}, "ProductStatuses": [{"ProductID": ["11571", "11923"], "Type": 3}],
   "Remediations": [
    {"Description": {"Value": "5046615"}, "URL": "https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5046615", "Supercedence": "5044277", "ProductID": ["11571"], "Type": 2, "SubType": "Security Update", "FixedBuild": "10.0.17763.6532", "RestartRequired": {"Value": "Yes"}},
    {"Description": {"Value": "5046616"}, "Supercedence": "", "ProductID": ["11923"], "Type": 2, "SubType": "Security Update", "RestartRequired": {}},
    {"Description": {"Value": "5046615"}, "ProductID": ["11571"], "Type": 6}]},
  {"CVE": "CVE-2026-90011", "Remediations": [{"Description": {"Value": "5046615"}, "Supercedence": "5044277", "ProductID": ["11571"], "Type": 2}]},
  {"CVE": "CVE-2026-90012", "Remediations": [{"Description": {"Value": "Release Notes"}, "ProductID": ["11923"], "Type": 2}]}]}"#,
        expect: Expect::Read { rows: 3, facts: 4, more: false },
    },
    Fixture {
        name: "CSAF",
        body: r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "Example Elevation of Privilege Vulnerability", "publisher": {"category": "vendor", "name": "Microsoft Security Response Center", "namespace": "https://msrc.microsoft.com"},
  "tracking": {"id": "msrc_CVE-2026-90010", "status": "final", "version": "1", "initial_release_date": "2026-11-10T08:00:00.000Z", "current_release_date": "2026-11-12T08:00:00.000Z"}},
 "product_tree": {"branches": [{"category": "vendor", "name": "Microsoft", "branches": [{"category": "product_name", "name": "Windows Server 2019", "branches": [
  {"category": "product_version_range", "name": "<10.0.17763.6532", "product": {"name": "Windows Server 2019 <10.0.17763.6532", "product_id": "1"}},
  {"category": "product_version", "name": "10.0.17763.6532", "product": {"name": "Windows Server 2019 10.0.17763.6532", "product_id": "11571"}}]}]}]},
 "vulnerabilities": [{"cve": "CVE-2026-90010", "product_status": {"fixed": ["11571"], "known_affected": ["1"]},
  "remediations": [{"category": "vendor_fix", "date": "2026-11-10T08:00:00.000Z", "details": "10.0.17763.6532:Security Update", "product_ids": ["1"], "url": "https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5046615"}]}]}"#,
        expect: Expect::Read { rows: 1, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"DocumentTracking": {"Identification": {"ID": {"Value": "2026-Nov"}}, "InitialReleaseDate": "2026-11-10T08:00:00", "CurrentReleaseDate": "2026-11-10T08:00:00"}, "ProductTree": {"FullProductName": []}, "Vulnerability": []}"#,
        expect: Expect::Read { rows: 0, facts: 2, more: false },
    },
    Fixture {
        name: "another version of CSAF",
        body: r#"{"document": {"csaf_version": "3.0", "tracking": {"id": "x"}}, "vulnerabilities": []}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "list of updates",
        body: r#"{"@odata.context": "https://api.msrc.microsoft.com/cvrf/v3.0/$metadata#Updates", "value": [
 {"ID": "2026-Oct", "Alias": "2026-Oct", "DocumentTitle": "October 2026 Security Updates", "Severity": null, "InitialReleaseDate": "2026-10-13T07:00:00Z", "CurrentReleaseDate": "2026-10-20T07:00:00Z", "CvrfUrl": "https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/2026-Oct"},
 {"ID": "2026-Nov", "Alias": "2026-Nov", "DocumentTitle": "November 2026 Security Updates", "Severity": null, "InitialReleaseDate": "2026-11-10T08:00:00Z", "CurrentReleaseDate": "2026-11-20T08:00:00Z", "CvrfUrl": "https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/2026-Nov"}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "changes of a CSAF directory",
        body: "\"2026/msrc_cve-2026-90010.json\",\"2026-11-12T08:00:00Z\"\n\"2026/msrc_cve-2026-90011.json\",\"2026-11-10T08:00:00Z\"\n",
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "index of a CSAF directory",
        body: "2026/msrc_cve-2026-90010.json\n",
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "an index cut short",
        body: "\"2026/msrc_cve-2026-90010.json\",\"2026-11",
        expect: Expect::Refused,
    },
    Fixture { name: "lines of something else", body: "no index at all\n", expect: Expect::Refused },
    Fixture { name: "another document", body: r#"{"value": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::Fact;

    #[test]
    fn a_kb_of_a_product_removes_all_its_weaknesses() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Feed(feed) = &facts[0] else { panic!("not a feed: {facts:?}") };
        assert_eq!((feed.dated, feed.records), (Some(time("2026-11-20T08:00:00Z")), Some(2)));
        let Fact::Relation(first) = &facts[1] else { panic!("not a relation: {facts:?}") };
        let fix = FixedBy::Kb { number: "5046615".into(), supersedes: Some("5044277".into()) };
        assert_eq!((&first.fix, &*first.release, &*first.advisory), (&fix, "Windows Server 2019", "2026-Nov"));
        assert_eq!(first.cves, ["CVE-2026-90010", "CVE-2026-90011"]);
        assert_eq!(first.published, Some(time("2026-11-10T08:00:00Z")));
    }

    #[test]
    fn products_go_by_their_names() {
        let facts = facts_of(&OPERATION, "CSAF", None);
        let Fact::Relation(only) = &facts[1] else { panic!("not a relation: {facts:?}") };
        assert_eq!((&*only.release, &*only.advisory), ("Windows Server 2019", "msrc_CVE-2026-90010"));
        for (text, kb) in [
            ("https://support.microsoft.com/help/5046615", Some("5046615")),
            ("10.0.1:Security Update:https://support.microsoft.com/help/5046615/x", Some("5046615")),
            ("KB12", None),
            ("https://example.com/help/5046615", None),
        ] {
            assert_eq!(kb_in(text), kb, "{text}");
        }
    }
}
