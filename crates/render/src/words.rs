//! Words for verdicts and severities, and numbers as people read them.

use patchseal_core::exchange::Evidences;
use patchseal_core::rule::Verdict;
use patchseal_core::severity::Severity;

/// Severities, worst first.
pub const SEVERITIES: [Severity; 5] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Unspecified];

/// How loud a failure of a severity is, in the words of compilers.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Unspecified => "note",
    }
}

/// What a verdict says in one line; nothing for a pass.
pub fn message(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Fail(failure) => Some(&failure.message),
        Verdict::Unknown(unknown) => Some(&unknown.message),
        Verdict::NotApplicable(why) => Some(why),
        Verdict::Pass(_) | Verdict::Inherited(_) => None,
    }
}

/// What a verdict rests on.
pub fn evidences(verdict: &Verdict) -> Option<&Evidences> {
    match verdict {
        Verdict::Pass(evidence) | Verdict::Inherited(evidence) => Some(evidence),
        Verdict::Fail(failure) => Some(&failure.evidence),
        Verdict::Unknown(unknown) => unknown.evidence.as_ref(),
        Verdict::NotApplicable(_) => None,
    }
}

/// A number with separators: `9,870`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A digest, shortened for people: `9d1f…e2`.
pub fn short_root(root: &str) -> String {
    match (root.get(..4), root.len().checked_sub(2).and_then(|at| root.get(at..))) {
        (Some(head), Some(tail)) if root.len() > 8 => format!("{head}…{tail}"),
        _ => root.to_owned(),
    }
}

/// Text of the world without what could steer a terminal.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The last part of an ARN or ARM id.
pub fn short_id(id: &str) -> &str {
    if id.starts_with("arn:") || id.starts_with("/subscriptions/") {
        id.rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or(id)
    } else {
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_as_people_read_them() {
        for (input, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (9_870_001, "9,870,001")] {
            assert_eq!(number(input), expected);
        }
        for (input, expected) in [
            ("arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "i-1"),
            ("/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/db", "db"),
            ("feeds/kev", "feeds/kev"),
        ] {
            assert_eq!(short_id(input), expected);
        }
        assert_eq!(short_root("9d1f00000000e2"), "9d1f…e2");
        assert_eq!(short_root(""), "");
    }
}
