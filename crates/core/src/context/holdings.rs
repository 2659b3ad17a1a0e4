//! Every exception that providers hold, in one form: those that *exception-unapproved* judges, scanner filters, and patches
//! that baselines and maintenance configurations leave out, which rules of their own judge.

use super::{Adoption, Concern, Context};
use crate::fact::HeldException;
use crate::scope::Scope;
use jiff::Timestamp;

/// An exception that a provider holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// The provider's id.
    pub id: String,
    /// What it is: `policy-exemption`, `finding-filter`, `patch-rejection`, ….
    pub kind: &'static str,
    /// Account and region.
    pub scope: Scope,
    /// Name.
    pub name: String,
    /// What it is on.
    pub on: String,
    /// What it lets through.
    pub covers: Vec<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// When.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Stated reason.
    pub reason: String,
    /// `unapproved`, `adopted`, `over`, `unrelated`, `effect` of another one, `unclear`: nobody can tell whether it is about
    /// patches, or whether it is still there.
    pub state: &'static str,
    /// The exception that took it over.
    pub adopted_by: Option<String>,
    /// Why it is in that state, where there is more to say.
    pub why: Option<String>,
    /// The rule whose findings name it.
    pub rule: &'static str,
}

impl Context<'_> {
    /// All of them, as far as files, log and policy tell.
    pub fn holdings(&self) -> Vec<Holding> {
        let facts = &self.estate.facts;
        let mut all: Vec<Holding> =
            facts.held.iter().map(|(_, placed)| self.holding(&placed.scope, &placed.fact)).collect();
        all.extend(facts.held_before.iter().map(|(_, placed)| {
            let why = Some(self.unconfirmed(placed).message);
            Holding { state: "unclear", adopted_by: None, why, ..self.holding(&placed.scope, &placed.fact) }
        }));
        for ((scope, _), placed) in facts.suppressions.iter().filter(|(_, placed)| placed.fact.suppresses) {
            let filter = &placed.fact;
            let mut one = self.covered_by_member("finding-suppressed", "finding-filter", scope, &filter.id);
            (one.name, one.covers, one.created, one.reason) =
                (filter.name.clone(), filter.criteria.clone(), filter.created, filter.reason.clone());
            all.push(one);
        }
        for ((scope, id), placed) in facts.baselines.iter().filter(|(_, placed)| !placed.fact.rejected.is_empty()) {
            let mut one = self.covered_by_member("baseline-rejects-patches", "patch-rejection", scope, id);
            (one.name, one.covers) = (placed.fact.name.clone(), placed.fact.rejected.clone());
            all.push(one);
        }
        for schedule in &self.estate.schedules {
            let install = schedule.window.as_ref().and_then(|window| window.install.as_ref());
            let Some(install) =
                install.filter(|_| schedule.kind == crate::schedule::ScheduleKind::MaintenanceConfiguration)
            else {
                continue;
            };
            let masks: Vec<String> = install.linux_excluded.iter().chain(&install.windows_excluded).cloned().collect();
            if masks.is_empty() {
                continue;
            }
            let mut one =
                self.covered_by_member("baseline-rejects-patches", "patch-rejection", &schedule.scope, &schedule.id);
            (one.name, one.covers) = (schedule.name.to_string(), masks);
            all.push(one);
        }
        all.sort();
        all
    }

    fn holding(&self, scope: &Scope, held: &HeldException) -> Holding {
        let (state, adopted_by, why) = match (self.concern(held), self.adoption_on_record(held)) {
            _ if self.is_over(held) => ("over", None, None),
            (Concern::Unrelated(why), _) => ("unrelated", None, Some(why.to_owned())),
            (_, Adoption::By(id, _)) => ("adopted", Some(id), None),
            _ if self.effect_of(held).is_some() => {
                let from = self.effect_of(held).map(|from| format!("the effect of {}", from.id));
                ("effect", None, from)
            }
            (Concern::Unclear(why), _) => ("unclear", None, Some(why)),
            (Concern::Patching, Adoption::Fails(why, _)) => ("unapproved", None, Some(why)),
            (Concern::Patching, Adoption::Nobody) => ("unapproved", None, None),
        };
        Holding {
            id: held.id.clone(),
            kind: held.kind.as_str(),
            scope: scope.clone(),
            name: held.name.clone(),
            on: held.on.clone(),
            covers: held.basis.iter().chain(&held.parts).cloned().collect(),
            created_by: held.created_by.clone(),
            created: held.created,
            expires: held.expires,
            reason: held.reason.clone(),
            state,
            adopted_by,
            why,
            rule: "exception-unapproved",
        }
    }

    /// What a rule of its own judges is taken over by an exception that covers that finding.
    fn covered_by_member(&self, rule: &'static str, kind: &'static str, scope: &Scope, id: &str) -> Holding {
        let covering = self.estate.exceptions.iter().find_map(|dossier| {
            let standing = dossier.standing(&self.policy.exceptions, self.policy.sla.due_soon, self.as_of)?;
            let force = standing.in_force?;
            let names = force.record.members.iter().any(|member| *member.rule == *rule && *member.subject == *id);
            names.then(|| dossier.id.to_string())
        });
        Holding {
            id: id.to_owned(),
            kind,
            scope: scope.clone(),
            name: String::new(),
            on: scope.to_string(),
            covers: Vec::new(),
            created_by: None,
            created: None,
            expires: None,
            reason: String::new(),
            state: if covering.is_some() { "adopted" } else { "unapproved" },
            adopted_by: covering,
            why: None,
            rule,
        }
    }
}
