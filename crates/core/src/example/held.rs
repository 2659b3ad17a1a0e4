//! Exceptions that providers hold in examples' worlds.

use super::{Filing, World, azure, since};
use crate::exception::Adopted;
use crate::fact::{Fact, HeldBasis, HeldException, HeldKind};

/// The assignment that exemptions of these worlds are from.
const ASSIGNMENT: &str = "/providers/microsoft.authorization/policyassignments/updates";

impl World {
    /// An exemption of the subscription from an assignment that requires updates: made a month ago, and never to end.
    #[must_use]
    pub fn exempted(self, name: &str) -> World {
        self.exempted_with(name, |_, _| {})
    }

    /// The same with a change.
    #[must_use]
    pub fn exempted_with(self, name: &str, change: impl FnOnce(&World, &mut HeldException)) -> World {
        let subscription = format!("/subscriptions/{}", azure().account);
        let basis = HeldBasis {
            id: format!("{subscription}{ASSIGNMENT}"),
            name: "updates".to_owned(),
            patching: true,
            has_parts: false,
        };
        let mut held = HeldException {
            id: format!("{subscription}/providers/microsoft.authorization/policyexemptions/{name}"),
            kind: HeldKind::PolicyExemption,
            name: name.to_owned(),
            on: subscription,
            may_mean_hosts: true,
            patching: false,
            basis: Some(basis.id.clone()),
            parts: Vec::new(),
            selectors: String::new(),
            category: "Waiver".to_owned(),
            created_by: Some("web-engineer".to_owned()),
            created: since(&self, 30 * 24),
            expires: None,
            reason: "the vendor forbids it".to_owned(),
        };
        change(&self, &mut held);
        self.fact(Fact::HeldBasis(basis)).fact(Fact::Held(Box::new(held)))
    }

    /// Changes what the assignment of exemptions is known to be.
    #[must_use]
    pub fn exempt_from(self, change: impl Fn(&mut HeldBasis)) -> World {
        self.edit(|fact| {
            if let Fact::HeldBasis(basis) = fact {
                change(basis);
            }
            true
        })
    }

    /// An exception over what fails `asset-unmanaged`, which takes over every exception that providers hold now.
    #[must_use]
    pub fn adopted(self, change: impl FnOnce(&mut Filing)) -> World {
        let estate = self.estate();
        let held = estate
            .facts
            .held
            .iter()
            .map(|(id, placed)| Adopted { held: id.as_str().into(), terms: placed.fact.terms() });
        let adopts: Vec<Adopted> = held.collect();
        self.excepted("asset-unmanaged", |filing| {
            filing.record.adopts = adopts;
            change(filing);
        })
    }
}
