//! One function per command.

mod evaluate;
mod evidence;
mod exception;
mod explain;
mod exposure;
mod import;
mod policy;
mod query;
mod reperform;

use crate::cli::{Cli, Command, Global};
use crate::error::Error;
use crate::exit::Exit;
use clap::CommandFactory;
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Runs a command.
pub fn run(cli: Cli) -> Result<Exit, Error> {
    let global = cli.global;
    match cli.command {
        Command::Assess(args) => evaluate::assess(&global, &args),
        Command::Check(args) => evaluate::check(&global, &args),
        Command::Import(args) => import::run(&global, &args),
        Command::Exposure(args) => exposure::run(&global, &args),
        Command::Report(args) => query::report(&global, &args),
        Command::Query(args) => query::query(&global, &args),
        Command::Exception(command) => exception::run(&global, command),
        Command::Policy(command) => policy::run(&global, command),
        Command::Explain(args) => explain::run(&global, &args),
        Command::Init(args) => import::init(&global, &args),
        Command::Verify(args) => evidence::verify(&global, &args),
        Command::Reperform(args) => reperform::run(&global, &args),
        Command::Evidence(command) => evidence::run(&global, command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "patchseal", &mut script);
            document(&global, &script)?;
            Ok(Exit::Clean)
        }
        Command::Man => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|source| Error::Write { path: "the manual page".into(), source })?;
            document(&global, &page)?;
            Ok(Exit::Clean)
        }
    }
}

/// The clock, read here only.
fn now() -> Timestamp {
    // Whole seconds: what is sealed says no more than it needs.
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Writes the requested document to where it was asked for.
fn document(global: &Global, bytes: &[u8]) -> Result<(), Error> {
    stream(global, |out| out.write_all(bytes))
}

/// Writes the requested document as it is made, so that it is never in memory as a whole. A reader that has seen enough
/// is no error.
fn stream(global: &Global, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Error> {
    match &global.output {
        Some(path) => write_file(path, write),
        None => {
            let mut out = BufWriter::new(anstream::stdout().lock());
            match write(&mut out).and_then(|()| out.flush()) {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                Err(source) => Err(Error::Write { path: "standard output".into(), source }),
                Ok(()) => Ok(()),
            }
        }
    }
}

/// Writes a file, whole or not at all: aside first, then renamed. What is no plain file (a device, a pipe, a link) is
/// written through, because a rename would put a file in its place.
fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Error> {
    let create = |path: &Path| {
        File::create(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            write(&mut out).and_then(|()| out.flush())
        })
    };
    let failed = |source| Error::Write { path: path.to_path_buf(), source };
    if std::fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return create(path).map_err(failed);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    create(&part).and_then(|()| std::fs::rename(&part, path)).map_err(|source| {
        // On a full disk a half is worth less than the room it takes; that it cannot be removed adds nothing.
        let _ = std::fs::remove_file(&part);
        failed(source)
    })
}

/// A line on standard error, unless it was asked to be quiet.
fn say(global: &Global, line: &str) {
    if !global.quiet {
        let _ = anstream::stderr().write_all(format!("{line}\n").as_bytes());
    }
}
