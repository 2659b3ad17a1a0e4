//! Exceptions are judged last: they are about other verdicts, and annotate failures among them.

use super::{Chunk, Finding, Keep, is_finding, subjects};
use crate::context::Context;
use crate::exception::Annotation;
use crate::rule::{Check, Rule, Verdict};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Chunks by rule, in the order of the rules, and the exceptions that failures stand under.
type Judged = (Vec<Vec<Chunk>>, BTreeMap<String, Annotation>);

/// Judges by every rule; by those about exceptions once all others have spoken.
pub(super) fn judge_all(rules: &[&'static Rule], cx: &mut Context<'_>, keep: Keep) -> Judged {
    let is_last = |rule: &Rule| rule.checks.iter().any(|check| matches!(check, Check::EachException(_)));
    let by = |rule: &'static Rule, cx: &Context<'_>, keep, watched| -> Vec<Chunk> {
        rule.checks.iter().flat_map(|check| subjects::judge(rule, check, cx, keep, watched)).collect()
    };
    if cx.estate.exceptions.is_empty() {
        return (rules.iter().map(|rule| by(rule, cx, keep, None)).collect(), BTreeMap::new());
    }
    let watched = cx.watched();
    let mut judged: Vec<Vec<Chunk>> = rules
        .iter()
        .map(|rule| if is_last(rule) { Vec::new() } else { by(rule, cx, keep, watched.get(rule.id)) })
        .collect();
    // An exception is about verdicts of rules that were not asked for, too.
    let others = watched.iter().filter(|(id, _)| !rules.iter().any(|rule| rule.id == **id));
    let others: Vec<Vec<Chunk>> = others
        .filter_map(|(id, subjects)| {
            let rule = crate::rules::rule(id).filter(|rule| !is_last(rule))?;
            Some(by(rule, cx, Keep::Findings, Some(subjects)))
        })
        .collect();
    let findings = judged.iter().chain(&others).flatten().flat_map(|chunk| &chunk.findings);
    let findings: BTreeMap<&str, &Finding> = findings.map(|finding| (&*finding.id, &**finding)).collect();
    let annotations = cx.judge_exceptions(&findings);
    for (rule, chunks) in rules.iter().zip(&mut judged) {
        if is_last(rule) {
            *chunks = by(rule, cx, keep, None);
        } else if keep == Keep::Findings {
            for chunk in chunks {
                chunk.findings.retain(|finding| is_finding(&finding.verdict));
            }
        }
    }
    (judged, annotations)
}

/// Writes the exceptions to the failures they cover. What stands under an exception is part of the root: it decides what
/// a gate lets through.
pub(super) fn annotate(
    findings: &mut [Box<Finding>],
    mut annotations: BTreeMap<String, Annotation>,
    hasher: &mut Sha256,
) {
    for (id, annotation) in &annotations {
        for part in [id, "\0", &annotation.ids, "\n"] {
            hasher.update(part.as_bytes());
        }
    }
    if annotations.is_empty() {
        return;
    }
    for finding in findings.iter_mut().filter(|finding| matches!(finding.verdict, Verdict::Fail(_))) {
        finding.exception = annotations.remove(&*finding.id).map(Box::new);
    }
}
