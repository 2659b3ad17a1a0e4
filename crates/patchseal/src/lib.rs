//! Patchseal's command line: the clock, files and exit codes live here and nowhere else.

mod asked;
pub mod carried;
pub mod cli;
pub mod command;
pub mod config;
pub mod error;
pub mod exceptions;
pub mod exit;
pub mod history;
mod interest;
pub mod manifest;
pub mod pipeline;
pub mod read;
pub mod recall;
pub mod recording;
pub mod seal;
pub mod store;

use clap::Parser;
use exit::Exit;
use std::io::Write;
use std::process::ExitCode;

/// For the binary, and for what measures it in its own process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command line and says how it ended.
pub fn main() -> ExitCode {
    // A panic is a defect of ours, told apart from what users and clouds do wrong.
    std::panic::catch_unwind(run).unwrap_or_else(|_| ExitCode::from(Exit::Internal.code()))
}

fn run() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            // A help text that cannot be printed is no reason to fail.
            let _ = error.print();
            return ExitCode::from(if usage { Exit::Usage.code() } else { Exit::Clean.code() });
        }
    };
    match cli.global.color {
        cli::Color::Always => anstream::ColorChoice::Always.write_global(),
        cli::Color::Never => anstream::ColorChoice::Never.write_global(),
        cli::Color::Auto => {}
    }
    match command::run(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            report(&error);
            ExitCode::from(error.exit().code())
        }
    }
}

/// The error and what is behind it, a line each.
fn report(error: &error::Error) {
    let mut text = format!("error: {error}\n");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("  because: {cause}\n"));
        source = cause.source();
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
}
