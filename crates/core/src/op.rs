//! Ids of the operations whose answers decide something here. The operations themselves live with the sources.

/// EC2's list of machines: the population of an AWS region.
pub const EC2_INSTANCES: &str = "ec2.DescribeInstances";
/// Regions of an account.
pub const REGIONS: &str = "ec2.DescribeRegions";
/// Images by id.
pub const IMAGES: &str = "ec2.DescribeImages";
/// Versions of a launch template.
pub const TEMPLATES: &str = "ec2.DescribeLaunchTemplateVersions";
/// Auto Scaling groups.
pub const GROUPS: &str = "autoscaling.DescribeAutoScalingGroups";
/// Launch configurations of Auto Scaling groups.
pub const LAUNCH_CONFIGURATIONS: &str = "autoscaling.DescribeLaunchConfigurations";
/// Accounts of the organisation.
pub const ACCOUNTS: &str = "organizations.ListAccounts";
/// SSM's list of managed nodes.
pub const AGENTS: &str = "ssm.DescribeInstanceInformation";
/// Last patch operation per node.
pub const PATCH_STATES: &str = "ssm.DescribeInstancePatchStates";
/// Patches of a node.
pub const PATCHES: &str = "ssm.DescribeInstancePatches";
/// List of baselines.
pub const BASELINES: &str = "ssm.DescribePatchBaselines";
/// One baseline.
pub const BASELINE: &str = "ssm.GetPatchBaseline";
/// Default baseline.
pub const DEFAULT_BASELINE: &str = "ssm.GetDefaultPatchBaseline";
/// Patch groups and their baselines.
pub const PATCH_GROUPS: &str = "ssm.DescribePatchGroups";
/// Maintenance windows.
pub const WINDOWS: &str = "ssm.DescribeMaintenanceWindows";
/// Targets of a window.
pub const WINDOW_TARGETS: &str = "ssm.DescribeMaintenanceWindowTargets";
/// Tasks of a window.
pub const WINDOW_TASKS: &str = "ssm.DescribeMaintenanceWindowTasks";
/// One task of a window with its parameters, about [`window_task`].
pub const WINDOW_TASK: &str = "ssm.GetMaintenanceWindowTask";
/// Executions of a window.
pub const WINDOW_EXECUTIONS: &str = "ssm.DescribeMaintenanceWindowExecutions";
/// Associations.
pub const ASSOCIATIONS: &str = "ssm.ListAssociations";
/// One association with its parameters.
pub const ASSOCIATION: &str = "ssm.DescribeAssociation";
/// Executions of an association.
pub const ASSOCIATION_EXECUTIONS: &str = "ssm.DescribeAssociationExecutions";
/// Compliance per node and type.
pub const COMPLIANCE: &str = "ssm.ListResourceComplianceSummaries";
/// Compliance items of a node.
pub const COMPLIANCE_ITEMS: &str = "ssm.ListComplianceItems";
/// Software of a node.
pub const INVENTORY_ENTRIES: &str = "ssm.ListInventoryEntries";
/// Commands sent.
pub const COMMANDS: &str = "ssm.ListCommands";
/// Commands sent, host by host.
pub const INVOCATIONS: &str = "ssm.ListCommandInvocations";
/// Change calendar.
pub const CALENDAR: &str = "ssm.GetCalendarState";
/// Inspector findings.
pub const VULNERABILITIES: &str = "inspector2.ListFindings";
/// Inspector coverage.
pub const SCAN_COVERAGE: &str = "inspector2.ListCoverage";
/// Inspector filters.
pub const SUPPRESSIONS: &str = "inspector2.ListFilters";
/// AWS Config's rules.
pub const CONFIG_RULES: &str = "config.DescribeConfigRules";
/// Remediation exceptions of one of them.
pub const REMEDIATION_EXCEPTIONS: &str = "config.DescribeRemediationExceptions";
/// Exemptions of Azure Policy, and the assignments that they are from.
pub const POLICY_EXEMPTIONS: &str = "resource-graph.PolicyExemptions";
/// Assessments of Defender for Cloud that are exempt, or have time.
pub const SECURITY_EXEMPTIONS: &str = "resource-graph.SecurityExemptions";
/// Azure's list of machines, scale sets and maintenance configurations.
pub const AZURE_RESOURCES: &str = "resource-graph.Resources";
/// Azure's update assessments.
pub const AZURE_ASSESSMENTS: &str = "resource-graph.PatchAssessments";
/// Azure's update installations.
pub const AZURE_INSTALLATIONS: &str = "resource-graph.PatchInstallations";
/// Azure's maintenance assignments and runs.
pub const AZURE_MAINTENANCE: &str = "resource-graph.Maintenance";
/// Subscriptions of a tenant.
pub const SUBSCRIPTIONS: &str = "subscriptions.List";
/// Alarms.
pub const ALARMS: &str = "cloudwatch.DescribeAlarms";
/// When alarms fired.
pub const ALARM_HISTORY: &str = "cloudwatch.DescribeAlarmHistory";
/// Rules over events.
pub const EVENT_RULES: &str = "events.ListRules";
/// Targets of a rule over events.
pub const RULE_TARGETS: &str = "events.ListTargetsByRule";
/// Who hears a topic.
pub const SUBSCRIPTIONS_OF_TOPIC: &str = "sns.ListSubscriptionsByTopic";
/// Azure's alert rules over the activity log.
pub const ACTIVITY_LOG_ALERTS: &str = "insights.ActivityLogAlerts";
/// Azure's alert rules over queries.
pub const QUERY_ALERTS: &str = "insights.ScheduledQueryRules";
/// Azure's action groups.
pub const ACTION_GROUPS: &str = "insights.ActionGroups";
/// Azure's alerts.
pub const ALERTS: &str = "alerts-management.Alerts";
/// Known exploited vulnerabilities.
pub const KEV: &str = "feeds.kev";
/// Exploit prediction scores.
pub const EPSS: &str = "feeds.epss";
/// End-of-life dates.
pub const LIFECYCLE: &str = "feeds.lifecycle";
/// Microsoft's security updates: weaknesses by KB.
pub const MSRC: &str = "feeds.msrc";
/// Open Source Vulnerabilities: weaknesses by package of Ubuntu and Debian.
pub const OSV: &str = "feeds.osv";
/// Red Hat's advisories.
pub const REDHAT: &str = "feeds.redhat";
/// Amazon Linux's advisories.
pub const AMAZON: &str = "feeds.amazon";
/// Feeds that relate weaknesses to fixes, by name. None of them has to be there.
pub const RELATION_FEEDS: [(&str, &str); 4] = [("amazon", AMAZON), ("msrc", MSRC), ("osv", OSV), ("redhat", REDHAT)];
/// An outside list of machines.
pub const OUTSIDE: &str = "inventory.Hosts";
/// What CloudTrail logged.
pub const TRAIL: &str = "cloudtrail.LookupEvents";
/// What the Activity Log of a subscription logged.
pub const ACTIVITY_LOG: &str = "activity-log.List";
/// Change records of a ticket system.
pub const CHANGES: &str = "changes.Records";
/// The policy, or an approval of it, as it was sealed: the same.
pub const POLICY: &str = "policy";
/// An exception as it was sealed: no operation, cited like one.
pub const EXCEPTION: &str = "exception";

/// Subject of a question about one task of a window.
pub fn window_task(window: &str, task: &str) -> String {
    format!("{window}~{task}")
}
