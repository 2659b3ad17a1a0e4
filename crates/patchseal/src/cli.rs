//! The command line.

mod history;

pub use history::{QueryArgs, QueryTable, ReportArgs, SinceFormat};
mod exception;
mod policy;

use clap::{Args, Parser, Subcommand, ValueEnum};
use patchseal_core::severity::Severity;
use std::path::PathBuf;

pub use exception::{ApproveArgs, ExceptionCommand, KeyArgs, ListArgs, NewArgs, RenewArgs, RevokeArgs};
pub use policy::{ApprovePolicyArgs, PolicyCommand};

/// Proves, from what clouds and machines say, that security patches arrived.
///
/// Reads saved answers of AWS and Azure, seals each in a tamper-evident log, and derives everything else from that log.
/// It never changes a cloud.
#[derive(Parser)]
#[command(name = "patchseal", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Args, Clone)]
pub struct Global {
    /// Evidence store.
    #[arg(long, global = true, value_name = "DIR", default_value = ".patchseal")]
    pub store: PathBuf,
    /// Policy; else DIR's patchseal.toml, else the working folder's, else the built-in industry-default profile.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write the document here rather than to standard output.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No progress on standard error.
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Only errors on standard error.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More on standard error.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// The main job: import + check + report in one go. Exits 1 when there are findings.
    Assess(AssessArgs),
    /// Seal recordings in the log.
    Import(ImportArgs),
    /// Evaluate what is sealed.
    Check(CheckArgs),
    /// Who is affected by a CVE, a KB or a package: exposed, unknown, fixed or not affected, and since when that is known.
    Exposure(ExposureArgs),
    /// What changed since a run or a time: new, reopened, closed, due soon, by owner.
    Report(ReportArgs),
    /// What held from when to when: verdicts, exposures, assets, scopes.
    Query(QueryArgs),
    /// Exceptions: approved, expiring acceptances of risk. They annotate findings and change no verdict.
    #[command(subcommand)]
    Exception(ExceptionCommand),
    /// Approve the policy: its text as it is, signed before it takes effect.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Explain a rule, a control or a finding; --all lists every rule.
    Explain(ExplainArgs),
    /// Make a store with its key, and a policy to start from. Never overwrites.
    Init(InitArgs),
    /// Verify the log and its packs, independently of the code that wrote them.
    Verify(VerifyArgs),
    /// Give every sealed evaluation again, from the sealed answers and policy alone, and name what differs.
    Reperform(ReperformArgs),
    /// Show sealed answers and prove leaves.
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Print a completion script.
    Completions {
        /// Shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// How to evaluate and what to show.
#[derive(Args, Clone)]
pub struct EvaluationArgs {
    /// State of the world at this time (RFC 3339), or `now`.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Only what the log knew at this size.
    #[arg(long, value_name = "SIZE")]
    pub known_at: Option<u64>,
    /// Evaluate every earlier time of history again too, by today's rules, policy and knowledge. What was sealed stays.
    #[arg(long, conflicts_with = "known_at")]
    pub restate: bool,
    /// State what this control came to, an own one of controls.toml or a built-in one, instead of the findings; as human, json or
    /// csv. May be given several times.
    #[arg(long, value_name = "ID")]
    pub control: Vec<String>,
    /// Format.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// Exit 1 from this severity on. A failure under a valid exception does not count here; it is shown and counted in
    /// the result all the same.
    #[arg(long, value_enum, default_value_t = Level::High, value_name = "SEVERITY")]
    pub fail_on: Level,
    /// An incomplete result may be a clean one; the result says so first.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Every verdict, not only fail and unknown.
    #[arg(long)]
    pub all: bool,
    /// Show only findings of scopes that contain this text, such as `aws/111122223333`.
    #[arg(long, value_name = "TEXT")]
    pub scope: Vec<String>,
    /// Show only findings of this service.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Show only findings of this owner.
    #[arg(long, value_name = "NAME")]
    pub owner: Vec<String>,
    /// Show only findings of this rule.
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,
}

/// Arguments of `assess`.
#[derive(Args)]
pub struct AssessArgs {
    /// Folder with recordings.
    pub folder: PathBuf,
    /// Where the HTML report goes.
    #[arg(long, value_name = "FILE", default_value = "patchseal-report.html")]
    pub html: PathBuf,
    /// How to evaluate.
    #[command(flatten)]
    pub evaluation: EvaluationArgs,
}

/// Arguments of `import`.
#[derive(Args)]
pub struct ImportArgs {
    /// Folder with recordings.
    pub folder: PathBuf,
    /// Format.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub format: ReportFormat,
}

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    /// Write an HTML report too.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// How to evaluate.
    #[command(flatten)]
    pub evaluation: EvaluationArgs,
}

/// Arguments of `exposure`.
#[derive(Args)]
pub struct ExposureArgs {
    /// `CVE-2026-1234`, `KB5046615`, or the name of a package.
    pub what: String,
    /// State of the world at this time (RFC 3339), or `now`, which is the default.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Only what the log knew at this size.
    #[arg(long, value_name = "SIZE")]
    pub known_at: Option<u64>,
    /// Format.
    #[arg(long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT")]
    pub format: TableFormat,
    /// Exit 0 although hosts are unknown.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// Arguments of `explain`.
#[derive(Args)]
pub struct ExplainArgs {
    /// Rule id, control id (`pc-07`) or finding id.
    #[arg(required_unless_present_any = ["all", "operations"])]
    pub what: Option<String>,
    /// Every rule.
    #[arg(long)]
    pub all: bool,
    /// Every operation whose answers are read.
    #[arg(long)]
    pub operations: bool,
    /// Format.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub format: ReportFormat,
}

/// Arguments of `init`.
#[derive(Args)]
pub struct InitArgs {
    /// Name of the log in its checkpoints, such as `example.com/patchseal`.
    #[arg(long, value_name = "NAME")]
    pub origin: Option<String>,
}

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    /// A checkpoint held elsewhere: only that shows a store that was rolled back.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Verifier key held elsewhere, instead of the store's own.
    #[arg(long, value_name = "FILE")]
    pub vkey: Option<PathBuf>,
    /// Format.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub format: ReportFormat,
}

/// Arguments of `reperform`.
#[derive(Args)]
pub struct ReperformArgs {
    /// Format.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub format: ReportFormat,
}

/// What to do with evidence.
#[derive(Subcommand)]
pub enum EvidenceCommand {
    /// Show a leaf, or a recorded answer: LEAF or LEAF/EXCHANGE.
    Show {
        /// Leaf, and exchange in it.
        evidence: String,
    },
    /// Print an inclusion proof (c2sp.org/tlog-proof@v1).
    Prove {
        /// Leaf.
        leaf: u64,
        /// Write the leaf's bytes here, for the checker.
        #[arg(long, value_name = "FILE")]
        leaf_file: Option<PathBuf>,
    },
}

/// Formats of results.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading, with the recorded answers.
    Human,
    /// One document.
    Json,
    /// A finding per line.
    Ndjson,
    /// Tables for tickets and pull requests.
    Markdown,
    /// The findings register.
    Csv,
    /// The population of assets.
    CsvAssets,
    /// The register of exposures.
    CsvExposures,
    /// The register of claims.
    CsvClaims,
    /// The figures of the period.
    CsvMetrics,
    /// What each run got of each scope.
    CsvRuns,
    /// Verdicts counted by rule.
    CsvRules,
    /// Change records.
    CsvChanges,
    /// The scopes.
    CsvScopes,
    /// The reconciliation of populations.
    CsvReconciliation,
}

/// Formats of reports.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading.
    Human,
    /// One document.
    Json,
}

/// Formats of registers.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For reading.
    Human,
    /// One document.
    Json,
    /// A row each.
    Csv,
}

/// Severities on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Critical.
    Critical,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Critical => Severity::Critical,
            Level::High => Severity::High,
            Level::Medium => Severity::Medium,
            Level::Low => Severity::Low,
        }
    }
}
