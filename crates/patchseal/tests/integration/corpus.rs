//! What real clouds answered, through the binary: `import` of a recording made of it tells of every file as many rows as an
//! independent count finds, and of every row without a fact the reason.

use crate::answers::{self, Saved};
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::collections::BTreeMap;

/// Path of an answer in the recording. Answers of one operation are numbered like pages: `import` reads each by itself.
fn path(saved: &Saved) -> String {
    let place = if saved.operation.docs.contains("microsoft") {
        "azure/0aaaaaaa-0000-4000-8000-000000000001"
    } else {
        "aws/111122223333/eu-west-1"
    };
    let subject = saved.subject.as_ref().map_or(String::new(), |subject| format!("@{subject}"));
    let status = if saved.status == 200 { String::new() } else { format!(".http{}", saved.status) };
    format!("{place}/{}{subject}.{}{status}.json", saved.operation.id, saved.number)
}

#[test]
fn import_counts_every_row_of_the_corpus() {
    let Some(saved) = answers::all() else { return };
    let sandbox = Sandbox::new();
    std::fs::remove_dir_all(sandbox.path("rec/aws")).unwrap();
    for one in &saved {
        sandbox.write(&format!("rec/{}", path(one)), std::str::from_utf8(&one.body).unwrap());
    }
    let ran = sandbox.run(&["import", "rec", "--format", "json", "-q"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let files: BTreeMap<&str, &Value> = report["runs"][0]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file))
        .collect();
    assert_eq!(files.len(), saved.len());
    let (mut counted, mut rejected, mut clouds) = (0, 0, [0, 0]);
    for one in &saved {
        let path = path(one);
        let file = files[path.as_str()];
        assert_eq!(file["operation"], one.operation.id, "{path}");
        rejected += u32::from(file["rejected"] == true);
        let count = answers::count(one.operation.id, &serde_json::from_slice(&one.body).unwrap());
        if one.status != 200 || count == Some(None) {
            assert!(file["failure"]["message"].is_string(), "{path} of {}: {file}", one.place);
            assert_eq!(file["rows"], 0, "{path} of {}", one.place);
            assert!(one.status == 200 || file["rejected"] == false, "{path}: an error answer is evidence");
            continue;
        }
        assert!(file["failure"].is_null(), "{path} of {}: {file}", one.place);
        let (rows, facts) = (file["rows"].as_u64().unwrap(), file["facts"].as_u64().unwrap());
        if let Some(Some(expected)) = count {
            assert_eq!(rows, expected, "{path} of {}", one.place);
            counted += 1;
            clouds[usize::from(path.starts_with("azure/"))] += 1;
        }
        let without = file["without_fact"].as_object().unwrap();
        assert!(without.keys().all(|reason| !reason.is_empty()), "{path}");
        let without: u64 = without.values().map(|number| number.as_u64().unwrap()).sum();
        assert!(rows <= facts + without, "{path} of {}: a row states nothing, for no reason: {file}", one.place);
    }
    assert!(clouds.iter().all(|files| *files > 0), "AWS and Azure files counted: {clouds:?}");
    eprintln!("{} files, {counted} counted, {rejected} rejected", saved.len());
    assert_eq!(ran.code, if rejected > 0 { 3 } else { 0 }, "{}", ran.stderr);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}
