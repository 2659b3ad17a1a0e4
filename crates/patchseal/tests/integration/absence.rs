//! Invariant 1 on the bundled example: taking input away never adds a pass, and never ends clean.

use crate::sandbox::{Sandbox, copy, example, files};
use patchseal_sources::operation::{Reach, When};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use xtask::storefront::{Variant, write};

type Verdicts = BTreeMap<(String, String), String>;

/// Every verdict, by rule and subject.
fn verdicts(sandbox: &Sandbox, folder: &str, store: &str) -> (i32, Verdicts, Value) {
    let html = format!("{store}.html");
    let ran = sandbox.run(&["assess", folder, "--store", store, "--html", &html, "--format", "json", "--all", "-q"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let key = |finding: &Value| {
        let subject = &finding["subject"];
        let id = format!("{} {} {} {}", subject["cloud"], subject["account"], subject["region"], subject["id"]);
        // A group that is not listed goes by its name alone, and is the same group.
        let id = id.replace("autoScalingGroup:0aaaaaaa-0000-4000-8000-000000000000:", "");
        (finding["rule"].as_str().unwrap().to_owned(), id)
    };
    let verdicts = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (key(finding), finding["verdict"].as_str().unwrap().to_owned()));
    (ran.code, verdicts.collect(), result)
}

/// Files of the example by the operation that their names give.
fn by_operation(folder: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut all: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files(folder) {
        let relative = file.strip_prefix(folder).unwrap().to_path_buf();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let operation = if relative.components().any(|part| part.as_os_str() == "inventory") {
            "inventory".to_owned()
        } else if relative.components().any(|part| part.as_os_str() == "changes") {
            "changes.Records".to_owned()
        } else if relative.components().any(|part| part.as_os_str() == "feeds") {
            format!("feeds.{name}")
        } else if name.contains('.') && relative.components().count() > 2 {
            name.split(['@']).next().unwrap().split('.').take(2).collect::<Vec<_>>().join(".")
        } else {
            continue;
        };
        all.entry(operation).or_default().push(relative);
    }
    all
}

fn added_passes(before: &Verdicts, after: &Verdicts) -> Vec<String> {
    let passed = |verdicts: &Verdicts| -> BTreeSet<(String, String)> {
        verdicts.iter().filter(|(_, verdict)| *verdict == "pass").map(|(key, _)| key.clone()).collect()
    };
    passed(after).difference(&passed(before)).map(|(rule, subject)| format!("{rule} on {subject}")).collect()
}

#[test]
fn deleting_an_operation_never_adds_a_pass_and_never_ends_clean() {
    let sandbox = Sandbox::new();
    let (_, full, _) = verdicts(&sandbox, example().to_str().unwrap(), "store-full");
    for (number, (operation, paths)) in by_operation(&example()).into_iter().enumerate() {
        let folder = format!("without-{number}");
        copy(&example(), &sandbox.path(&folder));
        for path in &paths {
            std::fs::remove_file(sandbox.path(&folder).join(path)).unwrap();
        }
        let (code, reduced, _) = verdicts(&sandbox, &folder, &format!("store-{number}"));
        assert_ne!(code, 0, "without {operation}");
        let added = added_passes(&full, &reduced);
        assert!(added.is_empty(), "without {operation}: {}", added.join(", "));
        std::fs::remove_dir_all(sandbox.path(&folder)).unwrap();
    }
}

/// A refusal is input too: whoever hides it gains nothing.
#[test]
fn deleting_a_refusal_never_adds_a_pass_and_never_ends_clean() {
    let sandbox = Sandbox::new();
    let (_, full, _) = verdicts(&sandbox, example().to_str().unwrap(), "store-full");
    copy(&example(), &sandbox.path("without"));
    let refused = |file: &PathBuf| file.to_string_lossy().contains(".http");
    let refusals: Vec<PathBuf> = files(&sandbox.path("without")).into_iter().filter(refused).collect();
    assert!(refusals.len() > 1, "{refusals:?}");
    for (number, file) in refusals.iter().enumerate() {
        let kept = std::fs::read(file).unwrap();
        std::fs::remove_file(file).unwrap();
        let (code, reduced, _) = verdicts(&sandbox, "without", &format!("store-{number}"));
        assert_ne!(code, 0, "without {}", file.display());
        let added = added_passes(&full, &reduced);
        assert!(added.is_empty(), "without {}: {}", file.display(), added.join(", "));
        std::fs::write(file, kept).unwrap();
    }
}

/// The same of questions that nobody had to ask, each alone in a place that refuses nothing else.
#[test]
fn deleting_a_needless_refusal_never_adds_a_pass() {
    let sandbox = Sandbox::new();
    let variant = Variant { repaired: Some("refused-subscription"), renamed: false };
    write(&sandbox.path("refused"), variant).unwrap();
    let (_, without, _) = verdicts(&sandbox, "refused", "store-without");
    let extra = patchseal_sources::operations().into_iter().filter(|operation| {
        // Of these, recordings hold other files than answers.
        let is_file =
            ["changes.", "feeds.", "inventory.", "resource-data-sync."].iter().any(|of| operation.id.starts_with(of));
        operation.when == When::Extra && !is_file
    });
    let mut tried = 0;
    for (number, operation) in extra.enumerate() {
        let is_azure =
            ["activity-log.", "compute.", "maintenance.", "insights.", "alerts-management.", "resource-graph."]
                .iter()
                .any(|service| operation.id.starts_with(service));
        let place = if is_azure { "azure/0aaaaaaa-0000-4000-8000-000000000001" } else { "aws/444455556666/us-east-1" };
        let subject = if operation.reach == Reach::Resource { "@nobody-asked" } else { "" };
        let name = format!("refused/2026-11-24/{place}/{}{subject}.http403.json", operation.id);
        // Of a question that is answered there, a refusal says that the answer is not whole.
        if sandbox.path(&name.replace(".http403", "")).exists() {
            continue;
        }
        sandbox.write(&name, r#"{"__type": "AccessDeniedException", "message": "not authorized"}"#);
        let (_, with, result) = verdicts(&sandbox, "refused", &format!("store-{number}"));
        let added = added_passes(&with, &without);
        assert!(added.is_empty(), "without {name}: {}", added.join(", "));
        assert!(result["coverage"].to_string().contains(operation.id), "{name} is nowhere named");
        std::fs::remove_file(sandbox.path(&name)).unwrap();
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

#[test]
fn a_refused_answer_is_named_and_never_adds_a_pass() {
    let sandbox = Sandbox::new();
    let (_, full, _) = verdicts(&sandbox, example().to_str().unwrap(), "store-full");
    for (number, (operation, paths)) in by_operation(&example()).into_iter().enumerate() {
        // Feeds and inventories are files that nobody refuses; what is refused already says so.
        let refusable = |path: &&PathBuf| {
            let name = path.to_string_lossy();
            name.ends_with(".json") && !name.contains(".http")
        };
        let Some(path) = paths.iter().rev().find(refusable) else { continue };
        if operation.starts_with("feeds.") {
            continue;
        }
        let folder = format!("refused-{number}");
        copy(&example(), &sandbox.path(&folder));
        let file = sandbox.path(&folder).join(path);
        std::fs::remove_file(&file).unwrap();
        let refused = file.with_extension("http403.json");
        std::fs::write(refused, r#"{"__type": "AccessDeniedException", "message": "not authorized"}"#).unwrap();
        let (code, reduced, result) = verdicts(&sandbox, &folder, &format!("store-r{number}"));
        assert_ne!(code, 0, "{operation} refused");
        let added = added_passes(&full, &reduced);
        assert!(added.is_empty(), "{} refused: {}", path.display(), added.join(", "));
        let named = result["coverage"]["scopes"].as_array().unwrap().iter().any(|scope| {
            let reasons = scope["reasons"].to_string();
            reasons.contains(&operation) && reasons.contains("denied")
        });
        assert!(named, "{} refused, and no scope says so: {}", path.display(), result["coverage"]["scopes"]);
        std::fs::remove_dir_all(sandbox.path(&folder)).unwrap();
    }
}
