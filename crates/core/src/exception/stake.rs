//! What a finding is about, so far as an exception has to cover it: fixes and weaknesses, not only a rule and a host. A
//! host whose old kernel is accepted must not hide a new hole in its web server.

use super::terms::{Member, Selector};
use crate::asset::Asset;
use crate::context::Context;
use crate::engine::{Finding, Subject};
use crate::exposure::Exposure;
use crate::reading::{Gap, Reading};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One fix, or one weakness that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake<'a> {
    /// Fix line; empty for a weakness without one.
    pub line: &'a str,
    /// Weaknesses.
    pub cves: Vec<&'a str>,
}

impl Stake<'_> {
    /// Whether a member covers it: the line, and every weakness that a source names for it. A weakness that came after
    /// the exception was written is not covered.
    pub fn is_covered_by(&self, member: &Member) -> bool {
        let known = self.line.is_empty() || member.fix_lines.iter().any(|line| line == self.line);
        let named = !self.line.is_empty() || !self.cves.is_empty();
        known && named && self.cves.iter().all(|cve| member.cves.iter().any(|known| known == cve))
    }

    /// In a few words.
    pub fn shown(&self) -> String {
        match (self.line, self.cves.as_slice()) {
            ("", cves) => cves.join(", "),
            (line, []) => line.to_owned(),
            (line, cves) => format!("{line} ({})", cves.join(", ")),
        }
    }
}

/// The fixes a failure is about; `None` where the rule is not about fixes and the finding is covered as a whole.
pub fn stakes<'a>(finding: &Finding, cx: &Context<'a>) -> Option<Vec<Stake<'a>>> {
    let lineage = &*finding.subject.id;
    let exposures = || cx.estate.ledger.of_lineage(lineage).filter(|exposure| exposure.is_open());
    let listed = |cve: &str| cx.exploited(cve).known().is_some();
    match finding.rule.id {
        "patch-overdue" => Some(exposures().filter(|exposure| exposure.is_overdue(cx.as_of)).map(stake).collect()),
        "exploited-unpatched" => {
            let fixable = exposures().filter(|exposure| exposure.cves.iter().any(|cve| listed(cve)));
            let mut all: Vec<Stake<'a>> = fixable.map(stake).collect();
            let seen: BTreeSet<&str> = all.iter().flat_map(|stake| stake.cves.iter().copied()).collect();
            let mut without: Vec<&'a str> = hosts(&finding.subject, cx)
                .into_iter()
                .flat_map(|asset| cx.vulnerabilities(asset))
                .map(|found| found.fact.cve.as_str())
                .filter(|cve| listed(cve) && !seen.contains(cve))
                .collect();
            without.sort_unstable();
            without.dedup();
            all.extend(without.into_iter().map(|cve| Stake { line: "", cves: vec![cve] }));
            Some(all)
        }
        _ => None,
    }
}

fn stake(exposure: &Exposure) -> Stake<'_> {
    Stake { line: &exposure.fix_line, cves: exposure.cves.iter().map(|cve| &**cve).collect() }
}

/// Hosts that a subject is or has.
pub(super) fn hosts<'a>(subject: &Subject, cx: &Context<'a>) -> Vec<&'a Asset> {
    let estate = cx.estate;
    let lineage = estate.lineages.binary_search_by(|lineage| lineage.id.cmp(&subject.id));
    if let Ok(at) = lineage {
        return cx.members(&estate.lineages[at]).collect();
    }
    let host = estate.assets.binary_search_by(|asset| asset.id.cmp(&subject.id));
    host.ok().map(|at| &*estate.assets[at]).into_iter().collect()
}

/// What of a finding's surroundings bears on the risk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) internet_facing: bool,
    pub(super) production: bool,
    /// Classes of its hosts, those without one left out.
    pub(super) data_classes: BTreeSet<Arc<str>>,
    /// Some host has no data class.
    pub(super) unclassed: bool,
}

/// Stands among the classes of a member for hosts that had none.
pub(super) const UNCLASSED: &str = "unknown";

impl Traits {
    /// All classes in one text, as a member holds them. Nobody says which of two names is the stricter, so that each counts.
    fn data_class(&self) -> Option<Arc<str>> {
        let own = self.data_classes.iter().map(|class| &**class);
        let all: Vec<&str> = own.chain(self.unclassed.then_some(UNCLASSED)).collect();
        (!self.data_classes.is_empty()).then(|| all.join(", ").into())
    }
}

pub(super) fn traits(subject: &Subject, cx: &Context<'_>) -> Traits {
    let hosts = hosts(subject, cx);
    Traits {
        internet_facing: hosts.iter().any(|asset| asset.facing.counts_as_facing()),
        production: hosts.iter().any(|asset| asset.is_production(cx.policy)),
        data_classes: hosts.iter().filter_map(|asset| asset.data_class.clone()).collect(),
        unclassed: hosts.iter().any(|asset| asset.data_class.is_none()),
    }
}

/// Whether a member was approved for a data class.
pub(super) fn was_of_class(member: &Member, class: &str) -> bool {
    member.data_class.as_deref().is_some_and(|known| known == class || known.split(", ").any(|one| one == class))
}

/// Whether a weakness at stake is known to be exploited; a gap where the catalogue was not read.
pub(super) fn exploited(stakes: &[Stake<'_>], cx: &Context<'_>) -> Result<Option<String>, Gap> {
    for cve in stakes.iter().flat_map(|stake| &stake.cves) {
        match cx.exploited(cve) {
            Reading::Known(..) => return Ok(Some((*cve).to_owned())),
            Reading::Absent(_) => {}
            Reading::Unread(gap) => return Err(gap),
        }
    }
    Ok(None)
}

impl Member {
    /// A finding as it is now, to be covered from now on; only what the selector asks for, where it names fixes.
    pub fn freeze(finding: &Finding, selector: &Selector, cx: &Context<'_>) -> Member {
        let stakes = stakes(finding, cx).unwrap_or_default();
        let wanted: Vec<&Stake<'_>> = stakes.iter().filter(|stake| selector.wants(stake)).collect();
        let exploited = exploited(&stakes, cx).ok().flatten().is_some();
        let sorted = |words: BTreeSet<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let traits = traits(&finding.subject, cx);
        let data_class = traits.data_class();
        let Traits { internet_facing, production, .. } = traits;
        Member {
            finding: (&*finding.id).into(),
            rule: finding.rule.id.into(),
            subject: finding.subject.id.clone(),
            owner: finding.subject.owner.clone(),
            severity: finding.severity,
            exploited,
            internet_facing,
            production,
            data_class,
            fix_lines: sorted(wanted.iter().map(|stake| stake.line).filter(|line| !line.is_empty()).collect()),
            cves: sorted(wanted.iter().flat_map(|stake| stake.cves.iter().copied()).collect()),
        }
    }
}

impl Selector {
    fn wants(&self, stake: &Stake<'_>) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.iter().any(|word| has(word));
        (self.cves.is_empty() && self.fix_lines.is_empty())
            || any(&self.cves, &|cve| stake.cves.contains(&cve))
            || any(&self.fix_lines, &|line| stake.line == line)
    }

    /// Whether it means a finding.
    pub fn means(&self, finding: &Finding, cx: &Context<'_>) -> bool {
        self.could_mean(finding)
            && ((self.cves.is_empty() && self.fix_lines.is_empty())
                || stakes(finding, cx).unwrap_or_default().iter().any(|stake| self.wants(stake)))
    }

    /// Whether it means a finding, whatever fixes it is about.
    pub(super) fn could_mean(&self, finding: &Finding) -> bool {
        let subject = &finding.subject;
        let empty_or =
            |wanted: &[String], is: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|word| is(word));
        super::may_be_excepted(finding.rule.id)
            && empty_or(&self.rules, &|rule| rule == finding.rule.id)
            && empty_or(&self.assets, &|asset| is_named(&subject.id, &subject.name, asset))
            && empty_or(&self.services, &|service| subject.service.as_deref() == Some(service))
    }
}

/// By id, by the last part of an ARN or ARM id, or by name.
fn is_named(id: &str, name: &str, word: &str) -> bool {
    id.eq_ignore_ascii_case(word) || name == word || id.rsplit('/').next().is_some_and(|last| last == word)
}
