//! The standalone checker in `docs` accepts what holds and refuses what was touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use patchseal_log::{Writer, prove};

use crate::{key, leaves};

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify_proof.py")
}

/// Exit code and the one line it wrote.
fn run(files: &[&Path]) -> (Option<i32>, String) {
    let output = Command::new("python3").arg(script()).args(files).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    (output.status.code(), text.trim_end().to_owned())
}

#[test]
fn the_standalone_checker_agrees() {
    let importable = Command::new("python3").args(["-c", "import cryptography"]).status();
    if !importable.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: python3 with the package cryptography is not here, docs/verify_proof.py is not tested");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let key = key();
    let mut writer = Writer::create(dir.path(), &key).unwrap();
    let all = leaves(0, 300);
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let vkey = dir.path().join("log.vkey");
    let checkpoint = dir.path().join("log/checkpoint");
    assert_eq!(run(&[&vkey, &checkpoint]), (Some(0), "SIGNED: example.com/log with 0 leaves".into()));
    let other = file("other.vkey", crate::key().vkey().as_bytes());
    assert_eq!(run(&[&other, &checkpoint]).0, Some(1));

    let mut size = 0;
    for next in [1, 2, 3, 255, 256, 257, 300] {
        writer.append(&all[size..next]).unwrap();
        size = next;
        for index in [0, size - 1] {
            let proof = file("proof", prove(dir.path(), index as u64).unwrap().as_bytes());
            let leaf = file("leaf", &all[index]);
            let said = format!("PROVEN: leaf at index {index} of example.com/log with {size} leaves");
            assert_eq!(run(&[&vkey, &proof, &leaf]), (Some(0), said));
        }
    }

    let proof = prove(dir.path(), 77).unwrap();
    let leaf = file("leaf", &all[77]);
    let wrong = file("wrong", &all[78]);
    let refused = |proof: &str, leaf: &Path, why: &str| {
        let (code, text) = run(&[&vkey, &file("touched", proof.as_bytes()), leaf]);
        assert_eq!((code, text.contains("REFUSED") && text.contains(why)), (Some(1), true), "{text}\n{proof}");
    };
    refused(&proof, &wrong, "leaf and path do not give the root of the checkpoint");
    refused(&proof.replace("\n300\n", "\n301\n"), &leaf, "invalid signature");
    refused(&proof.replace("index 77", "index 78"), &leaf, "leaf and path do not give the root");
    refused(&proof.replace("index 77", "index 300"), &leaf, "outside the 300 leaves");
    let short: String =
        proof.split_inclusive('\n').enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| line).collect();
    refused(&short, &leaf, "the path is too long or too short");
    // Every 197th bit: each part of the proof, and not a minute of starting Python.
    for bit in (0..proof.len() * 8).step_by(197) {
        let mut bytes = proof.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let touched = file("touched", &bytes);
        assert_eq!(run(&[&vkey, &touched, &leaf]).0, Some(1), "bit {bit} of\n{proof}");
    }
}
