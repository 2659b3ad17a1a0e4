//! What a day costs: one recording after the other is imported and checked, as a nightly job does it. The cost of a day must
//! not grow with the days before it.

use super::prepare;
use crate::fleet;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

/// How the options are given.
pub const USAGE: &str = "cargo xtask bench --daily [the options of fleet]";

/// Days that get a line, besides the last.
const SHOWN: [u64; 7] = [1, 2, 3, 10, 30, 100, 200];

/// Measures every day and prints some of them.
pub fn run(root: &Path, arguments: &[&str]) -> io::Result<()> {
    let (bench, name, options) = prepare(root, arguments)?;
    bench.clear("daily")?;
    let policy = format!("{name}/patchseal.toml");
    let mut out = io::stdout().lock();
    let fleet::Options { assets, patches, days, .. } = options;
    writeln!(
        out,
        "{assets} assets × {patches} patch rows, a recording a day; one host in a hundred changes on any day\n"
    )?;
    writeln!(
        out,
        "| day | `import` | `check` | peak resident | reading everything again | log grows by | carried |\n\
         | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    let mut sealed = 0;
    for day in 1..=days {
        let folder = format!("{name}/day-{day:02}");
        let as_of = bench.observed(&folder)?;
        let config = ["--store", "daily", "--config", &policy];
        let (import, _) = bench.time(&[&["import", &folder, "-o", "import.txt"][..], &config].concat())?;
        let check = [&["check", "--as-of", &as_of, "--format", "json", "-o", "check.json"][..], &config].concat();
        let (went_on, peak) = bench.time(&check)?;
        let now = size(&bench.folder.join("daily/log"))? + size(&bench.folder.join("daily/packs"))?;
        let grown = now - std::mem::replace(&mut sealed, now);
        let carried = size(&bench.folder.join("daily/carried"))?;
        if !SHOWN.contains(&day) && day != days {
            continue;
        }
        bench.clear("daily/carried")?;
        let (again, _) = bench.time(&check)?;
        sealed = size(&bench.folder.join("daily/log"))? + size(&bench.folder.join("daily/packs"))?;
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        writeln!(
            out,
            "| {day} | {} | {} | {} MiB | {} | {:.1} MB | {:.1} MB |",
            seconds(import),
            seconds(went_on),
            peak / 1024,
            seconds(again),
            grown as f64 / 1e6,
            carried as f64 / 1e6
        )?;
        out.flush()?;
    }
    let exposure = ["exposure", "CVE-2026-0001", "--store", "daily", "--config", &policy, "-o", "exposure.txt"];
    writeln!(out, "\n`exposure CVE-2026-0001` after the last day: {:.2} s", bench.time(&exposure)?.0.as_secs_f64())
}

/// Bytes of the files below a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
        }
    }
    Ok(bytes)
}
