//! The command line of `policy`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with the policy.
#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Sign the policy as it is, as one of its approvers; any later change needs another approval.
    Approve(ApprovePolicyArgs),
}

/// Arguments of `policy approve`.
#[derive(Args)]
pub struct ApprovePolicyArgs {
    /// Approver, by the id that the policy gives.
    #[arg(long = "as", value_name = "ID")]
    pub approver: String,
    /// The approver's private key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}
