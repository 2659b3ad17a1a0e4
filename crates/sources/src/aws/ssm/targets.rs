//! What windows, tasks and associations are aimed at. Several keys have to match together, several values of one key
//! are alternatives.

use patchseal_core::fact::Target;
use serde::Deserialize;

/// `{"Key": …, "Values": […]}`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetRow {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

/// The targets of these rows.
pub(super) fn read(rows: Vec<TargetRow>) -> Vec<Target> {
    rows.into_iter().map(one).collect()
}

/// The ids of registered window targets, and the direct targets.
pub(super) fn read_with_ids(rows: Vec<TargetRow>) -> (Vec<String>, Vec<Target>) {
    let (ids, direct): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.key == "WindowTargetIds");
    (ids.into_iter().flat_map(|row| row.values).collect(), read(direct))
}

fn one(row: TargetRow) -> Target {
    let TargetRow { key, mut values } = row;
    // `instanceids` is accepted too, and kept as it was written.
    if key.eq_ignore_ascii_case("InstanceIds") {
        return if values.iter().any(|id| id == "*") { Target::All } else { Target::Hosts(values) };
    }
    if let Some(tag) = key.strip_prefix("tag:") {
        // Without values it would read as any value, which is more than it says.
        if !values.is_empty() {
            return Target::Tag { key: tag.to_owned(), values };
        }
    }
    // Keys are alternatives here, and `Target::Tag` has room for one.
    if key == "tag-key" && values.len() == 1 {
        return Target::Tag { key: values.remove(0), values };
    }
    Target::Opaque(format!("{key}={}", values.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, values: &[&str], expected: Target) {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        assert_eq!(one(TargetRow { key: key.to_owned(), values }), expected);
    }

    #[test]
    fn each_kind_of_target() {
        let tag = |key: &str, values: &[&str]| Target::Tag {
            key: key.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        check("InstanceIds", &["i-1", "mi-2"], Target::Hosts(vec!["i-1".into(), "mi-2".into()]));
        check("instanceids", &["i-1"], Target::Hosts(vec!["i-1".into()]));
        check("InstanceIds", &["*"], Target::All);
        check("tag:Patch Group", &["prod", "Prod"], tag("Patch Group", &["prod", "Prod"]));
        check("tag:aws:autoscaling:groupName", &["web"], tag("aws:autoscaling:groupName", &["web"]));
        check("tag-key", &["Environment"], tag("Environment", &[]));
        check("tag-key", &["A", "B"], Target::Opaque("tag-key=A,B".into()));
        check("tag:Environment", &[], Target::Opaque("tag:Environment=".into()));
        check("resource-groups:Name", &["shops"], Target::Opaque("resource-groups:Name=shops".into()));
    }
}
