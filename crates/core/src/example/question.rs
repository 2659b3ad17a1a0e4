//! Which question each fact answers.

use super::{Key, World, aws, azure};
use crate::fact::{Fact, HeldKind};
use crate::op;
use crate::scope::{Cloud, Scope};

impl World {
    /// Operation, scope and subject that state a fact.
    pub(super) fn question(&self, fact: &Fact<'_>) -> Key {
        let cloud = self.scope.clone();
        let is_azure = cloud.cloud == Cloud::Azure;
        let about = |operation, subject: &str| (operation, aws(), Some(subject.to_owned()));
        match fact {
            Fact::Account(_) => (op::ACCOUNTS, aws().account_wide(), None),
            Fact::Region(_) => (op::REGIONS, aws().account_wide(), None),
            Fact::Host(_) if is_azure => (op::AZURE_RESOURCES, azure(), None),
            Fact::Host(_) => (op::EC2_INSTANCES, aws(), None),
            Fact::Group(_) if is_azure => (op::AZURE_RESOURCES, azure(), None),
            Fact::Group(_) => (op::GROUPS, aws(), None),
            Fact::Image(_) => (op::IMAGES, aws(), None),
            Fact::Template(f) => about(op::TEMPLATES, &f.id),
            Fact::LaunchConfiguration(_) => (op::LAUNCH_CONFIGURATIONS, aws(), None),
            Fact::Agent(_) => (op::AGENTS, aws(), None),
            Fact::Outside(f) => (op::OUTSIDE, Scope::new(Cloud::Inventory, f.inventory.clone(), Scope::GLOBAL), None),
            Fact::PatchState(_) if is_azure => (op::AZURE_ASSESSMENTS, azure(), None),
            Fact::PatchState(_) => (op::PATCH_STATES, aws(), None),
            Fact::Patch(_) if is_azure => (op::AZURE_ASSESSMENTS, azure(), None),
            Fact::Patch(f) => about(op::PATCHES, &f.host),
            Fact::Installation(_) => (op::AZURE_INSTALLATIONS, azure(), None),
            Fact::Compliance(_) => (op::COMPLIANCE, aws(), None),
            Fact::Software(f) => about(op::INVENTORY_ENTRIES, &f.host),
            Fact::Vulnerability(_) => (op::VULNERABILITIES, aws(), None),
            Fact::ScanCoverage(_) => (op::SCAN_COVERAGE, aws(), None),
            Fact::Suppression(_) => (op::SUPPRESSIONS, aws(), None),
            Fact::BaselineListed(_) => (op::BASELINES, aws(), None),
            Fact::Baseline(f) => about(op::BASELINE, &f.id),
            Fact::DefaultBaseline(_) => (op::DEFAULT_BASELINE, aws(), None),
            Fact::PatchGroup(_) => (op::PATCH_GROUPS, aws(), None),
            Fact::Window(_) if is_azure => (op::AZURE_RESOURCES, azure(), None),
            Fact::Window(_) => (op::WINDOWS, aws(), None),
            Fact::WindowTarget(_) | Fact::WindowExecution(_) if is_azure => (op::AZURE_MAINTENANCE, azure(), None),
            Fact::WindowTarget(f) => about(op::WINDOW_TARGETS, &f.window),
            Fact::WindowTask(f) => about(op::WINDOW_TASKS, &f.window),
            Fact::WindowExecution(f) => about(op::WINDOW_EXECUTIONS, &f.window),
            Fact::Association(_) => (op::ASSOCIATIONS, aws(), None),
            Fact::AssociationExecution(f) => about(op::ASSOCIATION_EXECUTIONS, &f.association),
            Fact::Command(_) => (op::COMMANDS, aws(), None),
            Fact::Invocation(_) => (op::INVOCATIONS, aws(), None),
            Fact::Calendar(f) => about(op::CALENDAR, &f.name),
            Fact::Exploited(_) => (op::KEV, crate::context::feed_scope("kev"), None),
            Fact::Epss(_) => (op::EPSS, crate::context::feed_scope("epss"), None),
            Fact::Lifecycle(_) => (op::LIFECYCLE, crate::context::feed_scope("lifecycle"), None),
            Fact::Watcher(f) => match f.kind {
                "alarm" => (op::ALARMS, aws(), None),
                "event rule" => (op::EVENT_RULES, aws(), None),
                "activity log alert" => (op::ACTIVITY_LOG_ALERTS, azure(), None),
                _ => (op::QUERY_ALERTS, azure(), None),
            },
            Fact::RuleTarget(f) => about(op::RULE_TARGETS, &f.rule),
            Fact::Channel(_) => (op::ACTION_GROUPS, azure(), None),
            Fact::Receiver(f) if f.channel.starts_with("arn:") => about(op::SUBSCRIPTIONS_OF_TOPIC, &f.channel),
            Fact::Receiver(_) => (op::ACTION_GROUPS, azure(), None),
            Fact::AlertEvent(_) if is_azure => (op::ALERTS, azure(), None),
            Fact::AlertEvent(_) => (op::ALARM_HISTORY, aws(), None),
            Fact::Held(f) => match f.kind {
                HeldKind::PolicyExemption => (op::POLICY_EXEMPTIONS, azure(), None),
                HeldKind::RemediationException => {
                    about(op::REMEDIATION_EXCEPTIONS, f.basis.as_deref().unwrap_or_default())
                }
                HeldKind::ExemptAssessment | HeldKind::GracePeriod => (op::SECURITY_EXEMPTIONS, azure(), None),
            },
            Fact::HeldBasis(f) if f.id.starts_with('/') => (op::POLICY_EXEMPTIONS, azure(), None),
            Fact::HeldBasis(_) => (op::CONFIG_RULES, aws(), None),
            Fact::Relation(f) => relation_feed(f.feed),
            Fact::FeedDocument(f) => relation_feed(f.feed),
            Fact::Feed(f) if op::RELATION_FEEDS.iter().any(|(name, _)| *name == f.name) => relation_feed(&f.name),
            Fact::SettingChange(_) if is_azure => (op::ACTIVITY_LOG, azure(), None),
            Fact::SettingChange(_) => (op::TRAIL, aws(), None),
            Fact::Change(f) => (op::CHANGES, Scope::new(Cloud::Changes, f.source.clone(), Scope::GLOBAL), None),
            Fact::Feed(f) => match f.name.as_str() {
                "kev" => (op::KEV, crate::context::feed_scope("kev"), None),
                "epss" => (op::EPSS, crate::context::feed_scope("epss"), None),
                _ => (op::LIFECYCLE, crate::context::feed_scope("lifecycle"), None),
            },
        }
    }
}

/// The question that a feed of relations answers.
fn relation_feed(name: &str) -> Key {
    let known = op::RELATION_FEEDS.iter().find(|(feed, _)| *feed == name);
    (known.map_or(op::MSRC, |(_, operation)| operation), crate::context::feed_scope(name), None)
}
