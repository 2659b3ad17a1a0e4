//! An answer that is the same again is sealed again and stored once.

use crate::sandbox::{REGION, Sandbox, copy, files};

const PATCH: &str = "ssm.DescribeInstancePatches@mi-0aaaaaaaaaaaaaaaa";

/// A recording of a day; its list of patches is the same on every day.
fn record(sandbox: &Sandbox, day: usize) -> String {
    let folder = format!("day-{day:02}");
    copy(&sandbox.path("rec"), &sandbox.path(&folder));
    let about = format!("observed_at = \"2026-11-{day:02}T06:00:00Z\"\ncollector = \"test\"\n");
    sandbox.write(&format!("{folder}/recording.toml"), &about);
    let row = |number: u32| {
        let state = if number == 0 { "Missing" } else { "Installed" };
        // Numbers that do not compress, so that the list is long enough to be worth looking for.
        let version = number.wrapping_mul(2_654_435_761);
        format!(
            r#"{{"Title": "package-{version}:amd64:{version}", "KBId": "package-{version}.amd64", "Classification": "Security",
                "Severity": "Important", "State": "{state}", "InstalledTime": "2026-11-01T00:00:00+00:00"}}"#
        )
    };
    let rows: Vec<String> = (0..100).map(row).collect();
    let region = REGION.replacen("rec", &folder, 1);
    sandbox.write(&format!("{region}/{PATCH}.json"), &format!("{{\"Patches\": [{}]}}", rows.join(",")));
    folder
}

fn packs(sandbox: &Sandbox, store: &str) -> u64 {
    files(&sandbox.path(&format!("{store}/packs"))).iter().map(|path| path.metadata().unwrap().len()).sum()
}

#[test]
fn the_same_answer_is_stored_once_and_read_every_time() {
    let sandbox = Sandbox::new();
    let import = |folder: &str| {
        let before = if sandbox.path("store").is_dir() { packs(&sandbox, "store") } else { 0 };
        let ran = sandbox.run(&["import", folder, "--store", "store", "-q"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        packs(&sandbox, "store") - before
    };
    let first = import(&record(&sandbox, 1));
    let second = import(&record(&sandbox, 2));
    let third = import(&record(&sandbox, 3));
    assert!(first > 2000 && second < first / 2 && third <= second + 64, "{first} {second} {third}");
    // The same recording again changes nothing, and leaves nothing behind.
    assert_eq!(import(&record(&sandbox, 3)), 0);
    assert_eq!(sandbox.run(&["verify", "--store", "store"]).code, 0);

    let checked = sandbox.run(&[
        "check",
        "--store",
        "store",
        "--as-of",
        "2026-11-03T06:00:00Z",
        "--format",
        "csv-exposures",
        "-q",
    ]);
    assert!(checked.stdout.contains("package-0"), "{}{}", checked.stdout, checked.stderr);
    assert_eq!(sandbox.run(&["reperform", "--store", "store"]).code, 0);
    // The body of the third day lies in the pack of the first.
    let store = patchseal_log::Store::open(sandbox.path("store")).unwrap();
    let is_batch = |index: &u64| String::from_utf8_lossy(&store.leaf(*index).unwrap()).contains("batch/v1");
    let batch = (0..store.checkpoint().size).rev().find(is_batch).unwrap();
    let listed = sandbox.run(&["evidence", "show", &batch.to_string(), "--store", "store"]).stdout;
    let place = listed.lines().find(|line| line.contains(PATCH)).unwrap().split_whitespace().next().unwrap();
    let shown = sandbox.run(&["evidence", "show", place, "--store", "store"]);
    assert!(shown.code == 0 && shown.stdout.contains("package-0"), "{}{}", shown.stdout, shown.stderr);
}
