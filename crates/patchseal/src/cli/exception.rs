//! The command line of `exception`.

use super::TableFormat;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with exceptions.
#[derive(Subcommand)]
pub enum ExceptionCommand {
    /// Write exceptions/ID.toml over findings of the newest observation. Covers nothing until it is approved.
    New(Box<NewArgs>),
    /// Sign an exception as an approver of the policy.
    Approve(ApproveArgs),
    /// Make an approver's key, and print the public half for the policy.
    Key(KeyArgs),
    /// Show every exception and where it stands.
    List(ListArgs),
    /// Check every file of exceptions; exits 2 and names file and line where something is wrong.
    Check,
    /// End an exception now, with a reason. The revocation is to be approved too.
    Revoke(RevokeArgs),
    /// Extend an exception: a new version, to be approved again.
    Renew(RenewArgs),
}

/// Arguments of `exception new`.
#[derive(Args)]
pub struct NewArgs {
    /// Id, which becomes the file's name.
    pub id: String,
    /// Finding to cover, by its id.
    #[arg(long, value_name = "ID")]
    pub finding: Vec<String>,
    /// Findings of this rule.
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,
    /// Findings on this subject: its id, the last part of it, or its name.
    #[arg(long, value_name = "ID")]
    pub asset: Vec<String>,
    /// Findings of this service.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Only this weakness.
    #[arg(long, value_name = "CVE")]
    pub cve: Vec<String>,
    /// Only this line of fixes, such as `openssl-libs`.
    #[arg(long, value_name = "LINE")]
    pub fix_line: Vec<String>,
    /// Take over an exception that a provider holds, by the id that `exception list` prints, as it is now.
    #[arg(long, value_name = "ID")]
    pub adopt: Vec<String>,
    /// Why: risk-acceptance, deferral, false-positive, not-applicable, vendor-dependency, operational-requirement.
    #[arg(long = "type", value_name = "TYPE", default_value = "deferral")]
    pub kind: String,
    /// Role that bears the risk.
    #[arg(long, value_name = "ROLE")]
    pub owner: String,
    /// Who asks.
    #[arg(long, value_name = "ID")]
    pub requester: String,
    /// Business reason.
    #[arg(long, value_name = "TEXT")]
    pub justification: String,
    /// When it ends: a time, or a length such as 30d. The longest that the policy allows, unless said.
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
    /// When it begins (RFC 3339); with its approval, unless said.
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// Ticket.
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
}

/// Arguments of `exception approve`.
#[derive(Args)]
pub struct ApproveArgs {
    /// Id.
    pub id: String,
    /// Approver, by the id that the policy gives.
    #[arg(long = "as", value_name = "ID")]
    pub approver: String,
    /// The approver's private key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

/// Arguments of `exception key`.
#[derive(Args)]
pub struct KeyArgs {
    /// Where the private key goes. Never overwritten.
    pub file: PathBuf,
}

/// Arguments of `exception list`.
#[derive(Args)]
pub struct ListArgs {
    /// State at this time (RFC 3339), or `now`, which is the default.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Format.
    #[arg(long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT")]
    pub format: TableFormat,
}

/// Arguments of `exception revoke`.
#[derive(Args)]
pub struct RevokeArgs {
    /// Id.
    pub id: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Arguments of `exception renew`.
#[derive(Args)]
pub struct RenewArgs {
    /// Id.
    pub id: String,
    /// When it ends: a time, or a length such as 30d. The longest that the policy allows, unless said.
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
}
