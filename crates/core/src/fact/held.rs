//! Exceptions that providers hold: somebody made them there, and no approval of ours is on record.

use crate::exchange::Digest;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// What kind of exception a provider holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldKind {
    /// An exemption of Azure Policy.
    PolicyExemption,
    /// A remediation exception of AWS Config.
    RemediationException,
    /// An assessment of Defender for Cloud whose resource is exempt.
    ExemptAssessment,
    /// A governance assignment of Defender for Cloud that keeps an assessment out of the score until it is due.
    GracePeriod,
}

impl HeldKind {
    /// The word used in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            HeldKind::PolicyExemption => "policy-exemption",
            HeldKind::RemediationException => "remediation-exception",
            HeldKind::ExemptAssessment => "exempt-assessment",
            HeldKind::GracePeriod => "grace-period",
        }
    }

    /// Who holds it and what it is, in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            HeldKind::PolicyExemption => "the Azure Policy exemption",
            HeldKind::RemediationException => "the AWS Config remediation exception",
            HeldKind::ExemptAssessment => "the exempt Defender assessment",
            HeldKind::GracePeriod => "the Defender grace period",
        }
    }
}

/// An exception that a provider holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldException {
    /// ARM id in lower case; for AWS Config, which gives none, account, region, rule and resource.
    pub id: String,
    /// What it is.
    pub kind: HeldKind,
    /// Name that people gave it, or the resource's.
    pub name: String,
    /// What it is on: an ARM scope in lower case, or a resource's type and id.
    pub on: String,
    /// Whether that is a machine, or something that can hold machines.
    pub may_mean_hosts: bool,
    /// Known by itself to be about patches.
    pub patching: bool,
    /// What is not enforced there: key of a policy assignment or rule.
    pub basis: Option<String>,
    /// Parts of it, where only they are not enforced.
    pub parts: Vec<String>,
    /// Resources that it is narrowed to, as the provider writes it.
    pub selectors: String,
    /// The provider's own category, such as `Waiver`.
    pub category: String,
    /// Who made it, where the provider says.
    pub created_by: Option<String>,
    /// When.
    pub created: Option<Timestamp>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// Stated reason.
    pub reason: String,
}

impl HeldException {
    /// The provider's category as a beginning of a sentence about it; empty where there is none.
    pub fn category_in_words(&self) -> String {
        if self.category.is_empty() { String::new() } else { format!("{}, ", self.category) }
    }

    /// Digest over what it lets through, for how long and why: whoever adopts it adopts these terms and no others.
    pub fn terms(&self) -> Digest {
        let mut hasher = Sha256::new();
        let mut part = |text: &str| {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        };
        part(&self.id);
        part(self.kind.as_str());
        part(&self.on);
        part(self.basis.as_deref().unwrap_or_default());
        for one in &self.parts {
            part(one);
        }
        part(&self.selectors);
        part(&self.category);
        part(&self.expires.map_or_else(String::new, |time| time.to_string()));
        part(&self.reason);
        Digest(hasher.finalize().into())
    }
}

/// What an exception of a provider is from: a policy assignment or a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldBasis {
    /// Key by which exceptions name it.
    pub id: String,
    /// Name.
    pub name: String,
    /// Known to be about patches, or to contain what is.
    pub patching: bool,
    /// It has parts, and which of them are about patches is not known.
    pub has_parts: bool,
}

crate::carry::carried_words! {
    HeldKind { PolicyExemption, RemediationException, ExemptAssessment, GracePeriod }
}

crate::carry::carried_struct! {
    HeldException {
        id, kind, name, on, may_mean_hosts, patching, basis, parts, selectors, category, created_by, created, expires, reason,
    }
}
