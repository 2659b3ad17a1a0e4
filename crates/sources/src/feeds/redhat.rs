//! Red Hat's CSAF 2.0 documents: security advisories (one for each RHSA) and VEX (one for each CVE). Both name fixed packages
//! product by product; the package stands in the id of the component, name, epoch, version, release and architecture.

use super::csaf::Csaf;
use super::index;
use super::related::{self, Collected};
use crate::codec::json;
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Sink, Tally, When};
use patchseal_core::fact::{FixedBy, Scheme};
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.redhat",
    permissions: &[],
    docs: "https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex/",
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

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    if index::is_index(answer) {
        return index::rows("redhat", answer, sink);
    }
    let document: Csaf<'_> = json::read(answer)?;
    related::check_version(&document)?;
    let tracking = &document.document.tracking;
    let dates = (tracking.initial_release_date.0, tracking.current_release_date.0);
    let names = document.product_tree.names();
    let relationships: BTreeMap<&str, (&str, &str)> = document
        .product_tree
        .relationships
        .iter()
        .map(|one| (one.id(), (&*one.product_reference, &*one.relates_to_product_reference)))
        .collect();
    let mut found = Collected::new("redhat");
    found.read(&tracking.id);
    found.document(&tracking.id, dates.0, dates.1);
    for weakness in &document.vulnerabilities {
        let Some(cve) = weakness.cve.as_deref() else {
            found.without("weakness without a CVE");
            continue;
        };
        // A VEX document is about a weakness: its advisories stand with the fixes.
        let advisories: BTreeMap<&str, (&str, Option<jiff::Timestamp>)> = weakness
            .remediations
            .iter()
            .filter(|fix| fix.category == "vendor_fix")
            .filter_map(|fix| Some((fix.url.rsplit_once("/errata/")?.1, fix)))
            .flat_map(|(advisory, fix)| fix.product_ids.iter().map(move |id| (&**id, (advisory, fix.date.0))))
            .collect();
        let mut packages: BTreeMap<(&str, String, &str), (&str, Option<jiff::Timestamp>)> = BTreeMap::new();
        for id in &weakness.product_status.fixed {
            let related = relationships
                .get(&**id)
                .copied()
                .or_else(|| id.split_once(':').map(|(product, component)| (component, product)));
            let Some((component, product)) = related else { continue };
            let Some((name, version)) = package(component) else { continue };
            let (advisory, date) = advisories.get(&**id).copied().unwrap_or((&tracking.id, dates.0));
            let release = names.get(product).map(|(name, _)| *name).filter(|name| !name.is_empty()).unwrap_or(product);
            // The same package for many products is one fix: the first name stands for all.
            let entry = packages.entry((name, version, advisory)).or_insert((release, date));
            entry.0 = entry.0.min(release);
        }
        if packages.is_empty() {
            found.without("weakness without a package that removes it");
        }
        for ((name, version, advisory), (release, date)) in packages {
            let fix = FixedBy::Package { name: name.to_owned(), version, scheme: Scheme::Rpm, source_only: false };
            found.document(advisory, date.or(dates.0), dates.1);
            found.fix(cve, fix, release);
        }
    }
    Ok(found.state(sink))
}

/// Name and `[epoch:]version-release` of `openssl-libs-1:3.0.7-27.el9.x86_64`; sources are no packages of hosts.
fn package(component: &str) -> Option<(&str, String)> {
    // Packages of a module stream carry it behind two colons.
    let component = component.split("::").next().unwrap_or(component);
    let (rest, arch) = component.rsplit_once('.')?;
    if !["x86_64", "aarch64", "noarch", "i686", "ppc64le", "s390x"].contains(&arch) {
        return None;
    }
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let starts = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    (!name.is_empty() && starts(version) && starts(release)).then(|| (name, format!("{version}-{release}")))
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"document": {"aggregate_severity": {"text": "Important"}, "category": "csaf_security_advisory", "csaf_version": "2.0", "title": "Red Hat Security Advisory: openssl security update",
  "publisher": {"category": "vendor", "name": "Red Hat Product Security", "namespace": "https://www.redhat.com"},
  "tracking": {"id": "RHSA-2026:9001", "status": "final", "version": "2", "initial_release_date": "2026-11-11T09:00:00+00:00", "current_release_date": "2026-11-21T09:00:00+00:00"}},
 "product_tree": {"branches": [{"category": "vendor", "name": "Red Hat", "branches": [
   {"category": "product_family", "name": "Red Hat Enterprise Linux", "branches": [{"category": "product_name", "name": "Red Hat Enterprise Linux BaseOS (v. 9)",
     "product": {"name": "Red Hat Enterprise Linux BaseOS (v. 9)", "product_id": "BaseOS-9.6.0.Z.MAIN", "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}}}]},
   {"category": "architecture", "name": "x86_64", "branches": [{"category": "product_version", "name": "openssl-libs-1:3.2.2-7.el9_6.x86_64",
     "product": {"name": "openssl-libs-1:3.2.2-7.el9_6.x86_64", "product_id": "openssl-libs-1:3.2.2-7.el9_6.x86_64", "product_identification_helper": {"purl": "pkg:rpm/redhat/openssl-libs@3.2.2-7.el9_6?arch=x86_64&epoch=1"}}}]}]}],
  "relationships": [
   {"category": "default_component_of", "full_product_name": {"name": "openssl-libs-1:3.2.2-7.el9_6.x86_64 as a component of Red Hat Enterprise Linux BaseOS (v. 9)", "product_id": "BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.x86_64"},
    "product_reference": "openssl-libs-1:3.2.2-7.el9_6.x86_64", "relates_to_product_reference": "BaseOS-9.6.0.Z.MAIN"},
   {"category": "default_component_of", "full_product_name": {"name": "openssl-1:3.2.2-7.el9_6.src", "product_id": "BaseOS-9.6.0.Z.MAIN:openssl-1:3.2.2-7.el9_6.src"},
    "product_reference": "openssl-1:3.2.2-7.el9_6.src", "relates_to_product_reference": "BaseOS-9.6.0.Z.MAIN"}]},
 "vulnerabilities": [
  {"cve": "CVE-2026-90020", "product_status": {"fixed": ["BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.x86_64", "BaseOS-9.6.0.Z.MAIN:openssl-1:3.2.2-7.el9_6.src"]},
   "remediations": [{"category": "vendor_fix", "date": "2026-11-11T09:00:00+00:00", "details": "See the article.", "product_ids": ["BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.x86_64"], "url": "https://access.redhat.com/errata/RHSA-2026:9001"}]},
  {"cve": "CVE-2026-90021", "product_status": {"fixed": ["BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.x86_64"]}, "remediations": []}]}"#,
        expect: Expect::Read { rows: 1, facts: 3, more: false },
    },
    Fixture {
        name: "VEX",
        body: r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {"id": "CVE-2026-90020", "initial_release_date": "2026-11-01T00:00:00Z", "current_release_date": "2026-11-22T00:00:00Z"}},
 "product_tree": {"branches": []},
 "vulnerabilities": [{"cve": "CVE-2026-90020", "product_status": {"fixed": ["BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.aarch64"], "known_affected": ["red_hat_enterprise_linux_7:openssl"]},
  "remediations": [
   {"category": "vendor_fix", "date": "2026-11-11T09:00:00+00:00", "details": "…", "product_ids": ["BaseOS-9.6.0.Z.MAIN:openssl-libs-1:3.2.2-7.el9_6.aarch64"], "url": "https://access.redhat.com/errata/RHSA-2026:9001"},
   {"category": "no_fix_planned", "details": "Out of support scope", "product_ids": ["red_hat_enterprise_linux_7:openssl"]}]}]}"#,
        expect: Expect::Read { rows: 1, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"document": {"csaf_version": "2.0", "tracking": {"id": "RHSA-2026:9002", "current_release_date": "2026-11-21T09:00:00+00:00"}}, "vulnerabilities": []}"#,
        expect: Expect::Read { rows: 0, facts: 2, more: false },
    },
    Fixture {
        name: "no fix yet",
        body: r#"{"document": {"csaf_version": "2.0", "tracking": {"id": "CVE-2026-90022", "current_release_date": "2026-11-21T09:00:00+00:00"}}, "vulnerabilities": [{"cve": "CVE-2026-90022"}]}"#,
        expect: Expect::Read { rows: 1, facts: 2, more: false },
    },
    Fixture { name: "another document", body: r#"{"document": {"title": "…"}}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;
    use patchseal_core::fact::{Fact, Relation};

    fn relations(fixture: &str) -> Vec<Relation> {
        let facts = facts_of(&OPERATION, fixture, None).into_iter();
        facts.filter_map(|fact| if let Fact::Relation(one) = fact { Some(*one) } else { None }).collect()
    }

    #[test]
    fn advisories_and_vex_say_the_same_of_a_fix() {
        for (fixture, cves) in [("answered", 2), ("VEX", 1)] {
            let all = relations(fixture);
            let FixedBy::Package { name, version, .. } = &all[0].fix else { panic!("{all:?}") };
            assert_eq!((&**name, &**version), ("openssl-libs", "1:3.2.2-7.el9_6"), "{fixture}");
            assert_eq!((&*all[0].advisory, all[0].cves.len()), ("RHSA-2026:9001", cves), "{fixture}");
        }
    }

    #[test]
    fn components_that_are_packages() {
        let module = "httpd-0:2.4.37-47.module+el8.6.0+19809+6e655c60.7.x86_64::httpd:2.4";
        assert_eq!(package(module), Some(("httpd", "0:2.4.37-47.module+el8.6.0+19809+6e655c60.7".to_owned())));
        for text in ["openssl-1:3.2.2-7.el9_6.src", "openssl", "rhel9/openssl@sha256:0a_amd64", "a-b.x86_64", ""] {
            assert_eq!(package(text), None, "{text}");
        }
    }
}
