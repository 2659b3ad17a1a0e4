//! Rows of history, in a form that stays the same as long as nothing changes, and how long each held.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a row is about. The order is the order of a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// A place, and how completely it was read.
    Scope,
    /// A host that exists, and what it is classified as.
    Asset,
    /// A fix that a lineage lacks or lacked.
    Exposure,
    /// A failure or an unknown.
    Verdict,
}

impl Table {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Table::Scope => "scope",
            Table::Asset => "asset",
            Table::Exposure => "exposure",
            Table::Verdict => "verdict",
        }
    }
}

/// A row's own key: the same in every evaluation. Of a verdict, it is the finding's id.
pub type Key = (Table, u64);

/// Text that is borrowed on the way in and owned on the way out.
pub type Text<'a> = Cow<'a, str>;
/// The same where there may be none.
pub type Maybe<'a> = Option<Cow<'a, str>>;

/// A failure or an unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of a finding in the result's contract")]
pub struct VerdictRow<'a> {
    pub rule: Text<'a>,
    pub verdict: Text<'a>,
    pub severity: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Maybe<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Ids of the exceptions that it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Maybe<'a>,
    pub subject: SubjectRow<'a>,
}

/// What was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of a subject in the result's contract")]
pub struct SubjectRow<'a> {
    pub cloud: Text<'a>,
    pub account: Text<'a>,
    pub region: Text<'a>,
    pub kind: Text<'a>,
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub lineage: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Maybe<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Maybe<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Maybe<'a>,
}

/// A fix that a lineage lacks or lacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of an exposure")]
pub struct ExposureRow<'a> {
    pub lineage: Text<'a>,
    pub fix_line: Text<'a>,
    pub title: Text<'a>,
    pub cves: Vec<Text<'a>>,
    pub severity: Text<'a>,
    pub exploited: bool,
    pub opened: Timestamp,
    pub clock_start: Timestamp,
    pub basis: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Maybe<'a>,
    pub reopened: u32,
    /// Short keys of the hosts that lack it.
    pub hosts: Vec<Text<'a>>,
}

/// A host that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of an asset")]
pub struct AssetRow<'a> {
    /// Short key, as exposures name their hosts.
    pub key: Text<'a>,
    pub subject: SubjectRow<'a>,
    pub os: Text<'a>,
    pub os_version: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_class: Maybe<'a>,
    /// Deadlines for internet-facing assets apply.
    pub internet_facing: bool,
    pub stateful: bool,
    pub first_seen: Timestamp,
}

/// A place, and how completely it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of a scope in the result's contract")]
pub struct ScopeRow<'a> {
    pub cloud: Text<'a>,
    pub account: Text<'a>,
    pub region: Text<'a>,
    pub status: Text<'a>,
    pub reasons: Vec<Text<'a>>,
}

/// A row of any table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each holds the row of its name")]
pub enum Row {
    Scope(ScopeRow<'static>),
    Asset(AssetRow<'static>),
    Exposure(ExposureRow<'static>),
    Verdict(VerdictRow<'static>),
}

impl Row {
    /// Reads a row as it is stored.
    pub fn parse(table: Table, text: &str) -> Result<Row, serde_json::Error> {
        Ok(match table {
            Table::Scope => Row::Scope(serde_json::from_str(text)?),
            Table::Asset => Row::Asset(serde_json::from_str(text)?),
            Table::Exposure => Row::Exposure(serde_json::from_str(text)?),
            Table::Verdict => Row::Verdict(serde_json::from_str(text)?),
        })
    }
}

impl Row {
    /// What lists are sorted by: the rule or fix, then what it is about.
    pub fn order(&self) -> (String, String) {
        match self {
            Row::Scope(row) => (row.cloud.to_string(), format!("{}/{}", row.account, row.region)),
            Row::Asset(row) => (row.subject.name.to_string(), row.subject.id.to_string()),
            Row::Exposure(row) => (row.fix_line.to_string(), row.lineage.to_string()),
            Row::Verdict(row) => (row.rule.to_string(), row.subject.id.to_string()),
        }
    }
}

/// Something that held for a time.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// What held.
    pub row: Row,
    /// What was said of it first, such as a finding's message.
    pub note: Option<String>,
    /// Time of the first evaluation that has it.
    pub from: Timestamp,
    /// Time of the first that has it no more; `None` where the last one still has it.
    pub to: Option<Timestamp>,
    /// Leaf of the first that has it.
    pub recorded: u64,
    /// When that leaf was sealed.
    pub recorded_at: Timestamp,
    /// That evaluation replaces one that knew less, or that judged by other rules.
    pub restated: bool,
}

impl Entry {
    /// Its id: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:016x}", self.key.1)
    }

    /// Whether it held at a time.
    pub fn held_at(&self, time: Timestamp) -> bool {
        self.from <= time && self.to.is_none_or(|to| time < to)
    }
}
