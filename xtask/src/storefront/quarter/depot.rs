//! The depot: one account and region, as it is when nothing special happens.

use super::scenario::Scenario;
use crate::storefront::aws::window;
use crate::storefront::exceptions::Exception;
use crate::storefront::faults::changes;
use crate::storefront::monitoring;
use crate::storefront::{Host, Place};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Prefix that all names of the depot have.
pub(super) const PREFIX: &str = "sf-depot";
/// The weekly window.
pub(super) const WEEKLY: &str = "mw-04000000000000001";
/// The window that runs four times a year.
const QUARTERLY: &str = "mw-04000000000000002";
/// The group that scales.
pub(super) const GROUP: &str = "sf-depot-label";
/// The group's launch template.
pub(super) const TEMPLATE: &str = "lt-0400000000000001";
const BASELINE: &str = "pb-0400000000000000a";
const IMAGE: &str = "ami-0400000000000001";
const GROUP_IMAGE: &str = "ami-0400000000000010";
/// Day on which every machine was made: before the quarter, and less than ninety days before its end.
const MADE: &str = "2026-08-28";

/// The depot as it goes through the quarter.
pub(super) struct Depot {
    /// What its account and region answer.
    pub(super) place: Place,
    /// How the weekly window's runs ended, by day, and how long they took beyond what is usual.
    pub(super) runs: BTreeMap<String, String>,
    /// Its change records.
    pub(super) changes: Vec<Value>,
    /// Weaknesses listed as exploited, with the day.
    pub(super) exploited: Vec<(String, String)>,
    /// Exceptions to its findings.
    pub(super) exceptions: Vec<Exception>,
}

impl Depot {
    /// On the first day.
    pub(super) fn new(scenario: &Scenario, account: &'static str, region: &'static str) -> Depot {
        let names = ["pick-1", "pick-2", "pick-3", "route-1", "label-1", "label-2", "scale-1"];
        let hosts = (1..).zip(names).map(|(number, name)| host(account, region, number, name)).collect();
        let weekly = window(WEEKLY, "sf-depot-weekly", "weekly");
        let mut quarterly = window(QUARTERLY, "sf-depot-quarterly", "quarterly");
        // Before any machine of today was made: it claims nothing of them.
        quarterly.executions = vec![ran(QUARTERLY, "2026-06-03", "SUCCESS")];
        quarterly.window["Schedule"] = "cron(0 2 ? 3/3 WED#1 *)".into();
        let version = json!({"LaunchTemplateId": TEMPLATE, "LaunchTemplateName": GROUP, "VersionNumber": 1, "DefaultVersion": true,
            "CreateTime": format!("{MADE}T10:00:00.000Z"), "LaunchTemplateData": {"ImageId": GROUP_IMAGE}});
        let place = Place {
            account,
            region,
            hosts,
            images: vec![
                image(account, IMAGE, "sf-depot-2026-08", MADE),
                image(account, GROUP_IMAGE, "sf-depot-label-2026-08", MADE),
            ],
            groups: vec![group(account, region)],
            templates: BTreeMap::from([(TEMPLATE.to_owned(), vec![version])]),
            baselines: vec![
                json!({"BaselineId": BASELINE, "Name": "sf-linux-depot", "OperatingSystem": "AMAZON_LINUX_2023", "GlobalFilters": {"PatchFilters": []},
                "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["*"]}, {"Key": "SEVERITY", "Values": ["*"]}]},
                    "ComplianceLevel": "CRITICAL", "ApproveAfterDays": 5, "EnableNonSecurity": false}]},
                "ApprovedPatches": [], "ApprovedPatchesComplianceLevel": "CRITICAL", "ApprovedPatchesEnableNonSecurity": false,
                "RejectedPatches": [], "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY", "PatchGroups": [],
                "CreatedDate": "2026-01-05T00:00:00+00:00", "ModifiedDate": "2026-01-05T00:00:00+00:00", "Sources": []}),
            ],
            patch_groups: Vec::new(),
            windows: vec![weekly, quarterly],
            associations: Vec::new(),
            findings: Vec::new(),
            filters: Vec::new(),
            commands: Vec::new(),
            monitoring: monitoring::healthy(account, region),
            invocations: Vec::new(),
            left_alone: Vec::new(),
            events: Vec::new(),
        };
        let runs = scenario.window_runs.iter().map(|day| (day.clone(), "SUCCESS".to_owned())).collect();
        Depot { place, runs, changes: Vec::new(), exploited: Vec::new(), exceptions: Vec::new() }
    }

    /// Sets what tells the time to a day: agents and scans of the night, the window's runs so far.
    pub(super) fn at(&mut self, day: &str) {
        for host in &mut self.place.hosts {
            if let Some(agent) = &mut host.agent {
                agent["LastPingDateTime"] = format!("{day}T05:55:00+00:00").into();
            }
            if let Some(coverage) = &mut host.coverage {
                coverage["lastScannedAt"] = format!("{day}T05:10:00+00:00").into();
            }
            scanned(host, day);
        }
        let past = self.runs.iter().rev().filter(|(run, _)| run.as_str() < day);
        let earlier = ran(WEEKLY, "2026-08-26", "SUCCESS");
        let executions = past.map(|(run, status)| ran(WEEKLY, run, status)).chain([earlier]);
        self.place.windows[0].executions = executions.collect();
        let next = self.runs.keys().find(|run| run.as_str() >= day).map_or("2026-12-02", String::as_str);
        self.place.windows[0].window["NextExecutionTime"] = format!("{next}T02:00Z").into();
    }

    /// The change records up to a day, those of the window's runs among them.
    pub(super) fn records(&self, day: &str) -> Vec<Value> {
        let runs = self.runs.iter().filter(|(run, _)| run.as_str() < day);
        let weekly = runs.map(|(run, status)| {
            let mut record = record(run, &format!("CHG00{}", &run.replace('-', "")[3..]), WEEKLY, "standard");
            if status != "SUCCESS" {
                record["close_code"] = "unsuccessful".into();
            }
            record
        });
        weekly.chain(self.changes.iter().cloned()).collect()
    }

    /// The machines of a name.
    pub(super) fn host(&mut self, name: &str) -> Option<&mut Host> {
        self.place.hosts.iter_mut().find(|host| host.name == name)
    }
}

/// One time a window ran.
fn ran(window: &str, day: &str, status: &str) -> Value {
    let digit = &window[window.len() - 1..];
    let id = format!("33333333-0000-4000-8000-000{digit}{}", day.replace('-', ""));
    json!({"WindowId": window, "WindowExecutionId": id, "Status": status, "StartTime": format!("{day}T02:00:00+00:00"),
        "EndTime": format!("{day}T03:10:00+00:00")})
}

/// A change for a run at two in the morning, approved the day before the week began.
pub(super) fn record(day: &str, number: &str, about: &str, kind: &str) -> Value {
    let mut record = changes::on(day, number, about);
    for (member, hour) in [("u_tested_at", "00"), ("review_date", "12")] {
        record[member] = format!("{day} {hour}:00:00").into();
    }
    record["approval_set"] = format!("{day} 00:30:00").into();
    record["type"] = kind.into();
    record["short_description"] = "Patches of the depot".into();
    record
}

pub(super) fn image(account: &str, id: &str, name: &str, made: &str) -> Value {
    json!({"ImageId": id, "Name": name, "CreationDate": format!("{made}T00:00:00.000Z"), "State": "available", "OwnerId": account})
}

fn group(account: &str, region: &str) -> Value {
    json!({"AutoScalingGroupName": GROUP, "AutoScalingGroupARN": format!("arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0aaaaaaa-0000-4000-8000-000000000000:autoScalingGroupName/{GROUP}"),
        "LaunchTemplate": {"LaunchTemplateId": TEMPLATE, "LaunchTemplateName": GROUP, "Version": "$Latest"}, "Instances": [], "Tags": []})
}

fn host(account: &str, region: &str, number: usize, name: &str) -> Host {
    let name = format!("{PREFIX}-{name}");
    let id = format!("i-04000000000000{number:02}0");
    let in_group = name.starts_with(GROUP);
    let when = if name == "sf-depot-scale-1" { "quarterly" } else { "weekly" };
    let mut tags: Vec<Value> = [
        ("Name", name.as_str()),
        ("service", PREFIX),
        ("owner", "store-systems"),
        ("environment", "production"),
        ("data-class", "internal"),
        ("internet-facing", "false"),
        ("patch-window", when),
    ]
    .into_iter()
    .map(|(key, value)| json!({"Key": key, "Value": value}))
    .collect();
    if in_group {
        tags.push(json!({"Key": "aws:autoscaling:groupName", "Value": GROUP}));
    }
    let image = if in_group { GROUP_IMAGE } else { IMAGE };
    let installed = |title: &str| row(title, None, Some(MADE));
    let mut host = Host {
        instance: Some(
            json!({"InstanceId": id, "ImageId": image, "State": {"Code": 16, "Name": "running"}, "LaunchTime": format!("{MADE}T11:00:00+00:00"),
            "PlatformDetails": "Linux/UNIX", "PrivateIpAddress": "10.4.0.10", "Tags": tags}),
        ),
        agent: Some(
            json!({"InstanceId": id, "PingStatus": "Online", "AgentVersion": "3.3.3050.0", "IsLatestVersion": true, "PlatformType": "Linux",
            "PlatformName": "Amazon Linux", "PlatformVersion": "2023", "ResourceType": "EC2Instance", "Name": "", "IPAddress": "10.4.0.10",
            "ComputerName": format!("{name}.sf-shop.example")}),
        ),
        state: None,
        patches: vec![installed("bash-5.2.15-1.amzn2023.0.2.x86_64"), installed("curl-8.11.1-4.amzn2023.0.1.x86_64")],
        coverage: Some(
            json!({"resourceType": "AWS_EC2_INSTANCE", "resourceId": id, "accountId": account, "scanType": "PACKAGE",
            "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}, "resourceMetadata": {"ec2": {"platform": "LINUX", "region": region}}}),
        ),
        name,
        id,
    };
    scanned(&mut host, MADE);
    host
}

/// A patch row: with its weaknesses where it is missing, with the day where it is installed.
pub(super) fn row(title: &str, missing: Option<&str>, installed: Option<&str>) -> Value {
    let package = title.split('-').next().unwrap_or(title);
    let mut row = json!({"Title": title, "KBId": format!("{package}.x86_64"), "Classification": "Security", "Severity": "Important",
        "State": if missing.is_some() { "Missing" } else { "Installed" },
        "InstalledTime": format!("{}T10:00:00+00:00", installed.unwrap_or("1970-01-01")).replace("1970-01-01T10", "1970-01-01T00")});
    if let Some(cve) = missing {
        row["CVEIds"] = cve.into();
    }
    row
}

/// A host's state after the scan of a night: what its rows add up to.
fn scanned(host: &mut Host, day: &str) {
    let count = |state: &str| host.patches.iter().filter(|row| row["State"] == state).count();
    let missing = count("Missing");
    host.state = Some(
        json!({"InstanceId": host.id, "PatchGroup": "", "BaselineId": BASELINE, "SnapshotId": "5f0e1d2c-0000-4000-8000-000000000001", "OwnerInformation": "",
        "InstalledCount": count("Installed"), "InstalledOtherCount": 0, "InstalledPendingRebootCount": count("InstalledPendingReboot"), "InstalledRejectedCount": 0,
        "MissingCount": missing, "FailedCount": 0, "UnreportedNotApplicableCount": 0, "NotApplicableCount": 0,
        "OperationStartTime": format!("{day}T05:00:00+00:00"), "OperationEndTime": format!("{day}T05:02:00+00:00"), "Operation": "Scan",
        "RebootOption": "RebootIfNeeded", "CriticalNonCompliantCount": 0, "SecurityNonCompliantCount": missing, "OtherNonCompliantCount": 0}),
    );
}
