//! Exceptions that providers hold: what each is about, and whether an exception of ours took it over.

use super::Context;
use crate::estate::Placed;
use crate::exception::{Dossier, InForce, Record, Standing, State};
use crate::exchange::Evidence;
use crate::fact::{HeldException, HeldKind};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Unknown, Verdict};
use crate::scope::{Cloud, Scope};
use crate::text::minute;

/// What a rule about exceptions of providers judges.
pub enum HeldSubject<'a> {
    /// An exception.
    Held(&'a Placed<HeldException>),
    /// One that was seen, and whose list was not read since.
    Before(&'a Placed<HeldException>, Gap),
    /// A place whose provider was not asked what it holds, or did not answer whole.
    Place(Scope, Gap),
    /// No provider was ever asked.
    Nobody,
}

impl HeldSubject<'_> {
    /// Id in results.
    pub fn id(&self) -> String {
        match self {
            HeldSubject::Held(placed) | HeldSubject::Before(placed, _) => placed.fact.id.clone(),
            HeldSubject::Place(scope, _) => format!("provider-exceptions/{}", crate::engine::scope_id(scope)),
            HeldSubject::Nobody => "population/provider-exceptions".to_owned(),
        }
    }
}

/// Whether an exception of a provider is about patches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// It is.
    Patching,
    /// It is not, and why.
    Unrelated(&'static str),
    /// Nobody can tell, and why.
    Unclear(String),
}

/// Whether an exception of ours took one of a provider over.
pub enum Adoption {
    /// This one did, and holds.
    By(String, Evidence),
    /// One names it and does not hold, in a sentence.
    Fails(String, Evidence),
    /// None names it.
    Nobody,
}

/// An exception of ours that may adopt: its id, where it stands, and the record that holds now.
type Adopter<'s, 'a> = (&'s str, &'s Standing<'a>, Option<&'s InForce<'a>>);

impl<'a> Context<'a> {
    /// Everything that a rule about exceptions of providers judges.
    pub fn held_subjects(&self) -> Vec<HeldSubject<'a>> {
        let coverage = &self.estate.coverage;
        let facts = &self.estate.facts;
        let lists = [op::CONFIG_RULES, op::REMEDIATION_EXCEPTIONS, op::POLICY_EXEMPTIONS, op::SECURITY_EXEMPTIONS];
        if facts.held.is_empty()
            && facts.held_before.is_empty()
            && lists.iter().all(|list| coverage.places(list).next().is_none())
        {
            return vec![HeldSubject::Nobody];
        }
        // Where nothing at all was asked, scope-uncollected says so.
        let asked = self.estate.scopes.iter().filter(|(_, history)| !history.runs.is_empty());
        let places = asked.filter_map(|(scope, _)| Some(HeldSubject::Place(scope.clone(), self.held_gap_in(scope)?)));
        let held = facts.held.iter().map(|(_, placed)| HeldSubject::Held(placed));
        let before = facts.held_before.iter().map(|(_, placed)| HeldSubject::Before(placed, self.unconfirmed(placed)));
        let mut subjects: Vec<_> = held.chain(before).chain(places).collect();
        subjects.sort_by_cached_key(HeldSubject::id);
        subjects
    }

    /// That an exception which was seen is on no list that was read since.
    pub(super) fn unconfirmed(&self, placed: &Placed<HeldException>) -> Gap {
        let seen = minute(self.observed_at(&placed.evidence));
        let facts = &self.estate.facts;
        let (operation, reason) =
            match crate::estate::held_listed(facts, &self.estate.coverage, &placed.fact, &placed.scope) {
                Err(gap) => (gap.operation, gap.reason),
                // Another collector read the list for another time.
                Ok(evidence) => (self.estate.exchange(evidence.exchange).operation.clone(), Reason::Stale),
            };
        Gap {
            operation,
            scope: (*placed.scope).clone(),
            subject: None,
            reason,
            message: format!("{} was held at {seen}, and nobody read since whether it still is", placed.fact.name),
            evidence: Some(placed.evidence.clone()),
        }
    }

    /// What was not read of what a provider holds in a place.
    fn held_gap_in(&self, scope: &Scope) -> Option<Gap> {
        match scope.cloud {
            Cloud::Aws if !scope.is_global() => {
                let rules = self.estate.coverage.answered(op::CONFIG_RULES, scope, None).err();
                let of_rule = || {
                    let mut gaps = self.gaps(scope).iter();
                    gaps.find(|gap| *gap.operation == *op::REMEDIATION_EXCEPTIONS).cloned()
                };
                rules.or_else(of_rule)
            }
            Cloud::Azure if scope.is_global() => {
                let lists = [op::POLICY_EXEMPTIONS, op::SECURITY_EXEMPTIONS];
                lists.into_iter().find_map(|list| self.answered(list, scope).err())
            }
            _ => None,
        }
    }

    /// Whether a provider's exception is about patches.
    pub fn concern(&self, held: &HeldException) -> Concern {
        let basis = held.basis.as_deref().map(|id| (id, self.estate.facts.held_bases.get(id)));
        let names = |id: &str| {
            let named = |one: &String| {
                one.eq_ignore_ascii_case(id) || id.rsplit('/').next().is_some_and(|last| one.eq_ignore_ascii_case(last))
            };
            self.policy.exceptions.unrelated.iter().any(named)
        };
        // What is known to be about patches is not made another thing by a name that anybody can give.
        let patching = held.patching || basis.is_some_and(|(_, found)| found.is_some_and(|found| found.fact.patching));
        if !patching && basis.is_some_and(|(id, found)| names(id) || found.is_some_and(|found| names(&found.fact.name)))
        {
            return Concern::Unrelated("the policy says that it has nothing to do with patches");
        }
        if !held.may_mean_hosts && !held.patching {
            return Concern::Unrelated("it is on nothing that is a machine or holds any");
        }
        match basis {
            _ if held.patching => Concern::Patching,
            None => Concern::Unclear("it does not say what it is from".to_owned()),
            Some((id, None)) => Concern::Unclear(format!("{} was not read", id.rsplit('/').next().unwrap_or(id))),
            Some((_, Some(found))) => match &found.fact {
                basis if !basis.patching => {
                    Concern::Unclear(format!("{} is not known to be about patches, or not to be", basis.name))
                }
                basis if basis.has_parts && !held.parts.is_empty() => {
                    Concern::Unclear(format!("nothing says what {} of {} are", held.parts.join(", "), basis.name))
                }
                _ => Concern::Patching,
            },
        }
    }

    /// Why an exempt assessment is nothing of its own: an exemption that is on record has that effect.
    pub fn effect_of(&self, held: &HeldException) -> Option<&'a HeldException> {
        if held.kind != HeldKind::ExemptAssessment {
            return None;
        }
        let all = self.estate.facts.held.iter().map(|(_, placed)| &placed.fact);
        let mut exemptions = all.filter(|one| one.kind == HeldKind::PolicyExemption && !self.is_over(one));
        exemptions.find(|one| {
            let rest = held.on.strip_prefix(one.on.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                && matches!(self.concern(one), Concern::Patching)
                && one.selectors.is_empty()
                && one.parts.is_empty()
        })
    }

    /// Whether it ended by itself.
    pub fn is_over(&self, held: &HeldException) -> bool {
        held.expires.is_some_and(|end| end <= self.as_of)
    }

    /// Whether an exception of ours took it over, once those were judged.
    pub fn adoption(&self, held: &HeldException) -> Adoption {
        let all = self.exceptions.iter();
        adoption(held, all.map(|one| (&*one.dossier.id, &one.standing, one.covers())))
    }

    /// The same by files, log and policy alone: whether what was accepted has become another risk is not asked.
    pub fn adoption_on_record(&self, held: &HeldException) -> Adoption {
        let standing = |dossier: &'a Dossier| {
            let standing = dossier.standing(&self.policy.exceptions, self.policy.sla.due_soon, self.as_of)?;
            Some((&*dossier.id, standing))
        };
        let all: Vec<_> = self.estate.exceptions.iter().filter_map(standing).collect();
        adoption(held, all.iter().map(|(id, standing)| (*id, standing, standing.in_force.as_ref())))
    }

    /// Whether a provider still holds anything that a record takes over.
    pub fn still_holds(&self, record: &Record) -> Result<bool, Gap> {
        let mut held = record.adopts.iter().filter_map(|one| self.estate.facts.held.get(&*one.held));
        if record.adopts.is_empty() || held.any(|placed| !self.is_over(&placed.fact)) {
            return Ok(!record.adopts.is_empty());
        }
        match self.estate.scopes.keys().find_map(|scope| self.held_gap_in(scope)) {
            Some(gap) => Err(gap),
            None => Ok(false),
        }
    }
}

fn adoption<'s, 'a: 's>(held: &HeldException, adopters: impl Iterator<Item = Adopter<'s, 'a>>) -> Adoption {
    let terms = held.terms();
    let names = |record: &'s Record| record.adopts.iter().find(|one| one.held.eq_ignore_ascii_case(&held.id));
    let mut fails = Adoption::Nobody;
    for (id, standing, force) in adopters {
        let evidence = standing.entry.evidence.clone();
        if let Some(one) = force.and_then(|force| names(force.record)) {
            if one.terms == terms {
                return Adoption::By(id.to_owned(), evidence);
            }
            fails = Adoption::Fails(format!("{id} adopted other terms: it was changed since"), evidence);
            continue;
        }
        let Some(record) = standing.record else { continue };
        if names(record).is_some() && matches!(fails, Adoption::Nobody) {
            let why = match (standing.state, standing.in_force.is_some()) {
                (State::Active | State::Expiring, true) => "holds no more: what it accepted has become another risk",
                (State::Expired, _) => "has expired",
                (State::Revoked, _) => "was revoked",
                (State::Removed, _) => "was taken away",
                (State::Approved, _) => "begins later",
                (State::Void, _) => "is void",
                _ => "is not approved",
            };
            fails = Adoption::Fails(format!("{id} names it, and {why}"), evidence);
        }
    }
    fails
}

/// No provider was ever asked what it holds.
pub fn nobody_holds() -> Verdict {
    Verdict::Unknown(Unknown {
        reason: Reason::NotAsked,
        message: "no provider was asked what exceptions it holds: give Patchseal resource-graph.PolicyExemptions, \
                  resource-graph.SecurityExemptions or config.DescribeConfigRules"
            .into(),
        evidence: None,
    })
}
