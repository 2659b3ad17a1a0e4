//! `exposure`: who is affected by a weakness, a KB or a package.

use super::{evaluate, now, stream};
use crate::cli::{ExposureArgs, Global, TableFormat};
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::{self, Begin, Question};
use crate::{config, interest, store};
use patchseal_core::affected::{self, Standing, Wanted};
use patchseal_core::context::Context;
use patchseal_core::engine::Keep;
use patchseal_core::gather::Interest;
use patchseal_render::LogState;
use patchseal_render::affected::{Answer, human, json, table};

/// Answers from what is sealed; nothing is written to the log.
pub(super) fn run(global: &Global, args: &ExposureArgs) -> Result<Exit, Error> {
    let wanted = wanted(&args.what)?;
    let config = config::load(global.config.as_deref(), None)?;
    let as_of = evaluate::requested(args.as_of.as_deref())?.unwrap_or_else(now);
    let store = store::read(&global.store)?;
    let checkpoint = store.checkpoint();
    let known_at = evaluate::known(args.known_at, checkpoint.size)?;
    let question = Question { config: &config, as_of, known_at, keep: Keep::Findings, begin: Begin::Resume };
    let interest = match &wanted {
        Wanted::Weakness(cve) => interest::of(&store, &question, cve)?,
        _ => Interest::default(),
    };
    let estate = pipeline::estate_with(&store, &question, &interest)?;
    let context = Context::new(&config.policy, &estate);
    let hosts = affected::affected(&wanted, &context);
    let root = checkpoint.root.to_string();
    let answer = Answer {
        wanted: &wanted,
        hosts: &hosts,
        estate: &estate,
        as_of,
        known_at,
        log: LogState { origin: &checkpoint.origin, size: checkpoint.size, root: &root, assurance: "L1" },
    };
    stream(global, |out| match args.format {
        TableFormat::Human => human(&answer, out),
        TableFormat::Json => json(&answer, out),
        TableFormat::Csv => table(&answer, out),
    })?;
    let any = |standing| hosts.iter().any(|host| host.standing == standing);
    Ok(if any(Standing::Exposed) {
        Exit::Findings
    } else if (any(Standing::Unknown) || hosts.is_empty()) && !args.allow_incomplete {
        // No host read is no host proven.
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

fn wanted(text: &str) -> Result<Wanted, Error> {
    let wanted = Wanted::of(text);
    let wrong = |expected: &str| Err(Error::Usage(format!("{text:?} is {expected}")));
    match &wanted {
        Wanted::Weakness(name) => {
            let digits = |text: &str, least| text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
            match name.trim_start_matches("CVE-").split_once('-') {
                Some((year, number)) if year.len() == 4 && digits(year, 4) && digits(number, 4) => Ok(wanted),
                _ => wrong("no CVE: write it as CVE-2026-1234"),
            }
        }
        Wanted::Package(name) if name.is_empty() || name.contains(char::is_whitespace) => {
            wrong("no CVE, KB or package: write it as CVE-2026-1234, KB5046615 or openssl-libs")
        }
        _ => Ok(wanted),
    }
}
