//! The rules. A rule is one file; the list below is explicit, so that "find usages" works and order is no accident.

mod agent_disconnected;
mod asset_unclassified;
mod asset_unmanaged;
mod asset_unowned;
mod asset_unscanned;
mod baseline_approval_too_slow;
mod baseline_fallback;
mod baseline_frozen;
mod baseline_rejects_patches;
mod baseline_skips_security;
mod clock_skewed;
mod database_host_excluded;
mod evidence_gap;
mod evidence_late;
mod exclusion_overreach;
mod feed_stale;
mod finding_suppressed;
mod patch_overdue;
mod population_unreconciled;
mod production_untargeted;
mod scan_failing;
mod scan_stale;
mod scanner_excludes_asset;
mod scope_uncollected;
mod scope_unreadable;

use crate::rule::Rule;

/// Every rule, in the order of their ids.
pub static RULES: &[&Rule] = &[
    &agent_disconnected::RULE,
    &asset_unclassified::RULE,
    &asset_unmanaged::RULE,
    &asset_unowned::RULE,
    &asset_unscanned::RULE,
    &baseline_approval_too_slow::RULE,
    &baseline_fallback::RULE,
    &baseline_frozen::RULE,
    &baseline_rejects_patches::RULE,
    &baseline_skips_security::RULE,
    &clock_skewed::RULE,
    &database_host_excluded::RULE,
    &evidence_gap::RULE,
    &evidence_late::RULE,
    &exclusion_overreach::RULE,
    &feed_stale::RULE,
    &finding_suppressed::RULE,
    &patch_overdue::RULE,
    &population_unreconciled::RULE,
    &production_untargeted::RULE,
    &scan_failing::RULE,
    &scan_stale::RULE,
    &scanner_excludes_asset::RULE,
    &scope_uncollected::RULE,
    &scope_unreadable::RULE,
];

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Shows, World, worst};

    #[test]
    fn every_example_shows_what_it_says() {
        for rule in RULES {
            for example in rule.examples {
                let findings = (example.build)(World::new()).judge(rule);
                let got = worst(&findings);
                let verdicts: Vec<_> = findings.iter().map(|f| (&f.subject.id, &f.verdict)).collect();
                assert_eq!(got, example.shows, "{} / {}: {verdicts:#?}", rule.id, example.name);
            }
        }
    }

    #[test]
    fn every_rule_has_a_pass_a_fail_and_an_unknown() {
        for rule in RULES {
            for shows in [Shows::Pass, Shows::Fail, Shows::Unknown] {
                assert!(
                    rule.examples.iter().any(|e| e.shows == shows),
                    "{} has no {} example",
                    rule.id,
                    shows.as_str()
                );
            }
        }
    }

    #[test]
    fn the_list_is_sorted_and_whole() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
        for rule in RULES {
            assert!(!rule.controls.is_empty(), "{} bears on no control", rule.id);
            assert!(!rule.why.is_empty() && !rule.fix.is_empty() && !rule.title.is_empty(), "{}", rule.id);
        }
    }
}
