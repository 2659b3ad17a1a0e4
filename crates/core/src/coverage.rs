//! What was asked, and whether the answers are complete.

use crate::exchange::{Evidence, Exchange, ExchangeId, Outcome, Pointer};
use crate::reading::{Gap, Reason};
use crate::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One question of a run, all its pages together.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Pages in order, with whether each says that there is more.
    pages: Vec<(u32, ExchangeId, bool)>,
    /// What few questions have.
    rest: Option<Box<Rest>>,
}

/// What an ordinary answer does not come with.
#[derive(Clone, Debug, Default)]
struct Rest {
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

    /// Whether there is an answer, were it one page.
    pub fn has_a_page(&self) -> bool {
        !self.pages.is_empty()
    }

    /// Why the pages are not a complete answer.
    fn incomplete(&self) -> Option<(Reason, String, Option<ExchangeId>)> {
        if let Some((reason, message, id)) = self.rest.as_ref().and_then(|rest| rest.failure.as_ref()) {
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
        let totals = self.rest.as_ref().map(|rest| rest.totals.as_slice()).unwrap_or_default();
        let rows: u64 = totals.iter().map(|(count, _)| count).sum();
        if let Some((_, total)) = totals.iter().max_by_key(|(_, total)| total)
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

/// Questions of one operation in one scope.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// About the scope as a whole.
    whole: Option<Question>,
    /// About one thing in it.
    about: BTreeMap<Arc<str>, Question>,
}

impl Asked {
    fn all(&self) -> impl Iterator<Item = &Question> {
        self.whole.iter().chain(self.about.values())
    }
}

/// Every question of the runs that speak for the present.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    questions: BTreeMap<Arc<str>, BTreeMap<Scope, Asked>>,
    gaps: Vec<Gap>,
    needless: BTreeSet<(Arc<str>, Scope, Option<Arc<str>>)>,
}

impl Coverage {
    /// Takes note of an exchange and of what its page says of itself.
    pub fn add(&mut self, id: ExchangeId, exchange: &Exchange, signs: PageSigns) {
        let scopes = self.questions.entry(exchange.operation.clone()).or_default();
        let asked = scopes.entry(exchange.scope.clone()).or_default();
        let question = match &exchange.subject {
            None => asked.whole.get_or_insert_default(),
            Some(subject) => asked.about.entry(subject.clone()).or_default(),
        };
        match &exchange.outcome {
            Outcome::Answer { .. } => {
                // The same page twice (a duplicate import) is one page.
                if !question.pages.iter().any(|(page, _, _)| *page == exchange.page) {
                    question.pages.reserve_exact(1);
                    question.pages.push((exchange.page, id, signs.more));
                    question.pages.sort_by_key(|(page, _, _)| *page);
                    if let Some(totals) = signs.totals {
                        question.rest.get_or_insert_default().totals.push(totals);
                    }
                }
            }
            Outcome::Failure { kind, message } => {
                let failure = (Reason::from(*kind), message.clone(), id);
                let rest = question.rest.get_or_insert_default();
                let replaces = rest.failure.as_ref().is_none_or(|old| (failure.0, &failure.1) < (old.0, &old.1));
                if replaces {
                    rest.failure = Some(failure);
                }
            }
        }
    }

    /// Takes note that something worth asking has no answer.
    pub fn not_asked(&mut self, operation: &str, scope: Scope, subject: Option<Arc<str>>) {
        self.gaps.push(Gap {
            operation: operation.into(),
            scope,
            subject,
            reason: Reason::NotAsked,
            message: String::new(),
            evidence: None,
        });
    }

    /// Takes note that a question without an answer need not have been asked: without its failure, nothing would be a gap.
    pub fn needless(&mut self, operation: Arc<str>, scope: Scope, subject: Option<Arc<str>>) {
        self.needless.insert((operation, scope, subject));
    }

    /// Whether a gap is a failed question that nobody had to ask.
    pub fn is_needless(&self, gap: &Gap) -> bool {
        gap.reason != Reason::NotAsked
            && self.needless.contains(&(gap.operation.clone(), gap.scope.clone(), gap.subject.clone()))
    }

    /// Whether the question was answered completely, with the first page as evidence.
    pub fn answered(&self, operation: &str, scope: &Scope, subject: Option<&str>) -> Result<Evidence, Gap> {
        let gap = |reason, message, exchange: Option<ExchangeId>| Gap {
            operation: operation.into(),
            scope: scope.clone(),
            subject: subject.map(Arc::from),
            reason,
            message,
            evidence: exchange.map(|exchange| Evidence { exchange, pointer: Pointer::Whole }),
        };
        let Some(question) = self.question(operation, scope, subject) else {
            return Err(gap(Reason::NotAsked, String::new(), None));
        };
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
        let tenants = self.questions.get(crate::op::SUBSCRIPTIONS)?;
        let mut answers = tenants.keys().map(|tenant| self.answered(operation, tenant, None));
        answers.find(|answer| !matches!(answer, Err(gap) if gap.reason == Reason::NotAsked))
    }

    /// Every gap: questions never answered, and answers that are not complete. Sorted.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.gaps.clone();
        for (operation, scope, subject, question) in self.questions() {
            if question.incomplete().is_some()
                && let Err(gap) = self.answered(operation, scope, subject)
            {
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
        self.asked_scopes().chain(self.gaps.iter().map(|gap| &gap.scope))
    }

    /// Scopes in which a question was asked, answered or not.
    pub fn asked_scopes(&self) -> impl Iterator<Item = &Scope> {
        self.questions.values().flat_map(BTreeMap::keys)
    }

    /// Scopes in which a question of an operation was asked.
    pub fn places(&self, operation: &str) -> impl Iterator<Item = &Scope> + use<'_> {
        self.questions.get(operation).into_iter().flat_map(BTreeMap::keys)
    }

    /// Scopes in which a question of an operation has an answer, were it one page.
    pub fn answered_places(&self, operation: &str) -> impl Iterator<Item = &Scope> + use<'_> {
        let scopes = self.questions.get(operation).into_iter().flatten();
        scopes.filter(|(_, asked)| asked.all().any(Question::has_a_page)).map(|(scope, _)| scope)
    }

    /// How many questions of an operation were asked in a scope.
    pub fn count(&self, operation: &str, scope: &Scope) -> usize {
        self.questions.get(operation).and_then(|scopes| scopes.get(scope)).map_or(0, |asked| asked.all().count())
    }

    /// Whether a question has an answer, were it one page.
    pub fn has_a_page(&self, operation: &str, scope: &Scope, subject: Option<&str>) -> bool {
        self.question(operation, scope, subject).is_some_and(Question::has_a_page)
    }

    /// Whether a question was asked, answered or not.
    pub fn is_asked(&self, operation: &str, scope: &Scope, subject: Option<&str>) -> bool {
        self.question(operation, scope, subject).is_some()
    }

    fn question(&self, operation: &str, scope: &Scope, subject: Option<&str>) -> Option<&Question> {
        let asked = self.questions.get(operation)?.get(scope)?;
        match subject {
            None => asked.whole.as_ref(),
            Some(subject) => asked.about.get(subject),
        }
    }

    /// Every question with its first page, in order.
    pub fn questions(&self) -> impl Iterator<Item = (&str, &Scope, Option<&str>, &Question)> {
        let scopes = self
            .questions
            .iter()
            .flat_map(|(operation, scopes)| scopes.iter().map(move |(scope, asked)| (&**operation, scope, asked)));
        scopes.flat_map(|(operation, scope, asked)| {
            let whole = asked.whole.iter().map(move |question| (operation, scope, None, question));
            let about = asked.about.iter();
            whole.chain(about.map(move |(subject, question)| (operation, scope, Some(&**subject), question)))
        })
    }

    /// Takes over what another run says of the scopes that `speaks_for` names.
    pub fn merge(&mut self, other: Coverage, speaks_for: impl Fn(&Scope) -> bool) {
        for (operation, mut scopes) in other.questions {
            scopes.retain(|scope, _| speaks_for(scope));
            for asked in scopes.values_mut() {
                // In full nodes: questions came in order, which leaves them half empty.
                asked.about = std::mem::take(&mut asked.about).into_iter().collect();
            }
            if !scopes.is_empty() {
                self.questions.entry(operation).or_default().append(&mut scopes);
            }
        }
        self.gaps.extend(other.gaps.into_iter().filter(|gap| speaks_for(&gap.scope)));
        self.needless.extend(other.needless.into_iter().filter(|(_, scope, _)| speaks_for(scope)));
    }
}
