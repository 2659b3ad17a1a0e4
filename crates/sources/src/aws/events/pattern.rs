//! What an event pattern lets through, as far as the failures of patching go.
//!
//! A member that is not there lets everything through; a list lets its elements through. Elements that are no plain text
//! (prefixes, ranges, exclusions) and members that are not looked at may let less through: then nobody can tell.

use patchseal_core::fact::Trouble;
use serde_json::{Map, Value};

/// Types of events that tell of a failed run of patches (source: EventBridge reference, "Amazon EC2 Systems Manager
/// events").
const RUNS: [&str; 4] = [
    "EC2 Command Status-change Notification",
    "EC2 Command Invocation Status-change Notification",
    "EC2 State Manager Association State Change",
    "EC2 State Manager Instance Association State Change",
];
/// Types of events that tell of a failed window.
const WINDOWS: [&str; 3] = [
    "Maintenance Window Execution State-change Notification",
    "Maintenance Window Task Execution State-change Notification",
    "Maintenance Window Task Target Invocation State-change Notification",
];

/// What a pattern covers, and whether it holds something that is not understood.
pub(super) fn covers(pattern: &str) -> (Vec<Trouble>, bool) {
    let Ok(Value::Object(pattern)) = serde_json::from_str(pattern) else { return (Vec::new(), false) };
    let mut unsure = false;
    if !lets(&pattern, "source", &["aws.ssm"], &mut unsure) {
        return (Vec::new(), false);
    }
    let narrow = pattern.keys().any(|key| !["source", "detail-type", "detail", "account", "region"].contains(&&**key));
    let empty = Map::new();
    let detail = pattern.get("detail").and_then(Value::as_object).unwrap_or(&empty);
    let status =
        |words: &[&str], unsure: &mut bool| ["status", "Status"].iter().all(|key| lets(detail, key, words, unsure));
    let mut covers = Vec::new();
    for (trouble, kinds, words) in [
        (Trouble::PatchRun, &RUNS[..], &["Failed"][..]),
        // A command to an agent that is gone is never delivered.
        (Trouble::LostAgent, &RUNS[..2], &["TimedOut", "DeliveryTimedOut", "Undeliverable"][..]),
        (Trouble::Window, &WINDOWS[..], &["FAILED"][..]),
    ] {
        if lets(&pattern, "detail-type", kinds, &mut unsure) && status(words, &mut unsure) {
            covers.push(trouble);
        }
    }
    // A filter on the document is one on patching where it names the document that patches.
    let other = detail.keys().filter(|key| !["status", "Status"].contains(&&***key));
    for key in other {
        let by_document = key == "document-name" || key == "documentName";
        if !(by_document && lets(detail, key, &["AWS-RunPatchBaseline"], &mut unsure)) {
            unsure = true;
        }
    }
    if narrow || unsure {
        let concerns = !covers.is_empty() || unsure;
        return (Vec::new(), concerns);
    }
    (covers, false)
}

/// Whether a member lets one of these words through.
fn lets(object: &Map<String, Value>, key: &str, words: &[&str], unsure: &mut bool) -> bool {
    let Some(value) = object.get(key) else { return true };
    let Value::Array(all) = value else {
        *unsure = true;
        return false;
    };
    if all.iter().any(|one| one.as_str().is_some_and(|text| words.contains(&text))) {
        return true;
    }
    *unsure |= all.iter().any(|one| !one.is_string());
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_patterns_let_through() {
        use Trouble::*;
        for (pattern, expected, unsure) in [
            (r#"{"source": ["aws.ssm"]}"#, vec![PatchRun, LostAgent, Window], false),
            (
                r#"{"source": ["aws.ssm"], "detail-type": ["EC2 Command Status-change Notification"], "detail": {"status": ["Failed", "TimedOut"]}}"#,
                vec![PatchRun, LostAgent],
                false,
            ),
            (
                r#"{"source": ["aws.ssm"], "detail-type": ["EC2 Command Status-change Notification"], "detail": {"status": ["Success"]}}"#,
                vec![],
                false,
            ),
            (
                r#"{"source": ["aws.ssm"], "detail-type": ["Maintenance Window Execution State-change Notification"], "detail": {"status": ["FAILED", "TIMED_OUT"]}}"#,
                vec![Window],
                false,
            ),
            (
                r#"{"source": ["aws.ssm"], "detail-type": ["EC2 Command Status-change Notification"], "detail": {"status": ["Failed"], "document-name": ["AWS-RunPatchBaseline"]}}"#,
                vec![PatchRun],
                false,
            ),
            (r#"{"source": ["aws.ssm"], "detail": {"window-id": ["mw-0a"]}}"#, vec![], true),
            (r#"{"source": ["aws.ssm"], "detail": {"status": [{"anything-but": ["Success"]}]}}"#, vec![], true),
            (r#"{"source": ["aws.ec2"]}"#, vec![], false),
            (r#"{"source": [{"prefix": "aws."}]}"#, vec![], false),
            ("", vec![], false),
            ("[]", vec![], false),
        ] {
            assert_eq!(covers(pattern), (expected, unsure), "{pattern}");
        }
    }
}
