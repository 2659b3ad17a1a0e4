//! The policy in examples' worlds: when it was sealed, and who signed it.

use super::World;
use crate::exception::Signature;
use crate::policy::PolicyApproval;

impl World {
    /// The policy is a file, was sealed so many hours ago, and registers approvers.
    #[must_use]
    pub fn policy_sealed(mut self, hours_ago: i64) -> World {
        self.know_approvers();
        self.policy.review.author = Some("web-engineer".to_owned());
        self.policy.source = "patchseal.toml".to_owned();
        self.policy.sha256 = crate::exchange::Digest([42; 32]);
        self.sealed = Some(self.hours_ago(hours_ago));
        self
    }

    /// Its text was signed by this one, and sealed with the signature, so many hours ago.
    #[must_use]
    pub fn policy_approved(mut self, by: &str, hours_ago: i64) -> World {
        let at = self.hours_ago(hours_ago);
        self.policy_approvals.push(PolicyApproval {
            approver: by.into(),
            policy: self.policy.sha256,
            signed_at: at,
            logged_at: at,
            signature: Signature::Valid,
            source: format!("patchseal.{by}.dsse.json").into(),
        });
        self
    }

    /// Changes the last of these signatures.
    #[must_use]
    pub fn policy_approval(mut self, change: impl FnOnce(&mut PolicyApproval)) -> World {
        if let Some(last) = self.policy_approvals.last_mut() {
            change(last);
        }
        self
    }
}
