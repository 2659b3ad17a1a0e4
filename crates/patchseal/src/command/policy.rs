//! `policy`: signs the policy in force.

use super::{document, evaluate, now, write_file};
use crate::cli::{ApprovePolicyArgs, Global, PolicyCommand};
use crate::config;
use crate::error::Error;
use crate::exceptions::{envelope, key, policy};
use crate::exit::Exit;
use crate::store;
use patchseal_core::exception::Signature;
use patchseal_core::policy::PolicyApproval;
use std::path::Path;

pub(super) fn run(global: &Global, command: PolicyCommand) -> Result<Exit, Error> {
    match command {
        PolicyCommand::Approve(args) => approve(global, &args),
    }
}

/// Signs the text of the policy.
fn approve(global: &Global, args: &ApprovePolicyArgs) -> Result<Exit, Error> {
    let config = config::load(global.config.as_deref(), None)?;
    let usage = |message: String| Error::Usage(message);
    let Some(folder) = &config.folder else {
        return Err(usage(format!("there is no {} here: the policy built in is nobody's to approve", config::FILE)));
    };
    let source = &config.policy.source;
    let signing = key::load(&args.key)?;
    let at = now();
    let text = envelope::sign_policy(source, config.policy.sha256, &args.approver, at, &signing);
    let said = envelope::read_policy(&text).map_err(|(_, message)| usage(message))?;
    let signature = said.verify(&config.policy.exceptions).map_or_else(Signature::Wrong, |()| Signature::Valid);
    let path = folder.join(policy::file_name(source, &args.approver));
    // Signed in thought first: what would not count is not written.
    let approval = PolicyApproval {
        approver: args.approver.as_str().into(),
        policy: config.policy.sha256,
        signed_at: at,
        logged_at: at,
        signature,
        source: args.key.display().to_string().into(),
    };
    if let Err(message) = config.policy.objection(&approval) {
        let line = config.policy.line_of(&[format!("approvers.{}", args.approver), "review.author".to_owned()]);
        let path = folder.join(source);
        return Err(Error::Policy { path, line: line.unwrap_or(1) as usize, column: 1, message });
    }
    write_file(&path, |out| out.write_all(text.as_bytes()))?;
    let sealed = if store::exists(&global.store) {
        let mut opened = store::open_or_create(&global.store)?;
        let leaves = evaluate::seal_exceptions(global, &mut opened, &config)?;
        leaves.last().map_or("sealed before".to_owned(), |leaf| format!("sealed as leaf {leaf}"))
    } else {
        let store: &Path = &global.store;
        format!("there is no store {}: it counts from when `check` or `assess` seals it", store.display())
    };
    document(global, format!("wrote {}; {sealed}\n", path.display()).as_bytes())?;
    Ok(Exit::Clean)
}
