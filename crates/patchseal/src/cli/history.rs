//! Arguments of the commands that read history.

use super::TableFormat;
use clap::{Args, ValueEnum};
use patchseal_render::history::Table;

/// Arguments of `query`.
#[derive(Args)]
pub struct QueryArgs {
    /// What to list: verdicts that fail or are unknown (default), exposures, assets, or scopes.
    #[arg(value_enum)]
    pub what: Option<QueryTable>,
    /// Only what held at this time (RFC 3339, or a day), or `now`.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "to"])]
    pub at: Option<String>,
    /// Only what held after this time.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only what held before this time.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only what the log knew at this size.
    #[arg(long, value_name = "SIZE")]
    pub known_at: Option<u64>,
    /// Only assets whose id, name or lineage contains this text.
    #[arg(long, value_name = "TEXT")]
    pub asset: Option<String>,
    /// Only exposures to this CVE.
    #[arg(long, value_name = "CVE")]
    pub cve: Option<String>,
    /// Only verdicts of this rule.
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// Only of this service.
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only of this owner.
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Only of scopes that contain this text, such as `aws/111122223333`.
    #[arg(long, value_name = "TEXT")]
    pub scope: Option<String>,
    /// Format.
    #[arg(long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT")]
    pub format: TableFormat,
}

/// What a query lists.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueryTable {
    /// Failures and unknowns.
    Verdicts,
    /// Fixes that lineages lack or lacked.
    Exposures,
    /// Hosts, and what they are classified as.
    Assets,
    /// Places, and how completely they were read.
    Scopes,
}

impl From<QueryTable> for Table {
    fn from(table: QueryTable) -> Table {
        match table {
            QueryTable::Verdicts => Table::Verdict,
            QueryTable::Exposures => Table::Exposure,
            QueryTable::Assets => Table::Asset,
            QueryTable::Scopes => Table::Scope,
        }
    }
}

/// Arguments of `report`.
#[derive(Args)]
pub struct ReportArgs {
    /// A time (RFC 3339), a day, or the begin of a run's id as `import --format json` prints it.
    #[arg(long, value_name = "RUN|TIME")]
    pub since: String,
    /// Up to this time; else up to the last evaluation.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only what the log knew at this size.
    #[arg(long, value_name = "SIZE")]
    pub known_at: Option<u64>,
    /// Format.
    #[arg(long, value_enum, default_value_t = SinceFormat::Human, value_name = "FORMAT")]
    pub format: SinceFormat,
}

/// Formats of `report`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SinceFormat {
    /// For reading.
    Human,
    /// Tables for tickets and pull requests.
    Markdown,
    /// A row each, for ticket systems.
    Csv,
    /// One document.
    Json,
}
