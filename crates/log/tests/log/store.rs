use std::fs;

use patchseal_log::{Checkpoint, Error, Key, PackBuilder, Store, VerifyOptions, Writer, compress, sha256, verify};

use crate::{assert_clean, check, key, leaves, put_pack};

#[test]
fn leaves_come_back_at_every_size_around_a_tile() {
    for size in [0, 1, 2, 255, 256, 257, 700] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path(), &key()).unwrap();
        assert_eq!(writer.append(&leaves(0, size)).unwrap(), 0..size);
        let store = writer.reader().unwrap();
        let read: Vec<_> = store.leaves(0..u64::MAX).map(Result::unwrap).collect();
        assert_eq!(read, leaves(0, size));
        assert!(matches!(store.leaf(size), Err(Error::NoSuchLeaf { .. })));
        assert_eq!(&assert_clean(dir.path()).root, &writer.checkpoint().root);
    }
}

#[test]
fn appending_in_pieces_gives_the_same_log_as_at_once() {
    let key = key();
    let (pieces, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Writer::create(whole.path(), &key).unwrap().append(&leaves(0, 1000)).unwrap();
    drop(Writer::create(pieces.path(), &key).unwrap());
    let mut from = 0;
    for count in [1, 1, 3, 250, 1, 1, 0, 500, 243] {
        // Opened anew each time: the edge is rebuilt from the partial tiles.
        let mut writer = Writer::open(pieces.path(), &key).unwrap();
        assert_eq!(writer.append(&leaves(from, count)).unwrap(), from..from + count);
        from += count;
        assert_clean(pieces.path());
    }
    assert_eq!(files(pieces.path()), files(whole.path()));
}

fn files(dir: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.strip_prefix(dir).unwrap().display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_store_is_never_created_over_another() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (key(), key());
    Writer::create(dir.path(), &first).unwrap().append(&leaves(0, 3)).unwrap();
    assert!(matches!(Writer::create(dir.path(), &first), Err(Error::Exists { .. })));
    fs::remove_file(dir.path().join("log/checkpoint")).unwrap();
    assert!(matches!(Writer::create(dir.path(), &first), Err(Error::Exists { .. })));
    fs::remove_dir_all(dir.path().join("log")).unwrap();
    assert!(matches!(Writer::create(dir.path(), &second), Err(Error::Exists { .. })));
    assert!(matches!(Writer::open(dir.path(), &first), Err(Error::Absent { .. })));
}

#[test]
fn one_writer_at_a_time_and_readers_whenever() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    assert!(matches!(Writer::open(dir.path(), &key), Err(Error::Locked { .. })));
    writer.append(&leaves(0, 10)).unwrap();
    let early = Store::open(dir.path()).unwrap();
    writer.append(&leaves(10, 290)).unwrap();
    // Its partial tiles are gone, replaced by wider ones that begin alike.
    assert_eq!(early.leaves(0..10).map(Result::unwrap).collect::<Vec<_>>(), leaves(0, 10));
    assert_eq!(early.checkpoint().size, 10);
    drop(writer);
    assert_eq!(Writer::open(dir.path(), &key).unwrap().checkpoint().size, 300);
}

#[test]
fn a_key_saved_is_the_key_loaded_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.key");
    let made = key();
    made.save(&path).unwrap();
    assert!(matches!(made.save(&path), Err(Error::Write { .. })));
    let loaded = Key::load(&path).unwrap();
    assert_eq!((loaded.vkey(), loaded.origin()), (made.vkey(), "example.com/log"));
    assert!(!format!("{loaded:?}").contains("PRIVATE"));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    for origin in ["", "two words", "a+b", "a\nb", "a\u{7}"] {
        assert!(matches!(Key::generate(origin), Err(Error::Origin { .. })), "{origin:?}");
    }
    fs::write(&path, "PRIVATE+KEY+nonsense").unwrap();
    assert!(matches!(Key::load(&path), Err(Error::Key { .. })));
}

#[test]
fn another_key_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    drop(Writer::create(dir.path(), &key()).unwrap());
    let error = Writer::open(dir.path(), &key()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "reading a checkpoint: note has no verifiable signatures; expected a valid signature of example.com/log"
    );
}

#[test]
fn a_leaf_fits_the_length_prefix_or_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    let error = writer.append(&[vec![], vec![0; 65_536]]).unwrap_err();
    assert_eq!(error.to_string(), "appending leaf 1: it has 65536 bytes and at most 65535 fit");
    assert_eq!(writer.append(&[vec![], vec![0; 65_535]]).unwrap(), 0..2);
    assert_eq!(writer.reader().unwrap().leaf(1).unwrap().len(), 65_535);
    assert_clean(dir.path());
}

#[test]
fn the_checkpoint_is_the_text_of_the_specification() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    let note = fs::read_to_string(dir.path().join("log/checkpoint")).unwrap();
    assert!(note.starts_with("example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— example.com/log "));
    writer.append(&leaves(0, 2)).unwrap();
    let note = fs::read_to_string(dir.path().join("log/checkpoint")).unwrap();
    assert_eq!(Checkpoint::verify(&note, key.vkey()).unwrap(), *writer.checkpoint());
    assert_eq!(Checkpoint::parse(&note).unwrap(), *writer.checkpoint());
    // A witness adds a line; ours still counts, and alone theirs does not.
    let witness = "— witness.example mJirIkljAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    assert!(Checkpoint::verify(&format!("{note}{witness}"), key.vkey()).is_ok());
    let ours = note.split_inclusive('\n').next_back().unwrap();
    assert!(Checkpoint::verify(&note.replace(ours, witness), key.vkey()).is_err());
}

#[test]
fn packs_are_read_by_range_from_many_threads() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    let bodies: Vec<Vec<u8>> = (0..50u32).map(|i| i.to_be_bytes().repeat(i as usize * 20)).collect();
    let mut builder = PackBuilder::new();
    let places: Vec<_> = bodies.iter().map(|body| builder.push(compress(body))).collect();
    let pack = builder.finish(b"manifest");
    writer.put_pack(&pack).unwrap();
    writer.put_pack(&pack).unwrap();
    let reader = writer.reader().unwrap().pack(&pack.digest).unwrap();
    assert_eq!(reader.manifest().unwrap(), b"manifest");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (body, place) in bodies.iter().zip(&places) {
                    assert_eq!(&reader.body(*place, body.len() as u64).unwrap(), body);
                }
            });
        }
    });
    assert!(matches!(writer.reader().unwrap().pack(&sha256(b"none")), Err(Error::PackAbsent { .. })));
}

#[test]
fn a_damaged_pack_is_replaced_by_the_very_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    let leaf = put_pack(&mut writer, 1);
    writer.append(&[leaf]).unwrap();
    let path = files(&dir.path().join("packs")).remove(0).0;
    let path = dir.path().join("packs").join(path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(check(dir.path()).problems.len(), 1);
    put_pack(&mut writer, 1);
    assert_clean(dir.path());
}

#[test]
fn a_pack_deleted_by_retention_is_expired_and_any_other_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    let relies = [put_pack(&mut writer, 1), put_pack(&mut writer, 2)];
    writer.append(&relies).unwrap();
    let digests: Vec<String> = relies.iter().map(|leaf| String::from_utf8_lossy(&leaf[9..73]).into_owned()).collect();
    fs::remove_dir_all(dir.path().join("packs")).unwrap();
    assert_eq!(check(dir.path()).problems.len(), 2);
    let retention = format!("{{\"packs\":[\"{}\"],\"type\":\"retention/v1\"}}", digests[0]);
    writer.append(&[retention.into_bytes()]).unwrap();
    let report = check(dir.path());
    assert_eq!((report.expired_packs, report.problems.len()), (1, 1));
    assert!(report.problems[0].path.contains(&digests[1]));
    assert_eq!(report.problems[0].leaf, Some(1));
    // Relied on again after its deletion: now it must be there.
    writer.append(&relies[..1]).unwrap();
    assert_eq!(check(dir.path()).problems.len(), 2);
}

#[test]
fn a_pack_no_leaf_relies_on_is_a_leftover() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    put_pack(&mut writer, 1);
    let report = check(dir.path());
    assert_eq!((report.packs, report.problems.len(), report.leftovers.len()), (1, 0, 1));
}

#[test]
fn only_a_checkpoint_held_elsewhere_shows_a_rollback() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    let path = dir.path().join("log/checkpoint");
    writer.append(&leaves(0, 300)).unwrap();
    let earlier = fs::read_to_string(&path).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_store(dir.path(), copy.path());
    writer.append(&leaves(300, 300)).unwrap();
    let later = fs::read_to_string(&path).unwrap();

    let held = |dir: &std::path::Path, note: &str| {
        let options = VerifyOptions { checkpoint: Some(note.to_owned()), vkey: Some(key.vkey().to_owned()) };
        verify(dir, &options).unwrap().problems
    };
    assert_eq!(held(dir.path(), &earlier), []);
    assert_eq!(held(dir.path(), &later), []);
    assert_eq!(held(copy.path(), &earlier), []);
    let problems = held(copy.path(), &later);
    assert_eq!(problems[0].message, "rolled back: it has 300 leaves, but the checkpoint held elsewhere has 600");
    // The copy goes on with another history under the same key: consistent in itself, and found out.
    let mut forked = Writer::open(copy.path(), &key).unwrap();
    forked.append(&leaves(1_000, 500)).unwrap();
    assert_clean(copy.path());
    assert!(held(copy.path(), &later)[0].message.starts_with("history was rewritten: the first 600 leaves"));
    assert!(held(copy.path(), "nonsense")[0].message.starts_with("the checkpoint held elsewhere proves nothing"));
}

fn copy_store(from: &std::path::Path, to: &std::path::Path) {
    for (path, bytes) in files(from) {
        fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
    }
}
