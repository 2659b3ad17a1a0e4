//! Reads one answer as its operation's: shared by `import`, which reports, and `check`, which evaluates.

use crate::config::Config;
use patchseal_core::exchange::{Exchange, FailureKind};
use patchseal_core::op;
use patchseal_sources::codec::xml;
use patchseal_sources::{Answer, Operation, Reject, Sink, Tally, changes, inventory};
use serde::Deserialize;

/// Reads the rows of an answer; outside inventories and change records by the policy's mapping.
pub fn rows(
    operation: &Operation,
    config: &Config,
    exchange: &Exchange,
    body: &[u8],
    sink: &mut dyn Sink,
) -> Result<Tally, Reject> {
    let answer = Answer { exchange, body };
    let name = &*exchange.scope.account;
    let inventory = config.inventories.get(name).filter(|_| operation.id == op::OUTSIDE);
    let change = config.changes.get(name).filter(|_| operation.id == op::CHANGES);
    match (inventory, change) {
        (Some(mapping), _) => inventory::rows_with(&answer, mapping, sink),
        (_, Some(mapping)) => changes::rows_with(&answer, mapping, sink),
        _ => (operation.rows)(&answer, sink),
    }
}

/// A sink that counts only.
pub struct Nowhere;

impl Sink for Nowhere {
    fn fact(&mut self, _: patchseal_core::exchange::Pointer, _: patchseal_core::fact::Fact<'_>) {}
}

/// What an error answer says: kind by status and error code, and the provider's message.
pub fn failure(status: u16, body: &[u8]) -> (FailureKind, String) {
    #[derive(Deserialize, Default)]
    struct Document {
        #[serde(rename = "__type", alias = "code", alias = "Code", default)]
        code: Option<String>,
        #[serde(alias = "Message", default)]
        message: Option<String>,
        #[serde(alias = "Error", default)]
        error: Option<Inner>,
    }
    #[derive(Deserialize, Default)]
    struct Inner {
        #[serde(alias = "Code", default)]
        code: Option<String>,
        #[serde(alias = "Message", default)]
        message: Option<String>,
    }
    let (code_text, message) = xml::error(body).unwrap_or_else(|| {
        let document: Document = serde_json::from_slice(body).unwrap_or_default();
        let inner = document.error.unwrap_or_default();
        let code = document.code.or(inner.code).unwrap_or_default();
        let message = document.message.or(inner.message).unwrap_or_default();
        (code.rsplit('#').next().unwrap_or(&code).to_owned(), message)
    });
    let has = |words: &[&str]| words.iter().any(|word| code_text.contains(word));
    let kind = if has(&["AccessDenied", "Unauthorized", "AuthorizationFailed", "Forbidden", "ExpiredToken"])
        || matches!(status, 401 | 403)
    {
        FailureKind::Denied
    } else if has(&["Throttling", "RequestLimitExceeded", "TooManyRequests"]) || status == 429 {
        FailureKind::Throttled
    } else if status == 404 {
        FailureKind::NotFound
    } else {
        FailureKind::Error
    };
    let text = [code_text, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    // The first line of a message says it; stack traces and HTML pages do not belong into a manifest.
    let short: String = text.lines().next().unwrap_or_default().chars().take(300).collect();
    (kind, if short.is_empty() { format!("HTTP status {status}") } else { short })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, kind: FailureKind, message: &str) {
        assert_eq!(failure(status, body.as_bytes()), (kind, message.to_owned()), "{status} {body}");
    }

    #[test]
    fn errors_in_json() {
        check(
            400,
            r#"{"__type": "com.amazon#ThrottlingException", "message": "Rate exceeded"}"#,
            FailureKind::Throttled,
            "ThrottlingException: Rate exceeded",
        );
        check(400, r#"{"Error": {"Code": "AccessDenied", "Message": "no"}}"#, FailureKind::Denied, "AccessDenied: no");
        check(404, "", FailureKind::NotFound, "HTTP status 404");
        check(500, "<html>", FailureKind::Error, "HTTP status 500");
    }

    /// EC2 says that it throttles with status 503 and that it denies with 403; the other Query services say 400.
    #[test]
    fn errors_in_xml() {
        let ec2 = |code: &str| {
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>Said so.</Message>\
                 </Error></Errors><RequestID>0a</RequestID></Response>"
            )
        };
        let query = |code: &str| {
            format!(
                "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>Said so.</Message></Error></ErrorResponse>"
            )
        };
        for body in [ec2("RequestLimitExceeded"), query("Throttling")] {
            let (kind, message) = failure(503, body.as_bytes());
            assert!(kind == FailureKind::Throttled && message.ends_with(": Said so."), "{message}");
        }
        for body in [ec2("UnauthorizedOperation"), query("AccessDenied"), query("ExpiredToken")] {
            assert_eq!(failure(400, body.as_bytes()).0, FailureKind::Denied, "{body}");
        }
        check(503, &ec2("Unavailable"), FailureKind::Error, "Unavailable: Said so.");
    }
}
