//! Exceptions of providers that any run saw. One is gone once a whole list does not have it; that the list was left out says
//! nothing of it.

use super::facts::Facts;
use super::table::Table;
use crate::coverage::Coverage;
use crate::exchange::Evidence;
use crate::fact::{HeldException, HeldKind};
use crate::op;
use crate::reading::Gap;
use crate::scope::Scope;

/// What is remembered of them.
#[derive(Clone, Default)]
pub(super) struct Remembered(Table<String, HeldException>);

impl Remembered {
    /// Takes note of a run.
    pub(super) fn see(&mut self, facts: &Facts, coverage: &Coverage) {
        self.0.retain(|id, placed| {
            facts.held.get(id).is_some() || listed(facts, coverage, &placed.fact, &placed.scope).is_err()
        });
        for (id, placed) in facts.held.iter() {
            self.0.replace(id.clone(), &placed.scope, placed.fact.clone(), placed.evidence.clone());
        }
    }

    /// Those that the present does not have, and that no whole list denies.
    pub(super) fn without(mut self, present: &Table<String, HeldException>) -> Table<String, HeldException> {
        self.0.retain(|id, _| present.get(id).is_none());
        self.0
    }
}

impl crate::carry::Carry for Remembered {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        self.0.put(out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        crate::carry::Carry::take(from).map(Remembered)
    }
}

/// Whether the list that an exception would be on was read whole.
pub(crate) fn listed(facts: &Facts, coverage: &Coverage, held: &HeldException, scope: &Scope) -> Result<Evidence, Gap> {
    match held.kind {
        HeldKind::PolicyExemption => coverage.answered_around(op::POLICY_EXEMPTIONS, scope),
        HeldKind::ExemptAssessment | HeldKind::GracePeriod => coverage.answered_around(op::SECURITY_EXEMPTIONS, scope),
        HeldKind::RemediationException => {
            let rule = held.basis.as_deref().unwrap_or_default();
            let name = rule.rsplit('/').next().unwrap_or(rule);
            coverage.answered(op::REMEDIATION_EXCEPTIONS, scope, Some(name)).or_else(|gap| {
                // With the rule, its exceptions are gone.
                let rules = coverage.answered(op::CONFIG_RULES, scope, None).ok();
                rules.filter(|_| facts.held_bases.get(rule).is_none()).ok_or(gap)
            })
        }
    }
}
