//! SSM documents that patch. Some say by a parameter what they do, some always do the same; any other document may
//! patch too, and does not say so.

use patchseal_core::fact::PatchAction;
use serde::Deserialize;

/// What of a document's parameters is read. The others are never looked at: they may hold secrets.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Parameters {
    operation: Vec<String>,
    action: Vec<String>,
}

/// The same as a window's task prints it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct TaskParameters {
    operation: Values,
    action: Values,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Values {
    values: Vec<String>,
}

impl From<&TaskParameters> for Parameters {
    fn from(parameters: &TaskParameters) -> Parameters {
        Parameters { operation: parameters.operation.values.clone(), action: parameters.action.values.clone() }
    }
}

/// How a document says what it does.
enum Says {
    /// By its parameter `Operation`.
    Operation,
    /// By its parameter `Action`.
    Action,
    /// By being that document.
    Always(PatchAction),
}

/// The patch documents of the user guide ("SSM command documents for patching managed nodes") and of the runbook
/// reference. Shared documents are named by their ARN.
fn patches(document: &str) -> Option<Says> {
    Some(match document.rsplit('/').next().unwrap_or(document) {
        "AWS-RunPatchBaseline"
        | "AWS-RunPatchBaselineAssociation"
        | "AWS-RunPatchBaselineWithHooks"
        | "AWS-ApplyPatchBaseline" => Says::Operation,
        "AWS-InstallWindowsUpdates" => Says::Action,
        "AWS-FindWindowsUpdates" => Says::Always(PatchAction::Scan),
        "AWS-InstallMissingWindowsUpdates"
        | "AWS-InstallSpecificWindowsUpdates"
        | "AWS-PatchInstanceWithRollback"
        | "AWS-PatchAsgInstance" => Says::Always(PatchAction::Install),
        _ => return None,
    })
}

/// Whether the document is one that patches.
pub(super) fn is_patch_document(document: &str) -> bool {
    patches(document).is_some()
}

/// What the document does with these parameters.
pub(super) fn action(document: &str, parameters: &Parameters) -> Option<PatchAction> {
    match patches(document)? {
        Says::Always(action) => Some(action),
        Says::Operation => word(&parameters.operation),
        Says::Action => word(&parameters.action),
    }
}

fn word(values: &[String]) -> Option<PatchAction> {
    match values {
        [value] => action_of_word(value),
        _ => None,
    }
}

/// `Scan` or `Install`.
pub(in crate::aws) fn action_of_word(word: &str) -> Option<PatchAction> {
    match word {
        "Scan" => Some(PatchAction::Scan),
        "Install" => Some(PatchAction::Install),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, parameters: &str, expected: Option<PatchAction>) {
        let parameters: Parameters = serde_json::from_str(parameters).unwrap();
        assert_eq!(action(document, &parameters), expected, "{document}");
    }

    #[test]
    fn the_action_is_what_the_document_says() {
        check("AWS-RunPatchBaseline", r#"{"Operation": ["Scan"], "Secret": {"a": 1}}"#, Some(PatchAction::Scan));
        check(
            "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
            r#"{"Operation": ["Install"]}"#,
            Some(PatchAction::Install),
        );
        check("AWS-RunPatchBaseline", "{}", None);
        check("AWS-RunPatchBaseline", r#"{"Operation": ["{{ssm:operation}}"]}"#, None);
        check("AWS-InstallWindowsUpdates", r#"{"Action": ["Scan"]}"#, Some(PatchAction::Scan));
        check("AWS-PatchInstanceWithRollback", "{}", Some(PatchAction::Install));
        check("acme-restart", r#"{"Operation": ["Install"]}"#, None);
    }
}
