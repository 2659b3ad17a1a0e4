use std::fs;
use std::path::{Path, PathBuf};

use patchseal_log::{Store, VerifyOptions, Writer, verify};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{assert_clean, check, key, leaves, put_pack};

/// About 700 leaves in several commits, several packs.
fn store() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    for batch in 0..7 {
        let mut all = leaves(batch * 100, 99);
        all.push(put_pack(&mut writer, batch));
        writer.append(&all).unwrap();
    }
    assert_eq!(assert_clean(dir.path()).packs, 7);
    dir
}

/// Files under `log/` and `packs/`, relative.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.join("log"), dir.join("packs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path.strip_prefix(dir).unwrap().to_owned()) }
        }
    }
    found.sort();
    found
}

/// Runs `body` while one file is changed, and puts the file back.
fn touched<T>(dir: &Path, path: &Path, change: impl FnOnce(&mut Vec<u8>), body: impl FnOnce() -> T) -> T {
    let good = fs::read(dir.join(path)).unwrap();
    let mut bytes = good.clone();
    change(&mut bytes);
    fs::write(dir.join(path), &bytes).unwrap();
    let result = body();
    fs::write(dir.join(path), good).unwrap();
    result
}

fn flip(bytes: &mut [u8], bit: Index) {
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn reported(dir: &Path, path: &Path) -> Result<(), TestCaseError> {
    let problems = check(dir).problems;
    let named = problems.iter().any(|problem| Path::new(&problem.path) == path);
    if named { Ok(()) } else { Err(TestCaseError::fail(format!("{}: {problems:?}", path.display()))) }
}

#[test]
fn removing_any_file_is_reported_by_its_name() {
    let dir = store();
    for path in files(dir.path()) {
        let target = dir.path().join(&path);
        let bytes = fs::read(&target).unwrap();
        fs::remove_file(&target).unwrap();
        reported(dir.path(), &path).unwrap();
        fs::write(target, bytes).unwrap();
    }
    assert_clean(dir.path());
}

#[test]
fn any_other_file_is_reported_by_its_name() {
    for path in ["log/note", "log/tile/0/000.bak", "log/tile/entries/0", "log/tile/9/000", "packs/x", "packs/00/x.pack"]
    {
        let dir = store();
        fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
        fs::write(dir.path().join(path), "x").unwrap();
        let problems = check(dir.path()).problems;
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path]);
    }
}

#[test]
fn a_superseded_partial_must_begin_like_its_successor() {
    let dir = store();
    for (wide, old, length) in [("0/001", "0/001.p/3", 96), ("0/002.p/188", "0/002.p/2", 64)] {
        let mut bytes = fs::read(dir.path().join("log/tile").join(wide)).unwrap();
        bytes.truncate(length);
        let old = dir.path().join("log/tile").join(old);
        fs::create_dir_all(old.parent().unwrap()).unwrap();
        fs::write(&old, &bytes).unwrap();
        let report = check(dir.path());
        assert_eq!((report.problems.len(), report.leftovers.len()), (0, 1));
        bytes[5] ^= 16;
        fs::write(&old, &bytes).unwrap();
        assert_eq!(check(dir.path()).problems.len(), 1);
        fs::remove_file(&old).unwrap();
    }
}

#[test]
fn the_report_says_which_leaf() {
    let dir = store();
    let path = dir.path().join("log/tile/entries/001");
    let mut bytes = fs::read(&path).unwrap();
    bytes[2] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let problems = check(dir.path()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].path.as_str(), problems[0].leaf), ("log/tile/entries/001", Some(256)));
    assert_eq!(problems[0].message, "1 of leaves 256 to 511 do not hash to what the tile says, first leaf 256");
}

#[test]
fn a_leaf_edited_with_all_its_hashes_still_contradicts_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    writer.append(&leaves(0, 700)).unwrap();
    // A forger without the key rewrites the whole tree, then puts the signed checkpoint back.
    let forged = tempfile::tempdir().unwrap();
    let mut other = leaves(0, 700);
    other[300] = b"{\"n\":299}".to_vec();
    Writer::create(forged.path(), &key).unwrap().append(&other).unwrap();
    fs::copy(dir.path().join("log/checkpoint"), forged.path().join("log/checkpoint")).unwrap();
    let problems = check(forged.path()).problems;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.starts_with("its root of 700 leaves is "), "{}", problems[0].message);
    assert!(Writer::open(forged.path(), &key).is_err());
    assert!(patchseal_log::Store::open(forged.path()).is_err());
}

#[test]
fn a_size_out_of_all_proportion_ends_verification_soon() {
    let dir = store();
    let path = dir.path().join("log/checkpoint");
    let note = fs::read_to_string(&path).unwrap().replace("\n700\n", &format!("\n{}\n", u64::MAX));
    fs::write(&path, note).unwrap();
    let problems = check(dir.path()).problems;
    assert!(problems.iter().any(|problem| problem.message.starts_with("it says 18446744073709551615 leaves")));
}

#[test]
fn nothing_is_appended_to_a_damaged_edge() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    Writer::create(dir.path(), &key).unwrap().append(&leaves(0, 700)).unwrap();
    for path in
        ["log/checkpoint", "log/tile/0/002.p/188", "log/tile/1/000.p/2", "log/tile/entries/002.p/188", "log.vkey"]
    {
        let path = dir.path().join(path);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[20] ^= 1;
        for bytes in [bad.as_slice(), &good[..good.len() / 2], b""] {
            fs::write(&path, bytes).unwrap();
            assert!(Writer::open(dir.path(), &key).is_err(), "{}", path.display());
        }
        fs::remove_file(&path).unwrap();
        assert!(Writer::open(dir.path(), &key).is_err(), "{}", path.display());
        fs::write(&path, good).unwrap();
    }
    assert_clean(dir.path());
    let path = dir.path().join("log/tile/1/000.p/2");
    fs::write(&path, [0; 64]).unwrap();
    let error = Writer::open(dir.path(), &key).err().unwrap().to_string();
    assert!(
        error.contains("the partial tiles of 700 leaves give") && error.ends_with("nothing was changed"),
        "{error}"
    );
}

#[test]
fn a_key_of_the_store_itself_is_not_proof() {
    let options = VerifyOptions { vkey: Some(key().vkey().to_owned()), ..VerifyOptions::default() };
    let problems = verify(store().path(), &options).unwrap().problems;
    assert_eq!(problems.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["log.vkey", "log/checkpoint"]);
}

#[test]
fn flipping_any_bit_is_reported_by_the_name_of_its_file() {
    let (dir, config) = (store(), ProptestConfig::with_cases(1_000));
    let files = files(dir.path());
    proptest!(config, |(file in any::<Index>(), bit in any::<Index>())| {
        let path = file.get(&files);
        touched(dir.path(), path, |bytes| flip(bytes, bit), || reported(dir.path(), path))?;
    });
}

#[test]
fn cutting_or_growing_any_file_is_reported_by_its_name() {
    let (dir, config) = (store(), ProptestConfig::with_cases(300));
    let files = files(dir.path());
    proptest!(config, |(file in any::<Index>(), cut in any::<Index>(), grow in any::<bool>())| {
        let path = file.get(&files);
        let change = |bytes: &mut Vec<u8>| if grow { bytes.push(0) } else { bytes.truncate(cut.index(bytes.len())) };
        touched(dir.path(), path, change, || reported(dir.path(), path))?;
    });
}

#[test]
fn a_reader_hands_out_the_sealed_leaf_or_none() {
    let (dir, config) = (store(), ProptestConfig::with_cases(300));
    let logs: Vec<_> = files(dir.path()).into_iter().filter(|path| path.starts_with("log")).collect();
    let sealed: Vec<_> = Store::open(dir.path()).unwrap().leaves(0..700).map(Result::unwrap).collect();
    proptest!(config, |(file in any::<Index>(), bit in any::<Index>())| {
        let path = file.get(&logs);
        let read = || {
            let store = Store::open(dir.path()).ok()?;
            Some((0..700).step_by(50).map(|index| store.leaf(index).ok()).collect::<Vec<_>>())
        };
        if let Some(read) = touched(dir.path(), path, |bytes| flip(bytes, bit), read) {
            prop_assert!(read.contains(&None));
            for (leaf, sealed) in read.into_iter().zip(sealed.iter().step_by(50)) {
                prop_assert!(leaf.is_none_or(|leaf| leaf == *sealed));
            }
        }
    });
}
