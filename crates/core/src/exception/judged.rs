//! Exceptions against the findings they are about: what each covers now, what has changed since, and what came to match.

use super::dossier::{Dossier, InForce, Standing, Terms};
use super::stake::{Stake, UNCLASSED, exploited, hosts, stakes, traits, was_of_class};
use super::terms::{Kind, Member, Record, Tier};
use crate::asset::Asset;
use crate::context::Context;
use crate::engine::Finding;
use crate::exchange::Evidence;
use crate::reading::{Gap, Reason};
use crate::rule::Verdict;
use crate::text::{ago, day, length};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// What became of a finding that an exception covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// It still fails.
    Fails,
    /// Nobody can tell; why.
    Unknown(String),
    /// It does not fail any more.
    Closed,
}

/// A member of an exception now.
pub struct MemberNow<'a> {
    /// As it was.
    pub member: &'a Member,
    /// As it is.
    pub now: Now,
}

/// What took an exception's ground away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// In a sentence.
    pub what: String,
    /// Key of the file that states what was true.
    pub key: String,
}

/// An exception to judge.
pub struct ExceptionSubject<'a> {
    /// All that is known of it.
    pub dossier: &'a Dossier,
    /// Where it stands.
    pub standing: Standing<'a>,
    /// What it covers.
    pub members: Vec<MemberNow<'a>>,
    /// What has changed since it was approved.
    pub causes: Vec<Cause>,
    /// What could not be read to know whether something changed.
    pub doubt: Option<Gap>,
    /// What its terms have come to match beyond its members, in words.
    pub grown: Vec<String>,
    /// Fixes and weaknesses on its members that it does not name: its members fail for them all the same.
    pub beyond: Vec<String>,
    /// Why it cannot be told whether its terms match more.
    pub growth_doubt: Option<(Reason, String)>,
}

impl ExceptionSubject<'_> {
    /// Where it was sealed last.
    pub fn evidence(&self) -> Evidence {
        self.standing.entry.evidence.clone()
    }

    /// What it says; unknown where its text cannot be read.
    pub fn record(&self) -> Result<&Record, Verdict> {
        match (&self.standing.entry.terms, self.standing.record) {
            (Terms::Unreadable(why), _) => {
                let message = format!("{} cannot be read by this version: {why}", self.dossier.id);
                Err(Verdict::unknown(Reason::Malformed, message, self.evidence()))
            }
            (_, Some(record)) => Ok(record),
            (_, None) => {
                let message = format!("of {} only the end is known", self.dossier.id);
                Err(Verdict::unknown(Reason::NotStated, message, self.evidence()))
            }
        }
    }

    /// Why it cannot be told how a member stands.
    pub fn unknown_member(&self) -> Option<Verdict> {
        self.members.iter().find_map(|one| match &one.now {
            Now::Unknown(why) => {
                let message = format!("{} covers a finding that nobody can judge: {why}", self.dossier.id);
                Some(Verdict::unknown(Reason::NotStated, message, self.evidence()))
            }
            _ => None,
        })
    }

    /// Members that still fail.
    pub fn failing(&self) -> usize {
        self.members.iter().filter(|one| one.now == Now::Fails).count()
    }

    /// Whether it covers something now.
    pub fn is_in_force(&self) -> bool {
        self.standing.in_force.is_some()
    }
}

/// Exceptions under which a finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Their ids; several only where they cover it together.
    pub ids: Arc<str>,
    /// Why, in the words of their types: an accepted risk is no false positive.
    pub kinds: Arc<str>,
    /// When the first of them ends.
    pub until: jiff::Timestamp,
}

/// The context, and what findings are about: several exceptions ask it of the same finding, several times each.
struct Weighing<'c, 'a> {
    cx: &'c Context<'a>,
    stakes: RefCell<BTreeMap<Box<str>, Rc<Option<Vec<Stake<'a>>>>>>,
}

impl<'a> std::ops::Deref for Weighing<'_, 'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        self.cx
    }
}

impl<'a> Weighing<'_, 'a> {
    fn stakes(&self, finding: &Finding) -> Rc<Option<Vec<Stake<'a>>>> {
        if let Some(known) = self.stakes.borrow().get(&*finding.id) {
            return known.clone();
        }
        let found = Rc::new(stakes(finding, self.cx));
        self.stakes.borrow_mut().insert((&*finding.id).into(), found.clone());
        found
    }
}

/// Judges every exception against the findings that rules came to, and says which of those stand under one. `findings`
/// holds failures and unknowns of every rule, and every verdict on what exceptions name.
pub fn judge<'a>(
    cx: &Context<'a>,
    findings: &BTreeMap<&str, &Finding>,
) -> (Vec<ExceptionSubject<'a>>, BTreeMap<String, Annotation>) {
    let policy = &cx.policy.exceptions;
    let cx = &Weighing { cx, stakes: RefCell::default() };
    let mut subjects = Vec::new();
    for dossier in &cx.estate.exceptions {
        let Some(standing) = dossier.standing(policy, cx.policy.sla.due_soon, cx.as_of) else { continue };
        let record = standing.in_force.as_ref().map(|force| force.record).or(standing.record);
        let mut subject = ExceptionSubject {
            dossier,
            standing,
            members: Vec::new(),
            causes: Vec::new(),
            doubt: None,
            grown: Vec::new(),
            beyond: Vec::new(),
            growth_doubt: None,
        };
        if let Some(record) = record {
            subject.members = record.members.iter().map(|member| now(member, findings, cx)).collect();
            if record.revoked.is_none() && record.expires > cx.as_of {
                subject.weigh(record, findings, cx);
                subject.grow(record, findings, cx);
            }
        }
        subjects.push(subject);
    }
    let annotations = annotate(&subjects, findings, cx);
    (subjects, annotations)
}

fn now<'a>(member: &'a Member, findings: &BTreeMap<&str, &Finding>, cx: &Context<'_>) -> MemberNow<'a> {
    let now = match findings.get(&*member.finding).map(|finding| &finding.verdict) {
        Some(Verdict::Fail(_)) => Now::Fails,
        Some(Verdict::Unknown(unknown)) => Now::Unknown(unknown.message.to_string()),
        // That nothing is left to judge may be because nobody listed it.
        Some(Verdict::NotApplicable(_)) if cx.listing_gap().is_some() => {
            Now::Unknown(format!("{} was not judged, and not every list of hosts was read", member.subject))
        }
        Some(_) => Now::Closed,
        None => {
            Now::Unknown(format!("{} has no verdict on {}: nothing of that id is known", member.rule, member.subject))
        }
    };
    MemberNow { member, now }
}

impl<'a> ExceptionSubject<'a> {
    /// What has changed on findings that still fail.
    fn weigh(&mut self, record: &Record, findings: &BTreeMap<&str, &Finding>, cx: &Weighing<'_, 'a>) {
        let mut cause = |what: String, key: &str| {
            let cause = Cause { what, key: key.to_owned() };
            if !self.causes.contains(&cause) {
                self.causes.push(cause);
            }
        };
        for (at, member) in record.members.iter().enumerate() {
            let Some(finding) = findings.get(&*member.finding) else { continue };
            if !matches!(finding.verdict, Verdict::Fail(_)) {
                continue;
            }
            let key = format!("scope.members.{at}");
            let name = &finding.subject.name;
            let stakes = cx.stakes(finding);
            // What was accepted as exploited cannot become it.
            let listed =
                if member.exploited { Ok(None) } else { exploited(stakes.as_ref().as_deref().unwrap_or_default(), cx) };
            match listed {
                Ok(Some(cve)) => {
                    let since = cx.exploited(&cve).known().and_then(|(entry, _)| entry.added);
                    let since = since.map_or_else(String::new, |added| format!(" since {}", day(added)));
                    cause(format!("{cve} on {name} is known to be exploited{since}"), &key);
                }
                Ok(None) => {}
                Err(gap) => self.doubt = Some(gap),
            }
            if Tier::of(finding.severity, false) > Tier::of(member.severity, false) {
                cause(format!("{name} is {} now, and was {}", finding.severity, member.severity), &key);
            }
            // What a host was when it was listed last says nothing of what it is.
            if let Some(gap) = hosts(&finding.subject, cx).into_iter().find_map(|host| cx.unlisted(host)) {
                self.doubt = self.doubt.take().or(Some(gap));
            }
            let traits = traits(&finding.subject, cx);
            if traits.internet_facing && !member.internet_facing {
                cause(format!("{name} counts as reachable from outside now"), &key);
            }
            if traits.production && !member.production {
                cause(format!("{name} counts as production now"), &key);
            }
            for class in traits.data_classes.iter().filter(|class| !was_of_class(member, class)) {
                cause(format!("{name} holds data of class {class} now"), &key);
            }
            // A class that nobody states any more may be a stricter one.
            if traits.unclassed
                && let Some(class) = member.data_class.as_deref().filter(|_| !was_of_class(member, UNCLASSED))
            {
                let message = format!("{name} states no data class now, and was of class {class}");
                self.doubt = self
                    .doubt
                    .take()
                    .or_else(|| hosts(&finding.subject, cx).first().map(|host| unclassed(host, message, cx)));
            }
            if record.kind == Kind::VendorDependency
                && let Some(fix) = published(member, finding, cx)
            {
                cause(format!("a fix for {name} was published: {fix}"), "type");
            }
        }
        let longest = cx.policy.exceptions.longest(record.tier);
        if longest < record.limit && record.length(self.standing.signed) > longest {
            let what = format!(
                "the policy allows {} for {} risk now, and allowed {}",
                length(longest),
                record.tier.as_str(),
                length(record.limit)
            );
            cause(what, "expires");
        }
        for (at, step) in record.milestones.iter().enumerate() {
            // What is done is done, by when is for the plan to say: a step that was late and is done holds nothing up.
            if step.due <= cx.as_of && step.done.is_none_or(|done| done > cx.as_of) {
                cause(format!("milestone missed: {}, due {}", step.what, day(step.due)), &format!("milestones.{at}"));
            }
        }
        for (at, control) in record.controls.iter().enumerate() {
            let last = control.last_test(cx.as_of);
            let key = format!("compensating_controls.{at}");
            match last {
                Some(test) if !test.passed => {
                    cause(format!("compensating control {} failed {}", control.id, ago(cx.age(test.at))), &key);
                }
                Some(test) if cx.age(test.at) <= 2 * control.cadence => {}
                Some(test) => {
                    cause(format!("compensating control {} was last tested {}", control.id, ago(cx.age(test.at))), &key)
                }
                None => cause(format!("compensating control {} was never tested", control.id), &key),
            }
        }
    }

    /// What the terms match beyond the members.
    fn grow(&mut self, record: &Record, findings: &BTreeMap<&str, &Finding>, cx: &Weighing<'_, 'a>) {
        let frozen: BTreeMap<&str, &Member> = record.members.iter().map(|member| (&*member.finding, member)).collect();
        for (id, finding) in findings {
            match frozen.get(id) {
                Some(member) if matches!(finding.verdict, Verdict::Fail(_)) => {
                    let new = cx.stakes(finding);
                    let new = new.iter().flatten().filter(|stake| !stake.is_covered_by(member));
                    if record.selector.cves.is_empty() && record.selector.fix_lines.is_empty() {
                        self.beyond.extend(new.map(|stake| format!("{} on {}", stake.shown(), finding.subject.name)));
                    }
                }
                Some(_) => {}
                None if !record.selector.is_open() || !record.selector.could_mean(finding) => {}
                None => match &finding.verdict {
                    Verdict::Fail(_) if !record.selector.means(finding, cx) => {}
                    Verdict::Fail(_) => self.grown.push(format!("{} on {}", finding.rule.id, finding.subject.name)),
                    Verdict::Unknown(unknown) => {
                        let doubt = (unknown.reason, format!("{} is unknown: {}", finding.rule.id, unknown.message));
                        self.growth_doubt.get_or_insert(doubt);
                    }
                    _ => {}
                },
            }
        }
        if record.selector.is_open() && self.growth_doubt.is_none() {
            self.growth_doubt = cx.list_gap().map(|gap| (gap.reason, gap.to_string()));
        }
        for list in [&mut self.grown, &mut self.beyond] {
            list.sort();
            list.dedup();
        }
    }

    /// The record that covers now, unless something took its ground away or may have.
    pub fn covers(&self) -> Option<&InForce<'a>> {
        let sound = self.causes.is_empty() && self.doubt.is_none() && self.grown.is_empty();
        self.standing.in_force.as_ref().filter(|_| sound)
    }
}

/// Nobody knows what data a host holds.
fn unclassed(host: &Asset, message: String, cx: &Context<'_>) -> Gap {
    Gap {
        operation: cx.estate.exchange(host.evidence.exchange).operation.clone(),
        scope: host.scope.clone(),
        subject: Some(host.key.clone()),
        reason: Reason::NotStated,
        message,
        evidence: Some(host.evidence.clone()),
    }
}

/// A fix for what a vendor-dependency exception says has none.
fn published(member: &Member, finding: &Finding, cx: &Context<'_>) -> Option<String> {
    let lineages = hosts(&finding.subject, cx).into_iter().map(|asset| asset.lineage.clone());
    let open = lineages.flat_map(|lineage| {
        cx.estate.ledger.of_lineage(&lineage).filter(|exposure| exposure.is_open()).collect::<Vec<_>>()
    });
    let meant =
        open.into_iter().find(|exposure| exposure.cves.iter().any(|cve| member.cves.iter().any(|own| **own == **cve)));
    meant.map(|exposure| exposure.title.to_string())
}

fn annotate(
    subjects: &[ExceptionSubject<'_>],
    findings: &BTreeMap<&str, &Finding>,
    cx: &Weighing<'_, '_>,
) -> BTreeMap<String, Annotation> {
    let mut by_finding: BTreeMap<&str, Vec<(&Arc<str>, &InForce<'_>, &Member)>> = BTreeMap::new();
    for subject in subjects {
        let Some(force) = subject.covers() else { continue };
        for member in &force.record.members {
            by_finding.entry(&member.finding).or_default().push((&subject.dossier.id, force, member));
        }
    }
    let mut annotations = BTreeMap::new();
    for (id, covering) in by_finding {
        let Some(finding) = findings.get(id).filter(|finding| matches!(finding.verdict, Verdict::Fail(_))) else {
            continue;
        };
        // The id in the file is a claim of its author: rule and subject have to be those of the finding.
        let mut used: Vec<_> = covering
            .into_iter()
            .filter(|(.., member)| *member.rule == *finding.rule.id && member.subject == finding.subject.id)
            .collect();
        match cx.stakes(finding).as_ref() {
            None => used.truncate(1),
            Some(stakes) => {
                let covered = |stake: &super::Stake<'_>| used.iter().any(|(.., member)| stake.is_covered_by(member));
                if stakes.is_empty() || !stakes.iter().all(covered) {
                    continue;
                }
                used.retain(|(.., member)| stakes.iter().any(|stake| stake.is_covered_by(member)));
            }
        }
        let Some(until) = used.iter().map(|(_, force, _)| force.until).min() else { continue };
        let ids: Vec<&str> = used.iter().map(|(id, ..)| &***id).collect();
        let mut kinds: Vec<&str> = used.iter().map(|(_, force, _)| force.record.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let (ids, kinds) = (ids.join(", ").into(), kinds.join(", ").into());
        annotations.insert(id.to_owned(), Annotation { ids, kinds, until });
    }
    annotations
}
