//! What the rules of a baseline approve, in terms of security. A fact only says what is written there.

use crate::fact::{ApprovalRule, Baseline};

/// The vendor's words for severity, each with the word that another vendor uses for it.
const SEVERITIES: [(&str, &str); 4] =
    [("Critical", "Critical"), ("Important", "High"), ("Medium", "Moderate"), ("Low", "Low")];

fn has(values: &[String], word: &str) -> bool {
    values.iter().any(|value| value == "*" || value.eq_ignore_ascii_case(word))
}

fn values<'a>(filters: &'a [(String, Vec<String>)], keys: &'a [&str]) -> impl Iterator<Item = &'a [String]> {
    filters.iter().filter(|(key, _)| keys.iter().any(|k| k.eq_ignore_ascii_case(key))).map(|(_, values)| &values[..])
}

/// Whether filters let security updates of the operating system through, of any severity.
fn lets_security_through(filters: &[(String, Vec<String>)]) -> bool {
    values(filters, &["CLASSIFICATION"]).all(|list| has(list, "Security") || has(list, "SecurityUpdates"))
        && values(filters, &["PATCH_SET"]).all(|list| has(list, "OS"))
}

/// Severities that filters let through, as positions in the list above.
fn severities(filters: &[(String, Vec<String>)]) -> [bool; 4] {
    SEVERITIES.map(|(word, other)| {
        values(filters, &["SEVERITY", "MSRC_SEVERITY"]).all(|list| has(list, word) || has(list, other))
    })
}

/// Whether a rule approves security updates at all.
pub(crate) fn approves_security(rule: &ApprovalRule) -> bool {
    lets_security_through(&rule.filters)
}

/// Whether a rule approves security updates of every severity and product.
pub(crate) fn approves_all_security(rule: &ApprovalRule) -> bool {
    approves_security(rule)
        && severities(&rule.filters) == [true; 4]
        && values(&rule.filters, &["PRODUCT", "PRODUCT_FAMILY", "SECTION"]).all(|list| has(list, "*"))
}

/// Severities of security updates that no rule of a baseline approves; `None` when no rule approves security updates.
pub(crate) fn severities_skipped(baseline: &Baseline) -> Option<Vec<&'static str>> {
    if !lets_security_through(&baseline.global_filters) {
        return None;
    }
    let global = severities(&baseline.global_filters);
    let mut covered = [false; 4];
    let mut any = false;
    for rule in baseline.rules.iter().filter(|rule| approves_security(rule)) {
        any = true;
        for (at, lets) in severities(&rule.filters).into_iter().enumerate() {
            covered[at] |= lets && global[at];
        }
    }
    any.then(|| SEVERITIES.iter().zip(covered).filter(|(_, is)| !is).map(|((word, _), _)| *word).collect())
}

/// Products that the baseline's security rules name; `None` when a rule takes any product.
pub(crate) fn products_named(baseline: &Baseline) -> Option<Vec<&str>> {
    let mut named = Vec::new();
    for rule in baseline.rules.iter().filter(|rule| approves_security(rule)) {
        let mut lists = values(&rule.filters, &["PRODUCT"]).peekable();
        lists.peek()?;
        for list in lists {
            if has(list, "*") {
                return None;
            }
            named.extend(list.iter().map(String::as_str));
        }
    }
    Some(named)
}
