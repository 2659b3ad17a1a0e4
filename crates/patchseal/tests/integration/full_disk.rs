//! A disk that is full, end to end: a clear error, exit code 5, and what was stored stays as it was. The limit on the
//! size of files stands in for the disk; /dev/full is one.
#![cfg(target_os = "linux")]

use crate::sandbox::{Ran, Sandbox, example, files};
use std::process::Command;

/// Runs the binary where no file may have more than so many blocks of 512 bytes.
fn run_limited(sandbox: &Sandbox, blocks: u32, arguments: &[&str]) -> Ran {
    // The signal that comes with the limit would end the process; a full disk sends none.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_patchseal")])
        .args(arguments)
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    Ran::of(output)
}

fn assert_full(ran: &Ran, what: &str) {
    assert_eq!(ran.code, 5, "{what}: {}", ran.stderr);
    let says = |word: &str| ran.stderr.contains(word);
    assert!(says("writing ") || says("cannot write "), "{what}: {}", ran.stderr);
    assert!(says("because: File too large") || says("because: No space left on device"), "{what}: {}", ran.stderr);
    assert!(!says("panicked"), "{what}: {}", ran.stderr);
}

/// Files of the log and the packs, with their bytes.
fn stored(sandbox: &Sandbox) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let folders = ["log", "packs"].map(|name| sandbox.path(".patchseal").join(name));
    let all = folders.iter().flat_map(|folder| files(folder));
    all.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn what_was_stored_stays_and_a_retry_succeeds() {
    let example = example();
    // One recording: of several, the small ones would be sealed before a large one fails.
    let (one, policy) = (example.join("2026-11-24"), example.join("patchseal.toml"));
    let (one, policy) = (one.to_str().unwrap(), policy.to_str().unwrap());
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["import", "rec"]).code, 0);
    let before = stored(&sandbox);
    // Its packs are larger than any of these; one of them may be stored before another fails.
    for blocks in [0, 1, 4, 32] {
        for command in [&["import", one, "--config", policy][..], &["assess", one, "-q", "--config", policy]] {
            let ran = run_limited(&sandbox, blocks, command);
            assert_full(&ran, &format!("{command:?} with {blocks} blocks"));
            let after = stored(&sandbox);
            for (path, bytes) in &before {
                let kept = after.iter().any(|(other, now)| other == path && now == bytes);
                assert!(kept, "{} changed with {blocks} blocks", path.display());
            }
            let verified = sandbox.run(&["verify"]);
            assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
        }
    }
    let ran = sandbox.run(&["assess", example.to_str().unwrap(), "-q"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
    assert!(files(&sandbox.path(".patchseal/tmp")).is_empty());
}

#[test]
fn a_store_that_could_not_be_made_can_be_made_later() {
    for blocks in [0, 1] {
        for command in [&["import", "rec"][..], &["assess", "rec", "-q"]] {
            let sandbox = Sandbox::new();
            let what = format!("{command:?} with {blocks} blocks");
            assert_full(&run_limited(&sandbox, blocks, command), &what);
            let ran = sandbox.run(&["import", "rec"]);
            assert_eq!(ran.code, 0, "{what}, then without a limit: {}", ran.stderr);
            assert_eq!(sandbox.run(&["verify"]).code, 0);
        }
    }
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_that_names_it() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["assess", "rec", "-q", "-o", "/dev/full"][..],
        &["assess", "rec", "-q", "--html", "/dev/full"],
        &["import", "rec", "-o", "/dev/full"],
        &["explain", "patch-overdue", "-o", "/dev/full"],
    ] {
        let ran = sandbox.run(arguments);
        assert_full(&ran, &format!("{arguments:?}"));
        assert!(ran.stderr.contains("/dev/full"), "{}", ran.stderr);
    }
    for arguments in [&["assess", "rec", "-q"][..], &["verify"], &["explain", "--all"], &["evidence", "show", "0/0"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchseal"));
        let output = command.args(arguments).current_dir(sandbox.path("")).stdout(full).output().unwrap();
        let ran = Ran::of(output);
        assert_full(&ran, &format!("{arguments:?} > /dev/full"));
        assert!(ran.stderr.contains("standard output"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

/// A report is written aside first, so that the one before it is not lost to a full disk.
#[test]
fn the_report_before_stays_when_the_new_one_does_not_fit() {
    let sandbox = Sandbox::new();
    sandbox.run(&["assess", "rec", "-q"]);
    let report = sandbox.path("patchseal-report.html");
    let before = std::fs::read(&report).unwrap();
    let blocks = before.len() as u32 / 512 / 2;
    let ran = run_limited(&sandbox, blocks, &["check", "-q", "--html", "patchseal-report.html"]);
    assert_full(&ran, "check");
    assert!(ran.stderr.contains("patchseal-report.html"), "{}", ran.stderr);
    assert_eq!(std::fs::read(&report).unwrap(), before);
    let left = std::fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().ends_with(".part")));
}

/// Devices and links are written through, not replaced by a file of the same name.
#[test]
fn a_device_or_a_link_is_written_through() {
    let sandbox = Sandbox::new();
    sandbox.write("target.txt", "before");
    std::os::unix::fs::symlink(sandbox.path("target.txt"), sandbox.path("link.txt")).unwrap();
    assert_eq!(sandbox.run(&["explain", "--all", "-o", "link.txt"]).code, 0);
    assert!(std::fs::symlink_metadata(sandbox.path("link.txt")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(sandbox.path("target.txt")).unwrap().contains("patch-overdue"));
    let ran = sandbox.run(&["explain", "--all", "-o", "/dev/stdout"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("patch-overdue"));
}
