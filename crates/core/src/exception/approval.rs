//! Who may approve what, and for how long. Separation of duties is between people, not ids.

use super::dossier::{Approval, Signature};
use super::terms::{Record, Tier};
use crate::policy::{DAY, Seconds};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What an approver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Leads the team.
    TeamLead,
    /// Heads security.
    SecurityHead,
    /// Accountable for security.
    Ciso,
    /// Accountable for the business that bears the risk.
    BusinessOwner,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::TeamLead, Role::SecurityHead, Role::Ciso, Role::BusinessOwner];

    /// The word used in the policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::TeamLead => "team-lead",
            Role::SecurityHead => "security-head",
            Role::Ciso => "ciso",
            Role::BusinessOwner => "business-owner",
        }
    }
}

/// One approval that is needed, from any of these roles.
pub type Requirement = &'static [Role];

/// Approvals that a tier needs, each by another person: a team lead up to medium, the head of security for high, the CISO
/// and the business owner together for critical and exploited. A judgement of this project from common practice.
pub const fn quorum(tier: Tier) -> &'static [Requirement] {
    match tier {
        Tier::Low | Tier::Medium => &[&[Role::TeamLead, Role::SecurityHead, Role::Ciso]],
        Tier::High => &[&[Role::SecurityHead, Role::Ciso]],
        Tier::Critical | Tier::Exploited => &[&[Role::Ciso], &[Role::BusinessOwner]],
    }
}

/// Someone whose signature counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Id in files and leaves.
    pub id: String,
    /// The human behind it: two ids of one human are one.
    pub person: String,
    /// Role.
    pub role: Role,
    /// Tiers it may approve.
    pub tiers: Vec<Tier>,
    /// Ed25519 public key.
    pub key: [u8; 32],
    /// No human: cannot approve.
    pub service: bool,
    /// Line of the policy.
    pub line: u32,
}

/// What the policy says of exceptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionPolicy {
    /// Longest times that replace [`Tier::longest`].
    pub longest: BTreeMap<Tier, Seconds>,
    /// Numbers of renewals that replace [`Tier::renewals`].
    pub renewals: Option<u32>,
    /// Longest time from a signature to its sealing; `None` takes the signed time at its word.
    pub seal_limit: Option<Seconds>,
    /// The humans behind ids that approve nothing, such as requesters.
    pub people: BTreeMap<String, String>,
    /// Policy assignments and rules of providers that have nothing to do with patches: their exceptions are none of ours.
    pub unrelated: Vec<String>,
    /// Approvers.
    pub approvers: Vec<Approver>,
}

impl Default for ExceptionPolicy {
    /// A signature is sealed with the next daily run.
    fn default() -> ExceptionPolicy {
        ExceptionPolicy {
            longest: BTreeMap::new(),
            renewals: None,
            seal_limit: Some(DAY),
            people: BTreeMap::new(),
            unrelated: Vec::new(),
            approvers: Vec::new(),
        }
    }
}

impl ExceptionPolicy {
    /// The longest time an exception of a tier may last.
    pub fn longest(&self, tier: Tier) -> Seconds {
        self.longest.get(&tier).copied().unwrap_or(tier.longest())
    }

    /// How often an exception of a tier may be extended.
    pub fn renewals(&self, tier: Tier) -> u32 {
        match self.renewals {
            Some(most) => most.min(if tier == Tier::Exploited { tier.renewals() } else { most }),
            None => tier.renewals(),
        }
    }

    /// The approver of an id.
    pub fn approver(&self, id: &str) -> Option<&Approver> {
        self.approvers.iter().find(|approver| approver.id == id)
    }

    /// The human behind an id, where the policy knows it.
    pub fn person(&self, id: &str) -> Option<&str> {
        self.approver(id).map(|approver| approver.person.as_str()).or_else(|| self.people.get(id).map(String::as_str))
    }

    /// When an approval counts from: never before it was sealed, unless the policy takes signed times at their word.
    pub fn counts_from(&self, approval: &Approval) -> Timestamp {
        match self.seal_limit {
            Some(_) => approval.signed_at.max(approval.logged_at),
            None => approval.signed_at,
        }
    }

    /// Why an approval of a record does not count; `Err(true)` where that cannot be told.
    pub(super) fn objection(&self, record: &Record, approval: &Approval) -> Result<&Approver, Objection> {
        let refuse = Objection::plain;
        match &approval.signature {
            Signature::Valid => {}
            Signature::Wrong(why) => return Err(refuse(format!("{}: {why}", approval.source))),
        }
        let id = &approval.approver;
        let Some(approver) = self.approver(id) else {
            return Err(refuse(format!("{}: the policy knows no approver {id}", approval.source)));
        };
        if approver.service {
            return Err(refuse(format!("{id} is a service, and services cannot approve")));
        }
        if !approver.tiers.contains(&record.tier) {
            return Err(refuse(format!("{id} may not approve {} risk", record.tier.as_str())));
        }
        let same = |why: String| Objection { why, unclear: false, same_person: true };
        let asked = &*record.requester;
        if asked == id.as_ref() || self.person(asked) == Some(approver.person.as_str()) {
            return Err(same(format!("{id} approved what {asked} asked for, and both are one person")));
        }
        if record.tier >= Tier::High {
            let owned = record.members.iter().filter_map(|member| member.owner.as_deref());
            if let Some(owner) = owned
                .filter(|owner| *owner == id.as_ref() || self.person(owner) == Some(approver.person.as_str()))
                .min()
            {
                return Err(same(format!("{id} approved for what {owner} owns, and both are one person")));
            }
        }
        if self.person(asked).is_none() {
            let why = format!("the policy does not say who {asked} is ([exceptions.people]): it may be {id}");
            return Err(Objection { why, unclear: true, same_person: false });
        }
        Ok(approver)
    }

    /// Why an approval does not count, if it does not or nobody can tell.
    pub fn refuses(&self, record: &Record, approval: &Approval) -> Option<String> {
        self.objection(record, approval).err().map(|objection| objection.why)
    }

    /// When all approvals that a record needs counted first; else why not.
    pub(super) fn approved(&self, record: &Record, approvals: &[&Approval]) -> Result<Approved, Objection> {
        let mut objections = Vec::new();
        let mut good: Vec<(Timestamp, &Approval, &Approver)> = Vec::new();
        for approval in approvals.iter().filter(|approval| approval.record == record.digest) {
            match self.objection(record, approval) {
                Ok(approver) => good.push((self.counts_from(approval), approval, approver)),
                Err(objection) => objections.push(objection),
            }
        }
        good.sort_by(|one, other| (one.0, &one.1.approver).cmp(&(other.0, &other.1.approver)));
        let (mut from, mut signed) = (Timestamp::MIN, Timestamp::MIN);
        let (mut by, mut people) = (Vec::new(), BTreeSet::new());
        for roles in quorum(record.tier) {
            let next = good.iter().find(|(.., one)| roles.contains(&one.role) && !people.contains(one.person.as_str()));
            let Some((at, approval, approver)) = next else {
                let wanted: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                let unclear = objections.iter().any(|objection| objection.unclear);
                let mut why = format!("no approval by a {}", wanted.join(" or "));
                for objection in &objections {
                    why.push_str(&format!("; {}", objection.why));
                }
                return Err(Objection { unclear, ..Objection::plain(why) });
            };
            (from, signed) = (from.max(*at), signed.max(approval.signed_at));
            people.insert(approver.person.as_str());
            by.push(approver.id.clone());
        }
        Ok(Approved { from, signed, by })
    }
}

/// Why something does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    /// In a sentence.
    pub(super) why: String,
    /// Nobody can tell.
    pub(super) unclear: bool,
    /// Two duties in one hand.
    pub(super) same_person: bool,
}

impl Objection {
    pub(super) fn plain(why: String) -> Objection {
        Objection { why, unclear: false, same_person: false }
    }
}

/// A record's approvals, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approved {
    /// From when they count.
    pub(super) from: Timestamp,
    /// The last signature's own time.
    pub(super) signed: Timestamp,
    /// By whom.
    pub(super) by: Vec<String>,
}
