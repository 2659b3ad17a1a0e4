//! Amazon Linux's `updateinfo.xml`, unpacked: advisories with their CVEs and the packages that fix them. The document is
//! read as it comes; a year of it is some fifty megabytes.

use super::related::{Collected, is_cve};
use crate::codec::{json, place};
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Sink, Tally, When};
use patchseal_core::fact::{FixedBy, Scheme};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.amazon",
    permissions: &[],
    docs: "https://docs.aws.amazon.com/linux/al2023/ug/security-advisories.html",
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
    match updates(answer, |_| ()) {
        Ok(()) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

/// One advisory.
#[derive(Default)]
struct Update {
    id: String,
    issued: String,
    updated: String,
    collection: String,
    cves: Vec<String>,
    packages: Vec<(String, String)>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut found = Collected::new("amazon");
    updates(answer, |update| {
        let time = |text: &str| json::text_time(text).and_then(|time| time.0);
        found.document(&update.id, time(&update.issued), time(&update.updated).or(time(&update.issued)));
        if update.cves.is_empty() || update.packages.is_empty() {
            return found.without("advisory without a CVE or without packages");
        }
        for (name, version) in &update.packages {
            for cve in &update.cves {
                let fix = FixedBy::Package {
                    name: name.clone(),
                    version: version.clone(),
                    scheme: Scheme::Rpm,
                    source_only: false,
                };
                found.fix(cve, fix, &update.collection);
            }
        }
    })?;
    Ok(found.state(sink))
}

/// Every advisory of the document.
fn updates(answer: &Answer<'_>, mut take: impl FnMut(Update)) -> Result<(), Reject> {
    let refuse =
        |at: usize, cut_short, message: String| Reject { position: Some(place(answer.body, at)), cut_short, message };
    let text = std::str::from_utf8(answer.body).map_err(|error| {
        refuse(error.valid_up_to(), error.error_len().is_none(), "the file is not UTF-8".to_owned())
    })?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut update = Update::default();
    let mut text = String::new();
    let mut ended = false;
    loop {
        let at = reader.buffer_position() as usize;
        let wrong = |message: String| refuse(at, false, message);
        let event = reader.read_event();
        match event {
            Ok(Event::Start(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                if open.is_empty() && (ended || name != "updates") {
                    return Err(wrong(format!("expected <updates>, found <{name}>")));
                }
                if open.len() > 16 {
                    return Err(wrong("elements nest too deep".to_owned()));
                }
                if open.len() == 1 && name == "update" {
                    update = Update::default();
                }
                element(&name, &tag, &mut update).map_err(wrong)?;
                text.clear();
                open.push(name);
            }
            Ok(Event::Empty(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                match (open.is_empty(), &*name) {
                    (true, "updates") if !ended => ended = true,
                    (true, _) => return Err(wrong(format!("expected <updates>, found <{name}>"))),
                    _ => element(&name, &tag, &mut update).map_err(wrong)?,
                }
            }
            Ok(Event::End(_)) => {
                let name = open.pop().unwrap_or_default();
                let inside = open.last().map(String::as_str);
                match (&*name, inside) {
                    ("id", Some("update")) => update.id = text.trim().to_owned(),
                    ("name", Some("collection")) => update.collection = text.trim().to_owned(),
                    ("update", Some("updates")) => {
                        if update.id.is_empty() {
                            return Err(wrong("an <update> without its <id>".to_owned()));
                        }
                        take(std::mem::take(&mut update));
                    }
                    ("updates", None) => ended = true,
                    _ => {}
                }
                text.clear();
            }
            Ok(Event::Text(part)) if !open.is_empty() => text.push_str(&part.xml10_content()),
            Ok(Event::Text(part)) if part.xml10_content().trim().is_empty() => {}
            Ok(Event::Text(_)) => return Err(wrong("text stands outside the document".to_owned())),
            // Ids and names have neither; descriptions, which are not read, do.
            Ok(Event::CData(_) | Event::GeneralRef(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::DocType(_)) => return Err(wrong("an answer has no document type".to_owned())),
            Ok(Event::Eof) if ended && open.is_empty() => return Ok(()),
            Ok(Event::Eof) => {
                let message = open.last().map_or("the file ends before <updates>".to_owned(), |name| {
                    format!("the file ends inside <{name}>")
                });
                return Err(refuse(at, true, message));
            }
            Err(error) => {
                let cut_short = matches!(error, quick_xml::errors::Error::Syntax(_));
                return Err(refuse(reader.error_position() as usize, cut_short, error.to_string()));
            }
        }
    }
}

/// What an element's attributes say.
fn element(name: &str, tag: &BytesStart<'_>, update: &mut Update) -> Result<(), String> {
    if !["issued", "updated", "reference", "package"].contains(&name) {
        return Ok(());
    }
    let mut values = std::collections::BTreeMap::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("<{name}>: {error}"))?;
        let key = attribute.key.as_ref().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| format!("<{name}>: {error}"))?;
        values.insert(key, value.into_owned());
    }
    let value = |key: &str| values.get(key).map(String::as_str).unwrap_or_default();
    match name {
        "issued" => update.issued = value("date").to_owned(),
        "updated" => update.updated = value("date").to_owned(),
        "reference" if value("type") == "cve" && is_cve(value("id")) => update.cves.push(value("id").to_owned()),
        "package" if value("arch") != "src" => {
            let (own, version, release) = (value("name"), value("version"), value("release"));
            if own.is_empty() || version.is_empty() || release.is_empty() {
                return Err("a <package> without name, version or release".to_owned());
            }
            let version = match value("epoch") {
                "" | "0" => format!("{version}-{release}"),
                epoch => format!("{epoch}:{version}-{release}"),
            };
            update.packages.push((own.to_owned(), version));
        }
        _ => {}
    }
    Ok(())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"<?xml version="1.0" ?>
<updates><update author="linux-security@amazon.com" from="linux-security@amazon.com" status="final" type="security" version="1.4"><id>ALAS2023-2026-901</id><title>Amazon Linux 2023 - ALAS2023-2026-901: Important priority package update for openssl</title><issued date="2026-11-12 20:41:00" /><updated date="2026-11-20 23:22:00" /><severity>Important</severity><description>Package updates are available &amp; fix:
CVE-2026-90040</description><references><reference href="http://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2026-90040" id="CVE-2026-90040" title="" type="cve" /><reference href="https://example.com/bug" id="1" title="" type="bugzilla" /></references><pkglist><collection short="amazon-linux-2023"><name>Amazon Linux 2023</name><package arch="x86_64" epoch="1" name="openssl-libs" release="1.amzn2023.0.11" version="3.0.8"><filename>Packages/openssl-libs-3.0.8-1.amzn2023.0.11.x86_64.rpm</filename></package><package arch="aarch64" epoch="1" name="openssl-libs" release="1.amzn2023.0.11" version="3.0.8"><filename>…</filename></package><package arch="src" epoch="1" name="openssl" release="1.amzn2023.0.11" version="3.0.8" /></collection></pkglist></update><update status="final" type="bugfix"><id>ALAS2023-2026-902</id><references /><pkglist /></update></updates>"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"<?xml version="1.0" ?><updates />"#,
        expect: Expect::Read { rows: 0, facts: 1, more: false },
    },
    Fixture { name: "cut", body: "<updates><update><id>ALAS2-2026-1</id>", expect: Expect::Refused },
    Fixture {
        name: "package without a version",
        body: r#"<updates><update><id>ALAS2-2026-1</id><pkglist><collection><package name="curl" /></collection></pkglist></update></updates>"#,
        expect: Expect::Refused,
    },
    Fixture { name: "another document", body: "<rss><channel></channel></rss>", expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::Fact;

    #[test]
    fn packages_carry_their_epoch() {
        let facts = facts_of(&OPERATION, "answered", None);
        assert!(matches!(&facts[0], Fact::Feed(feed) if feed.dated == Some(time("2026-11-20T23:22:00Z"))));
        let Fact::Relation(only) = &facts[1] else { panic!("{facts:?}") };
        let FixedBy::Package { name, version, .. } = &only.fix else { panic!("{only:?}") };
        assert_eq!((&**name, &**version), ("openssl-libs", "1:3.0.8-1.amzn2023.0.11"));
        assert_eq!((&*only.advisory, &*only.release), ("ALAS2023-2026-901", "Amazon Linux 2023"));
        assert_eq!(only.published, Some(time("2026-11-12T20:41:00Z")));
    }
}
