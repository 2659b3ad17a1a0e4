//! Change records: a table or a JSON document, one record a row. A record that contradicts itself stays a record, marked
//! with what is wrong: dropped, it would no longer be missed.

use super::document::{Columns, Face, Member, document};
use super::shape::{Mapping, Shape};
use super::table::table;
use super::words;
use crate::codec::csv;
use crate::{Answer, Ask, Asks, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When};
use jiff::Timestamp;
use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Approval, ChangeRecord, Fact, Said};
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "changes.Records",
    permissions: &[],
    docs: "https://github.com/patchseal/patchseal/blob/main/docs/changes.md",
    reach: Reach::Organisation,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: super::FIXTURES,
};

fn request(_: &Ask) -> Request {
    Request { service: "changes", protocol: Protocol::File, body: Vec::new() }
}

fn page(answer: &Answer<'_>) -> Page {
    match rows_with(answer, &Mapping::default(), &mut Nowhere) {
        Ok(Tally { signs: Some(PageSigns { more: true, .. }), .. }) => answer.next(OPERATION.id, "next page"),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn fact(&mut self, _: Pointer, _: Fact<'_>) {}
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    rows_with(answer, &Mapping::default(), sink)
}

/// Reads change records by a mapping. The exchange's account is the name of the source.
pub fn rows_with(answer: &Answer<'_>, mapping: &Mapping, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let text = csv::text(answer)?;
    let mut read = Read::new(answer, mapping);
    let signs = match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => document(text, &mut read)?,
        _ => table(text, &mut read)?,
    };
    let mut rows = Rows::into_sink(sink);
    for (pointer, record) in read.settle() {
        match record {
            Ok(record) => rows.fact(pointer, Fact::Change(Box::new(record))),
            Err(reason) => rows.without(reason),
        }
    }
    rows.signs(signs);
    Ok(rows.tally())
}

/// Records read so far.
pub(super) struct Read<'a> {
    pub(super) mapping: &'a Mapping,
    source: &'a std::sync::Arc<str>,
    observed_at: Timestamp,
    pub(super) records: Vec<(Pointer, Result<ChangeRecord, &'static str>)>,
    /// Where a record of an id stands among them, and the lines that have it.
    known: BTreeMap<std::sync::Arc<str>, (usize, Vec<Option<u32>>)>,
}

impl<'a> Read<'a> {
    fn new(answer: &Answer<'a>, mapping: &'a Mapping) -> Read<'a> {
        let exchange = answer.exchange;
        Read {
            mapping,
            source: &exchange.scope.account,
            observed_at: exchange.observed_at,
            records: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    pub(super) fn put(&mut self, pointer: Pointer, record: ChangeRecord) {
        let Some((at, lines)) = self.known.get_mut(&record.id) else {
            self.known.insert(record.id.clone(), (self.records.len(), vec![record.line]));
            self.records.push((pointer, Ok(record)));
            return;
        };
        lines.push(record.line);
        if let Some((_, Ok(known))) = self.records.get_mut(*at) {
            let line = known.line;
            if (ChangeRecord { line, ..record }) != *known {
                // Neither is believed, and which of them stands first decides nothing.
                let id = known.id.clone();
                let all = lines.iter().flatten().map(u32::to_string).collect::<Vec<_>>().join(", ");
                let who = if all.is_empty() { "two records".to_owned() } else { format!("lines {all}") };
                let problems = vec![format!("{who} say different things of it")];
                *known = ChangeRecord { source: self.source.clone(), id, line, problems, ..ChangeRecord::default() };
            }
        }
        self.records.push((pointer, Err("record of an id that stands there before")));
    }

    fn settle(self) -> Vec<(Pointer, Result<ChangeRecord, &'static str>)> {
        self.records
    }

    /// Every member that the policy maps to a column has to have it.
    pub(super) fn check(&self, has: impl Fn(&str) -> bool, all: &str, line: Option<usize>) -> Result<(), Reject> {
        let mapped = self.mapping.columns.iter().map(|(member, column)| (member.as_str(), column));
        let patching = self.mapping.patching.iter().map(|patching| ("patching", &patching.column));
        match mapped.chain(patching).find(|(_, column)| !has(column)) {
            None => Ok(()),
            Some((member, column)) => {
                let message = format!("the policy maps `{member}` to column `{column}`, and the columns are {all}");
                Err(csv::refuse(line, message))
            }
        }
    }

    /// The record behind these columns.
    pub(super) fn record(&self, columns: &dyn Columns, shape: Shape, line: Option<u32>) -> ChangeRecord {
        let mapping = self.mapping;
        let all = |member: &str, face: Face| -> Option<Vec<String>> {
            if let Some(column) = mapping.columns.get(member) {
                return columns.texts(column, face);
            }
            // An issue's own `environment` is free text about the circumstances of an error.
            let own = (shape != Shape::Jira || member != "environment").then_some(member);
            let found = shape.columns(member).iter().copied().chain(own).filter_map(|name| columns.texts(name, face));
            let (mut texts, mut any) = (Vec::new(), false);
            for more in found {
                any = true;
                texts.extend(more);
                // Categories and outcomes are said in several places; of others the first counts.
                if !texts.is_empty() && !matches!(member, "category" | "outcome") {
                    break;
                }
            }
            any.then_some(texts)
        };
        let said = |member: &str, face: Face| match all(member, face) {
            None => Said::Unsaid,
            Some(texts) if texts.is_empty() => Said::Nothing,
            Some(texts) => Said::Value(texts.join(", ")),
        };
        let list = |member: &str, parts: fn(&str) -> Vec<String>| match all(member, Face::Display) {
            None => Said::Unsaid,
            Some(texts) => match texts.iter().flat_map(|text| parts(text)).collect::<Vec<_>>() {
                parts if parts.is_empty() => Said::Nothing,
                parts => Said::Value(parts),
            },
        };
        let word =
            |member: &str| all(member, Face::Value).and_then(|texts| texts.into_iter().next()).unwrap_or_default();
        let mut problems = Vec::new();
        let mut time = |member: &str| match all(member, Face::Value) {
            None => Said::Unsaid,
            Some(texts) => match texts.first() {
                None => Said::Nothing,
                Some(text) => self.time(member, text, &mut problems),
            },
        };
        let [approved_at, window_start, window_end, deployed_at, closed_at, tested_at, reviewed_at, backup_at] = [
            "approved_at",
            "window_start",
            "window_end",
            "deployed_at",
            "closed_at",
            "tested_at",
            "reviewed_at",
            "backup_at",
        ]
        .map(&mut time);
        let title = said("title", Face::Display);
        let fixes = all("fixes", Face::Display).unwrap_or_default();
        let stated = fixes.iter().flat_map(|text| items(text));
        let id = all("id", Face::Display).and_then(|texts| texts.into_iter().next());
        if id.is_none() {
            problems.push("it has no id".to_owned());
        }
        let outcome: Vec<String> =
            [Face::Value, Face::Display].into_iter().filter_map(|face| all("outcome", face)).flatten().collect();
        ChangeRecord {
            source: self.source.clone(),
            // Without a line, the record itself: whatever order the document is in.
            id: id
                .or_else(|| Some(format!("line-{}", line?)))
                .unwrap_or_else(|| format!("without an id: {}", title.value().map_or("", String::as_str)))
                .into(),
            line,
            fixes: stated.chain(title.value().into_iter().flat_map(|title| named_fixes(title))).collect(),
            categories: list("category", |text| vec![text.to_owned()]),
            patching: mapping.patching.as_ref().and_then(|patching| {
                let texts = columns.texts(&patching.column, Face::Display)?;
                let means = |text: &String| patching.values.iter().any(|value| value.trim().eq_ignore_ascii_case(text));
                (!texts.is_empty()).then(|| texts.iter().any(means))
            }),
            kind: words::kind(mapping, &word("kind")),
            template: said("template", Face::Display),
            requester: said("requester", Face::Display),
            approval: words::approval(mapping, &word("approval")),
            approvers: list("approvers", people),
            approved_at,
            deployer: said("deployer", Face::Display),
            window_start,
            window_end,
            deployed_at,
            closed_at,
            outcome: words::outcome(mapping, &outcome),
            assets: list("assets", items),
            environment: said("environment", Face::Display),
            tested_ref: said("tested_ref", Face::Display),
            test_environment: said("test_environment", Face::Display),
            tested_at,
            rollback_ref: said("rollback_ref", Face::Display),
            reviewed_at,
            backup_ref: said("backup_ref", Face::Display),
            backup_at,
            title,
            problems,
        }
    }

    /// A time that the record states; a planned one may lie ahead, and what has happened may not.
    fn time(&self, member: &str, text: &str, problems: &mut Vec<String>) -> Said<Timestamp> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
        let Some(time) = words::time(self.mapping, text) else {
            problems.push(format!("`{member}` is no time that can be read: `{shown}`"));
            return Said::Unsaid;
        };
        if !member.starts_with("window_") && time.as_second() - self.observed_at.as_second() > SKEW {
            problems.push(format!("`{member}` is {shown}, which is later than the export"));
        }
        Said::Value(time)
    }

    /// Decisions that Jira Service Management keeps with an issue.
    pub(super) fn approvals(&self, record: &mut ChangeRecord, member: &Member<'_>) {
        let mapped =
            ["approval", "approvers", "approved_at"].iter().any(|name| self.mapping.columns.contains_key(*name));
        let Some(approvals) = member.approvals().filter(|_| !mapped) else { return };
        let decisions: Vec<_> = approvals.decisions.iter().map(|word| words::approval(self.mapping, word)).collect();
        // Every step has to be passed; an unknown word is none.
        record.approval = decisions
            .into_iter()
            .map(|one| one.max(Approval::Missing))
            .min_by_key(|one| match one {
                Approval::Rejected => 0,
                Approval::Approved => 2,
                _ => 1,
            })
            .unwrap_or_default();
        record.approvers =
            if approvals.approvers.is_empty() { Said::Nothing } else { Said::Value(approvals.approvers) };
        let mut last = Said::Nothing;
        for text in approvals.completed.iter().filter(|text| !text.is_empty()) {
            last = last.max(self.time("approved_at", text, &mut record.problems));
        }
        record.approved_at = last;
    }
}

/// Seconds by which a ticket system's clock may be ahead of the observer's: the default of `evidence.clock_tolerance`. It
/// is what AWS allows between the time stamp of a signed request and its arrival (IAM user guide, "Signature Version 4":
/// five minutes in most cases); that ticket systems keep time no worse is our judgement.
const SKEW: i64 = 300;

/// Items of a cell.
fn items(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// People in a cell. Names may hold commas (`Person, One`); what has an `@` or a digit is an account and holds none.
fn people(text: &str) -> Vec<String> {
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let is_account = |item: &String| item.contains(|c: char| c == '@' || c.is_ascii_digit()) && !item.contains(' ');
    let split = |part: &str| -> Vec<String> {
        let own = items(part);
        if own.iter().all(is_account) { own } else { vec![part.to_owned()] }
    };
    parts.flat_map(split).collect()
}

/// CVEs and KB numbers in a title.
fn named_fixes(title: &str) -> Vec<String> {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_fix = |word: &&str| {
        let upper = word.to_ascii_uppercase();
        let digits = |text: &str| text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        upper.strip_prefix("KB").is_some_and(digits)
            || upper.strip_prefix("CVE-").is_some_and(|rest| rest.len() >= 9 && rest.as_bytes()[4] == b'-')
    };
    words.filter(is_fix).map(str::to_ascii_uppercase).collect()
}

#[cfg(test)]
mod tests;
