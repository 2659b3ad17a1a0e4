//! `exception check`: what can be told from the files and the policy alone, each with file and line.

use super::place;
use crate::cli::Global;
use crate::command::{document, now, say};
use crate::error::Error;
use crate::exceptions::envelope::Said;
use crate::exceptions::{Given, folder, sealed};
use crate::exit::Exit;
use jiff::Timestamp;
use patchseal_core::exception::{Approval, ExceptionPolicy, quorum};
use patchseal_core::text::{count, day, length};

/// Something that is wrong.
pub(super) struct Problem {
    /// Line of the exception's file.
    pub(super) line: usize,
    /// What.
    pub(super) message: String,
}

/// Checks every file.
pub(super) fn run(global: &Global) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    let policy = &config.policy.exceptions;
    let (all, errors) = folder::read(&folder)?.unwrap_or_default();
    let mut text = String::new();
    let mut wrong = errors.len();
    for error in errors {
        text.push_str(&format!("{error}\n"));
    }
    for given in &all {
        let approvals: Vec<Approval> = approvals(given, policy);
        let path = folder.path.join(given.source.rsplit('/').next().unwrap_or_default());
        let mut problems = problems(given, policy);
        for approval in &approvals {
            problems.extend(objections(given, approval, policy));
        }
        wrong += problems.len();
        for Problem { line, message } in &problems {
            text.push_str(&format!("{}:{line}: {message}\n", path.display()));
        }
        if problems.is_empty() {
            let needed = quorum(given.record.tier).len();
            let signed = approvals.iter().filter(|approval| approval.record == given.record.digest).count();
            if signed < needed {
                say(
                    global,
                    &format!("note: {} has {signed} of {} that it needs", path.display(), count(needed, "approval")),
                );
            }
            let left = given.record.expires.as_second() - now().as_second();
            if given.record.revoked.is_none() && left <= 0 {
                say(global, &format!("note: {} expired on {}", path.display(), day(given.record.expires)));
            }
        }
    }
    text.push_str(&format!("{} checked: {wrong} wrong\n", count(all.len(), "exception")));
    document(global, text.as_bytes())?;
    Ok(if wrong > 0 { Exit::Usage } else { Exit::Clean })
}

/// Approvals as the files have them, at their word about the time.
pub(super) fn approvals(given: &Given, policy: &ExceptionPolicy) -> Vec<Approval> {
    let read = |(source, _, said): &(String, String, Said)| {
        sealed::approval(&given.record.id, said, source, said.signed_at, policy)
    };
    given.approvals.iter().map(read).collect()
}

/// Why a signature made now would not count.
pub(super) fn refusals(given: &Given, said: &Said, policy: &ExceptionPolicy, at: Timestamp) -> Vec<Problem> {
    let mut all = problems(given, policy);
    let approval = sealed::approval(&given.record.id, said, &given.source, at, policy);
    all.extend(objections(given, &approval, policy));
    if given.record.revoked.is_none() && given.record.expires <= at {
        let line = given.record.lines.get("expires").copied().unwrap_or(1) as usize;
        all.push(Problem { line, message: format!("it expired on {}: renew it first", day(given.record.expires)) });
    }
    all
}

/// What is wrong with the terms.
fn problems(given: &Given, policy: &ExceptionPolicy) -> Vec<Problem> {
    let record = &given.record;
    let line = |key: &str| record.lines.get(key).copied().unwrap_or(1) as usize;
    let mut all = Vec::new();
    let mut wrong = |key: &str, message: String| all.push(Problem { line: line(key), message });
    if record.members_stated != record.members_found {
        wrong(
            "scope.members_sha256",
            format!(
                "the members were changed: they hash to {}, and {} is stated; a wider scope is a new exception",
                record.members_found, record.members_stated
            ),
        );
    }
    let own = given.approvals.iter().filter(|(.., said)| said.record == record.digest);
    let first = own.map(|(.., said)| said.signed_at).min();
    let (longest, tier) = (policy.longest(record.tier), record.tier.as_str());
    if record.revoked.is_none() && record.length(first) > longest {
        let asked = length(record.length(first));
        wrong(
            "expires",
            format!("it lasts {asked}, and an exception for {tier} risk lasts {} at most", length(longest)),
        );
    }
    let most = policy.renewals(record.tier);
    if record.revoked.is_none() && record.renewals > most {
        wrong("renewals", format!("it was extended {} times, and {tier} risk allows {most}", record.renewals));
    }
    all
}

/// What is wrong with an approval.
fn objections(given: &Given, approval: &Approval, policy: &ExceptionPolicy) -> Vec<Problem> {
    let record = &given.record;
    let line = |key: &str| record.lines.get(key).copied().unwrap_or(1) as usize;
    // The approval of what this version renews is in the log, and stands here until it is signed again.
    if record.previous == Some(approval.record) {
        return Vec::new();
    }
    if approval.record != record.digest {
        let key = if record.members_stated == record.members_found { "id" } else { "scope.members_sha256" };
        let message =
            format!("it was changed after {} approved it: {} is of other terms", approval.approver, approval.source);
        return vec![Problem { line: line(key), message }];
    }
    let mut all = Vec::new();
    if let Some(why) = policy.refuses(record, approval) {
        all.push(Problem { line: line("requester"), message: why });
    }
    if let Some(start) = record.start.filter(|start| *start < approval.signed_at) {
        let message = format!(
            "approved after the fact: it is to hold from {start}, and {} signed at {}; no approval reaches back",
            approval.approver, approval.signed_at
        );
        all.push(Problem { line: line("start"), message });
    }
    all
}
