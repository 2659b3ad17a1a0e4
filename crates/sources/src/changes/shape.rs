//! Which column or member holds what.

use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Members of a change record that a policy can map.
pub const MEMBERS: [&str; 25] = [
    "id",
    "title",
    "category",
    "kind",
    "template",
    "requester",
    "approval",
    "approvers",
    "approved_at",
    "deployer",
    "window_start",
    "window_end",
    "deployed_at",
    "closed_at",
    "outcome",
    "assets",
    "fixes",
    "environment",
    "tested_ref",
    "test_environment",
    "tested_at",
    "rollback_ref",
    "reviewed_at",
    "backup_ref",
    "backup_at",
];

/// Words that a policy can explain: member, and what its values mean.
pub const WORDS: [(&str, &[&str]); 3] = [
    ("kind", &["standard", "normal", "emergency"]),
    ("approval", &["approved", "rejected", "missing"]),
    ("outcome", &["done", "failed", "cancelled", "open"]),
];

/// How a policy maps an export. What it does not map is found where the export of a known system has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Column, or path of members joined by `.`, by member.
    pub columns: BTreeMap<String, String>,
    /// Values in any case, by member and meaning.
    pub words: BTreeMap<(String, String), Vec<String>>,
    /// What says whether a change concerns patching.
    pub patching: Option<Patching>,
    /// Zone of times without an offset; UTC where there is none.
    pub zone: Option<TimeZone>,
    /// Form of times, as `strptime` takes it, tried before the usual ones.
    pub dates: Option<String>,
}

/// A column and the values in it that mean patching, in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patching {
    /// Column or path.
    pub column: String,
    /// Values.
    pub values: Vec<String>,
}

/// Whose export it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// ServiceNow `change_request`: field names, or labels where a list was exported with them.
    ServiceNow,
    /// Jira issues.
    Jira,
    /// Columns of the members' own names.
    Plain,
}

impl Shape {
    /// By the columns of a table.
    pub(super) fn of_columns(has: impl Fn(&str) -> bool) -> Shape {
        if has("issue key") {
            Shape::Jira
        } else if has("number") {
            Shape::ServiceNow
        } else {
            Shape::Plain
        }
    }

    /// Whether an export of so many records may have been cut at a limit. ServiceNow cuts silently: the Table API after
    /// `sysparm_limit` records (10,000 by default), where only HTTP headers say that there are more; list exports after
    /// `glide.csv.export.limit` and its like, else `glide.ui.export.limit`, else 10,000 ("Export limits" in its
    /// documentation). Both can be set to any number, and people set round ones: that a hundred, five hundred or any full
    /// thousand is one is our judgement. An export that has exactly as many by chance is unknown until the next record.
    pub(super) fn may_be_cut(self, count: u64) -> bool {
        self == Shape::ServiceNow && count > 0 && (count == 100 || count == 500 || count.is_multiple_of(1_000))
    }

    /// Where a member stands in this export, in order of preference. ServiceNow's names are those of the tables `task`
    /// and `change_request`; Jira's those of its issue fields and of the change-management template's custom fields.
    pub(super) fn columns(self, member: &str) -> &'static [&'static str] {
        match (self, member) {
            (Shape::ServiceNow, "id") => &["number"],
            (Shape::ServiceNow, "title") => &["short_description", "short description"],
            (Shape::ServiceNow, "category") => &["category"],
            (Shape::ServiceNow, "kind") => &["type"],
            (Shape::ServiceNow, "template") => &["std_change_producer_version", "standard change template version"],
            (Shape::ServiceNow, "requester") => &["requested_by", "requested by"],
            (Shape::ServiceNow, "approval") => &["approval"],
            (Shape::ServiceNow, "approved_at") => &["approval_set", "approval set"],
            (Shape::ServiceNow, "deployer") => &["assigned_to", "assigned to"],
            (Shape::ServiceNow, "window_start") => &["start_date", "planned start date"],
            (Shape::ServiceNow, "window_end") => &["end_date", "planned end date"],
            (Shape::ServiceNow, "deployed_at") => &["work_start", "actual start date", "actual start"],
            (Shape::ServiceNow, "closed_at") => &["closed_at", "closed"],
            (Shape::ServiceNow, "outcome") => &["close_code", "close code", "state"],
            (Shape::ServiceNow, "assets") => &["cmdb_ci", "configuration item"],
            (Shape::ServiceNow, "rollback_ref") => &["backout_plan", "backout plan"],
            (Shape::ServiceNow, "reviewed_at") => &["review_date", "review date"],
            (Shape::Jira, "id") => &["issue key", "key"],
            (Shape::Jira, "title") => &["summary"],
            (Shape::Jira, "category") => &["labels", "components", "component/s"],
            (Shape::Jira, "kind") => &["change type"],
            (Shape::Jira, "requester") => &["reporter"],
            (Shape::Jira, "deployer") => &["assignee"],
            (Shape::Jira, "window_start") => &["planned start", "change start date"],
            (Shape::Jira, "window_end") => &["planned end", "change completion date"],
            (Shape::Jira, "deployed_at") => &["actual start"],
            (Shape::Jira, "closed_at") => &["resolutiondate", "resolved"],
            (Shape::Jira, "outcome") => &["resolution", "status"],
            (Shape::Jira, "assets") => &["affected hardware"],
            (Shape::Jira, "rollback_ref") => &["backout plan", "rollback plan"],
            _ => &[],
        }
    }
}
