//! Records as JSON documents have them, looked at like the columns of a table.

use super::records::Read;
use super::shape::Shape;
use crate::Reject;
use crate::codec::csv::refuse;
use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::Pointer;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which face of a value is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// What the system computes with: times in UTC, values of choices.
    Value,
    /// What people read: names.
    Display,
}

/// Where a record's texts come from.
pub(super) trait Columns {
    /// The texts of a column, none of them empty; `None` where the record has no such column.
    fn texts(&self, column: &str, face: Face) -> Option<Vec<String>>;
}

/// A record of a document.
pub(super) struct Member<'a> {
    pub(super) record: &'a Map<String, Value>,
    /// Ids of fields by their names in lower case (Jira, `expand=names`).
    pub(super) names: &'a BTreeMap<String, String>,
}

impl<'a> Member<'a> {
    fn find(&self, column: &str) -> Option<&'a Value> {
        let fields = self.record.get("fields").and_then(Value::as_object);
        let own = |name: &str| self.record.get(name).or_else(|| fields.and_then(|fields| fields.get(name)));
        own(column).or_else(|| own(self.names.get(&column.to_lowercase())?)).or_else(|| {
            let mut steps = column.split('.');
            let first = own(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }

    /// Approvals as Jira Service Management keeps them: a list of decisions with those who took them.
    pub(super) fn approvals(&self) -> Option<Approvals> {
        let fields = self.record.get("fields").and_then(Value::as_object)?;
        let list = fields.values().filter_map(Value::as_array).find(|list| {
            list.first().is_some_and(|first| first.get("finalDecision").is_some() && first.get("approvers").is_some())
        })?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut approvals = Approvals::default();
        for one in list {
            approvals.decisions.push(text(one.get("finalDecision")));
            let completed = one.get("completedDate");
            approvals.completed.push(text(completed.and_then(|date| date.get("iso8601")).or(completed)));
            for approver in one.get("approvers").and_then(Value::as_array).into_iter().flatten() {
                if text(approver.get("approverDecision")).to_lowercase().starts_with("approve") {
                    approvals.approvers.extend(approver.get("approver").and_then(|who| name(who, Face::Display)));
                }
            }
        }
        Some(approvals)
    }
}

/// What Jira Service Management says of approvals.
#[derive(Default)]
pub(super) struct Approvals {
    /// Decisions, one a step.
    pub(super) decisions: Vec<String>,
    /// Their times, as text; empty where there is none.
    pub(super) completed: Vec<String>,
    /// Who approved.
    pub(super) approvers: Vec<String>,
}

impl Columns for Member<'_> {
    fn texts(&self, column: &str, face: Face) -> Option<Vec<String>> {
        let value = self.find(column)?;
        Some(match value {
            Value::Array(list) => list.iter().filter_map(|value| name(value, face)).collect(),
            value => name(value, face).into_iter().collect(),
        })
    }
}

/// The text of a value: of an object, the member that names it.
fn name(value: &Value, face: Face) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Object(object) => {
            let members: &[&str] = match face {
                Face::Value => &["value", "display_value", "name", "displayName", "key", "id"],
                // An address is redacted before it is sealed, so that it cannot tell who somebody is.
                Face::Display => &["display_value", "displayName", "accountId", "name", "value", "key", "id"],
            };
            return members.iter().find_map(|member| match object.get(*member) {
                Some(inner @ (Value::String(_) | Value::Number(_))) => name(inner, face),
                _ => None,
            });
        }
        Value::Null | Value::Array(_) => String::new(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Reads a document.
pub(super) fn document(text: &str, read: &mut Read<'_>) -> Result<PageSigns, Reject> {
    let value: Value = serde_json::from_str(text).map_err(|error| Reject {
        position: Some((error.line(), error.column())),
        cut_short: error.is_eof(),
        message: error.to_string(),
    })?;
    let empty = Map::new();
    let root = value.as_object().unwrap_or(&empty);
    let list = |name: &str| root.get(name).and_then(Value::as_array);
    let (shape, place, records): (_, &'static &'static str, _) = match (list("issues"), list("result"), &value) {
        (Some(issues), ..) => (Shape::Jira, &"/issues", issues),
        (_, Some(result), _) => (Shape::ServiceNow, &"/result", result),
        (_, _, Value::Array(all)) => {
            let first = all.first().and_then(Value::as_object);
            let has = |name: &str| first.is_some_and(|first| first.contains_key(name));
            let shape = if has("fields") { Shape::Jira } else { Shape::of_columns(has) };
            (shape, &"", all)
        }
        _ => {
            let message = "a document of change records is a list of them, or has a list `result` (ServiceNow) or \
                           `issues` (Jira)"
                .to_owned();
            return Err(refuse(Some(1), message));
        }
    };
    let strings = root.get("names").and_then(Value::as_object);
    let names: BTreeMap<String, String> = strings
        .into_iter()
        .flatten()
        .filter_map(|(id, name)| Some((name.as_str()?.to_lowercase(), id.clone())))
        .collect();
    let mut members: Vec<Member<'_>> = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let Value::Object(record) = record else {
            return Err(refuse(None, format!("record {} is no object", number + 1)));
        };
        members.push(Member { record, names: &names });
    }
    if !members.is_empty() {
        // A field that is mapped and that no record has is a mistake of the mapping, or the export left it out.
        let has = |column: &str| members.iter().any(|member| member.texts(column, Face::Value).is_some());
        let first = members[0].record.get("fields").and_then(Value::as_object).unwrap_or(members[0].record);
        let all = first.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        read.check(has, &all, None)?;
    }
    for (number, member) in members.iter().enumerate() {
        let mut record = read.record(member, shape, None);
        if shape == Shape::Jira {
            read.approvals(&mut record, member);
        }
        read.put(Pointer::Row(place, number as u32), record);
    }
    let count = records.len() as u64;
    let number = |name: &str| root.get(name).and_then(Value::as_u64);
    let more = match shape {
        Shape::ServiceNow => shape.may_be_cut(count),
        Shape::Jira => {
            root.get("isLast").and_then(Value::as_bool) == Some(false)
                || root.get("nextPageToken").and_then(Value::as_str).is_some_and(|token| !token.is_empty())
                || number("total").is_some_and(|total| number("startAt").unwrap_or(0) + count < total)
        }
        Shape::Plain => false,
    };
    Ok(PageSigns { more, totals: number("total").filter(|_| shape == Shape::Jira).map(|total| (count, total)) })
}
