//! Exceptions: approved, expiring acceptances of risk. One annotates findings; it never changes a verdict. Nothing here
//! reads a file, checks a signature or asks for the time: the edge states what was sealed, and when.

mod approval;
mod dossier;
mod judged;
mod stake;
mod terms;

pub use approval::{Approver, ExceptionPolicy, Requirement, Role, quorum};
pub use dossier::{Approval, Dossier, Entry, Filed, InForce, Signature, Standing, State, Terms};
pub use judged::{Annotation, Cause, ExceptionSubject, MemberNow, Now, judge};
pub use stake::{Stake, stakes};
pub use terms::{Adopted, Control, Kind, Member, Milestone, Record, Revocation, Selector, Test, Tier};

/// Prefix of the rules that judge exceptions: nothing excepts them.
pub const OWN_RULES: [&str; 2] = ["exception-", "compensating-control-"];

/// Whether findings of a rule can be excepted at all.
pub fn may_be_excepted(rule: &str) -> bool {
    !OWN_RULES.iter().any(|own| rule.starts_with(own))
}

#[cfg(test)]
mod tests;
