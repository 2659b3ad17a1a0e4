//! Every step of the write protocol fails in every way, with and without a loss of power, and the store goes on.

mod faulty;

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::{PackBuilder, VerifyOptions, compress, verify};
use faulty::{Fault, Faulty, Outage};

fn leaves(from: u64, count: u64, history: &str) -> Vec<Vec<u8>> {
    (from..from + count).map(|i| format!("{history} {i}").into_bytes()).collect()
}

fn pack() -> Pack {
    let mut builder = PackBuilder::new();
    builder.push(compress(b"body"));
    builder.finish(b"manifest")
}

/// A disk that does not fail, and does not take the time to flush either.
fn healthy() -> Box<dyn Disk> {
    Box::new(Faulty::new(usize::MAX, Fault::Before))
}

/// A store of 250 leaves, and the remains of an append of other leaves that died before its checkpoint.
fn interrupted(dir: &Path, key: &Key) {
    Writer::create_on(dir, key, healthy()).unwrap().append(&leaves(0, 250, "ours")).unwrap();
    let disk = Faulty::dying_at_the_checkpoint();
    let mut writer = Writer::open_on(dir, key, Box::new(Arc::clone(&disk))).unwrap();
    writer.append(&leaves(250, 450, "lost")).unwrap_err();
    assert!(dir.join("log/tile/entries/001").exists() && dir.join("log/tile/0/002.p/188").exists());
}

/// What is done while failing: opening, a pack, an append within a tile and one across two. Returns how many
/// leaves were acknowledged, and stops at the first error, as a caller does.
fn work(dir: &Path, key: &Key, disk: &Arc<Faulty>) -> u64 {
    let mut acknowledged = 250;
    let mut run = || -> Result<()> {
        let mut writer = Writer::open_on(dir, key, Box::new(Arc::clone(disk)))?;
        let pack = pack();
        writer.put_pack(&pack)?;
        for (from, count) in [(250, 3), (253, 300)] {
            if let Err(error) = writer.append(&leaves(from, count, "ours")) {
                // Whatever it was, this writer signs nothing more.
                assert!(matches!(writer.append(&leaves(0, 1, "more")), Err(Error::Poisoned { .. })));
                return Err(error);
            }
            acknowledged = from + count;
        }
        Ok(())
    };
    let _ = run();
    acknowledged
}

fn check_after(dir: &Path, key: &Key, acknowledged: u64, context: &str) {
    let report = verify(dir, &VerifyOptions::default()).unwrap();
    assert_eq!(report.problems, [], "before recovery, {context}");

    let mut writer = Writer::open_on(dir, key, healthy()).unwrap();
    let size = writer.checkpoint().size;
    assert!([250, 253, 553].contains(&size) && size >= acknowledged, "{size} of {acknowledged}, {context}");
    writer.put_pack(&pack()).unwrap();
    let leaf = format!("{{\"pack\":\"{}\"}}", pack().digest).into_bytes();
    let mut expected = leaves(0, size, "ours");
    expected.push(leaf.clone());
    expected.extend(leaves(0, 300, "after"));
    assert_eq!(writer.append(&[leaf]).unwrap(), size..size + 1, "{context}");
    writer.append(&leaves(0, 300, "after")).unwrap();
    let read: Vec<_> = writer.reader().unwrap().leaves(0..u64::MAX).map(Result::unwrap).collect();
    assert!(read == expected, "{context}");
    let report = verify(dir, &VerifyOptions::default()).unwrap();
    assert_eq!((report.problems, report.leftovers), (vec![], vec![]), "{context}");
}

fn fail_everywhere(fault: Fault, outage: Outage) {
    let key = Key::generate("example.com/log").unwrap();
    let before = tempfile::tempdir().unwrap();
    interrupted(before.path(), &key);
    for step in 0.. {
        let dir = tempfile::tempdir().unwrap();
        faulty::copy(before.path(), dir.path());
        let disk = Faulty::new(step, fault);
        let acknowledged = work(dir.path(), &key, &disk);
        if !disk.failed() {
            // Two appends, a pack and the clearing away take a good many steps.
            assert!(step > 50 && acknowledged == 553, "{step} steps");
            return;
        }
        disk.lose(outage);
        check_after(dir.path(), &key, acknowledged, &format!("{fault:?} at step {step}, {}, {outage:?}", disk.last()));
    }
}

#[test]
fn a_step_that_was_not_done_loses_nothing() {
    fail_everywhere(Fault::Before, Outage::None);
}

#[test]
fn a_step_that_was_done_and_reported_as_failed_loses_nothing() {
    fail_everywhere(Fault::After, Outage::None);
}

#[test]
fn a_short_write_loses_nothing() {
    fail_everywhere(Fault::Short, Outage::None);
}

#[test]
fn a_full_disk_loses_nothing() {
    fail_everywhere(Fault::Full, Outage::None);
}

#[test]
fn a_failed_flush_that_drops_the_bytes_loses_nothing() {
    fail_everywhere(Fault::FlushDrops, Outage::None);
}

#[test]
fn a_loss_of_power_loses_nothing_acknowledged() {
    for fault in [Fault::Before, Fault::After] {
        fail_everywhere(fault, Outage::All);
        for seed in 0..2 {
            fail_everywhere(fault, Outage::Some(seed));
        }
    }
}

#[test]
fn power_lost_after_the_last_acknowledgement_takes_nothing_back() {
    let key = Key::generate("example.com/log").unwrap();
    for outage in [Outage::All, Outage::Some(1), Outage::Some(2), Outage::Some(3)] {
        let dir = tempfile::tempdir().unwrap();
        interrupted(dir.path(), &key);
        let disk = Faulty::new(usize::MAX, Fault::Before);
        assert_eq!(work(dir.path(), &key, &disk), 553);
        disk.lose(outage);
        check_after(dir.path(), &key, 553, &format!("{outage:?}"));
    }
}

#[test]
fn a_creation_that_died_can_be_done_again() {
    let key = Key::generate("example.com/log").unwrap();
    for fault in [Fault::Before, Fault::After, Fault::Short] {
        for step in 0.. {
            let dir = tempfile::tempdir().unwrap();
            let disk = Faulty::new(step, fault);
            let created = Writer::create_on(dir.path(), &key, Box::new(Arc::clone(&disk)));
            if !disk.failed() {
                break;
            }
            drop(created);
            let again = Writer::create_on(dir.path(), &key, healthy());
            match again {
                Ok(_) => {}
                // Its checkpoint was there already.
                Err(Error::Exists { .. }) => drop(Writer::open_on(dir.path(), &key, healthy()).unwrap()),
                Err(error) => panic!("{fault:?} at step {step}: {error}"),
            }
            let report = verify(dir.path(), &VerifyOptions::default()).unwrap();
            assert_eq!((report.problems, report.leftovers), (vec![], vec![]), "{fault:?} at step {step}");
        }
    }
}
