//! What the vendors' feeds say in the example: which fix removes which weakness.

use super::Estate;
use serde_json::json;
use std::collections::BTreeMap;

/// Days of the feeds that relate weaknesses to fixes.
pub struct Relations {
    /// Microsoft's.
    pub msrc: String,
    /// Amazon Linux's.
    pub amazon: String,
}

pub(super) fn write(estate: &Estate, files: &mut BTreeMap<String, String>) {
    let day = estate.day;
    let Relations { msrc, amazon } = &estate.relations;
    let fix = |kb: &str, older: &str| {
        json!({"Description": {"Value": kb}, "URL": format!("https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB{kb}"),
        "Supercedence": older, "ProductID": ["11923"], "Type": 2, "SubType": "Security Update", "RestartRequired": {"Value": "Yes"}})
    };
    let month = |id: &str, released: &str, cve: &str, kb: &str, older: &str| {
        json!({"DocumentTitle": {"Value": "Security updates, invented for the example"}, "DocumentType": {"Value": "Security Update"},
            "DocumentTracking": {"Identification": {"ID": {"Value": id}}, "Status": 2, "Version": "1.0",
                "InitialReleaseDate": format!("{released}T08:00:00"), "CurrentReleaseDate": format!("{msrc}T02:00:00")},
            "ProductTree": {"Branch": [], "FullProductName": [{"ProductID": "11923", "Value": "Windows Server 2022"}]},
            "Vulnerability": [{"CVE": cve, "Title": {"Value": "invented for the example"}, "Remediations": [fix(kb, older)]}]})
    };
    let november = month("2026-Nov", "2026-11-10", "CVE-2026-90051", "5088888", "5099999");
    let september = month("2026-Sep", "2026-09-08", "CVE-2026-90050", "5099999", "5077777");
    files.insert(format!("{day}/feeds/msrc-2026-Nov.json"), format!("{november:#}\n"));
    files.insert(format!("{day}/feeds/msrc-2026-Sep.json"), format!("{september:#}\n"));
    let package = |name: &str, version: &str, release: &str| {
        format!(
            "<package arch=\"x86_64\" epoch=\"0\" name=\"{name}\" release=\"{release}\" version=\"{version}\">\
             <filename>Packages/{name}-{version}-{release}.x86_64.rpm</filename></package>"
        )
    };
    let update = |id: &str, cve: &str, packages: &[String]| {
        format!(
            "<update author=\"example\" from=\"example\" status=\"final\" type=\"security\" version=\"1.4\"><id>{id}</id>\
             <title>invented for the example</title><issued date=\"2026-10-01 00:00:00\" /><updated date=\"{amazon} 00:00:00\" />\
             <severity>Important</severity><description>invented for the example</description>\
             <references><reference href=\"https://example.com\" id=\"{cve}\" title=\"\" type=\"cve\" /></references>\
             <pkglist><collection short=\"amazon-linux-2023\"><name>Amazon Linux 2023</name>{}</collection></pkglist></update>\n",
            packages.concat()
        )
    };
    let curl = update("ALAS2023-2026-951", "CVE-2026-90052", &[package("curl", "8.11.1", "4.amzn2023.0.1")]);
    let webp = update("ALAS2023-2026-952", "CVE-2026-90001", &[package("libwebp", "1.2.4", "1.amzn2023.0.2")]);
    files.insert(
        format!("{day}/feeds/al2023-updateinfo.xml"),
        format!("<?xml version=\"1.0\" ?>\n<updates>\n{curl}{webp}</updates>\n"),
    );
    let bash = json!({"schema_version": "1.7.0", "id": "USN-7951-1", "summary": "invented for the example", "published": "2026-10-01T00:00:00Z",
        "modified": format!("{day}T00:00:00Z"), "upstream": ["CVE-2026-90053"],
        "affected": [{"package": {"ecosystem": "Ubuntu:22.04:LTS", "name": "bash"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.1-6ubuntu1.1"}]}],
            "ecosystem_specific": {"binaries": [{"binary_name": "bash", "binary_version": "5.1-6ubuntu1.1"}]}}]});
    files.insert(format!("{day}/feeds/osv/USN-7951-1.json"), format!("{bash:#}\n"));
    files.insert(format!("{day}/feeds/osv/ubuntu-modified_id.csv"), format!("{day}T00:00:00Z,USN-7951-1\n"));
    let month = |id: &str, title: &str, released: &str| {
        json!({"ID": id, "Alias": id, "DocumentTitle": title, "InitialReleaseDate": format!("{released}T08:00:00Z"),
            "CurrentReleaseDate": format!("{msrc}T02:00:00Z"), "CvrfUrl": format!("https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/{id}")})
    };
    let updates = json!({"@odata.context": "https://api.msrc.microsoft.com/cvrf/v3.0/$metadata#Updates", "value": [
        month("2026-Sep", "September 2026 Security Updates", "2026-09-08"), month("2026-Nov", "November 2026 Security Updates", "2026-11-10")]});
    files.insert(format!("{day}/feeds/msrc-updates.json"), format!("{updates:#}\n"));
}
