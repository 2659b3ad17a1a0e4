//! What bears on exceptions.

use super::Context;
use crate::engine::Finding;
use crate::exception::{Annotation, ExceptionSubject, Member, may_be_excepted};
use crate::op;
use crate::reading::Gap;
use std::collections::{BTreeMap, BTreeSet};

/// Ids of subjects that exceptions name, by rule: their verdicts are kept whatever they are.
pub type Watched<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

impl<'a> Context<'a> {
    /// The exceptions, once they were judged.
    pub fn exceptions(&self) -> &[ExceptionSubject<'a>] {
        &self.exceptions
    }

    /// What exceptions name, and what rules their terms could match.
    pub(crate) fn watched(&self) -> Watched<'a> {
        let mut watched: Watched<'a> = BTreeMap::new();
        for record in self.estate.exceptions.iter().flat_map(|dossier| dossier.records()) {
            for Member { rule, subject, .. } in record.members.iter().filter(|member| may_be_excepted(&member.rule)) {
                watched.entry(rule).or_default().insert(subject);
            }
            for rule in record.selector.rules.iter().filter(|rule| may_be_excepted(rule)) {
                watched.entry(rule).or_default();
            }
        }
        watched
    }

    /// Judges the exceptions against the other verdicts.
    pub(crate) fn judge_exceptions(&mut self, findings: &BTreeMap<&str, &Finding>) -> BTreeMap<String, Annotation> {
        let (subjects, annotations) = crate::exception::judge(self, findings);
        self.exceptions = subjects;
        annotations
    }

    /// A list of things to judge, of any kind, that was not read completely: what is missing there may fail.
    pub fn list_gap(&self) -> Option<&Gap> {
        let lists = [
            op::EC2_INSTANCES,
            op::AGENTS,
            op::AZURE_RESOURCES,
            op::AZURE_MAINTENANCE,
            op::GROUPS,
            op::BASELINES,
            op::WINDOWS,
            op::ASSOCIATIONS,
            op::SUPPRESSIONS,
        ];
        self.gaps.values().flatten().find(|gap| lists.contains(&&*gap.operation))
    }
}
