//! Fixes and the lines in which they supersede one another.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What a patch title says: which line of fixes it belongs to, so that a superseding update keeps the clock.
///
/// A Linux title is `name-[epoch:]version-release.arch` (RPM), `name:arch:version` or the bare package name
/// (Debian, Azure); the line is the package name. A Windows title carries its month and KB; the line is the rest, such as
/// `Cumulative Update for Windows Server 2019 (1809) for x64-based Systems`.
pub fn fix_line(title: &str, kb: Option<&str>) -> String {
    if kb.is_some() || title.contains(" Update ") || title.contains("KB") && title.contains(' ') {
        return windows_line(title);
    }
    package_name(title).to_owned()
}

fn windows_line(title: &str) -> String {
    let mut line = title.trim();
    // `2026-11 Cumulative Update …`: the month goes, the channel stays.
    if let Some((month, rest)) = line.split_once(' ') {
        let is_month = month.len() == 7
            && month.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() });
        if is_month {
            line = rest;
        }
    }
    // `… (KB5046615)`, `… - KB2267602 (Version 1.2.3)`: everything from the KB on names the fix, not the line.
    if let Some(at) = line.find("KB") {
        let digits = line[at + 2..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            line = line[..at].trim_end_matches([' ', '(', '-']);
        }
    }
    line.trim().to_owned()
}

/// The package name of `name-[epoch:]version-release.arch`, `name:arch:version`, or a bare name.
pub fn package_name(title: &str) -> &str {
    if let Some((name, _)) = title.split_once(':')
        && !name.contains('-')
    {
        return name;
    }
    // The last two hyphens of an RPM file name stand before version and release; the version starts with a digit.
    let mut hyphens = title.rmatch_indices('-').map(|(at, _)| at);
    let (release, version) = (hyphens.next(), hyphens.next());
    if let (Some(_), Some(version)) = (release, version)
        && title[version + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return &title[..version];
    }
    if let Some((name, _)) = title.split_once(':') {
        return name;
    }
    title
}

/// The KB that a title names, digits only: `… (KB5046615)`.
pub fn kb_of(title: &str) -> Option<&str> {
    title.match_indices("KB").find_map(|(at, _)| {
        let rest = &title[at + 2..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| &rest[..digits])
    })
}

/// Whether the line is the operating system's kernel, which takes effect at the next boot only.
pub fn is_kernel(line: &str) -> bool {
    line == "kernel"
        || line.starts_with("kernel-")
        || line.starts_with("linux-image")
        || line.starts_with("linux-azure")
}

/// A fix as a source names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fix {
    /// Line.
    pub line: Arc<str>,
    /// Title.
    pub title: Arc<str>,
    /// KB number.
    pub kb: Option<Arc<str>>,
}

/// What a fix is and removes, as exposures have it: stored once however many hosts lack it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remedy {
    /// Line.
    pub fix_line: Arc<str>,
    /// Title.
    pub title: Arc<str>,
    /// Weaknesses, sorted, none twice.
    pub cves: Box<[Arc<str>]>,
}

impl Remedy {
    /// Of weaknesses in any order.
    pub fn new(fix_line: Arc<str>, title: Arc<str>, cves: impl IntoIterator<Item = Arc<str>>) -> Remedy {
        let sorted: BTreeSet<Arc<str>> = cves.into_iter().collect();
        Remedy { fix_line, title, cves: sorted.into_iter().collect() }
    }

    /// Whether its title tells it from the other fixes of its line: bare package names do not.
    pub fn names_a_version(&self) -> bool {
        self.title != self.fix_line
    }

    /// Whether the two remove a weakness in common.
    pub fn shares_a_weakness(&self, other: &Remedy) -> bool {
        self.cves.iter().any(|cve| other.cves.binary_search(cve).is_ok())
    }

    /// Of one line, seen twice: the greater title, and the weaknesses of both.
    pub fn joined(one: &Arc<Remedy>, other: &Arc<Remedy>) -> Arc<Remedy> {
        if Arc::ptr_eq(one, other) {
            return one.clone();
        }
        let title = one.title.clone().max(other.title.clone());
        let both = Remedy::new(one.fix_line.clone(), title, one.cves.iter().chain(&other.cves).cloned());
        // Most often one of the two has it all already.
        [one, other].into_iter().find(|known| ***known == both).cloned().unwrap_or_else(|| Arc::new(both))
    }
}

crate::carry::carried_struct! {
    Remedy { fix_line, title, cves }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_versions_and_months() {
        for (title, kb, line) in [
            ("kernel-6.1.79-99.167.amzn2023.x86_64", None, "kernel"),
            ("kernel-livepatch-6.1.79-99.167-1.0-0.amzn2023.x86_64", None, "kernel-livepatch-6.1.79-99.167"),
            ("openssl-libs-1:3.0.8-1.amzn2023.0.11.x86_64", None, "openssl-libs"),
            ("openssl-libs.x86_64:1:3.0.8-1.amzn2023.0.11", None, "openssl-libs.x86_64"),
            ("curl", None, "curl"),
            ("linux-image-azure", None, "linux-image-azure"),
            ("libssl3:amd64:3.0.2-0ubuntu1.15", None, "libssl3"),
            (
                "2026-11 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5046615)",
                Some("5046615"),
                "Cumulative Update for Windows Server 2019 (1809) for x64-based Systems",
            ),
            (
                "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.421.1)",
                Some("2267602"),
                "Security Intelligence Update for Microsoft Defender Antivirus",
            ),
        ] {
            assert_eq!(fix_line(title, kb), line, "{title}");
        }
    }
}
