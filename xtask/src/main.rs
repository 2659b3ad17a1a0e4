//! Development tasks: `cargo xtask docs [--check]`, `cargo xtask storefront`, `cargo xtask fleet`, `cargo xtask bench`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use xtask::{bench, docs, fleet, storefront};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> io::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let mut err = io::stderr().lock();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["docs"] => {
            for path in docs::run(root, false)? {
                writeln!(err, "wrote {path}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        ["docs", "--check"] => {
            let stale = docs::run(root, true)?;
            for path in &stale {
                writeln!(err, "not up to date: {path}: run `cargo xtask docs`")?;
            }
            Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["storefront", options @ ..] => {
            storefront::run(root, options)?;
            Ok(ExitCode::SUCCESS)
        }
        ["fleet", options @ ..] => {
            fleet::generate(&fleet::Options::parse(options)?)?;
            Ok(ExitCode::SUCCESS)
        }
        ["bench", "--daily", options @ ..] => {
            drop(err);
            bench::daily::run(root, options)?;
            Ok(ExitCode::SUCCESS)
        }
        ["bench", options @ ..] => {
            drop(err);
            bench::run(root, options)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            let usages = [storefront::USAGE, fleet::USAGE, bench::USAGE, bench::daily::USAGE].join("\n       ");
            writeln!(err, "usage: cargo xtask docs [--check]\n       {usages}")?;
            Ok(ExitCode::from(2))
        }
    }
}
