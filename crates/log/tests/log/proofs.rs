use patchseal_log::{Error, Proof, Writer, check_proof, prove};
use proptest::prelude::*;

use crate::{key, leaves};

#[test]
fn every_leaf_is_proven_at_every_interesting_size() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    let all = leaves(0, 65_537);
    let mut size = 0;
    for next in [1, 2, 3, 255, 256, 257, 511, 65_535, 65_536, 65_537] {
        writer.append(&all[size..next]).unwrap();
        size = next;
        let store = writer.reader().unwrap();
        let some = [0, 1, 2, 254, 255, 256, 257, 510, 511, size / 2, size - 1];
        for index in some.into_iter().filter(|index| *index < size) {
            let proof = store.prove(index as u64).unwrap();
            assert_eq!(check_proof(&proof, key.vkey(), &all[index]).unwrap(), *writer.checkpoint());
            assert!(matches!(check_proof(&proof, key.vkey(), b"other"), Err(Error::Proof { .. })));
        }
    }
}

#[test]
fn a_proof_is_the_text_of_the_specification() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &key()).unwrap();
    assert!(matches!(prove(dir.path(), 0), Err(Error::NoSuchLeaf { index: 0, size: 0 })));
    writer.append(&[b"".to_vec(), vec![0]]).unwrap();
    let proof = prove(dir.path(), 0).unwrap();
    // The sibling is the leaf hash of a zero byte, in base64.
    let head = "c2sp.org/tlog-proof@v1\nindex 0\nlqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=\n\nexample.com/log\n2\n";
    assert!(proof.starts_with(head), "{proof}");
    let with_extra = proof.replacen("\nindex", "\nextra AAAA\nindex", 1);
    assert_eq!(Proof::parse(&with_extra).unwrap(), Proof::parse(&proof).unwrap());
    assert_eq!(Proof::parse(&proof).unwrap().to_string(), proof);
}

#[test]
fn a_touched_proof_does_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    let all = leaves(0, 600);
    writer.append(&all).unwrap();
    let proof = prove(dir.path(), 77).unwrap();
    for bit in 0..proof.len() * 8 {
        let mut bytes = proof.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = String::from_utf8(bytes) {
            assert!(check_proof(&text, key.vkey(), &all[77]).is_err(), "bit {bit} of\n{text}");
        }
    }
    let mut proof = Proof::parse(&proof).unwrap();
    for path in [vec![], [proof.path.clone(), proof.path.clone()].concat()] {
        proof.path = path;
        assert!(check_proof(&proof.to_string(), key.vkey(), &all[77]).is_err());
    }
}

proptest! {
    #[test]
    fn any_text_is_a_proof_or_is_not(text in ".{0,200}", tail in "(index [0-9]{1,3}\n)?([A-Za-z0-9+/=]{44}\n){0,3}\n?.{0,50}") {
        let _ = Proof::parse(&text);
        let _ = check_proof(&format!("c2sp.org/tlog-proof@v1\n{tail}"), "example.com/log+00000000+AAAA", b"");
    }

    #[test]
    fn any_text_is_a_checkpoint_or_is_not(text in ".{0,200}", lines in "[a-z]{0,3}\n[0-9]{0,21}\n[A-Za-z0-9+/=]{43,45}\n?\n?(— .{0,40}\n)?") {
        for text in [text, lines] {
            let _ = patchseal_log::Checkpoint::parse(&text);
            let _ = patchseal_log::Checkpoint::verify(&text, &text);
        }
    }
}
