//! Who wrote the policy, who has to have approved it, and when it was looked through last.

use super::{DAY, Policy, Seconds};
use crate::exception::{Approver, Role, Signature};
use crate::exchange::{Digest, Evidence};
use jiff::Timestamp;
use std::sync::Arc;

/// What the policy says of its own review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// When it was looked through last.
    pub last: Option<Timestamp>,
    /// How often it is to be.
    pub interval: Seconds,
    /// Who wrote it, by the id of an approver or of `[exceptions.people]`.
    pub author: Option<String>,
}

impl Default for Review {
    /// A year is what management systems and card schemes ask of policies as a rule; a judgement.
    fn default() -> Review {
        Review { last: None, interval: 365 * DAY, author: None }
    }
}

/// An approval of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyApproval {
    /// Approver's id.
    pub approver: Arc<str>,
    /// Digest of the text that was signed.
    pub policy: Digest,
    /// When, by the signer's own word.
    pub signed_at: Timestamp,
    /// When it was sealed.
    pub logged_at: Timestamp,
    /// What the signature is worth by the keys of the policy in force.
    pub signature: Signature,
    /// File.
    pub source: Arc<str>,
}

/// What the log holds of the policy in force.
#[derive(Clone, Debug, Default)]
pub struct PolicyRecord {
    /// Where its text was sealed first, and when: it is in force since then at the latest.
    pub sealed: Option<(Timestamp, Evidence)>,
    /// Approvals of this text and of any other, in the order of the log.
    pub approvals: Vec<(PolicyApproval, Evidence)>,
}

/// Roles that may approve a policy: those who are accountable for it, and no team lead. A judgement of this project from
/// common practice.
pub const POLICY_ROLES: [Role; 3] = [Role::SecurityHead, Role::Ciso, Role::BusinessOwner];

impl Policy {
    /// Whether it is the one built in: no file stands behind it.
    pub fn is_built_in(&self) -> bool {
        self.sha256 == Digest([0; 32])
    }

    /// Why an approval of this policy's text does not count, if it does not.
    pub fn objection(&self, approval: &PolicyApproval) -> Result<&Approver, String> {
        let id = &approval.approver;
        let known = &self.exceptions;
        let Some(approver) = known.approver(id) else { return Err(format!("the policy knows no approver {id}")) };
        if let Signature::Wrong(why) = &approval.signature {
            return Err(format!("{}: {why}", approval.source));
        }
        if approver.service {
            return Err(format!("{id} is a service, and services cannot approve"));
        }
        if !POLICY_ROLES.contains(&approver.role) {
            return Err(format!("{id} is {}, who may not approve a policy", approver.role.as_str()));
        }
        let author = self.review.author.as_deref();
        if author.is_some_and(|author| author == &**id || known.person(author) == Some(&*approver.person)) {
            return Err(format!("{id} wrote it, and nobody approves their own policy"));
        }
        Ok(approver)
    }

    /// When an approval of a policy counts from: never before it was sealed, unless the policy takes signed times at their
    /// word.
    pub fn approval_counts_from(&self, approval: &PolicyApproval) -> Timestamp {
        match self.exceptions.seal_limit {
            Some(_) => approval.signed_at.max(approval.logged_at),
            None => approval.signed_at,
        }
    }
}
