//! A subscription of Azure, as Resource Graph pages.

use super::aws::tags_of;
use super::host::{Condition, Host, Place};
use super::pages::{Pages, Wrap};
use super::patches::{Fix, State};
use super::{DAY, Day, LAST_DAY, time};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

const GROUP: &str = "rg-shop";
const WINDOW: &str = "weekly";

pub(super) fn write(day: &Day<'_>, place: &Place) -> io::Result<()> {
    let folder = day.folder.join("azure").join(&place.account);
    std::fs::create_dir_all(&folder)?;
    let hosts = day.fleet.of(place);
    resources(place, hosts, &folder)?;
    maintenance(day, place, &folder)?;
    assessments(day, place, hosts, &folder)?;
    installations(day, place, hosts, &folder)
}

fn id(place: &Place, host: &Host) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{GROUP}/providers/Microsoft.Compute/virtualMachines/{}",
        place.account, host.name
    )
}

fn configuration(place: &Place) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{GROUP}/providers/Microsoft.Maintenance/maintenanceConfigurations/{WINDOW}",
        place.account
    )
}

fn resources(place: &Place, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let mut pages = Pages::new(folder, "resource-graph.Resources", Wrap::Graph(hosts.len() as u64 + 1));
    let created = time(LAST_DAY - 150 * DAY);
    pages.row(&format!(
        "{{\"id\": \"{}\", \"name\": \"{WINDOW}\", \"type\": \"microsoft.maintenance/maintenanceconfigurations\", \
         \"subscriptionId\": \"{}\", \"resourceGroup\": \"{GROUP}\", \"location\": \"westeurope\", \"tags\": null, \"properties\": \
         {{\"maintenanceScope\": \"InGuestPatch\", \"extensionProperties\": {{\"InGuestPatchMode\": \"User\"}}, \"maintenanceWindow\": \
         {{\"startDateTime\": \"2026-05-02 02:00\", \"duration\": \"03:55\", \"timeZone\": \"UTC\", \"recurEvery\": \"1Week\", \
         \"expirationDateTime\": null}}, \"installPatches\": {{\"rebootSetting\": \"IfRequired\", \"linuxParameters\": \
         {{\"classificationsToInclude\": [\"Critical\", \"Security\"]}}, \"windowsParameters\": {{\"classificationsToInclude\": \
         [\"Critical\", \"Security\", \"UpdateRollup\"]}}}}}}}}",
        configuration(place),
        place.account
    ))?;
    for host in hosts {
        let (system, image, profile, name, version) = if host.windows {
            (
                "Windows",
                "\"publisher\": \"MicrosoftWindowsServer\", \"offer\": \"WindowsServer\", \"sku\": \"2022-datacenter-azure-edition\"",
                "windowsConfiguration",
                "Windows Server 2022 Datacenter Azure Edition",
                "10.0.20348.4052",
            )
        } else {
            (
                "Linux",
                "\"publisher\": \"Canonical\", \"offer\": \"0001-com-ubuntu-server-jammy\", \"sku\": \"22_04-lts-gen2\"",
                "linuxConfiguration",
                "ubuntu",
                "22.04",
            )
        };
        let power = if host.condition == Condition::Stopped { "deallocated" } else { "running" };
        let mut tags = String::new();
        for (key, value) in tags_of(host) {
            let comma = if tags.is_empty() { "" } else { ", " };
            let _ = write!(tags, "{comma}\"{key}\": \"{value}\"");
        }
        pages.row(&format!(
            "{{\"id\": \"{}\", \"name\": \"{}\", \"type\": \"microsoft.compute/virtualmachines\", \"subscriptionId\": \"{}\", \
             \"resourceGroup\": \"{GROUP}\", \"location\": \"westeurope\", \"tags\": {{{tags}}}, \"legacyExtensions\": null, \"properties\": {{\"timeCreated\": \"{created}\", \
             \"storageProfile\": {{\"imageReference\": {{{image}, \"version\": \"latest\", \"exactVersion\": \"1.0.20261101\"}}, \
             \"osDisk\": {{\"osType\": \"{system}\"}}}}, \"osProfile\": {{\"computerName\": \"{1}\", \"{profile}\": {{\"patchSettings\": \
             {{\"patchMode\": \"AutomaticByPlatform\", \"assessmentMode\": \"AutomaticByPlatform\", \"automaticByPlatformSettings\": \
             {{\"bypassPlatformSafetyChecksOnUserSchedule\": true, \"rebootSetting\": \"IfRequired\"}}}}}}}}, \"extended\": {{\"instanceView\": \
             {{\"osName\": \"{name}\", \"osVersion\": \"{version}\", \"powerState\": {{\"code\": \"PowerState/{power}\"}}}}}}}}}}",
            id(place, host),
            host.name,
            place.account,
        ))?;
    }
    pages.finish()
}

/// The weekly configuration reaches every machine of the subscription, and ran on one of them.
fn maintenance(day: &Day<'_>, place: &Place, folder: &Path) -> io::Result<()> {
    let mut pages = Pages::new(folder, "resource-graph.Maintenance", Wrap::Graph(2));
    let (account, window) = (&place.account, configuration(place));
    pages.row(&format!(
        "{{\"id\": \"/subscriptions/{account}/providers/Microsoft.Maintenance/configurationAssignments/{WINDOW}\", \"name\": \"{WINDOW}\", \
         \"type\": \"microsoft.maintenance/configurationassignments\", \"properties\": {{\"maintenanceConfigurationId\": \"{window}\", \
         \"resourceId\": \"/subscriptions/{account}\", \"filter\": {{\"resourceTypes\": [\"Microsoft.Compute/virtualMachines\"], \
         \"osTypes\": [], \"locations\": [], \"resourceGroups\": [], \"tagSettings\": {{\"filterOperator\": \"All\", \"tags\": {{}}}}}}}}}}"
    ))?;
    // Before any fix was published that is missing today.
    let at = LAST_DAY - 20 * DAY;
    let run = time(at).replace(['-', ':', 'T', 'Z'], "");
    let scanned = day.fleet.of(place).iter().find(|host| host.is_scanned());
    let machine = scanned.map(|host| id(place, host)).unwrap_or_default();
    pages.row(&format!(
        "{{\"id\": \"{machine}/providers/Microsoft.Maintenance/applyUpdates/{run}\", \"name\": \"{run}\", \
         \"type\": \"microsoft.maintenance/applyupdates\", \"properties\": {{\"maintenanceConfigurationId\": \"{window}\", \
         \"maintenanceScope\": \"InGuestPatch\", \"resourceId\": \"{machine}\", \"status\": \"Succeeded\", \
         \"correlationId\": \"{window}/providers/Microsoft.Maintenance/applyUpdates/{run}\", \"startDateTime\": \"{}\", \"endDateTime\": \"{}\"}}}}",
        time(at),
        time(at + 5400)
    ))?;
    pages.finish()
}

/// A patch as Azure prints it, up to the member that its table adds.
fn patch(fix: &Fix, windows: bool, severity: &str) -> String {
    if windows {
        let kb = fix.kb.trim_start_matches("KB");
        format!(
            "\"patchName\": \"{}\", \"kbId\": \"{kb}\", \"classifications\": [\"Security\"], \"msrcSeverity\": \"{}\", \"rebootRequired\": true",
            fix.title, severity
        )
    } else {
        format!(
            "\"patchName\": \"{}\", \"version\": \"{}\", \"classifications\": [\"Security\"], \"rebootRequired\": false",
            fix.package, fix.version
        )
    }
}

/// Fixes lacking; those that a reboot finishes are no rows of Azure's.
fn lacking(day: &Day<'_>, host: &Host) -> u64 {
    if host.is_scanned() { super::patches::missing(day.options, host) as u64 } else { 0 }
}

fn assessments(day: &Day<'_>, place: &Place, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let total = hosts.iter().filter(|host| host.is_scanned()).map(|host| 1 + lacking(day, host)).sum();
    let mut pages = Pages::new(folder, "resource-graph.PatchAssessments", Wrap::Graph(total));
    for host in hosts.iter().filter(|host| host.is_scanned()) {
        let id = id(place, host);
        let (ended, missing) = (day.scanned_at(host), lacking(day, host));
        let modified = time(ended);
        pages.row(&format!(
            "{{\"id\": \"{id}/patchAssessmentResults/latest\", \"name\": \"latest\", \"type\": \
             \"microsoft.compute/virtualmachines/patchassessmentresults\", \"properties\": {{\"rebootPending\": {}, \"osType\": \"{}\", \
             \"startDateTime\": \"{}\", \"lastModifiedDateTime\": \"{modified}\", \"startedBy\": \"Platform\", \"status\": \"Succeeded\", \
             \"errorDetails\": null, \"availablePatchCountByClassification\": {{\"critical\": 0, \"security\": {missing}, \"other\": 0}}}}}}",
            host.condition == Condition::RebootPending,
            if host.windows { "Windows" } else { "Linux" },
            time(ended - 90)
        ))?;
        let fixes = day.catalogue.of(host);
        let generation = host.generation(day.options, day.day);
        let rows = day.catalogue.rows(day.options, host, generation).filter(|row| row.state == State::Missing);
        for (at, row) in rows.enumerate() {
            let late = at == 0 && host.condition == Condition::Overdue;
            let severity = if late { "Important" } else { fixes[row.title].severity };
            // Published shortly before the first day, so that nothing else falls due.
            let published =
                if late { LAST_DAY - 100 * DAY } else { day.options.observed_at(0) - (3 + row.title as i64 % 4) * DAY };
            pages.row(&format!(
                "{{\"id\": \"{id}/patchAssessmentResults/latest/softwarePatches/{:08x}\", \"name\": \"{:08x}\", \"type\": \
                 \"microsoft.compute/virtualmachines/patchassessmentresults/softwarepatches\", \"properties\": {{{}, \
                 \"publishedDateTime\": \"{}\", \"lastModifiedDateTime\": \"{modified}\"}}}}",
                row.title,
                row.title,
                patch(&fixes[row.title], host.windows, severity),
                time(published)
            ))?;
        }
    }
    pages.finish()
}

fn installations(day: &Day<'_>, place: &Place, hosts: &[Host], folder: &Path) -> io::Result<()> {
    let installed = |host: &Host| day.options.patches - lacking(day, host);
    let total = hosts.iter().filter(|host| host.is_scanned()).map(|host| 1 + installed(host)).sum();
    let mut pages = Pages::new(folder, "resource-graph.PatchInstallations", Wrap::Graph(total));
    let parts = day.catalogue.fixes.each_ref();
    let parts: Vec<Vec<String>> = parts
        .iter()
        .zip([false, true])
        .map(|(fixes, windows)| fixes.iter().map(|fix| patch(fix, windows, fix.severity)).collect())
        .collect();
    let mut text = String::new();
    for host in hosts.iter().filter(|host| host.is_scanned()) {
        let run = format!("{}/patchInstallationResults/0f1ee700-0000-4000-8000-{:012x}", id(place, host), host.number);
        let ended = LAST_DAY - 30 * DAY;
        pages.row(&format!(
            "{{\"id\": \"{run}\", \"name\": \"{:012x}\", \"type\": \"microsoft.compute/virtualmachines/patchinstallationresults\", \
             \"properties\": {{\"installationActivityId\": \"0f1ee700-0000-4000-8000-{:012x}\", \"maintenanceWindowExceeded\": false, \
             \"notSelectedPatchCount\": 0, \"installedPatchCount\": {}, \"excludedPatchCount\": 0, \"pendingPatchCount\": 0, \
             \"failedPatchCount\": 0, \"startDateTime\": \"{}\", \"lastModifiedDateTime\": \"{}\", \"rebootStatus\": \"NotNeeded\", \
             \"startedBy\": \"Platform\", \"status\": \"Succeeded\", \"osType\": \"{}\", \"errorDetails\": null}}}}",
            host.number,
            host.number,
            installed(host),
            time(ended - 3600),
            time(ended),
            if host.windows { "Windows" } else { "Linux" },
        ))?;
        let generation = host.generation(day.options, day.day);
        let rows = day.catalogue.rows(day.options, host, generation).filter(|row| row.state != State::Missing);
        for row in rows {
            text.clear();
            let _ = write!(
                text,
                "{{\"id\": \"{run}/softwarePatches/{0:08x}\", \"name\": \"{0:08x}\", \"properties\": {{",
                row.title
            );
            text.push_str(&parts[usize::from(host.windows)][row.title]);
            text.push_str(", \"installationState\": \"Installed\", \"lastModifiedDateTime\": \"");
            text.push_str(&day.catalogue.times[row.time]);
            text.push_str("\"}}");
            pages.row(&text)?;
        }
    }
    pages.finish()
}
