//! The main job on a synthetic fleet, measured: time and memory of whole commands, and the evaluation alone. What it came
//! to is held against the fleet's `truth.json` first: a figure for a wrong result is worth nothing.

use crate::fleet;
use jiff::Timestamp;
use patchseal::pipeline::{self, Begin, Question};
use patchseal::{config, store};
use patchseal_core::engine::{self, Keep};
use patchseal_core::rule::Rule;
use patchseal_core::rules::RULES;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub mod daily;

/// How the options are given.
pub const USAGE: &str = "cargo xtask bench [the options of fleet]";

/// How often the memory of a running command is read. The peak itself is kept by the kernel; only what a command allocates
/// in its last moments can be missed.
const POLL: Duration = Duration::from_millis(5);

/// Bytes of answers that the machine is measured on.
const SAMPLE: usize = 100 << 20;

/// Generates the fleet where it is not there yet and builds the release binary. Gives where they are, the fleet's name in its
/// folder, and its options.
fn prepare(root: &Path, arguments: &[&str]) -> io::Result<(Bench, String, fleet::Options)> {
    let named = arguments.iter().any(|one| matches!(*one, "-o" | "--output"));
    let default = root.join("target/bench").display().to_string();
    let mut all = arguments.to_vec();
    if !named {
        all.extend(["-o", &default]);
    }
    let options = fleet::Options::parse(&all)?;
    // Named by what it is: a fleet of other options is never measured under these.
    let place = if options.one_account { "-one-account" } else { "" };
    let fleet::Options { assets, patches, days, seed, .. } = options;
    let name = format!("fleet-{assets}-{patches}-{days}-{seed}{place}");
    let fleet = options.folder.join(&name);
    // Written last.
    if !fleet.join("patchseal.toml").is_file() {
        fleet::generate(&fleet::Options { folder: fleet.clone(), ..options.clone() })?;
    }
    let built = Command::new("cargo").args(["build", "--release", "--quiet"]).current_dir(root).status()?;
    if !built.success() {
        return Err(io::Error::other("the release build failed"));
    }
    let bench = Bench { tool: root.join("target/release/patchseal"), folder: options.folder.clone(), fleet };
    Ok((bench, name, options))
}

/// Generates the fleet where it is not there yet, runs the commands on it, and prints a table.
pub fn run(root: &Path, arguments: &[&str]) -> io::Result<()> {
    let (bench, name, options) = prepare(root, arguments)?;
    let fleet::Options { assets, patches, days, .. } = options;
    bench.clear("store")?;
    bench.clear("imported")?;
    let [hashed, compressed, parsed] = machine(&bench.warm()?);
    let mut out = io::stdout().lock();
    writeln!(out, "{assets} assets × {patches} patch rows, {days} day(s)\n")?;
    writeln!(out, "| work | time | peak resident |\n| --- | --- | --- |")?;
    let as_of = bench.newest()?;
    let assess =
        ["assess", &name, "--store", "store", "--format", "json", "-o", "result.json", "--html", "report.html"];
    let policy = format!("{name}/patchseal.toml");
    let check = ["check", "--store", "store", "--config", &policy, "--as-of", &as_of, "--format", "json"];
    let commands: [(&str, &[&str]); 4] = [
        ("`assess`", &assess),
        ("`import`", &["import", &name, "--store", "imported", "-o", "import.txt"]),
        ("`check`", &[&check[..], &["-o", "check.json"]].concat()),
        ("`verify`", &["verify", "--store", "store", "-o", "verify.txt"]),
    ];
    for (name, arguments) in commands {
        let (time, peak) = bench.time(arguments)?;
        writeln!(out, "| {name} | {:.1} s | {} MiB |", time.as_secs_f64(), peak / 1024)?;
        if name == "`assess`" {
            bench.compare()?;
        }
    }
    let Evaluated { read, judged, shared, by_rule } = bench.evaluation(&as_of)?;
    writeln!(out, "| reading the log into an estate, in process | {:.1} s | |", read.as_secs_f64())?;
    writeln!(out, "| evaluation alone, already read | {:.2} s | |", judged.as_secs_f64())?;
    writeln!(out, "| of which what rules share | {:.2} s | |", shared.as_secs_f64())?;
    for (rule, time) in by_rule.iter().take(SLOWEST) {
        writeln!(out, "| of which {rule} | {:.2} s | |", time.as_secs_f64())?;
    }
    writeln!(
        out,
        "\nThis machine, one thread, on answers of the fleet: SHA-256 {hashed:.2} GB/s, zstd level 3 {compressed:.2} GB/s, \
         serde_json passing over everything {parsed:.2} GB/s."
    )?;
    writeln!(out, "\nThe summary equals `truth.json`.")
}

/// Rules named for their time.
const SLOWEST: usize = 6;

/// How long the parts of an evaluation take.
struct Evaluated {
    /// Reading the log into an estate.
    read: Duration,
    /// Every rule.
    judged: Duration,
    /// No rule: what all of them look things up in.
    shared: Duration,
    /// Each rule without that, the slowest first.
    by_rule: Vec<(&'static str, Duration)>,
}

struct Bench {
    tool: PathBuf,
    folder: PathBuf,
    fleet: PathBuf,
}

impl Bench {
    fn clear(&self, name: &str) -> io::Result<()> {
        let path = self.folder.join(name);
        if path.is_dir() { std::fs::remove_dir_all(path) } else { Ok(()) }
    }

    /// The last observation, as the recording says it.
    fn newest(&self) -> io::Result<String> {
        let mut times = Vec::new();
        for entry in std::fs::read_dir(&self.fleet)? {
            let path = entry?.path();
            if path.join("recording.toml").is_file() {
                times.push(self.observed(&path)?);
            }
        }
        times.into_iter().max().ok_or_else(|| io::Error::other("the fleet holds no recording"))
    }

    /// When a recording was observed, as it says itself.
    fn observed(&self, folder: impl AsRef<Path>) -> io::Result<String> {
        let text = std::fs::read_to_string(self.folder.join(folder).join("recording.toml"))?;
        text.split('"').nth(1).map(str::to_owned).ok_or_else(|| io::Error::other("the recording has no time"))
    }

    /// Runs the tool, for its time and its peak in KiB.
    fn time(&self, arguments: &[&str]) -> io::Result<(Duration, u64)> {
        let start = Instant::now();
        let errors = File::create(self.folder.join("errors.txt"))?;
        let mut command = Command::new(&self.tool);
        command.args(arguments).arg("-q").current_dir(&self.folder).stdout(Stdio::null()).stderr(errors);
        let mut child = command.spawn()?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut peak = 0;
        let code = loop {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0).max(peak);
            if let Some(code) = child.try_wait()? {
                break code.code();
            }
            std::thread::sleep(POLL);
        };
        // Findings and unknowns are what a fleet has; anything else is no measurement.
        match code {
            Some(0 | 1 | 3) => Ok((start.elapsed(), peak)),
            _ => {
                let said = std::fs::read_to_string(self.folder.join("errors.txt"))?;
                Err(io::Error::other(format!("patchseal {}: {said}", arguments.join(" "))))
            }
        }
    }

    /// Reads every file once, so that commands are measured and not the disk, and keeps some of them.
    fn warm(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut sample: Vec<Vec<u8>> = Vec::new();
        let mut kept = 0;
        let mut folders = vec![self.fleet.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let body = std::fs::read(&path)?;
                if kept < SAMPLE && path.extension().is_some_and(|ending| ending == "json") {
                    kept += body.len();
                    sample.push(body);
                }
            }
        }
        Ok(sample)
    }
}

/// How fast this machine does what most of the work is made of, in GB/s: a figure says little without it.
fn machine(sample: &[Vec<u8>]) -> [f64; 3] {
    let bytes: usize = sample.iter().map(Vec::len).sum();
    let speed = |work: &dyn Fn(&[u8]) -> u64| {
        let start = Instant::now();
        let done: u64 = sample.iter().map(|body| work(body)).sum();
        // What was done is used, so that nothing of it can be left out.
        if done == 0 { f64::NAN } else { bytes as f64 / start.elapsed().as_secs_f64() / 1e9 }
    };
    // Compressing hashes as well, so that its own time is the difference.
    let hashed = speed(&|body| u64::from(patchseal_log::sha256(body).0[0]) + 1);
    let both = speed(&|body| patchseal_log::compress(body).compressed.len() as u64);
    let parsed = speed(&|body| u64::from(serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()));
    [hashed, 1.0 / (1.0 / both - 1.0 / hashed), parsed]
}

impl Bench {
    fn compare(&self) -> io::Result<()> {
        let read = |path: PathBuf| -> io::Result<Value> {
            Ok(serde_json::from_reader(io::BufReader::new(File::open(path)?))?)
        };
        let truth = read(self.fleet.join("truth.json"))?;
        let result = read(self.folder.join("result.json"))?;
        if result["summary"] == truth["summary"] && result["coverage"]["assets"] == truth["assets"] {
            return Ok(());
        }
        Err(io::Error::other(format!("the result is {}, and must be {}", result["summary"], truth["summary"])))
    }

    /// Reads the log and evaluates it, in this process: how long each takes.
    fn evaluation(&self, as_of: &str) -> io::Result<Evaluated> {
        let config = config::load(Some(&self.fleet.join("patchseal.toml")), None).map_err(io::Error::other)?;
        let store = store::read(&self.folder.join("store")).map_err(io::Error::other)?;
        let as_of: Timestamp = as_of.parse().map_err(io::Error::other)?;
        let question = Question {
            config: &config,
            as_of,
            known_at: store.checkpoint().size,
            keep: Keep::Findings,
            begin: Begin::Afresh,
        };
        let start = Instant::now();
        let estate = pipeline::estate(&store, &question).map_err(io::Error::other)?;
        let read = start.elapsed();
        let start = Instant::now();
        let evaluation = engine::evaluate(RULES, &config.policy, &estate, Keep::Findings);
        let judged = start.elapsed();
        // The result is used, so that nothing of the work can be left out.
        if evaluation.total.total() == 0 {
            return Err(io::Error::other("nothing was judged"));
        }
        let alone = |rules: &[&'static Rule]| {
            let start = Instant::now();
            std::hint::black_box(engine::evaluate(rules, &config.policy, &estate, Keep::Findings).total);
            start.elapsed()
        };
        let shared = alone(&[]);
        let own = |rule: &&'static Rule| (rule.id, alone(&[rule]).saturating_sub(shared));
        let mut by_rule: Vec<(&'static str, Duration)> = RULES.iter().map(own).collect();
        by_rule.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        Ok(Evaluated { read, judged, shared, by_rule })
    }
}
