//! What was asked, and whether the answers are complete.

use crate::exchange::{Evidence, Exchange, ExchangeId, Outcome, Pointer};
use crate::reading::{Gap, Reason};
use crate::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// One question of a run, all its pages together.
#[derive(Clone, Debug)]
pub struct Question {
    /// Pages in order, with whether each says that there is more.
    pages: Vec<(u32, ExchangeId, bool)>,
    /// Rows on each page and in all, where the pages say so.
    totals: Vec<(u64, u64)>,
    /// First failure among the pages.
    failure: Option<(Reason, String, ExchangeId)>,
}

impl Question {
    /// The first page's exchange.
    pub fn evidence(&self) -> Option<Evidence> {
        self.pages.first().map(|(_, id, _)| Evidence { exchange: *id, pointer: Pointer::Whole })
    }

    /// Why the pages are not a complete answer.
    fn incomplete(&self) -> Option<(Reason, String, Option<ExchangeId>)> {
        if let Some((reason, message, id)) = &self.failure {
            return Some((*reason, message.clone(), Some(*id)));
        }
        let count = self.pages.len() as u32;
        let last = self.pages.last()?;
        // Pages are numbered from 1 without holes, and one of them says that there is no more. Which one is not asked:
        // files may be numbered in another order than they were received.
        if last.0 != count || self.pages.first().map(|page| page.0) != Some(1) {
            let missing = (1..).find(|number| self.pages.iter().all(|page| page.0 != *number)).unwrap_or(1);
            return Some((Reason::Truncated, format!("page {missing} is missing"), Some(last.1)));
        }
        if self.pages.iter().all(|page| page.2) {
            let message = format!("every page says that there is more, and page {} is missing", count + 1);
            return Some((Reason::Truncated, message, Some(last.1)));
        }
        // An answer that was cut without a continuation shows only in its totals (Resource Graph).
        let rows: u64 = self.totals.iter().map(|(count, _)| count).sum();
        if let Some((_, total)) = self.totals.iter().max_by_key(|(_, total)| total)
            && *total != rows
        {
            return Some((Reason::Truncated, format!("its pages hold {rows} rows of {total}"), Some(last.1)));
        }
        None
    }
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageSigns {
    /// Another page follows.
    pub more: bool,
    /// Rows on this page, and in all pages together (Resource Graph).
    pub totals: Option<(u64, u64)>,
}

/// Every question of the runs that speak for the present.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    questions: BTreeMap<(String, Scope, Option<String>), Question>,
    gaps: Vec<Gap>,
    needless: BTreeSet<(String, Scope, Option<String>)>,
}

impl Coverage {
    /// Takes note of an exchange and of what its page says of itself.
    pub fn add(&mut self, id: ExchangeId, exchange: &Exchange, signs: PageSigns) {
        let key = (exchange.operation.clone(), exchange.scope.clone(), exchange.subject.clone());
        let question = self.questions.entry(key).or_insert_with(|| Question {
            pages: Vec::new(),
            totals: Vec::new(),
            failure: None,
        });
        match &exchange.outcome {
            Outcome::Answer { .. } => {
                // The same page twice (a duplicate import) is one page.
                if !question.pages.iter().any(|(page, _, _)| *page == exchange.page) {
                    question.pages.push((exchange.page, id, signs.more));
                    question.totals.extend(signs.totals);
                    question.pages.sort_by_key(|(page, _, _)| *page);
                }
            }
            Outcome::Failure { kind, message } => {
                let failure = (Reason::from(*kind), message.clone(), id);
                let replaces = question.failure.as_ref().is_none_or(|old| (failure.0, &failure.1) < (old.0, &old.1));
                if replaces {
                    question.failure = Some(failure);
                }
            }
        }
    }

    /// Takes note that something worth asking has no answer.
    pub fn not_asked(&mut self, operation: &str, scope: Scope, subject: Option<String>) {
        self.gaps.push(Gap {
            operation: operation.to_owned(),
            scope,
            subject,
            reason: Reason::NotAsked,
            message: String::new(),
            evidence: None,
        });
    }

    /// Takes note that a question without an answer need not have been asked: without its failure, nothing would be a gap.
    pub fn needless(&mut self, operation: &str, scope: Scope, subject: Option<String>) {
        self.needless.insert((operation.to_owned(), scope, subject));
    }

    /// Whether a gap is a failed question that nobody had to ask.
    pub fn is_needless(&self, gap: &Gap) -> bool {
        gap.reason != Reason::NotAsked
            && self.needless.contains(&(gap.operation.clone(), gap.scope.clone(), gap.subject.clone()))
    }

    /// Whether the question was answered completely, with the first page as evidence.
    pub fn answered(&self, operation: &str, scope: &Scope, subject: Option<&str>) -> Result<Evidence, Gap> {
        let gap = |reason, message, exchange: Option<ExchangeId>| Gap {
            operation: operation.to_owned(),
            scope: scope.clone(),
            subject: subject.map(str::to_owned),
            reason,
            message,
            evidence: exchange.map(|exchange| Evidence { exchange, pointer: Pointer::Whole }),
        };
        // A tuple of owned strings is the price of a sorted map; look-ups are per scope, not per row.
        let key = (operation.to_owned(), scope.clone(), subject.map(str::to_owned));
        let Some(question) = self.questions.get(&key) else { return Err(gap(Reason::NotAsked, String::new(), None)) };
        match question.incomplete() {
            Some((reason, message, exchange)) => Err(gap(reason, message, exchange)),
            None => question.evidence().ok_or_else(|| gap(Reason::NotAsked, String::new(), None)),
        }
    }

    /// Like [`Coverage::answered`] for the closest scope around this one that has an answer at all: the region, the
    /// account as a whole, then any organisation-wide scope of the same cloud.
    pub fn answered_around(&self, operation: &str, scope: &Scope) -> Result<Evidence, Gap> {
        let nearest = self.answered(operation, scope, None);
        let Err(gap) = nearest else { return nearest };
        if gap.reason != Reason::NotAsked {
            return Err(gap);
        }
        let wide = self.answered(operation, &scope.account_wide(), None);
        match wide {
            Err(ref wide_gap) if wide_gap.reason == Reason::NotAsked => {
                self.tenant_wide(operation, scope).unwrap_or(Err(gap))
            }
            other => other,
        }
    }

    /// The answer for a whole Azure tenant: asked where the list of subscriptions was asked for.
    fn tenant_wide(&self, operation: &str, scope: &Scope) -> Option<Result<Evidence, Gap>> {
        if scope.cloud != crate::scope::Cloud::Azure {
            return None;
        }
        let tenants =
            self.questions.keys().filter(|(known, _, _)| known == crate::op::SUBSCRIPTIONS).map(|(_, place, _)| place);
        let mut answers = tenants.map(|tenant| self.answered(operation, tenant, None));
        answers.find(|answer| !matches!(answer, Err(gap) if gap.reason == Reason::NotAsked))
    }

    /// Every gap: questions never answered, and answers that are not complete. Sorted.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.gaps.clone();
        for (operation, scope, subject) in self.questions.keys() {
            if let Err(gap) = self.answered(operation, scope, subject.as_deref()) {
                gaps.push(gap);
            }
        }
        gaps.sort_by(|a, b| {
            (&a.scope, &a.operation, &a.subject, a.reason).cmp(&(&b.scope, &b.operation, &b.subject, b.reason))
        });
        gaps.dedup_by(|a, b| {
            (&a.scope, &a.operation, &a.subject, a.reason) == (&b.scope, &b.operation, &b.subject, b.reason)
        });
        gaps
    }

    /// Scopes that were asked anything.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.questions.keys().map(|(_, scope, _)| scope).chain(self.gaps.iter().map(|gap| &gap.scope))
    }

    /// Every question with its first page, in order.
    pub fn questions(&self) -> impl Iterator<Item = (&str, &Scope, Option<&str>, &Question)> {
        self.questions.iter().map(|((op, scope, subject), q)| (op.as_str(), scope, subject.as_deref(), q))
    }

    /// Takes over what another run says of the scopes that `speaks_for` names.
    pub fn merge(&mut self, other: Coverage, speaks_for: impl Fn(&Scope) -> bool) {
        self.questions.extend(other.questions.into_iter().filter(|((_, scope, _), _)| speaks_for(scope)));
        self.gaps.extend(other.gaps.into_iter().filter(|gap| speaks_for(&gap.scope)));
        self.needless.extend(other.needless.into_iter().filter(|(_, scope, _)| speaks_for(scope)));
    }
}
