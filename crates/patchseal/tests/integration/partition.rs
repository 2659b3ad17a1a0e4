//! Invariant 4, however an observation was divided: into folders, into imports, into batches. The same answers give the
//! same result outside log and evidence.

use crate::order::without_places;
use crate::sandbox::{REGION, Sandbox, example, files};
use patchseal::seal::Cut;
use patchseal::{config, recording, seal, store};
use proptest::prelude::*;
use std::path::Path;

/// How the example is divided.
#[derive(Clone, Debug)]
struct Division {
    /// Folders for each of its recordings.
    parts: usize,
    /// Decides which file goes to which folder, and the order in which folders are imported.
    seed: u64,
    /// Folders are imported one by one and not in one go.
    apart: bool,
    cut: Cut,
}

impl Division {
    const WHOLE: Division = Division { parts: 1, seed: 0, apart: false, cut: Cut { bytes: 64 << 20, exchanges: 4096 } };

    /// A number that depends on the text alone.
    fn pick(&self, text: &str) -> u64 {
        text.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
        })
    }
}

fn divisions() -> impl Strategy<Value = Division> {
    (1..5usize, any::<u64>(), any::<bool>(), 200..40_000u64, 1..300usize).prop_map(
        |(parts, seed, apart, bytes, exchanges)| Division { parts, seed, apart, cut: Cut { bytes, exchanges } },
    )
}

/// Writes the example's files into the folders of a division.
fn divide(from: &Path, division: &Division, to: &Path) {
    for file in files(from) {
        let relative = file.strip_prefix(from).unwrap();
        let mut parts = relative.components();
        let day = parts.next().unwrap().as_os_str().to_str().unwrap();
        let rest = parts.as_path();
        if rest.as_os_str().is_empty() {
            continue;
        }
        let part = division.pick(relative.to_str().unwrap()) as usize % division.parts;
        let is_marker = rest == Path::new("recording.toml");
        let into = if is_marker { 0..division.parts } else { part..part + 1 };
        for part in into {
            // The name decides the order within one import.
            let name = format!("{:016x}-{day}-{part}", division.pick(&format!("{day}{part}")));
            let target = to.join(name).join(rest);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(&file, target).unwrap();
        }
    }
}

/// Seals the example, divided, and evaluates it.
fn result(sandbox: &Sandbox, name: &str, division: &Division) -> String {
    let folder = sandbox.path(name);
    divide(&example(), division, &folder);
    let policy = example().join("patchseal.toml");
    let config = config::load(Some(&policy), None).unwrap();
    let now = "2026-11-24T07:00:00Z".parse().unwrap();
    let at = format!("store-{name}");
    let mut opened = store::open_or_create(&sandbox.path(&at)).unwrap();
    let mut imports: Vec<_> = recording::find(&folder).unwrap().into_iter().map(|one| vec![one]).collect();
    if division.apart {
        // By name, so that days come in any order.
        imports.sort_by(|one, other| one[0].folder.cmp(&other[0].folder));
    } else {
        imports = vec![imports.into_iter().flatten().collect()];
    }
    for recordings in imports {
        seal::import(&mut opened, &recordings, &config, division.cut, now, &|_| {}).unwrap();
    }
    drop(opened);
    let policy = policy.to_str().unwrap();
    let arguments =
        ["check", "--store", &at, "--config", policy, "--as-of", "2026-11-24T06:00:00Z", "--format", "json"];
    without_places(&sandbox.run(&[&arguments[..], &["--all", "-q"]].concat()))
}

#[test]
fn any_partitioning_gives_the_same_result() {
    let sandbox = Sandbox::new();
    let whole = result(&sandbox, "whole", &Division::WHOLE);
    let number = std::cell::Cell::new(0);
    // Each case seals and judges the whole example: a second or more.
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 6,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let ran = runner.run(&divisions(), |division| {
        number.set(number.get() + 1);
        let divided = result(&sandbox, &format!("divided-{}", number.get()), &division);
        let differs = whole.lines().zip(divided.lines()).find(|(one, other)| one != other);
        prop_assert!(differs.is_none(), "{differs:#?}");
        prop_assert_eq!(whole.len(), divided.len());
        Ok(())
    });
    ran.unwrap();
}

/// A file that was forgotten, put beside the others and imported again.
#[test]
fn an_answer_added_to_a_recording_counts() {
    for added in ["{\"WindowIdentities\": []}", "{\"WindowIdentities\": [ ]}", "{ \"WindowIdentities\": []}"] {
        let sandbox = Sandbox::new();
        let gap = "ssm.DescribeMaintenanceWindows: not-asked";
        assert!(reasons(&sandbox).contains(gap), "{}", reasons(&sandbox));
        sandbox.write(&format!("{REGION}/ssm.DescribeMaintenanceWindows.json"), added);
        assert!(!reasons(&sandbox).contains(gap), "{}", reasons(&sandbox));
    }
}

/// The same path readable in one import and damaged in another: the damage was the file's, whichever came first.
#[test]
fn a_repaired_file_closes_the_gap_that_it_left() {
    let name = format!("{REGION}/ssm.DescribeMaintenanceWindows.json");
    for texts in [["{\"WindowIdentities\": [", "{\"WindowIdentities\": []}"], ["{\"WindowIdentities\": []}", "{["]] {
        let sandbox = Sandbox::new();
        for text in texts {
            sandbox.write(&name, text);
            sandbox.run(&["import", "rec"]);
        }
        let ran = sandbox.run(&["check", "--as-of", "2026-11-24T06:00:00Z", "--format", "json", "-q"]);
        assert!(!ran.stdout.contains("ssm.DescribeMaintenanceWindows: "), "{}", ran.stdout);
    }
}

/// What was sealed stays said: another answer to the same question takes nothing back that was observed then.
#[test]
fn an_edited_answer_takes_nothing_back() {
    let sandbox = Sandbox::new();
    let exposures = || {
        let ran = sandbox.run(&["assess", "rec", "--format", "csv-exposures", "-q"]);
        ran.stdout.lines().filter(|line| line.contains("curl")).count()
    };
    assert_eq!(exposures(), 1);
    let name = format!("{REGION}/ssm.DescribeInstancePatches@mi-0aaaaaaaaaaaaaaaa.json");
    sandbox.write(&name, "{\"Patches\": []}");
    assert_eq!(exposures(), 1);
}

fn reasons(sandbox: &Sandbox) -> String {
    sandbox.assess().1["coverage"]["scopes"].to_string()
}
