//! The figures of the period, computed again from the registers alone by the script that ships with the documentation.

use crate::sandbox::{Ran, Sandbox, example};
use patchseal_core::claim::State;
use patchseal_core::claim::witness::TABLE;
use patchseal_core::metric::{DEFINITIONS, Definition};
use std::path::Path;
use std::process::Command;
use xtask::fleet::{Options, generate};

/// Every register that the figures need, and the figures themselves.
const REGISTERS: [&str; 9] =
    ["assets", "exposures", "claims", "runs", "rules", "changes", "findings", "reconciliation", "metrics"];

/// Exports the registers of a folder with recordings. They are of one time, as far as the log knew at one size.
fn export(sandbox: &Sandbox, recordings: &Path, as_of: &str) {
    let folder = recordings.to_str().unwrap();
    let policy = recordings.join("patchseal.toml");
    let imported = sandbox.run(&["import", folder, "--store", "store", "-q"]);
    assert!([0, 3].contains(&imported.code), "{}", imported.stderr);
    std::fs::create_dir_all(sandbox.path("registers")).unwrap();
    for register in REGISTERS {
        let format = if register == "findings" { "csv".to_owned() } else { format!("csv-{register}") };
        let file = format!("registers/{register}.csv");
        let ran = sandbox.run(&[
            "check",
            "--store",
            "store",
            "--config",
            policy.to_str().unwrap(),
            "--as-of",
            as_of,
            "--format",
            &format,
            "-o",
            &file,
            "-q",
        ]);
        assert!([0, 1, 3].contains(&ran.code), "{register}: {}", ran.stderr);
    }
}

/// What the script says; `None` where there is no interpreter.
fn recompute(sandbox: &Sandbox) -> Option<Ran> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recompute_metrics.py");
    match Command::new("python3").arg(script).arg(sandbox.path("registers")).output() {
        Ok(output) => Some(Ran::of(output)),
        Err(error) => {
            eprintln!("skipped: python3 cannot be run: {error}");
            None
        }
    }
}

#[test]
fn the_example_gives_the_same_figures_again() {
    let sandbox = Sandbox::new();
    export(&sandbox, &example(), "2026-11-24T06:00:00Z");
    let Some(ran) = recompute(&sandbox) else { return };
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "61 figures recomputed, 0 differences\n"), "{}", ran.stderr);
    // The figures say something: each part of the definitions has rows to work on.
    let metrics = std::fs::read_to_string(sandbox.path("registers/metrics.csv")).unwrap();
    let value = |id: &str| {
        let row = metrics.lines().find(|line| line.starts_with(&format!("{id},1,all,"))).unwrap();
        row.split(',').nth(8).unwrap().to_owned()
    };
    for id in ["coverage-now", "coverage-hours", "open-age-p90", "verification-lag-mean", "evidence-gaps"] {
        assert!(!["", "0"].contains(&value(id).as_str()), "{id}: {metrics}");
    }
}

#[test]
fn a_fleet_gives_the_same_figures_again() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("fleet");
    let text = folder.to_str().unwrap();
    let options = ["--assets", "400", "--patches", "20", "--days", "4", "--seed", "6", "-o", text];
    generate(&Options::parse(&options).unwrap()).unwrap();
    export(&sandbox, &folder, "2026-11-23T06:00:00Z");
    let Some(ran) = recompute(&sandbox) else { return };
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "61 figures recomputed, 0 differences\n"), "{}", ran.stderr);
}

/// A month: fixes fall due, and the window of every region runs week by week.
#[test]
fn a_month_gives_the_same_figures_again() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("fleet");
    let text = folder.to_str().unwrap();
    let options = ["--assets", "24", "--patches", "10", "--days", "30", "--seed", "1", "--one-account", "-o", text];
    generate(&Options::parse(&options).unwrap()).unwrap();
    assert!(!folder.join("truth.json").exists(), "nobody knows the truth of a month");
    export(&sandbox, &folder, "2026-11-23T06:00:00Z");
    let claims = std::fs::read_to_string(sandbox.path("registers/claims.csv")).unwrap();
    let runs = claims.lines().filter(|line| line.contains(",maintenance-window,")).count();
    assert!(runs >= 5, "{claims}");
    let Some(ran) = recompute(&sandbox) else { return };
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "61 figures recomputed, 0 differences\n"), "{}", ran.stderr);
}

#[test]
fn tampered_figures_are_caught() {
    let sandbox = Sandbox::new();
    export(&sandbox, &example(), "2026-11-24T06:00:00Z");
    let path = sandbox.path("registers/metrics.csv");
    let metrics = std::fs::read_to_string(&path).unwrap();
    let row = metrics.lines().find(|line| line.starts_with("sla-adherence,1,all,")).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    let mut better = cells.clone();
    better[8] = "999";
    std::fs::write(&path, metrics.replace(row, &better.join(","))).unwrap();
    let Some(ran) = recompute(&sandbox) else { return };
    let said = format!("sla-adherence all: value is 999 in the metrics, and {} by the registers", cells[8]);
    assert!(ran.code == 1 && ran.stdout.contains(&said), "{}{}", ran.stdout, ran.stderr);
    // A figure that was left out, one that was put in twice, and one that nobody defines.
    let without: String = metrics.lines().filter(|line| *line != row).map(|line| format!("{line}\r\n")).collect();
    let invented = row.replace("sla-adherence", "patched");
    for (text, said) in [
        (without, "sla-adherence all is not in the metrics".to_owned()),
        (format!("{metrics}{row}\r\n"), "sla-adherence all stands there twice".to_owned()),
        (format!("{metrics}{invented}\r\n"), "patched all is no figure that this script knows".to_owned()),
    ] {
        std::fs::write(&path, text).unwrap();
        let ran = recompute(&sandbox).unwrap();
        assert!(ran.code == 1 && ran.stdout.contains(&said), "{said}: {}{}", ran.stdout, ran.stderr);
    }
    // A claim that is made younger in the register, so that its time is not over yet, shows in the figures.
    std::fs::write(&path, &metrics).unwrap();
    let claims = sandbox.path("registers/claims.csv");
    let text = std::fs::read_to_string(&claims).unwrap();
    std::fs::write(&claims, text.replace("2026-11-20T02:20:00Z", "2026-11-23T02:20:00Z")).unwrap();
    let ran = recompute(&sandbox).unwrap();
    assert!(ran.code == 1 && ran.stdout.contains("verified-within-limit all: "), "{}{}", ran.stdout, ran.stderr);
    // A register that is not there is an error and no agreement.
    std::fs::remove_file(&claims).unwrap();
    let ran = recompute(&sandbox).unwrap();
    assert!(ran.code == 2 && ran.stderr.contains("claims.csv"), "{}{}", ran.stdout, ran.stderr);
}

/// What the page says of who may verify what, and of every figure, is what the code holds.
#[test]
fn the_page_on_claims_is_that_of_the_tables() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/claims.md");
    let page = std::fs::read_to_string(page).unwrap();
    let word = |may: bool, word: &'static str| if may { word } else { "–" };
    let mut rows = Vec::new();
    for (sources, witness, may) in TABLE {
        let names: Vec<String> = sources.iter().map(|source| format!("`{}`", source.as_str())).collect();
        rows.push(format!(
            "| {} | `{}` | {} | {} | {} | {} |",
            names.join(", "),
            witness.as_str(),
            word(may.verify, "yes"),
            word(may.contradict, "yes"),
            word(may.hold_for_reboot, "yes"),
            may.because
        ));
    }
    for definition in DEFINITIONS {
        let Definition { id, version, unit, says } = definition;
        rows.push(format!("| `{id}` | {version} | {} | {says} |", unit.as_str()));
    }
    rows.extend(State::ALL.iter().map(|state| format!("| `{}` |", state.as_str())));
    let missing: Vec<&String> = rows.iter().filter(|row| !page.contains(*row)).collect();
    assert!(
        missing.is_empty(),
        "docs/claims.md lacks:\n{}",
        missing.iter().map(|row| format!("{row}\n")).collect::<String>()
    );
}
