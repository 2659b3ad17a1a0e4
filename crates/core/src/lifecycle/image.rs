//! Azure image references. The offer or the plan (sku) carries the version, each publisher in its
//! own way.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{major, service_pack, windows_cycle, year_month};

/// The product and cycle of an Azure Marketplace image reference; `None` for publishers that are not
/// known here, so also for the customer's own galleries.
pub fn from_image(publisher: &str, offer: &str, sku: &str) -> Option<(&'static str, String)> {
    let lower = |text: &str| text.trim().to_ascii_lowercase();
    let (publisher, offer, sku) = (lower(publisher), lower(offer), lower(sku));
    match publisher.as_str() {
        "canonical" => Some(("ubuntu", ubuntu(&offer, &sku)?)),
        "microsoftwindowsserver" if offer == "windowsserver" => Some(("windows-server", windows_cycle(&sku)?)),
        "microsoftsqlserver" => Some(("windows-server", under_sql_server(&offer)?)),
        "redhat" if offer.starts_with("rhel") => Some(("rhel", fused_major(&sku)?)),
        "openlogic" if offer.starts_with("centos") => Some(("centos", fused_major(&sku)?)),
        "suse" => Some(("sles", sles(&offer, &sku)?)),
        "oracle" if offer == "oracle-linux" => Some(("oracle-linux", fused_major(&sku)?)),
        "resf" if offer.starts_with("rockylinux") => Some(("rocky-linux", major(&sku)?)),
        "almalinux" if offer.starts_with("almalinux") => Some(("almalinux", major(&sku)?)),
        "debian" | "credativ" if offer.starts_with("debian") => Some(("debian", major(&sku)?)),
        "microsoftcblmariner" => Some(("azure-linux", azure_linux(&sku)?)),
        _ => None,
    }
}

/// `ubuntu-24_04-lts`/`server` names it in the offer, everything older in the plan.
fn ubuntu(offer: &str, sku: &str) -> Option<String> {
    if !offer.contains("ubuntu") {
        return None;
    }
    match (year_month_within(offer), year_month_within(sku)) {
        (Some(offered), Some(planned)) if offered != planned => None,
        (Some(cycle), _) | (None, Some(cycle)) => Some(cycle),
        (None, None) => None,
    }
}

fn year_month_within(text: &str) -> Option<String> {
    text.split('-').find_map(year_month)
}

/// `sql2022-ws2022`, `sql2016sp3-ws2012r2`.
fn under_sql_server(offer: &str) -> Option<String> {
    let (_, system) = offer.split_once("-ws")?;
    let system = system.split('-').next()?;
    match system.strip_suffix("r2") {
        Some(year) => windows_cycle(&format!("{year} r2")),
        None => windows_cycle(system),
    }
}

/// `sles-15-sp5-basic` names it in the offer, `sles` in the plan.
fn sles(offer: &str, sku: &str) -> Option<String> {
    let rest = offer.strip_prefix("sles")?;
    let rest = ["-sap", "-hpc", "-byos"].into_iter().find_map(|variant| rest.strip_prefix(variant)).unwrap_or(rest);
    let version = match rest.strip_prefix('-') {
        Some(version) => version,
        None if rest.is_empty() => sku,
        None => return None,
    };
    let major = major(version)?;
    let tail = &version[major.len()..];
    match tail.strip_prefix("-sp") {
        Some(_) => service_pack(version),
        // `15` and `15-byos` are the first release; from 16 on minors are not service packs.
        None if matches!(major.as_str(), "12" | "15") && !tail.contains("sp") => Some(format!("{major}.0")),
        None => None,
    }
}

/// `cbl-mariner-2-gen2`, `azure-linux-3`.
fn azure_linux(sku: &str) -> Option<String> {
    let version = ["cbl-mariner-", "azure-linux-"].into_iter().find_map(|name| sku.strip_prefix(name));
    major(version?)
}

/// The major version of `8_6`, `86-gen2`, `7lvm-gen2`, `rhel-lvm810`, `ol94-lvm-gen2`: a minor may
/// be glued on. No major below 6 is on Azure, so a leading 1 is 10.
fn fused_major(sku: &str) -> Option<String> {
    let digits =
        ["rhel-lvm", "rhel-raw", "rhel-", "ol"].into_iter().find_map(|prefix| sku.strip_prefix(prefix)).unwrap_or(sku);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let digits = &digits[..end];
    if digits.starts_with("10") && digits.len() <= 4 {
        return Some("10".to_owned());
    }
    let first = digits.get(..1)?;
    (matches!(first, "6" | "7" | "8" | "9") && digits.len() <= 3).then(|| first.to_owned())
}

/// The date in an Azure image's version: `22.04.202611010` (YYYYMMDD and a counter) or `20348.2227.250109` (YYMMDD).
pub fn dated(version: &str) -> Option<Timestamp> {
    let last = version.rsplit('.').next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = match last.len() {
        8..=10 => (last.get(..4)?.parse().ok()?, last.get(4..8)?),
        6 => (2000 + last.get(..2)?.parse::<i16>().ok()?, last.get(2..6)?),
        _ => return None,
    };
    let day = Date::new(year, rest.get(..2)?.parse().ok()?, rest.get(2..4)?.parse().ok()?).ok()?;
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}
