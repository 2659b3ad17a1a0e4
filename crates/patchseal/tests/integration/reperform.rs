//! `reperform`: a good store is given again, and a forged one is named although its signatures hold.

use crate::sandbox::{Sandbox, copy, example, files};
use patchseal::manifest::Leaf;
use patchseal::store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn evaluations(folder: &Path) -> Vec<Leaf> {
    let store = store::read(folder).unwrap();
    let leaves = store.leaves(0..store.checkpoint().size).map(|leaf| Leaf::parse(&leaf.unwrap()));
    leaves.flatten().filter(|leaf| matches!(leaf, Leaf::Evaluation { .. })).collect()
}

fn reperform(sandbox: &Sandbox, store: &str) -> (i32, String) {
    let ran = sandbox.run(&["reperform", "--store", store, "-q"]);
    (ran.code, ran.stdout)
}

#[test]
fn a_good_store_is_given_again() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    let policy = "shop/patchseal.toml";
    for arguments in [
        &["import", "shop", "--store", "store"][..],
        &["check", "--store", "store", "--config", policy, "--as-of", "2026-11-24T06:00:00Z"],
        &["check", "--store", "store", "--config", policy, "--as-of", "2026-11-24T06:00:00Z", "--known-at", "1"],
        &["check", "--store", "store", "--as-of", "2026-11-18T06:00:00Z"],
    ] {
        let ran = sandbox.run(arguments);
        assert!(matches!(ran.code, 0 | 1 | 3), "{}", ran.stderr);
    }
    let (code, said) = reperform(&sandbox, "store");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("as far as the log knew at size 1\n"), "{said}");
    // One a recording, and two that were asked for.
    assert!(said.ends_with("15 evaluations given again: 15 the same, 0 restated, 0 different\n"), "{said}");
}

#[test]
fn nothing_to_give_again_proves_nothing() {
    let sandbox = Sandbox::new();
    assert_eq!(reperform(&sandbox, "nowhere").0, 5);
    sandbox.run(&["import", "rec", "--store", "store"]);
    assert_eq!(reperform(&sandbox, "store").0, 3);
}

/// Appends an evaluation to a store, signed with its own key.
fn append(opened: &mut store::Opened, leaf: &Leaf) {
    opened.writer.append(&[leaf.bytes()]).unwrap();
}

#[test]
fn counts_that_were_made_up_are_named() {
    let sandbox = Sandbox::new();
    sandbox.run(&["assess", "rec", "--store", "store"]);
    let mut leaf = evaluations(&sandbox.path("store")).pop().unwrap();
    let Leaf::Evaluation { pass, unknown, .. } = &mut leaf else { unreachable!() };
    let unsure = std::mem::take(unknown);
    *pass += unsure;
    append(&mut store::open_or_create(&sandbox.path("store")).unwrap(), &leaf);
    assert_eq!(sandbox.run(&["verify", "--store", "store"]).code, 0, "the signatures hold");
    let (code, said) = reperform(&sandbox, "store");
    assert_eq!(code, 4, "{said}");
    assert!(said.contains(&format!("  unknown: 0 sealed, {unsure} found\n")), "{said}");
    assert!(said.ends_with("2 evaluations given again: 1 the same, 0 restated, 1 different\n"), "{said}");
}

/// Calling the rules others does not make verdicts true: they are not confirmed.
#[test]
fn verdicts_of_another_edition_are_not_proven() {
    let sandbox = Sandbox::new();
    sandbox.run(&["assess", "rec", "--store", "store"]);
    let mut leaf = evaluations(&sandbox.path("store")).pop().unwrap();
    let Leaf::Evaluation { edition, pass, .. } = &mut leaf else { unreachable!() };
    (*edition, *pass) = ("another".to_owned(), *pass + 1);
    append(&mut store::open_or_create(&sandbox.path("store")).unwrap(), &leaf);
    let (code, said) = reperform(&sandbox, "store");
    assert!(code == 3 && said.contains("1 the same, 1 restated, 0 different"), "{said}");
}

/// Seals the folder `shop` as it is now in a store with the key of `store`, and the evaluations of `store` behind it.
fn forge(sandbox: &Sandbox) {
    std::fs::create_dir(sandbox.path("forged")).unwrap();
    std::fs::copy(sandbox.path("store/log.key"), sandbox.path("forged/log.key")).unwrap();
    sandbox.run(&["import", "shop", "--store", "forged"]);
    let config = patchseal::config::load(None, Some(&sandbox.path("shop"))).unwrap();
    let mut opened = store::open_or_create(&sandbox.path("forged")).unwrap();
    let folder = patchseal::exceptions::Folder::of(&config);
    patchseal::exceptions::policy::seal(&mut opened, &config, "2026-11-24T06:00:00Z".parse().unwrap()).unwrap();
    patchseal::exceptions::seal(&mut opened, &folder, "2026-11-24T06:00:00Z".parse().unwrap()).unwrap();
    opened.seal_policy(&config, "2026-11-24T06:00:00Z".parse().unwrap()).unwrap();
    for mut leaf in evaluations(&sandbox.path("store")) {
        let Leaf::Evaluation { input_root, input_size, pack, policy, .. } = &mut leaf else { unreachable!() };
        *input_root = opened.writer.reader().unwrap().root_at(*input_size).unwrap().to_string();
        policy.clone_from(opened.policy.as_ref().unwrap());
        let pack = format!("packs/{}/{}.pack", &pack.as_ref().unwrap()[..2], pack.as_ref().unwrap());
        let to = sandbox.path("forged").join(&pack);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(sandbox.path("store").join(&pack), to).unwrap();
        append(&mut opened, &leaf);
    }
    drop(opened);
    assert_eq!(sandbox.run(&["verify", "--store", "forged"]).code, 0, "the signatures hold");
}

/// Failures and unknowns by finding id, with what a row of history tells apart.
fn findings(sandbox: &Sandbox, store: &str) -> BTreeMap<String, String> {
    let ran = sandbox.run(&["assess", "shop", "--store", store, "--format", "json", "-q"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let one = |finding: &serde_json::Value| {
        let says = ["verdict", "severity", "reason", "opened", "due"].map(|member| finding[member].to_string());
        (finding["id"].as_str().unwrap().to_owned(), says.join(" "))
    };
    document["findings"].as_array().unwrap().iter().map(one).collect()
}

/// Ids of the verdicts that `reperform` names in the last evaluation.
fn named(sandbox: &Sandbox) -> BTreeSet<String> {
    let ran = sandbox.run(&["reperform", "--store", "forged", "--format", "json", "-q"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let last = document["evaluations"].as_array().unwrap().last().unwrap();
    let rows = last["rows"].as_array().unwrap().iter().filter(|row| row["table"] == "verdict");
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Ids of what is not the same in both.
fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> BTreeSet<String> {
    let ids = before.keys().chain(after.keys());
    ids.filter(|id| before.get(*id) != after.get(*id)).cloned().collect()
}

/// The answers were altered, everything was sealed anew with the store's own key, and the old verdicts were kept.
#[test]
fn answers_that_were_altered_are_noticed() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    let before = findings(&sandbox, "store");
    for file in files(&sandbox.path("shop")) {
        if file.to_string_lossy().contains("ssm.DescribeInstancePatches@") {
            let told = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, told.replace("\"Missing\"", "\"Installed\"")).unwrap();
        }
    }
    let after = findings(&sandbox, "honest");
    forge(&sandbox);
    let (code, said) = reperform(&sandbox, "forged");
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the verdicts have the root") && said.contains(" sealed, nothing found\n"), "{said}");
    assert!(!said.contains("no policy with the digest"), "{said}");
    let expected = changed(&before, &after);
    assert!(!expected.is_empty());
    assert_eq!(named(&sandbox), expected);
}

/// The policy was given other deadlines, and everything was sealed anew.
#[test]
fn deadlines_that_were_altered_are_noticed() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    let before = findings(&sandbox, "store");
    let policy = std::fs::read_to_string(sandbox.path("shop/patchseal.toml")).unwrap();
    let longer = policy.replace("[sla]\n", "[sla]\nhigh = \"90d\"\ncritical = \"90d\"\n");
    assert_ne!(longer, policy);
    sandbox.write("shop/patchseal.toml", &longer);
    let after = findings(&sandbox, "honest");
    forge(&sandbox);
    let expected = changed(&before, &after);
    assert!(!expected.is_empty());
    assert_eq!(named(&sandbox), expected);
}

/// Rows that rest on nothing are said to be missing, and the rest is compared all the same.
#[test]
fn rows_that_cannot_be_read_are_named() {
    let sandbox = Sandbox::new();
    sandbox.run(&["assess", "rec", "--store", "store"]);
    let mut leaf = evaluations(&sandbox.path("store")).pop().unwrap();
    let Leaf::Evaluation { base, .. } = &mut leaf else { unreachable!() };
    *base = Some(0);
    append(&mut store::open_or_create(&sandbox.path("store")).unwrap(), &leaf);
    let (code, said) = reperform(&sandbox, "store");
    assert!(code == 4 && said.contains("its rows cannot be read: leaf 0: "), "{said}");
    assert!(said.ends_with("2 evaluations given again: 1 the same, 0 restated, 1 different\n"), "{said}");
}
