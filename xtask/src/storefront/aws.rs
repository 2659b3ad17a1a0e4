//! The healthy part of AWS.

use super::{Estate, Host, PLATFORM, Place, SHOP, Window};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PLACES: [(&str, &str, &str); 4] = [
    (SHOP, "eu-west-1", "se"),
    (SHOP, "us-east-1", "su"),
    (PLATFORM, "eu-west-1", "pe"),
    (PLATFORM, "us-east-1", "pu"),
];

pub(super) fn build(estate: &mut Estate) {
    for (number, (account, region, short)) in PLACES.into_iter().enumerate() {
        let place = place(estate.day, number, account, region, short);
        estate.places.push(place);
    }
    for number in 1..=6 {
        let host = till(estate.day, number);
        estate.cmdb.push(row(&format!("CI-10{number}"), &host.name));
        estate.places[0].hosts.push(host);
    }
    let tills: Vec<String> = (1..=6).map(till_id).collect();
    estate.places[0].windows[0].targets.push(json!({
        "WindowId": window_id(0, 1), "WindowTargetId": "11111111-0000-4000-8000-000000000002", "ResourceType": "INSTANCE",
        "Targets": [{"Key": "InstanceIds", "Values": tills}], "Name": "sf-tills"}));
}

/// A row of the CMDB.
pub(super) fn row(id: &str, name: &str) -> [String; 6] {
    [id, name, "store-systems", "production", "tills", "internal"].map(str::to_owned)
}

fn window_id(place: usize, number: usize) -> String {
    format!("mw-0{place}00000000000000{number}")
}

fn till_id(number: usize) -> String {
    format!("mi-0000000000000010{number}")
}

fn place(day: &str, number: usize, account: &'static str, region: &'static str, short: &str) -> Place {
    let services = ["sf-web", "sf-cart", "sf-search", "sf-orders-db", "sf-loyalty"];
    let image = format!("ami-0{number}000000000000001");
    let hosts = (1..=20)
        .map(|host| {
            let service = services[(host - 1) % services.len()];
            instance(
                day,
                account,
                region,
                &format!("{service}-{short}-{host}"),
                &format!("i-0{number}00000000000{host:02}0"),
                service,
                &image,
            )
        })
        .collect();
    let baseline = format!("pb-0{number}00000000000000a");
    Place {
        account,
        region,
        hosts,
        images: vec![
            json!({"ImageId": image, "Name": format!("sf-golden-{short}-2026-11"), "CreationDate": "2026-11-05T00:00:00.000Z",
            "State": "available", "OwnerId": account}),
        ],
        groups: Vec::new(),
        templates: BTreeMap::new(),
        baselines: vec![
            json!({"BaselineId": baseline, "Name": format!("sf-linux-{short}"), "OperatingSystem": "AMAZON_LINUX_2023",
            "GlobalFilters": {"PatchFilters": []},
            "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["*"]}, {"Key": "SEVERITY", "Values": ["*"]}]},
                "ComplianceLevel": "CRITICAL", "ApproveAfterDays": 5, "EnableNonSecurity": false}]},
            "ApprovedPatches": [], "ApprovedPatchesComplianceLevel": "CRITICAL", "ApprovedPatchesEnableNonSecurity": false,
            "RejectedPatches": [], "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY", "PatchGroups": [],
            "CreatedDate": "2026-01-05T00:00:00+00:00", "ModifiedDate": "2026-01-05T00:00:00+00:00", "Sources": []}),
        ],
        patch_groups: Vec::new(),
        windows: vec![window(&window_id(number, 1), &format!("sf-weekly-{short}"), "weekly")],
        associations: Vec::new(),
        findings: Vec::new(),
        filters: Vec::new(),
        commands: Vec::new(),
        monitoring: super::monitoring::healthy(account, region),
        invocations: Vec::new(),
        left_alone: Vec::new(),
        events: Vec::new(),
    }
}

/// A weekly window that installs on hosts with a value of the tag `patch-window`; it runs next after the freeze.
pub(super) fn window(id: &str, name: &str, value: &str) -> Window {
    Window {
        window: json!({"WindowId": id, "Name": name, "Enabled": true, "Duration": 4, "Cutoff": 1, "Schedule": "cron(0 2 ? * WED *)",
            "ScheduleTimezone": "UTC", "NextExecutionTime": "2026-12-02T02:00Z"}),
        targets: vec![
            json!({"WindowId": id, "WindowTargetId": "11111111-0000-4000-8000-000000000001", "ResourceType": "INSTANCE",
            "Targets": [{"Key": "tag:patch-window", "Values": [value]}], "Name": name}),
        ],
        tasks: vec![
            json!({"WindowId": id, "WindowTaskId": "22222222-0000-4000-8000-000000000001", "TaskArn": "AWS-RunPatchBaseline",
            "Type": "RUN_COMMAND", "Targets": [{"Key": "WindowTargetIds", "Values": ["11111111-0000-4000-8000-000000000001"]}],
            "TaskParameters": {"Operation": {"Values": ["Install"]}, "RebootOption": {"Values": ["RebootIfNeeded"]}},
            "Priority": 1, "MaxConcurrency": "10%", "MaxErrors": "5%", "Name": "sf-patch"}),
        ],
        executions: vec![
            json!({"WindowId": id, "WindowExecutionId": "33333333-0000-4000-8000-000000000001", "Status": "SUCCESS",
            "StartTime": "2026-11-18T02:00:00+00:00", "EndTime": "2026-11-18T03:10:00+00:00"}),
        ],
    }
}

fn instance(day: &str, account: &str, region: &str, name: &str, id: &str, service: &str, image: &str) -> Host {
    let tags: Vec<Value> = [
        ("Name", name),
        ("service", service),
        ("owner", "storefront-platform"),
        ("environment", "production"),
        ("data-class", "internal"),
        ("internet-facing", "false"),
        ("patch-window", "weekly"),
    ]
    .into_iter()
    .map(|(key, value)| json!({"Key": key, "Value": value}))
    .collect();
    let baseline = format!("pb-0{}00000000000000a", &id[3..4]);
    Host {
        name: name.to_owned(),
        id: id.to_owned(),
        instance: Some(
            json!({"InstanceId": id, "ImageId": image, "State": {"Code": 16, "Name": "running"}, "LaunchTime": "2026-11-06T09:00:00+00:00",
            "PlatformDetails": "Linux/UNIX", "PrivateIpAddress": "10.0.0.10", "Tags": tags}),
        ),
        agent: Some(agent(day, id, "EC2Instance", "Amazon Linux", "2023", name)),
        state: Some(state(day, id, &baseline)),
        patches: vec![
            patch("bash-5.2.15-1.amzn2023.0.2.x86_64", "Installed"),
            patch("curl-8.11.1-4.amzn2023.0.1.x86_64", "Installed"),
        ],
        coverage: Some(
            json!({"resourceType": "AWS_EC2_INSTANCE", "resourceId": id, "accountId": account, "scanType": "PACKAGE",
            "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}, "lastScannedAt": format!("{day}T04:00:00+00:00"),
            "resourceMetadata": {"ec2": {"platform": "LINUX", "region": region}}}),
        ),
    }
}

fn till(day: &str, number: usize) -> Host {
    let (name, id) = (format!("sf-till-{number}"), till_id(number));
    Host {
        agent: Some(agent(day, &id, "ManagedInstance", "Ubuntu", "22.04", &name)),
        state: Some(state(day, &id, "pb-0000000000000000a")),
        patches: vec![patch("bash:amd64:5.1-6ubuntu1.1", "Installed")],
        coverage: None,
        instance: None,
        name,
        id,
    }
}

fn agent(day: &str, id: &str, kind: &str, platform: &str, version: &str, name: &str) -> Value {
    json!({"InstanceId": id, "PingStatus": "Online", "LastPingDateTime": format!("{day}T05:55:00+00:00"), "AgentVersion": "3.3.3050.0",
        "IsLatestVersion": true, "PlatformType": "Linux", "PlatformName": platform, "PlatformVersion": version, "ResourceType": kind,
        "Name": if kind == "ManagedInstance" { name } else { "" }, "IPAddress": "10.0.0.10", "ComputerName": format!("{name}.sf-shop.example")})
}

fn state(day: &str, id: &str, baseline: &str) -> Value {
    json!({"InstanceId": id, "PatchGroup": "", "BaselineId": baseline, "SnapshotId": "5f0e1d2c-0000-4000-8000-000000000001", "OwnerInformation": "",
        "InstalledCount": 2, "InstalledOtherCount": 0, "InstalledPendingRebootCount": 0, "InstalledRejectedCount": 0, "MissingCount": 0, "FailedCount": 0,
        "UnreportedNotApplicableCount": 0, "NotApplicableCount": 0, "OperationStartTime": format!("{day}T03:00:00+00:00"),
        "OperationEndTime": format!("{day}T03:02:00+00:00"), "Operation": "Scan", "RebootOption": "RebootIfNeeded",
        "CriticalNonCompliantCount": 0, "SecurityNonCompliantCount": 0, "OtherNonCompliantCount": 0})
}

/// A patch row of a severity that needs none.
pub(super) fn patch(title: &str, presence: &str) -> Value {
    json!({"Title": title, "KBId": title.split(['-', ':']).next().map(|name| format!("{name}.x86_64")), "Classification": "Security",
        "Severity": "Important", "State": presence,
        "InstalledTime": if presence.starts_with("Installed") { "2026-11-06T10:00:00+00:00" } else { "1970-01-01T00:00:00+00:00" }})
}

/// Sets a tag.
pub(super) fn tag(host: &mut Host, key: &str, value: &str) {
    untag(host, key);
    if let Some(tags) = host.instance.as_mut().and_then(|instance| instance["Tags"].as_array_mut()) {
        tags.push(json!({"Key": key, "Value": value}));
    }
}

/// Takes a tag away.
pub(super) fn untag(host: &mut Host, key: &str) {
    if let Some(tags) = host.instance.as_mut().and_then(|instance| instance["Tags"].as_array_mut()) {
        tags.retain(|tag| tag["Key"] != key);
    }
}

/// A scanner finding with a fix.
pub(super) fn finding(
    account: &str,
    region: &str,
    host: &str,
    cve: &str,
    package: &str,
    since: &str,
    day: &str,
) -> Value {
    json!({"findingArn": format!("arn:aws:inspector2:{region}:{account}:finding/{cve}-{host}"), "awsAccountId": account, "type": "PACKAGE_VULNERABILITY",
        "title": format!("{cve} - {package}"), "severity": "HIGH", "status": "ACTIVE", "firstObservedAt": format!("{since}T00:00:00+00:00"),
        "lastObservedAt": format!("{day}T04:00:00+00:00"), "updatedAt": format!("{day}T04:00:00+00:00"), "fixAvailable": "YES", "exploitAvailable": "NO",
        "packageVulnerabilityDetails": {"vulnerabilityId": cve, "source": "AMAZON_CVE", "vulnerablePackages": [{"name": package, "version": "1.0.0", "fixedInVersion": "1.0.1"}]},
        "resources": [{"id": host, "type": "AWS_EC2_INSTANCE", "region": region, "partition": "aws"}]})
}
