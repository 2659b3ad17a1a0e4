//! Answers that real accounts gave, and those in the documentation of the AWS command line: every row of them is a fact
//! or counted with a reason, and the rows are as many as an independent count finds.
//!
//! The answers lie beside the repository, in `../shared/corpus`, or where `PATCHSEAL_CORPUS` says.

// A test may stop at the first thing that is not as it should be, and say so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use patchseal_core::exchange::{Digest, Exchange, Outcome, Pointer};
use patchseal_core::fact::Fact;
use patchseal_core::scope::{Cloud, Scope};
use patchseal_sources::{Answer, Asks, Operation, Page, Reach, Reject, Sink, Tally, operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Default)]
struct Places {
    facts: u64,
    places: BTreeSet<String>,
}

impl Sink for Places {
    fn fact(&mut self, pointer: Pointer, _: Fact<'_>) {
        self.facts += 1;
        self.places.insert(pointer.to_string());
    }
}

#[derive(Default)]
struct Line {
    files: u64,
    refused: u64,
    rows: u64,
    facts: u64,
    counted: bool,
    without: BTreeMap<&'static str, u64>,
}

#[test]
fn rows_are_as_many_as_an_independent_count_finds() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("PATCHSEAL_CORPUS").map_or(beside, PathBuf::from);
    let mut files = Vec::new();
    for part in ["aws", "aws-cli-docs"] {
        walk(&corpus.join(part), &mut files);
    }
    if files.is_empty() {
        eprintln!("skipped: no answers in {}", corpus.display());
        return;
    }
    files.sort();
    let mut table: BTreeMap<&str, Line> = BTreeMap::new();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy();
        let mut parts = name.split('.');
        let id = format!("{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let Some(operation) = operation(&id) else { continue };
        let body = fs::read(path).unwrap();
        let line = table.entry(operation.id).or_default();
        line.files += 1;
        if name.contains(".http") {
            assert!(read(operation, &body).is_err(), "{}: an error was read as an answer", path.display());
            line.refused += 1;
            continue;
        }
        let counted = count(operation.id, &serde_json::from_slice(&body).unwrap());
        if counted == Some(None) {
            // Documentation shows what `--query` leaves of an answer, too.
            assert!(read(operation, &body).is_err(), "{}: read without its list", path.display());
            line.refused += 1;
            continue;
        }
        let (tally, places) = match read(operation, &body) {
            Ok(read) => read,
            Err(reject) => panic!("{} was refused: {reject:?}", path.display()),
        };
        let without: u64 = tally.without.values().sum();
        assert_eq!(tally.facts, places.facts, "{}", path.display());
        assert!(tally.without.keys().all(|reason| !reason.is_empty()), "{}", path.display());
        assert!(tally.rows <= tally.facts + without, "{}: a row states nothing, for no reason", path.display());
        if let Some(Some(expected)) = counted {
            line.counted = true;
            assert_eq!(tally.rows, expected, "{}", path.display());
            assert_eq!(places.places.len() as u64 + without, expected, "{}", path.display());
        }
        line.rows += tally.rows;
        line.facts += tally.facts;
        for (reason, number) in tally.without {
            *line.without.entry(reason).or_default() += number;
        }
    }
    eprintln!("{:44} {:>6} {:>8} {:>6} {:>6}", "operation", "files", "refused", "rows", "facts");
    for (id, line) in table {
        let mark = if line.counted { "" } else { "  (no independent count)" };
        eprintln!("{id:44} {:>6} {:>8} {:>6} {:>6}{mark}", line.files, line.refused, line.rows, line.facts);
        for (reason, number) in line.without {
            eprintln!("    {number} × {reason}");
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
}

/// Rows in the answer, counted without any of the code under test: nothing for operations that are not known here, and
/// nothing inside where the list is not there.
fn count(id: &str, answer: &Value) -> Option<Option<u64>> {
    let list = |member: &str| answer[member].as_array().map(|list| list.len() as u64);
    Some(match id {
        "ec2.DescribeInstances" => answer["Reservations"].as_array().map(|reservations| {
            reservations.iter().map(|reservation| reservation["Instances"].as_array().unwrap().len() as u64).sum()
        }),
        "ec2.DescribeRegions" => list("Regions"),
        "ec2.DescribeImages" => list("Images"),
        "ec2.DescribeLaunchTemplateVersions" => list("LaunchTemplateVersions"),
        "autoscaling.DescribeAutoScalingGroups" => list("AutoScalingGroups"),
        "autoscaling.DescribeLaunchConfigurations" => list("LaunchConfigurations"),
        "organizations.ListAccounts" => list("Accounts"),
        "inspector2.ListFindings" => list("findings"),
        "inspector2.ListCoverage" => list("coveredResources"),
        "inspector2.ListFilters" => list("filters"),
        "config.SelectResourceConfig" | "config.SelectAggregateResourceConfig" => list("Results"),
        "ssm.DescribeInstanceInformation" => list("InstanceInformationList"),
        "ssm.DescribeInstancePatchStates" => list("InstancePatchStates"),
        "ssm.DescribeMaintenanceWindowExecutions" => list("WindowExecutions"),
        "ssm.DescribeMaintenanceWindowTargets" => list("Targets"),
        "ssm.DescribeMaintenanceWindowTasks" => list("Tasks"),
        "ssm.DescribePatchGroups" => list("Mappings"),
        "ssm.ListAssociations" => list("Associations"),
        "ssm.DescribeAssociationExecutions" => list("AssociationExecutions"),
        "ssm.DescribeInstancePatches" => list("Patches"),
        "ssm.DescribeMaintenanceWindows" => list("WindowIdentities"),
        "ssm.DescribePatchBaselines" => list("BaselineIdentities"),
        "ssm.ListCommands" => list("Commands"),
        "ssm.ListCommandInvocations" => list("CommandInvocations"),
        "ssm.ListComplianceItems" => list("ComplianceItems"),
        "ssm.ListInventoryEntries" => list("Entries"),
        "ssm.ListResourceComplianceSummaries" => list("ResourceComplianceSummaryItems"),
        "ssm.DescribeAssociation"
        | "ssm.GetCalendarState"
        | "ssm.GetMaintenanceWindowTask"
        | "ssm.GetDefaultPatchBaseline"
        | "ssm.GetPatchBaseline"
        | "ssm.GetPatchBaselineForPatchGroup" => Some(1),
        _ => return None,
    })
}

/// Rows and their places; nothing when the bytes are refused.
fn read(operation: &'static Operation, body: &[u8]) -> Result<(Tally, Places), Reject> {
    let subject = match operation.id {
        id if id.contains("MaintenanceWindow") => "mw-0c50858d01EXAMPLE",
        id if id.contains("LaunchTemplate") => "lt-0a1b2c3d4e5f60718",
        id if id.contains("Baseline") => "pb-0123456789abcdef0",
        _ => "i-1234567890abcdef0",
    };
    let exchange = Exchange {
        leaf: 0,
        index: 0,
        run: 0,
        operation: operation.id.to_owned(),
        scope: Scope::new(Cloud::Aws, "111122223333", "eu-west-1"),
        subject: (operation.reach == Reach::Resource).then(|| subject.to_owned()),
        page: 1,
        observed_at: "2026-11-24T06:00:00Z".parse().unwrap(),
        outcome: Outcome::Answer {
            status: 200,
            media_type: "application/json".into(),
            body: Digest([0; 32]),
            bytes: body.len() as u64,
            redactions: Vec::new(),
        },
    };
    let answer = Answer { exchange: &exchange, body };
    let mut places = Places::default();
    let tally = (operation.rows)(&answer, &mut places)?;
    assert_ne!((operation.page)(&answer), Page::Unreadable, "{}", operation.id);
    (operation.asks)(&answer, &mut Asks::default());
    Ok((tally, places))
}
