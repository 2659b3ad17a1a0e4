//! Habits that hold for every file, and documentation that is up to date.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by itself")]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target" && name != "snapshots") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["crates", "fuzz", "xtask"] {
        sources(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

#[test]
fn files_stay_short_and_are_named_for_what_they_hold() {
    let mut wrong = Vec::new();
    for path in all() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > 400 {
            wrong.push(format!("{} has {lines} lines; at most 400", path.display()));
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["mod", "utils", "util", "helpers", "common", "manager"].contains(&name.as_str()) {
            wrong.push(format!("{} is not named for what it holds", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule is found by its id, and every rule file is on the list.
#[test]
fn every_rule_file_is_a_rule_on_the_list() {
    let mut files: Vec<String> = std::fs::read_dir(root().join("crates/core/src/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .collect();
    files.sort();
    let ids: Vec<&str> = patchseal_core::rules::RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(files, ids);
}

/// Invariant 4: `core` can do no input or output, because nothing it depends on can.
#[test]
fn core_depends_on_nothing_that_does_io() {
    let manifest = std::fs::read_to_string(root().join("crates/core/Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<&str> = section
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| line.split(['.', '=', ' ']).next().unwrap())
        .collect();
    // The two of versions compare text and do nothing else: a wrong order of our own would call a host fixed.
    let pure = ["deb-version", "jiff", "rayon", "rpm-version", "sha2"];
    assert_eq!(names, pure, "a new dependency of core has to be pure: say why here");
}

#[test]
fn generated_documentation_is_up_to_date() {
    let stale = xtask::docs::run(&root(), true).unwrap();
    assert!(stale.is_empty(), "run `cargo xtask docs`: {}", stale.join(", "));
}

/// The truth of a synthetic fleet is worth something only as long as it comes from elsewhere than what it is held against.
#[test]
fn fleets_are_generated_without_the_code_that_judges_them() {
    let mut files = vec![root().join("xtask/src/fleet.rs")];
    sources(&root().join("xtask/src/fleet"), &mut files);
    assert!(files.len() > 5);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let used = ["patchseal::", "patchseal_core", "patchseal_sources", "patchseal_render", "patchseal_log"];
        assert!(!used.iter().any(|name| text.contains(name)), "{} uses what it is to test", path.display());
    }
}
