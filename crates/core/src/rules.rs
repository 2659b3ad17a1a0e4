//! The rules. A rule is one file; the list below is explicit, so that "find usages" works and order is no accident.

mod agent_disconnected;
mod alert_unactioned;
mod assessment_mode_off;
mod asset_unclassified;
mod asset_unmanaged;
mod asset_unowned;
mod asset_unscanned;
mod association_scan_only;
mod association_targets_narrow;
mod backup_stale_before_patch;
mod baseline_approval_too_slow;
mod baseline_fallback;
mod baseline_frozen;
mod baseline_rejects_patches;
mod baseline_skips_security;
mod change_self_approved;
mod change_unapproved;
mod change_untested;
mod claim_contradicted;
mod claim_unverified;
mod classification_downgraded;
mod clock_skewed;
mod collection_missed;
mod compensating_control_failed;
mod compensating_control_stale;
mod database_host_excluded;
mod emergency_change_unreviewed;
mod evidence_gap;
mod evidence_late;
mod exception_expired;
mod exception_invalidated;
mod exception_over_renewed;
mod exception_retroactive;
mod exception_scope_grown;
mod exception_self_approved;
mod exception_too_long;
mod exception_unapproved;
mod exception_unused;
mod exclusion_overreach;
mod exploited_unpatched;
mod failure_unalerted;
mod feed_stale;
mod finding_suppressed;
mod fix_regressed;
mod freeze_overrun;
mod image_deregistered;
mod image_outdated;
mod install_incomplete;
mod internet_facing_misdeclared;
mod launch_template_version_pinned;
mod maintenance_window_disabled;
mod os_end_of_life;
mod patch_failed;
mod patch_hidden_by_baseline;
mod patch_mode_unmanaged;
mod patch_overdue;
mod patch_service_retired;
mod patch_setting_changed_unapproved;
mod patch_without_change;
mod patching_unscheduled;
mod population_unreconciled;
mod production_untargeted;
mod reboot_pending;
mod running_kernel_old;
mod scan_failing;
mod scan_stale;
mod scanner_excludes_asset;
mod schedule_bypass_missing;
mod scope_uncollected;
mod scope_unreadable;
mod window_after_due;
mod window_failing;
mod window_in_freeze;
mod window_without_targets;

use crate::rule::Rule;

/// Every rule, in the order of their ids.
pub static RULES: &[&Rule] = &[
    &agent_disconnected::RULE,
    &alert_unactioned::RULE,
    &assessment_mode_off::RULE,
    &asset_unclassified::RULE,
    &asset_unmanaged::RULE,
    &asset_unowned::RULE,
    &asset_unscanned::RULE,
    &association_scan_only::RULE,
    &association_targets_narrow::RULE,
    &backup_stale_before_patch::RULE,
    &baseline_approval_too_slow::RULE,
    &baseline_fallback::RULE,
    &baseline_frozen::RULE,
    &baseline_rejects_patches::RULE,
    &baseline_skips_security::RULE,
    &change_self_approved::RULE,
    &change_unapproved::RULE,
    &change_untested::RULE,
    &claim_contradicted::RULE,
    &claim_unverified::RULE,
    &classification_downgraded::RULE,
    &clock_skewed::RULE,
    &collection_missed::RULE,
    &compensating_control_failed::RULE,
    &compensating_control_stale::RULE,
    &database_host_excluded::RULE,
    &emergency_change_unreviewed::RULE,
    &evidence_gap::RULE,
    &evidence_late::RULE,
    &exception_expired::RULE,
    &exception_invalidated::RULE,
    &exception_over_renewed::RULE,
    &exception_retroactive::RULE,
    &exception_scope_grown::RULE,
    &exception_self_approved::RULE,
    &exception_too_long::RULE,
    &exception_unapproved::RULE,
    &exception_unused::RULE,
    &exclusion_overreach::RULE,
    &exploited_unpatched::RULE,
    &failure_unalerted::RULE,
    &feed_stale::RULE,
    &finding_suppressed::RULE,
    &fix_regressed::RULE,
    &freeze_overrun::RULE,
    &image_deregistered::RULE,
    &image_outdated::RULE,
    &install_incomplete::RULE,
    &internet_facing_misdeclared::RULE,
    &launch_template_version_pinned::RULE,
    &maintenance_window_disabled::RULE,
    &os_end_of_life::RULE,
    &patch_failed::RULE,
    &patch_hidden_by_baseline::RULE,
    &patch_mode_unmanaged::RULE,
    &patch_overdue::RULE,
    &patch_service_retired::RULE,
    &patch_setting_changed_unapproved::RULE,
    &patch_without_change::RULE,
    &patching_unscheduled::RULE,
    &population_unreconciled::RULE,
    &production_untargeted::RULE,
    &reboot_pending::RULE,
    &running_kernel_old::RULE,
    &scan_failing::RULE,
    &scan_stale::RULE,
    &scanner_excludes_asset::RULE,
    &schedule_bypass_missing::RULE,
    &scope_uncollected::RULE,
    &scope_unreadable::RULE,
    &window_after_due::RULE,
    &window_failing::RULE,
    &window_in_freeze::RULE,
    &window_without_targets::RULE,
];

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Shows, World, worst};
    use crate::op;
    use crate::rule::Verdict;
    use rayon::prelude::*;

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

    /// Taking input away never adds a pass: whatever passes without an answer passed with it.
    #[test]
    fn an_unread_answer_adds_no_pass() {
        let passed = |world: &World, rule: &'static Rule| {
            let findings = world.judge(rule).into_iter().filter(|f| matches!(f.verdict, Verdict::Pass(_)));
            findings.map(|f| f.subject.id.clone()).collect::<std::collections::BTreeSet<_>>()
        };
        let added = |rule: &'static Rule| {
            let mut wrong = Vec::new();
            for example in rule.examples {
                let whole = passed(&(example.build)(World::new()), rule);
                for operation in OPERATIONS {
                    let [denied, unasked] = [World::denied, World::unasked].map(|take| {
                        let less = (example.build)(World::new());
                        passed(&take(less, operation), rule)
                    });
                    for added in denied.union(&unasked).filter(|id| !whole.contains(*id)) {
                        wrong.push(format!("{} / {} without {operation}: {added}", rule.id, example.name));
                    }
                }
            }
            wrong
        };
        let wrong: Vec<_> = RULES.par_iter().flat_map_iter(|rule| added(rule)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    const OPERATIONS: &[&str] = &[
        op::EC2_INSTANCES,
        op::GROUPS,
        op::IMAGES,
        op::TEMPLATES,
        op::LAUNCH_CONFIGURATIONS,
        op::AGENTS,
        op::PATCH_STATES,
        op::PATCHES,
        op::BASELINES,
        op::BASELINE,
        op::DEFAULT_BASELINE,
        op::PATCH_GROUPS,
        op::WINDOWS,
        op::WINDOW_TARGETS,
        op::WINDOW_TASKS,
        op::WINDOW_TASK,
        op::WINDOW_EXECUTIONS,
        op::ASSOCIATIONS,
        op::ASSOCIATION_EXECUTIONS,
        op::CALENDAR,
        op::COMMANDS,
        op::INVOCATIONS,
        op::VULNERABILITIES,
        op::SCAN_COVERAGE,
        op::SUPPRESSIONS,
        op::AZURE_RESOURCES,
        op::AZURE_ASSESSMENTS,
        op::AZURE_INSTALLATIONS,
        op::AZURE_MAINTENANCE,
        op::CHANGES,
        op::TRAIL,
        op::ACTIVITY_LOG,
    ];
}
