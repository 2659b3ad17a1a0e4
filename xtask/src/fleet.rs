//! Synthetic fleets: recordings in the documented layout, and what an evaluation of them must come to. The generator
//! shares nothing with the code that it tests.

mod aws;
mod azure;
mod host;
mod pages;
mod patches;
mod random;
mod shared;
mod truth;

use host::Fleet;
use pages::time;
use patches::Catalogue;
use std::io;
use std::path::{Path, PathBuf};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// The last observation of every fleet, 2026-11-23T06:00:00Z: the same options give the same bytes in any year.
const LAST_DAY: i64 = 1_795_413_600;
/// Most days of a fleet: a year, as an audit asks for.
const MOST_DAYS: u64 = 366;
/// In so few days no ordinary fix falls due, and the truth of a fleet is known. A longer one has no `truth.json`.
const DAYS_OF_TRUTH: u64 = 14;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts.
    pub assets: u64,
    /// Patch rows of a host.
    pub patches: u64,
    /// Recordings, one a day.
    pub days: u64,
    /// Seed: equal options give equal bytes.
    pub seed: u64,
    /// One account and region, and one subscription, hold everything.
    pub one_account: bool,
    /// Folder.
    pub folder: PathBuf,
}

/// How the options are given. CONTRIBUTING.md says what is written.
pub const USAGE: &str = "cargo xtask fleet --assets N --patches P --days D --seed S [--one-account] -o DIR";

impl Options {
    /// Reads the arguments after `fleet`.
    pub fn parse(arguments: &[&str]) -> io::Result<Options> {
        let mut options =
            Options { assets: 1000, patches: 100, days: 1, seed: 1, one_account: false, folder: PathBuf::new() };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| wrong(format!("{name} needs a value")));
            let number = |text: &&str| {
                text.replace('_', "").parse::<u64>().map_err(|_| wrong(format!("{name} {text} is no number")))
            };
            match *name {
                "--assets" => options.assets = number(value()?)?,
                "--patches" => options.patches = number(value()?)?,
                "--days" => options.days = number(value()?)?,
                "--seed" => options.seed = number(value()?)?,
                "--one-account" => options.one_account = true,
                "-o" | "--output" => options.folder = PathBuf::from(value()?),
                other => return Err(wrong(format!("{other} is no option; usage: {USAGE}"))),
            }
        }
        if options.folder.as_os_str().is_empty() {
            return Err(wrong(format!("-o DIR is missing; usage: {USAGE}")));
        }
        if !(1..=MOST_DAYS).contains(&options.days) || options.patches < 10 || options.assets < 20 {
            return Err(wrong(format!(
                "a fleet has 20 hosts and 10 patch rows a host at least, and 1 to {MOST_DAYS} days"
            )));
        }
        Ok(options)
    }

    /// Whether it spans too many days for its truth to be known.
    fn is_long(&self) -> bool {
        self.days > DAYS_OF_TRUTH
    }

    /// When a day's sources were asked.
    fn observed_at(&self, day: u64) -> i64 {
        LAST_DAY - (self.days - 1 - day) as i64 * DAY
    }
}

fn wrong(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// Writes the recordings, the policy and `truth.json` into a folder that is not there yet or empty.
pub fn generate(options: &Options) -> io::Result<()> {
    let folder = &options.folder;
    if folder.is_dir() && std::fs::read_dir(folder)?.next().is_some() {
        return Err(wrong(format!("{} is not empty", folder.display())));
    }
    std::fs::create_dir_all(folder)?;
    let fleet = Fleet::new(options);
    let catalogue = Catalogue::new(options);
    for day in 0..options.days {
        let recording = folder.join(format!("day-{:02}", day + 1));
        std::fs::create_dir_all(&recording)?;
        let at = time(options.observed_at(day));
        let note = format!("synthetic fleet, seed {}, day {} of {}", options.seed, day + 1, options.days);
        std::fs::write(
            recording.join("recording.toml"),
            format!("observed_at = \"{at}\"\ncollector = \"fleet\"\nnote = \"{note}\"\n"),
        )?;
        let write = Day { options, fleet: &fleet, catalogue: &catalogue, day, folder: &recording };
        shared::write(&write)?;
        for place in &fleet.places {
            match place.cloud {
                "aws" => aws::write(&write, place)?,
                _ => azure::write(&write, place)?,
            }
        }
    }
    // Beside the recordings, where an import takes folders alone.
    if !options.is_long() {
        std::fs::write(folder.join("truth.json"), truth::text(options, &fleet, &catalogue))?;
    }
    std::fs::write(folder.join("patchseal.toml"), POLICY)
}

/// The observations are dated, so that the same fleet gives the same bytes; imported today, they are always late.
const POLICY: &str = "# Synthetic observations carry a fixed date and are imported at any time.\n\
[evidence]\ningest_limit = \"off\"\n";

/// A day's recording on its way.
struct Day<'a> {
    options: &'a Options,
    fleet: &'a Fleet,
    catalogue: &'a Catalogue,
    day: u64,
    folder: &'a Path,
}

impl Day<'_> {
    /// When its sources were asked.
    fn observed_at(&self) -> i64 {
        self.options.observed_at(self.day)
    }

    /// When a host was last scanned, as of this day.
    fn scanned_at(&self, host: &host::Host) -> i64 {
        // Spread over the two hours before four in the morning.
        self.observed_at() - host.scan_age() * DAY - 7200 - (host.number % 7200) as i64
    }
}
