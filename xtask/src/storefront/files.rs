//! The estate as the files of a recording.

use super::{CLOSED_SUBSCRIPTION, Early, Estate, PLATFORM, Place, SHOP, SUBSCRIPTION, relations};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Files = BTreeMap<String, String>;

/// The policy of the example.
pub(super) const POLICY: &str = r#"# The storefront's policy.
profile = "industry-default"

[sla]
# Whoever is on duty looks at an exploited weakness within a day.
triage_within = "24h"

[evidence]
# The recordings are older than any import of them: they were written for the example.
ingest_limit = "off"
# The example has two full recordings, two days apart.
cadence = "48h"

# The depot is read on Tuesdays, from the first of September on.
[collectors.sf-depot]
cadence = "7d"
since = "2026-09-01T06:00:00Z"

[services.sf-checkout]
owner = "payments"

[[services.sf-checkout.peaks]]
name = "Evening rush"
weekdays = ["fri", "sat"]
from = "18:00"
to = "23:00"
zone = "Europe/Berlin"

[[services.sf-checkout.peaks]]
name = "Cyber Monday"
from = "2026-11-30T06:00"
to = "2026-12-01T06:00"
zone = "Europe/Berlin"

[[freezes]]
name = "Black Friday"
from = "2026-11-25T00:00:00Z"
to = "2026-12-01T08:00:00Z"

[[freezes]]
name = "Singles' Day"
from = "2026-10-26T00:00:00Z"
to = "2026-11-16T00:00:00Z"
services = ["sf-depot"]

[exclusions]
max_percent = 10

[inventory.cmdb]
id = "Asset ID"
name = "Hostname"
owner = "Owner"
environment = "Environment"
service = "Service"
data_class = "Data class"

[inventory.sf-depot]
id = "Asset ID"
name = "Hostname"
owner = "Owner"
environment = "Environment"
service = "Service"
data_class = "Data class"

# changes/sf-tickets.json is an export of ServiceNow; only the fields of our own need a line.
[changes.sf-tickets]
approvers = "u_approved_by"
test_environment = "u_test_environment"
tested_at = "u_tested_at"
backup_at = "u_backup_at"

[changes.sf-depot-tickets]
approvers = "u_approved_by"
test_environment = "u_test_environment"
tested_at = "u_tested_at"
backup_at = "u_backup_at"

[identities]
"adm-platform-1" = "platform-engineer"
"#;

pub(super) fn write(estate: &Estate, files: &mut Files) {
    let day = estate.day;
    let note = "written for the example";
    files.insert(
        format!("{day}/recording.toml"),
        format!("observed_at = \"{day}T06:00:00Z\"\ncollector = \"sf-nightly\"\nnote = \"{note}\"\n"),
    );
    let mut put = |path: String, value: Value| {
        let refused = estate.refused.iter().any(|name| path == format!("{name}.json"));
        let (path, value) = if refused {
            let message = "User is not authorized to perform this action";
            let body = match path.starts_with("azure/") {
                true => json!({"error": {"code": "AuthorizationFailed", "message": message}}),
                false => json!({"__type": "AccessDeniedException", "message": message}),
            };
            (path.replace(".json", ".http403.json"), body)
        } else {
            (path, value)
        };
        files.insert(format!("{day}/{path}"), format!("{value:#}\n"));
    };
    for place in &estate.places {
        region(place, &mut put);
    }
    accounts(estate, &mut put);
    azure(estate, &mut put);
    feeds(estate, &mut put);
    put("changes/sf-tickets.json".to_owned(), json!({"result": estate.changes}));
    relations::write(estate, files);
    files.insert(format!("{day}/feeds/epss.csv"), epss(day));
    let mut cmdb = String::from("Asset ID,Hostname,Owner,Environment,Service,Data class\n");
    for row in &estate.cmdb {
        cmdb.push_str(&format!("{}\n", row.join(",")));
    }
    files.insert(format!("{day}/inventory/cmdb.csv"), cmdb);
}

/// An early recording of a part, and then nothing of it for days.
pub(super) fn early(estate: &Estate, part: &Early, files: &mut Files) {
    let day = estate.day;
    let mut found = Files::new();
    let mut put = |path: String, value: Value| {
        found.insert(format!("{day}/{path}"), format!("{value:#}\n"));
    };
    for place in estate.places.iter().filter(|place| part.places.contains(&(place.account, place.region))) {
        region(place, &mut put);
    }
    if part.subscription {
        azure(estate, &mut put);
    }
    if !found.is_empty() {
        files.append(&mut found);
        files.insert(
            format!("{day}/recording.toml"),
            format!(
                "observed_at = \"{day}T06:00:00Z\"\ncollector = \"sf-nightly\"\nnote = \"written for the example\"\n"
            ),
        );
    }
}

/// Every answer of an account and region.
pub(super) fn region(place: &Place, put: &mut dyn FnMut(String, Value)) {
    let base = format!("aws/{}/{}", place.account, place.region);
    let mut file = |name: &str, value: Value| put(format!("{base}/{name}.json"), value);
    let hosts = &place.hosts;
    let instances: Vec<&Value> = hosts.iter().filter_map(|host| host.instance.as_ref()).collect();
    let reservation = |instances: &[&Value]| json!([{"OwnerId": place.account, "ReservationId": "r-0000000000000001", "Instances": instances}]);
    if place.account == SHOP && place.region == "eu-west-1" {
        let (first, second) = instances.split_at(instances.len() / 2);
        file("ec2.DescribeInstances.1", json!({"Reservations": reservation(first), "NextToken": "page-2"}));
        file("ec2.DescribeInstances.2", json!({"Reservations": reservation(second)}));
    } else {
        file("ec2.DescribeInstances", json!({"Reservations": reservation(&instances)}));
    }
    file("ec2.DescribeImages", json!({"Images": place.images}));
    file("autoscaling.DescribeAutoScalingGroups", json!({"AutoScalingGroups": place.groups}));
    for (id, versions) in &place.templates {
        file(&format!("ec2.DescribeLaunchTemplateVersions@{id}"), json!({"LaunchTemplateVersions": versions}));
    }
    file(
        "ssm.DescribeInstanceInformation",
        json!({"InstanceInformationList": hosts.iter().filter_map(|host| host.agent.as_ref()).collect::<Vec<_>>()}),
    );
    file(
        "ssm.DescribeInstancePatchStates",
        json!({"InstancePatchStates": hosts.iter().filter_map(|host| host.state.as_ref()).collect::<Vec<_>>()}),
    );
    for host in hosts.iter().filter(|host| host.state.is_some()) {
        file(&format!("ssm.DescribeInstancePatches@{}", host.id), json!({"Patches": host.patches}));
    }
    let listed: Vec<Value> = (place.baselines.iter())
        .map(|one| json!({"BaselineId": one["BaselineId"], "BaselineName": one["Name"], "OperatingSystem": one["OperatingSystem"], "DefaultBaseline": one["Name"].as_str().is_some_and(|name| name.starts_with("sf-linux-"))}))
        .collect();
    file("ssm.DescribePatchBaselines", json!({"BaselineIdentities": listed}));
    for one in &place.baselines {
        file(&format!("ssm.GetPatchBaseline@{}", one["BaselineId"].as_str().unwrap_or_default()), one.clone());
    }
    file(
        "ssm.GetDefaultPatchBaseline",
        json!({"BaselineId": place.baselines[0]["BaselineId"], "OperatingSystem": "AMAZON_LINUX_2023"}),
    );
    file("ssm.DescribePatchGroups", json!({"Mappings": place.patch_groups}));
    file(
        "ssm.DescribeMaintenanceWindows",
        json!({"WindowIdentities": place.windows.iter().map(|one| &one.window).collect::<Vec<_>>()}),
    );
    for one in &place.windows {
        let id = one.window["WindowId"].as_str().unwrap_or_default();
        file(&format!("ssm.DescribeMaintenanceWindowTargets@{id}"), json!({"Targets": one.targets}));
        file(&format!("ssm.DescribeMaintenanceWindowTasks@{id}"), json!({"Tasks": one.tasks}));
        file(&format!("ssm.DescribeMaintenanceWindowExecutions@{id}"), json!({"WindowExecutions": one.executions}));
    }
    file(
        "ssm.ListAssociations",
        json!({"Associations": place.associations.iter().map(|(one, _)| one).collect::<Vec<_>>()}),
    );
    for (one, executions) in &place.associations {
        let id = one["AssociationId"].as_str().unwrap_or_default();
        let action =
            if one["AssociationName"].as_str().is_some_and(|name| name.contains("scan")) { "Scan" } else { "Install" };
        let mut description = one.clone();
        description["Parameters"] = json!({"Operation": [action]});
        file(&format!("ssm.DescribeAssociation@{id}"), json!({"AssociationDescription": description}));
        file(&format!("ssm.DescribeAssociationExecutions@{id}"), json!({"AssociationExecutions": executions}));
    }
    file("ssm.ListResourceComplianceSummaries", json!({"ResourceComplianceSummaryItems": []}));
    file("ssm.ListCommands", json!({"Commands": place.commands}));
    file("cloudtrail.LookupEvents", json!({"Events": place.events}));
    file("ssm.ListCommandInvocations", json!({"CommandInvocations": place.invocations}));
    file(
        "inspector2.ListCoverage",
        json!({"coveredResources": hosts.iter().filter_map(|host| host.coverage.as_ref()).collect::<Vec<_>>()}),
    );
    file("inspector2.ListFindings", json!({"findings": place.findings}));
    file("inspector2.ListFilters", json!({"filters": place.filters}));
    let rule = json!({"ConfigRuleName": "sf-patched", "ConfigRuleState": "ACTIVE", "Scope": {"ComplianceResourceTypes": ["AWS::SSM::PatchCompliance"]},
        "Source": {"Owner": "AWS", "SourceIdentifier": "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK"}});
    file("config.DescribeConfigRules", json!({"ConfigRules": [rule]}));
    file("config.DescribeRemediationExceptions@sf-patched", json!({"RemediationExceptions": place.left_alone}));
    super::monitoring::region(place, &mut file);
}

fn accounts(estate: &Estate, put: &mut dyn FnMut(String, Value)) {
    let mut accounts = vec![
        json!({"Id": SHOP, "Name": "sf-shop", "Status": "ACTIVE"}),
        json!({"Id": PLATFORM, "Name": "sf-platform", "Status": "ACTIVE"}),
    ];
    accounts.extend(estate.accounts.iter().cloned());
    put(format!("aws/{SHOP}/global/organizations.ListAccounts.json"), json!({"Accounts": accounts}));
    let regions: Vec<Value> = (["eu-west-1", "us-east-1"].iter())
        .map(|name| json!({"RegionName": name, "OptInStatus": "opt-in-not-required", "Endpoint": format!("ec2.{name}.amazonaws.com")}))
        .chain([json!({"RegionName": "af-south-1", "OptInStatus": "not-opted-in", "Endpoint": "ec2.af-south-1.amazonaws.com"})])
        .collect();
    for account in [SHOP, PLATFORM] {
        put(format!("aws/{account}/global/ec2.DescribeRegions.json"), json!({"Regions": regions}));
    }
}

fn azure(estate: &Estate, put: &mut dyn FnMut(String, Value)) {
    let base = format!("azure/{SUBSCRIPTION}");
    let subscription = json!({"id": format!("/subscriptions/{SUBSCRIPTION}"), "subscriptionId": SUBSCRIPTION, "displayName": "sf-checkout", "state": "Enabled"});
    let first: Vec<Value> = [subscription].into_iter().chain(estate.subscriptions.iter().cloned()).collect();
    let closed = json!({"id": format!("/subscriptions/{CLOSED_SUBSCRIPTION}"), "subscriptionId": CLOSED_SUBSCRIPTION,
        "displayName": "sf-closed", "state": "Disabled"});
    put(
        format!("{base}/subscriptions.List.1.json"),
        json!({"value": first, "nextLink": "https://management.azure.com/subscriptions?api-version=2022-12-01&$skiptoken=page-2"}),
    );
    put(format!("{base}/subscriptions.List.2.json"), json!({"value": [closed]}));
    let page = |rows: &[Value], total: usize, more: bool| {
        let mut page =
            json!({"totalRecords": total, "count": rows.len(), "data": rows, "facets": [], "resultTruncated": "false"});
        if more {
            page["$skipToken"] = "ew0KICAi".into();
        }
        page
    };
    put(format!("{base}/activity-log.List.json"), json!({"value": estate.events}));
    let total = estate.assessments.len();
    let (first, second) = estate.assessments.split_at(total / 2);
    put(format!("{base}/resource-graph.PatchAssessments.1.json"), page(first, total, true));
    put(format!("{base}/resource-graph.PatchAssessments.2.json"), page(second, total, false));
    for (name, rows) in [
        ("Resources", &estate.resources),
        ("PatchInstallations", &estate.installations),
        ("Maintenance", &estate.maintenance),
        ("PolicyExemptions", &estate.policies),
        ("SecurityExemptions", &estate.exempt),
    ] {
        put(format!("{base}/resource-graph.{name}.json"), page(rows, rows.len(), false));
    }
    super::monitoring::write(&estate.monitoring, &base, put);
}

fn feeds(estate: &Estate, put: &mut dyn FnMut(String, Value)) {
    put("feeds/kev.json".to_owned(), catalogue(&estate.exploited, &estate.kev_day));
}

/// The catalogue of exploited weaknesses, as of a day.
pub(super) fn catalogue(exploited: &[(String, String)], day: &str) -> Value {
    let rows: Vec<Value> = (exploited.iter())
        .map(|(cve, added)| json!({"cveID": cve, "vendorProject": "example", "product": "example", "vulnerabilityName": cve, "dateAdded": added,
            "shortDescription": "invented for the example", "requiredAction": "Apply updates.", "dueDate": added, "knownRansomwareCampaignUse": "Unknown", "notes": "", "cwes": []}))
        .collect();
    json!({"title": "Known exploited vulnerabilities, invented for the example", "catalogVersion": day.replace('-', "."),
        "dateReleased": format!("{day}T00:00:00Z"), "count": rows.len(), "vulnerabilities": rows})
}

/// Chances of exploitation, as of a day.
pub(super) fn epss(day: &str) -> String {
    format!("#model_version:v2025.03.14,score_date:{day}T00:00:00Z\ncve,epss,percentile\nCVE-2026-90001,0.41,0.97\n")
}
