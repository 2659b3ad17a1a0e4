//! An account and region of AWS.

use super::host::{Condition, Host, Kind, Place};
use super::pages::{Pages, Wrap};
use super::patches::{Catalogue, State};
use super::{DAY, Day, LAST_DAY, time};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Images, Linux and Windows.
const IMAGES: [&str; 2] = ["ami-0f1ee700000000001", "ami-0f1ee700000000002"];
/// Baselines, Linux and Windows.
const BASELINES: [&str; 2] = ["pb-0f1ee70000000001", "pb-0f1ee70000000002"];
const SYSTEMS: [&str; 2] = ["AMAZON_LINUX_2023", "WINDOWS"];
const WINDOW: &str = "mw-0f1ee70000000001";
const ASSOCIATION: &str = "0f1ee700-0000-4000-8000-000000000001";

pub(super) fn write(day: &Day<'_>, place: &Place) -> io::Result<()> {
    let folder = day.folder.join("aws").join(&place.account).join(place.region);
    std::fs::create_dir_all(&folder)?;
    let hosts = day.fleet.of(place);
    instances(place, hosts, &folder)?;
    agents(day, hosts, &folder)?;
    inspector(day, place, hosts, &folder)?;
    plans(day, &folder)?;
    baselines(&folder)?;
    let states = states(day, hosts, &folder);
    patches(day, hosts, &folder).and(states)
}

fn instances(place: &Place, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let mut pages = Pages::new(folder, "ec2.DescribeInstances", Wrap::Aws("Reservations"));
    let launched = time(LAST_DAY - 150 * DAY);
    for host in hosts.iter().filter(|host| host.kind == Kind::Ec2) {
        let (image, platform) = if host.windows {
            (IMAGES[1], "\"PlatformDetails\": \"Windows\", \"Platform\": \"windows\"")
        } else {
            (IMAGES[0], "\"PlatformDetails\": \"Linux/UNIX\"")
        };
        let (code, state) = if host.condition == Condition::Stopped { (80, "stopped") } else { (16, "running") };
        let number = host.number;
        let address = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
        let public = match host.condition {
            Condition::Misdeclared => format!(", \"PublicIpAddress\": \"203.0.113.{}\"", number % 250 + 1),
            _ => String::new(),
        };
        let mut tags = String::new();
        for (key, value) in tags_of(host) {
            let _ = write!(tags, ", {{\"Key\": \"{key}\", \"Value\": \"{value}\"}}");
        }
        pages.row(&format!(
            "{{\"ReservationId\": \"r-0{number:016x}\", \"OwnerId\": \"{}\", \"Instances\": [{{\"InstanceId\": \"{}\", \
             \"ImageId\": \"{image}\", \"InstanceType\": \"m7g.large\", \"State\": {{\"Code\": {code}, \"Name\": \"{state}\"}}, \
             \"LaunchTime\": \"{launched}\", {platform}, \"PrivateIpAddress\": \"{address}\"{public}, \
             \"Tags\": [{{\"Key\": \"Name\", \"Value\": \"{}\"}}{tags}]}}]}}",
            place.account, host.id, host.name
        ))?;
    }
    pages.finish()?;
    let created = time(LAST_DAY - 20 * DAY);
    let images: Vec<String> = IMAGES
        .iter()
        .zip(["al2023-ami-2023.9.20261103.0-kernel-6.1-arm64", "Windows_Server-2022-English-Full-Base-2026.11.03"])
        .map(|(id, name)| {
            format!(
                "{{\"ImageId\": \"{id}\", \"Name\": \"{name}\", \"CreationDate\": \"{created}\", \"State\": \"available\", \
                 \"ImageOwnerAlias\": \"amazon\"}}"
            )
        })
        .collect();
    std::fs::write(folder.join("ec2.DescribeImages.json"), format!("{{\"Images\": [\n{}\n]}}\n", images.join(",\n")))?;
    std::fs::write(folder.join("autoscaling.DescribeAutoScalingGroups.json"), "{\"AutoScalingGroups\": []}\n")
}

/// Tags of a host, but its name.
pub(super) fn tags_of(host: &Host) -> Vec<(&'static str, &'static str)> {
    let mut tags = vec![
        ("service", host.service),
        ("environment", "production"),
        ("internet-facing", "false"),
        ("Patch Group", "fleet"),
        ("patching", "weekly"),
    ];
    if host.condition != Condition::Unowned {
        tags.push(("owner", "shop-platform"));
    }
    if host.condition != Condition::Unclassified {
        tags.push(("data-class", "internal"));
    }
    tags
}

fn agents(day: &Day<'_>, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let mut pages = Pages::new(folder, "ssm.DescribeInstanceInformation", Wrap::Aws("InstanceInformationList"));
    for host in hosts.iter().filter(|host| host.has_agent()) {
        let (ping, silent) =
            if host.condition == Condition::Lost { ("ConnectionLost", 12 * DAY) } else { ("Online", 120) };
        let system = if host.windows {
            "\"PlatformType\": \"Windows\", \"PlatformName\": \"Microsoft Windows Server 2022 Datacenter\", \"PlatformVersion\": \"10.0.20348\""
        } else {
            "\"PlatformType\": \"Linux\", \"PlatformName\": \"Amazon Linux\", \"PlatformVersion\": \"2023\""
        };
        let kind = match host.kind {
            Kind::Hybrid => format!(
                "\"ResourceType\": \"ManagedInstance\", \"Name\": \"{}\", \"RegistrationDate\": \"{}\"",
                host.name,
                time(LAST_DAY - 300 * DAY)
            ),
            _ => "\"ResourceType\": \"EC2Instance\"".to_owned(),
        };
        pages.row(&format!(
            "{{\"InstanceId\": \"{}\", \"PingStatus\": \"{ping}\", \"LastPingDateTime\": \"{}\", \"AgentVersion\": \"3.3.987.0\", \
             {system}, {kind}, \"ComputerName\": \"{}.shop.example\"}}",
            host.id,
            time(day.observed_at() - silent),
            host.name
        ))?;
    }
    pages.finish()
}

fn inspector(day: &Day<'_>, place: &Place, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let mut coverage = Pages::new(folder, "inspector2.ListCoverage", Wrap::AwsLower("coveredResources"));
    let mut findings = Pages::new(folder, "inspector2.ListFindings", Wrap::AwsLower("findings"));
    let (scanned, silent) = (time(day.observed_at() - 3 * 3600), time(day.observed_at() - 12 * DAY));
    let (first, updated) = (time(LAST_DAY - 100 * DAY), time(LAST_DAY - 40 * DAY));
    for host in hosts.iter().filter(|host| host.kind == Kind::Ec2) {
        let (status, reason, last) = match host.scanner_silence() {
            None => ("ACTIVE", "SUCCESSFUL", &scanned),
            Some(reason) => ("INACTIVE", reason, &silent),
        };
        coverage.row(&format!(
            "{{\"resourceType\": \"AWS_EC2_INSTANCE\", \"resourceId\": \"{}\", \"accountId\": \"{}\", \"scanType\": \"PACKAGE\", \
             \"scanStatus\": {{\"statusCode\": \"{status}\", \"reason\": \"{reason}\"}}, \"lastScannedAt\": \"{last}\", \
             \"scanMode\": \"EC2_SSM_AGENT_BASED\"}}",
            host.id, place.account
        ))?;
        if matches!(host.condition, Condition::Overdue | Condition::Exploited) {
            let cve = super::shared::cve(host);
            findings.row(&format!(
                "{{\"findingArn\": \"arn:aws:inspector2:{region}:{account}:finding/{:032x}\", \"awsAccountId\": \"{account}\", \
                 \"type\": \"PACKAGE_VULNERABILITY\", \"title\": \"{cve} - dotnet-runtime\", \"description\": \"{cve}\", \"severity\": \"HIGH\", \
                 \"status\": \"ACTIVE\", \"firstObservedAt\": \"{first}\", \"lastObservedAt\": \"{scanned}\", \"updatedAt\": \"{updated}\", \
                 \"fixAvailable\": \"YES\", \"exploitAvailable\": \"NO\", \"resources\": [{{\"type\": \"AWS_EC2_INSTANCE\", \"id\": \"{}\", \
                 \"partition\": \"aws\", \"region\": \"{region}\"}}], \"packageVulnerabilityDetails\": {{\"vulnerabilityId\": \"{cve}\", \
                 \"source\": \"NVD\", \"vendorCreatedAt\": \"{first}\", \"vulnerablePackages\": [{{\"name\": \"dotnet-runtime\", \
                 \"version\": \"8.0.1\", \"fixedInVersion\": \"8.0.11\"}}]}}}}",
                host.number,
                host.id,
                region = place.region,
                account = place.account
            ))?;
        }
    }
    coverage.finish()?;
    findings.finish()?;
    Pages::new(folder, "inspector2.ListFilters", Wrap::AwsLower("filters")).finish()
}

/// A weekly window for what is tagged, and a weekly association for every node, the untagged hybrid ones too.
/// Runs of the window and of the association that are on record on a day, oldest first: the start, and what tells it from
/// others. A short fleet has had one, five days ago; a longer one has one a week, and each is on record for thirty days.
fn runs(day: &Day<'_>) -> Vec<(i64, u64)> {
    let (at, first) = (day.observed_at(), day.options.observed_at(0) - 5 * DAY);
    if !day.options.is_long() {
        return vec![(at - 5 * DAY, 8000)];
    }
    let weekly = (0..=day.options.days / 7 + 1).map(|week| (first + week as i64 * 7 * DAY, 8000 + week));
    weekly.filter(|(started, _)| *started < at && at - started <= 30 * DAY).collect()
}

/// A list of runs.
fn list(name: &str, runs: &[(i64, u64)], one: impl Fn(i64, u64) -> String) -> String {
    let all: Vec<String> = runs.iter().map(|(started, week)| one(*started, *week)).collect();
    format!("{{\"{name}\": [{}]}}", all.join(", "))
}

fn plans(day: &Day<'_>, folder: &Path) -> io::Result<()> {
    let at = day.observed_at();
    let runs = runs(day);
    let last = runs.last().map_or(at - 5 * DAY, |(started, _)| *started);
    let (next, last) = (time(last + 7 * DAY), time(last));
    let task = "\"TaskParameters\": {\"Operation\": {\"Values\": [\"Install\"]}, \"RebootOption\": {\"Values\": [\"RebootIfNeeded\"]}}";
    let association = format!(
        "\"Name\": \"AWS-RunPatchBaseline\", \"AssociationId\": \"{ASSOCIATION}\", \"AssociationVersion\": \"1\", \
         \"Targets\": [{{\"Key\": \"InstanceIds\", \"Values\": [\"*\"]}}], \"ScheduleExpression\": \"rate(7 days)\", \
         \"LastExecutionDate\": \"{last}\", \"AssociationName\": \"patch-every-node\", \
         \"Overview\": {{\"Status\": \"Success\", \"DetailedStatus\": \"Success\"}}"
    );
    let files = [
        (
            "ssm.DescribeMaintenanceWindows".to_owned(),
            format!(
                "{{\"WindowIdentities\": [{{\"WindowId\": \"{WINDOW}\", \"Name\": \"weekly\", \"Enabled\": true, \"Duration\": 4, \
                 \"Cutoff\": 1, \"Schedule\": \"rate(7 days)\", \"NextExecutionTime\": \"{next}\"}}]}}"
            ),
        ),
        (
            format!("ssm.DescribeMaintenanceWindowTargets@{WINDOW}"),
            format!(
                "{{\"Targets\": [{{\"WindowId\": \"{WINDOW}\", \"WindowTargetId\": \"0f1ee700-0000-4000-8000-000000000002\", \
                 \"ResourceType\": \"INSTANCE\", \"Targets\": [{{\"Key\": \"tag:patching\", \"Values\": [\"weekly\"]}}]}}]}}"
            ),
        ),
        (
            format!("ssm.DescribeMaintenanceWindowTasks@{WINDOW}"),
            format!(
                "{{\"Tasks\": [{{\"WindowId\": \"{WINDOW}\", \"WindowTaskId\": \"0f1ee700-0000-4000-8000-000000000003\", \
                 \"TaskArn\": \"AWS-RunPatchBaseline\", \"Type\": \"RUN_COMMAND\", \"Targets\": [{{\"Key\": \"WindowTargetIds\", \
                 \"Values\": [\"0f1ee700-0000-4000-8000-000000000002\"]}}], {task}, \"Priority\": 1, \"Name\": \"patch\"}}]}}"
            ),
        ),
        (
            format!("ssm.DescribeMaintenanceWindowExecutions@{WINDOW}"),
            list("WindowExecutions", &runs, |started, week| {
                let (began, ended) = (time(started), time(started + 3600));
                format!(
                    "{{\"WindowId\": \"{WINDOW}\", \"WindowExecutionId\": \"0f1ee700-0000-4000-{week}-000000000004\", \
                     \"Status\": \"SUCCESS\", \"StartTime\": \"{began}\", \"EndTime\": \"{ended}\"}}"
                )
            }),
        ),
        ("ssm.ListAssociations".to_owned(), format!("{{\"Associations\": [{{{association}}}]}}")),
        (
            format!("ssm.DescribeAssociation@{ASSOCIATION}"),
            format!(
                "{{\"AssociationDescription\": {{{association}, \"Parameters\": {{\"Operation\": [\"Install\"], \
                 \"RebootOption\": [\"RebootIfNeeded\"]}}}}}}"
            ),
        ),
        (
            format!("ssm.DescribeAssociationExecutions@{ASSOCIATION}"),
            list("AssociationExecutions", &runs, |started, week| {
                let created = time(started);
                format!(
                    "{{\"AssociationId\": \"{ASSOCIATION}\", \"AssociationVersion\": \"1\", \
                     \"ExecutionId\": \"0f1ee700-0000-4000-{week}-000000000005\", \"Status\": \"Success\", \"DetailedStatus\": \"Success\", \
                     \"CreatedTime\": \"{created}\"}}"
                )
            }),
        ),
        ("ssm.ListCommands".to_owned(), "{\"Commands\": []}".to_owned()),
        ("ssm.ListCommandInvocations".to_owned(), "{\"CommandInvocations\": []}".to_owned()),
        ("ssm.ListResourceComplianceSummaries".to_owned(), "{\"ResourceComplianceSummaryItems\": []}".to_owned()),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(format!("{name}.json")), text + "\n")?;
    }
    Ok(())
}

fn baselines(folder: &Path) -> io::Result<()> {
    let (mut listed, mut groups) = (Vec::new(), Vec::new());
    for (id, system) in BASELINES.iter().zip(SYSTEMS) {
        listed.push(format!(
            "{{\"BaselineId\": \"{id}\", \"BaselineName\": \"shop-{system}\", \"OperatingSystem\": \"{system}\", \"DefaultBaseline\": true}}"
        ));
        groups.push(format!(
            "{{\"PatchGroup\": \"fleet\", \"BaselineIdentity\": {{\"BaselineId\": \"{id}\", \"OperatingSystem\": \"{system}\"}}}}"
        ));
        let severity = if system == "WINDOWS" { "MSRC_SEVERITY" } else { "SEVERITY" };
        let classes = if system == "WINDOWS" { "\"CriticalUpdates\", \"SecurityUpdates\"" } else { "\"Security\"" };
        std::fs::write(
            folder.join(format!("ssm.GetPatchBaseline@{id}.json")),
            format!(
                "{{\"BaselineId\": \"{id}\", \"Name\": \"shop-{system}\", \"OperatingSystem\": \"{system}\", \"GlobalFilters\": {{\"PatchFilters\": []}}, \
                 \"ApprovalRules\": {{\"PatchRules\": [{{\"PatchFilterGroup\": {{\"PatchFilters\": [{{\"Key\": \"CLASSIFICATION\", \
                 \"Values\": [{classes}]}}, {{\"Key\": \"{severity}\", \"Values\": [\"*\"]}}]}}, \"ComplianceLevel\": \"HIGH\", \
                 \"ApproveAfterDays\": 2, \"EnableNonSecurity\": false}}]}}, \"ApprovedPatches\": [], \"RejectedPatches\": [], \
                 \"RejectedPatchesAction\": \"ALLOW_AS_DEPENDENCY\", \"PatchGroups\": [\"fleet\"], \"ModifiedDate\": \"2026-03-01T10:00:00+00:00\"}}\n"
            ),
        )?;
    }
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text);
    write("ssm.DescribePatchBaselines.json", format!("{{\"BaselineIdentities\": [\n{}\n]}}\n", listed.join(",\n")))?;
    write("ssm.DescribePatchGroups.json", format!("{{\"Mappings\": [\n{}\n]}}\n", groups.join(",\n")))?;
    write(
        "ssm.GetDefaultPatchBaseline.json",
        format!("{{\"BaselineId\": \"{}\", \"OperatingSystem\": \"{}\"}}\n", BASELINES[1], SYSTEMS[1]),
    )
}

fn states(day: &Day<'_>, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let mut pages = Pages::new(folder, "ssm.DescribeInstancePatchStates", Wrap::Aws("InstancePatchStates"));
    for host in hosts.iter().filter(|host| host.is_scanned()) {
        let mut counts = [0_u64; 4];
        let generation = host.generation(day.options, day.day);
        for row in day.catalogue.rows(day.options, host, generation) {
            counts[row.state as usize] += 1;
        }
        let [installed, missing, pending, failed] = counts;
        let ended = day.scanned_at(host);
        pages.row(&format!(
            "{{\"InstanceId\": \"{}\", \"PatchGroup\": \"fleet\", \"BaselineId\": \"{}\", \"SnapshotId\": \"\", \"OwnerInformation\": \"\", \
             \"InstalledCount\": {installed}, \"InstalledOtherCount\": 0, \"InstalledPendingRebootCount\": {pending}, \
             \"InstalledRejectedCount\": 0, \"MissingCount\": {missing}, \"FailedCount\": {failed}, \"UnreportedNotApplicableCount\": -1, \
             \"NotApplicableCount\": 300, \"OperationStartTime\": \"{}\", \"OperationEndTime\": \"{}\", \"Operation\": \"Scan\", \
             \"RebootOption\": \"NoReboot\", \"CriticalNonCompliantCount\": 0, \"SecurityNonCompliantCount\": {}, \"OtherNonCompliantCount\": 0}}",
            host.id,
            BASELINES[usize::from(host.windows)],
            time(ended - 90),
            time(ended),
            missing + pending + failed,
        ))?;
    }
    pages.finish()
}

/// One file a host, which is most of a fleet: written by as many threads as there are.
fn patches(day: &Day<'_>, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let parts = Parts::new(day.catalogue);
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || -> io::Result<()> {
        let mut text = String::new();
        while let Some(host) = hosts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if host.is_scanned() {
                parts.answer(day, host, &mut text);
                std::fs::write(folder.join(format!("ssm.DescribeInstancePatches@{}.json", host.id)), &text)?;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(io::Error::other("a writer failed"))))
    })
}

/// Rows up to their state, written once for all hosts.
struct Parts<'c> {
    catalogue: &'c Catalogue,
    heads: [Vec<String>; 2],
}

impl<'c> Parts<'c> {
    fn new(catalogue: &'c Catalogue) -> Parts<'c> {
        let head = |fix: &super::patches::Fix| {
            format!(
                "{{\"Title\": \"{}\", \"KBId\": \"{}\", \"Classification\": \"{}\", \"Severity\": \"{}\", \"State\": \"",
                fix.title, fix.kb, fix.classification, fix.severity
            )
        };
        Parts { catalogue, heads: [0, 1].map(|system: usize| catalogue.fixes[system].iter().map(head).collect()) }
    }

    fn answer(&self, day: &Day<'_>, host: &Host, text: &mut String) {
        text.clear();
        text.push_str("{\"Patches\": [\n");
        let heads = &self.heads[usize::from(host.windows)];
        let generation = host.generation(day.options, day.day);
        for (at, row) in self.catalogue.rows(day.options, host, generation).enumerate() {
            if at > 0 {
                text.push_str(",\n");
            }
            text.push_str(&heads[row.title]);
            let (state, time) = match row.state {
                State::Installed => ("Installed", self.catalogue.times[row.time].as_str()),
                State::Missing => ("Missing", "1970-01-01T00:00:00Z"),
                State::PendingReboot => ("InstalledPendingReboot", self.catalogue.times[row.time].as_str()),
                State::Failed => ("Failed", "1970-01-01T00:00:00Z"),
            };
            text.push_str(state);
            text.push_str("\", \"InstalledTime\": \"");
            text.push_str(time);
            text.push_str("\", \"CVEIds\": \"\"}");
        }
        text.push_str("\n]}\n");
    }
}
