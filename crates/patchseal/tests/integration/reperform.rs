//! `reperform`: a good store is given again, and a forged one is named although its signatures hold.

use crate::sandbox::{Sandbox, copy, example, files};
use patchseal::manifest::Leaf;
use patchseal::store;
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
    assert!(said.ends_with("3 evaluations given again: 3 the same, 0 restated, 0 different\n"), "{said}");
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

/// The answers were altered, everything was sealed anew with the store's own key, and the old verdicts were kept.
#[test]
fn answers_that_were_altered_are_noticed() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    sandbox.run(&["assess", "shop", "--store", "store"]);
    let mut leaf = evaluations(&sandbox.path("store")).pop().unwrap();
    let Leaf::Evaluation { input_root, input_size, logged_at, .. } = &mut leaf else { unreachable!() };
    std::fs::create_dir(sandbox.path("forged")).unwrap();
    std::fs::copy(sandbox.path("store/log.key"), sandbox.path("forged/log.key")).unwrap();
    for file in files(&sandbox.path("shop")) {
        if file.to_string_lossy().contains("ssm.DescribeInstancePatches@") {
            let told = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, told.replace("\"Missing\"", "\"Installed\"")).unwrap();
        }
    }
    let config = patchseal::config::load(None, Some(&sandbox.path("shop"))).unwrap();
    sandbox.run(&["import", "shop", "--store", "forged"]);
    let mut opened = store::open_or_create(&sandbox.path("forged")).unwrap();
    let folder = patchseal::exceptions::Folder::of(&config);
    patchseal::exceptions::seal(&mut opened, &folder, logged_at.parse().unwrap()).unwrap();
    opened.seal_policy(&config, logged_at.parse().unwrap()).unwrap();
    *input_root = opened.writer.reader().unwrap().root_at(*input_size).unwrap().to_string();
    append(&mut opened, &leaf);
    drop(opened);
    assert_eq!(sandbox.run(&["verify", "--store", "forged"]).code, 0, "the signatures hold");
    let (code, said) = reperform(&sandbox, "forged");
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the verdicts have the root"), "{said}");
    assert!(!said.contains("no policy with the digest"), "{said}");
}
