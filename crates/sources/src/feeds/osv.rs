//! Records of Open Source Vulnerabilities on Ubuntu and Debian: one document, a list of them, or one a line.

use super::index;
use super::related::{Collected, is_cve};
use crate::codec::json::Time;
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Sink, Tally, When};
use patchseal_core::fact::{FixedBy, Scheme};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.osv",
    permissions: &[],
    docs: "https://ossf.github.io/osv-schema/",
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
    if index::is_index(answer) {
        return Page::Last;
    }
    match each(answer, |_| ()) {
        Ok(()) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    modified: Time,
    #[serde(default)]
    published: Time,
    #[serde(default)]
    withdrawn: Time,
    #[serde(borrow, default)]
    aliases: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    upstream: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    related: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    affected: Vec<Affected<'a>>,
}

#[derive(Deserialize)]
struct Affected<'a> {
    #[serde(borrow)]
    package: Option<Package<'a>>,
    #[serde(borrow, default)]
    ranges: Vec<Range<'a>>,
    #[serde(borrow)]
    ecosystem_specific: Option<Specific<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    ecosystem: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Range<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    events: Vec<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct Specific<'a> {
    #[serde(borrow, default)]
    binaries: Vec<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    if index::is_index(answer) {
        return index::rows("osv", answer, sink);
    }
    let mut found = Collected::new("osv");
    each(answer, |record| read(&record, &mut found))?;
    Ok(found.state(sink))
}

/// Every record of the document.
fn each(answer: &Answer<'_>, mut take: impl FnMut(Record<'_>)) -> Result<(), Reject> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body);
    let refuse = |error: serde_json::Error| Reject {
        position: Some((error.line(), error.column())),
        cut_short: error.is_eof(),
        message: error.to_string(),
    };
    if body.trim_ascii_start().first() == Some(&b'[') {
        let records: Vec<Record<'_>> = serde_json::from_slice(body).map_err(refuse)?;
        records.into_iter().for_each(take);
        return Ok(());
    }
    let mut records = serde_json::Deserializer::from_slice(body).into_iter::<Record<'_>>();
    let mut any = false;
    for record in &mut records {
        take(record.map_err(refuse)?);
        any = true;
    }
    if any {
        return Ok(());
    }
    Err(Reject { position: Some((1, 1)), cut_short: true, message: "the file holds no record".to_owned() })
}

fn read(record: &Record<'_>, found: &mut Collected) {
    found.read(&record.id);
    found.document(&record.id, record.published.0, record.modified.0);
    if record.withdrawn.0.is_some() {
        return found.without("withdrawn record");
    }
    let cves = cves(record);
    if cves.is_empty() {
        return found.without("record that names no CVE");
    }
    if record.affected.is_empty() {
        return found.without("record without packages");
    }
    for affected in &record.affected {
        let Some(package) = &affected.package else {
            found.without("entry without a package");
            continue;
        };
        let Some(release) = release(&package.ecosystem) else {
            found.without("ecosystem that is not read");
            continue;
        };
        let events = affected.ranges.iter().filter(|range| range.kind == "ECOSYSTEM").flat_map(|range| &range.events);
        // The last event that fixes it: of several branches the latest version is the one that proves it.
        let Some(fixed) = events.filter_map(|event| event.get("fixed")).next_back() else {
            found.without("package without a fix");
            continue;
        };
        let binaries: Vec<(&str, &str)> =
            affected.ecosystem_specific.iter().flat_map(|own| &own.binaries).flat_map(binary).collect();
        let fix = |name: &str, version: &str, source_only| FixedBy::Package {
            name: name.to_owned(),
            version: version.to_owned(),
            scheme: Scheme::Deb,
            source_only,
        };
        for cve in &cves {
            for (name, version) in &binaries {
                found.fix(cve, fix(name, version, false), &release);
            }
            if binaries.is_empty() {
                found.fix(cve, fix(&package.name, fixed, true), &release);
            }
        }
    }
}

/// Weaknesses of a record: its own id without the distribution's prefix, its aliases, and what it repairs upstream. Related
/// records are others, but for notices of Ubuntu that name their weaknesses nowhere else.
fn cves<'r>(record: &'r Record<'_>) -> Vec<&'r str> {
    let own = ["UBUNTU-", "DEBIAN-"].iter().find_map(|prefix| record.id.strip_prefix(prefix)).unwrap_or(&record.id);
    let named = record.aliases.iter().chain(&record.upstream).map(|id| &**id);
    let mut cves: Vec<&str> = std::iter::once(own).chain(named).filter(|id| is_cve(id)).collect();
    if cves.is_empty() && record.id.starts_with("USN-") {
        cves = record.related.iter().map(|id| &**id).filter(|id| is_cve(id)).collect();
    }
    cves.sort_unstable();
    cves.dedup();
    cves
}

/// Binary package and version: as two members, or (older records) as a member of that name.
fn binary<'r>(members: &'r BTreeMap<Cow<'_, str>, Cow<'_, str>>) -> Vec<(&'r str, &'r str)> {
    match (members.get("binary_name"), members.get("binary_version")) {
        (Some(name), Some(version)) => vec![(name, version)],
        (None, None) => members.iter().map(|(name, version)| (&**name, &**version)).collect(),
        _ => Vec::new(),
    }
}

/// `ubuntu:22.04` of `Ubuntu:22.04:LTS`, `debian:12` of `Debian:12`. What needs a subscription is a release of its own.
fn release(ecosystem: &str) -> Option<String> {
    let parts: Vec<&str> = ecosystem.split(':').collect();
    match parts.as_slice() {
        ["Ubuntu", "Pro", rest @ ..] => Some(format!("ubuntu-pro:{}", rest.join(":"))),
        ["Ubuntu", version, ..] if version.starts_with(|first: char| first.is_ascii_digit()) => {
            Some(format!("ubuntu:{version}"))
        }
        ["Debian", version] => Some(format!("debian:{version}")),
        _ => None,
    }
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"[{"schema_version": "1.7.0", "id": "USN-7100-1", "summary": "curl vulnerability", "published": "2026-11-12T10:00:00Z", "modified": "2026-11-13T10:00:00.5Z",
  "upstream": ["CVE-2026-90030", "UBUNTU-CVE-2026-90030"], "references": [{"type": "ADVISORY", "url": "https://ubuntu.com/security/notices/USN-7100-1"}],
  "affected": [
   {"package": {"ecosystem": "Ubuntu:22.04:LTS", "name": "curl", "purl": "pkg:deb/ubuntu/curl?arch=source&distro=jammy"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "7.81.0-1ubuntu1.19"}]}], "versions": ["7.81.0-1ubuntu1.18"],
    "ecosystem_specific": {"availability": "No subscription required", "binaries": [{"binary_name": "curl", "binary_version": "7.81.0-1ubuntu1.19"}, {"binary_name": "libcurl4", "binary_version": "7.81.0-1ubuntu1.19"}]}},
   {"package": {"ecosystem": "Ubuntu:Pro:18.04:LTS", "name": "curl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "7.58.0-2ubuntu3.24+esm9"}]}]}]},
 {"id": "DSA-5900-1", "modified": "2026-11-14T10:00:00Z", "upstream": ["CVE-2026-90030"],
  "affected": [{"package": {"ecosystem": "Debian:12", "name": "curl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "7.88.1-10+deb12u9"}]}]}]},
 {"id": "UBUNTU-CVE-2026-90031", "modified": "2026-11-14T10:00:00Z", "related": ["CVE-2026-1"],
  "affected": [{"package": {"ecosystem": "Ubuntu:24.04:LTS", "name": "kas"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]},
 {"id": "GHSA-xxxx", "modified": "2026-11-14T10:00:00Z", "aliases": ["CVE-2026-90032"], "affected": [{"package": {"ecosystem": "npm", "name": "left"}}]},
 {"id": "CVE-2026-90033", "modified": "2026-11-14T10:00:00Z", "withdrawn": "2026-11-14T10:00:00Z", "affected": []}]"#,
        expect: Expect::Read { rows: 7, facts: 10, more: false },
    },
    Fixture {
        name: "one record",
        body: r#"{"id": "UBUNTU-CVE-2026-90034", "modified": "2026-11-14T10:00:00Z", "affected": [{"package": {"ecosystem": "Ubuntu:24.04", "name": "zlib"},
  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1:1.3-1ubuntu1"}]}], "ecosystem_specific": {"binaries": [{"zlib1g": "1:1.3-1ubuntu1"}]}}]}"#,
        expect: Expect::Read { rows: 1, facts: 3, more: false },
    },
    Fixture {
        name: "one a line",
        body: "{\"id\": \"DEBIAN-CVE-2026-90035\", \"modified\": \"2026-11-14T10:00:00Z\"}\n{\"id\": \"USN-7101-1\", \"modified\": \"2026-11-15T10:00:00Z\", \"related\": [\"CVE-2026-90036\"], \"affected\": [{\"package\": {\"ecosystem\": \"Ubuntu:22.04:LTS\", \"name\": \"vim\"}, \"ranges\": [{\"type\": \"ECOSYSTEM\", \"events\": [{\"fixed\": \"2:8.2.3995-1ubuntu2.20\"}]}]}]}\n",
        expect: Expect::Read { rows: 2, facts: 4, more: false },
    },
    Fixture {
        name: "records by their last change",
        body: "2026-11-14T10:00:00Z,UBUNTU-CVE-2026-90034\n2026-11-13T10:00:00.123456Z,USN-7101-1\n",
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "text", body: "Access denied\n", expect: Expect::Refused },
    Fixture { name: "empty", body: "[]", expect: Expect::Read { rows: 0, facts: 1, more: false } },
    Fixture { name: "nothing", body: "\n", expect: Expect::Refused },
    Fixture { name: "another document", body: r#"{"vulns": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::Fact;

    #[test]
    fn binaries_of_ubuntu_and_sources_of_debian() {
        let facts = facts_of(&OPERATION, "answered", None);
        assert!(matches!(&facts[0], Fact::Feed(feed) if feed.dated == Some(time("2026-11-14T10:00:00Z"))));
        let said: Vec<_> = facts[1..]
            .iter()
            .filter(|fact| !matches!(fact, Fact::FeedDocument(_)))
            .map(|fact| match fact {
                Fact::Relation(one) => match &one.fix {
                    FixedBy::Package { name, version, source_only, .. } => {
                        assert_eq!(one.cves, ["CVE-2026-90030"]);
                        (&*one.release, &**name, &**version, *source_only)
                    }
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            said,
            [
                ("debian:12", "curl", "7.88.1-10+deb12u9", true),
                ("ubuntu-pro:18.04:LTS", "curl", "7.58.0-2ubuntu3.24+esm9", true),
                ("ubuntu:22.04", "curl", "7.81.0-1ubuntu1.19", false),
                ("ubuntu:22.04", "libcurl4", "7.81.0-1ubuntu1.19", false),
            ]
        );
    }
}
