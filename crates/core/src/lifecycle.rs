//! Which product and cycle of the lifecycle table an operating system is, from what agents and
//! image references print. What is not recognised stays `None`: a guess would be a false pass.

mod image;

pub use image::{dated, from_image};

use jiff::civil::Date;

/// One cycle of a product in the lifecycle table. Dates are the last day on which fixes are
/// published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LifecycleRow {
    /// The product, such as `ubuntu` or `windows-server`.
    pub product: String,
    /// The cycle, such as `22.04`, `8`, `15.5`, `2012-r2`.
    pub cycle: String,
    /// The last day of security fixes for everyone, at no further charge or subscription than the
    /// system itself needs.
    pub end_of_standard_support: Date,
    /// The last day of security fixes for those who have what `extended_needs` names.
    pub end_of_extended_support: Option<Date>,
    /// What extended support needs, such as a subscription.
    pub extended_needs: Option<String>,
    /// The public page the dates were read from.
    pub source: String,
}

/// How a product's cycles are named in its version.
#[derive(Clone, Copy)]
enum Scheme {
    /// `8.9` is cycle `8`.
    Major,
    /// `22.04.3` is cycle `22.04`.
    YearMonth,
    /// `15`, `15.5`, `15 SP5` are cycles `15.0`, `15.5`, `15.5`.
    ServicePack,
    /// `2`, `2023.6` are cycles `2`, `2023`; a year before 2019 is cycle `1`.
    Amazon,
    /// The year in the name, with `-r2` if it says so; the version is a build number.
    Windows,
    /// Stream and Linux share the name `centos`; a minor version only ever belonged to Linux.
    CentosEither,
}

/// Names in lower case, longer ones before those they start with. A name matches when the platform
/// name is equal to it or goes on with a space.
const NAMES: &[(&str, &str, Scheme)] = &[
    ("almalinux", "almalinux", Scheme::Major),
    ("amazon linux ami", "amazon-linux", Scheme::Amazon),
    ("amazon linux", "amazon-linux", Scheme::Amazon),
    ("azure linux", "azure-linux", Scheme::Major),
    ("azurelinux", "azure-linux", Scheme::Major),
    ("cbl-mariner", "azure-linux", Scheme::Major),
    ("centos linux", "centos", Scheme::Major),
    ("centos stream", "centos-stream", Scheme::Major),
    ("centos", "centos", Scheme::CentosEither),
    ("common base linux mariner", "azure-linux", Scheme::Major),
    ("debian gnu/linux", "debian", Scheme::Major),
    ("debian", "debian", Scheme::Major),
    ("mariner", "azure-linux", Scheme::Major),
    ("microsoft azure linux", "azure-linux", Scheme::Major),
    ("microsoft windows server", "windows-server", Scheme::Windows),
    ("oracle linux server", "oracle-linux", Scheme::Major),
    ("oracle linux", "oracle-linux", Scheme::Major),
    ("oracle", "oracle-linux", Scheme::Major),
    ("red hat enterprise linux server", "rhel", Scheme::Major),
    ("red hat enterprise linux", "rhel", Scheme::Major),
    ("redhat", "rhel", Scheme::Major),
    ("rhel", "rhel", Scheme::Major),
    ("rocky linux", "rocky-linux", Scheme::Major),
    ("rocky", "rocky-linux", Scheme::Major),
    ("sles_sap", "sles", Scheme::ServicePack),
    ("sles", "sles", Scheme::ServicePack),
    ("suse linux enterprise server", "sles", Scheme::ServicePack),
    ("ubuntu", "ubuntu", Scheme::YearMonth),
    ("windows server", "windows-server", Scheme::Windows),
];

/// The product and cycle of what Systems Manager (`PlatformName`, `PlatformVersion`), an Azure
/// instance view (`osName`, `osVersion`) or Azure Arc (`osSku`) print.
///
/// The version may also stand in the name (`Ubuntu 22.04.3 LTS`); when both name one and they
/// disagree, the answer is `None`. Arc's `osVersion` is a kernel release on Linux: pass its `osSku`
/// with an empty version.
pub fn product_and_cycle(platform_name: &str, platform_version: &str) -> Option<(&'static str, String)> {
    // Old Windows versions print the registered sign inside their name.
    let name = platform_name.replace('®', "").to_ascii_lowercase();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let version = platform_version.trim().to_ascii_lowercase();
    let (rest, product, scheme) = NAMES.iter().find_map(|&(known, product, scheme)| {
        let rest = name.strip_prefix(known)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some((rest.trim(), product, scheme))
    })?;
    if let Scheme::Windows = scheme {
        return windows_cycle(rest).map(|cycle| (product, cycle));
    }
    let stated = (!version.is_empty()).then(|| scheme.cycle(&version));
    let named = rest.starts_with(|c: char| c.is_ascii_digit()).then(|| scheme.cycle(rest));
    let cycle = match (stated, named) {
        (Some(stated), None) => stated?,
        (None, Some(named)) => named?,
        (Some(stated), Some(named)) if agree(stated.as_deref(), named.as_deref(), scheme) => {
            // Of the two, the version tells the service pack that a bare name leaves open.
            stated?
        }
        _ => return None,
    };
    Some((product, cycle))
}

/// The row of a product and cycle.
pub fn find<'a>(rows: &'a [LifecycleRow], product: &str, cycle: &str) -> Option<&'a LifecycleRow> {
    rows.iter().find(|row| row.product == product && row.cycle == cycle)
}

fn agree(stated: Option<&str>, named: Option<&str>, scheme: Scheme) -> bool {
    match (stated, named) {
        (Some(stated), Some(named)) => match scheme {
            Scheme::ServicePack if named.ends_with(".0") => major(stated) == major(named),
            _ => stated == named,
        },
        _ => false,
    }
}

impl Scheme {
    fn cycle(self, version: &str) -> Option<String> {
        match self {
            Self::Major => major(version),
            Self::YearMonth => year_month(version),
            Self::ServicePack => service_pack(version),
            Self::Amazon => match major(version)?.as_str() {
                "1" => Some("1".to_owned()),
                year if year.len() == 4 && ("2010".."2019").contains(&year) => Some("1".to_owned()),
                cycle => Some(cycle.to_owned()),
            },
            Self::CentosEither => {
                let cycle = major(version)?;
                (matches!(cycle.as_str(), "6" | "7") || version.contains('.')).then_some(cycle)
            }
            Self::Windows => None,
        }
    }
}

/// The leading number, if what follows it is not glued on.
fn major(version: &str) -> Option<String> {
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    let (digits, rest) = version.split_at(end);
    let separated = rest.is_empty() || rest.starts_with(['.', ' ', '-', '_', '(']);
    (!digits.is_empty() && separated).then(|| digits.to_owned())
}

/// `22.04` of `22.04`, `22.04.3`, `22.04.3 lts` or `22_04-lts`.
fn year_month(version: &str) -> Option<String> {
    let bytes = version.as_bytes();
    let (&[a, b, separator, c, d], rest) = bytes.split_first_chunk::<5>()?;
    let shaped = [a, b, c, d].iter().all(u8::is_ascii_digit)
        && matches!(separator, b'.' | b'_')
        && matches!([c, d], [b'0', b'4'] | [b'1', b'0'])
        && !rest.first().is_some_and(u8::is_ascii_digit);
    shaped.then(|| [a, b, b'.', c, d].map(char::from).iter().collect())
}

/// `15.5` of `15.5`, `15-sp5`, `15 sp5` or `15_sp5`; `15.0` of `15`.
fn service_pack(version: &str) -> Option<String> {
    let major = major(version)?;
    let rest = version[major.len()..].trim_start_matches(['.', ' ', '-', '_']);
    let rest = rest.strip_prefix("sp").unwrap_or(rest);
    if rest.is_empty() {
        return Some(format!("{major}.0"));
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| format!("{major}.{}", &rest[..end]))
}

/// `2012-r2` of `2012 r2 standard`. Semi-annual channel releases have no year, so no cycle.
fn windows_cycle(rest: &str) -> Option<String> {
    let mut words = rest.split([' ', '-', '_']);
    let year = words.next()?;
    let r2 = words.next() == Some("r2");
    match (year, r2) {
        ("2008" | "2012", true) => Some(format!("{year}-r2")),
        ("2008" | "2012" | "2016" | "2019" | "2022" | "2025", false) => Some(year.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
