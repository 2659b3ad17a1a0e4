//! Versions of packages: what a title says of one, and which of two is the later.
//!
//! A wrong order would call a host fixed. Versions of different releases of a distribution are not compared at all.

use crate::fact::Scheme;
use std::cmp::Ordering;

/// Architectures as titles of packages print them.
const ARCHITECTURES: [&str; 9] = ["x86_64", "aarch64", "noarch", "i686", "i386", "amd64", "arm64", "all", "ppc64le"];

/// Package name without the architecture that some titles put behind it.
pub fn bare_name(line: &str) -> &str {
    match line.rsplit_once('.') {
        Some((name, end)) if ARCHITECTURES.contains(&end) => name,
        _ => line,
    }
}

/// The version in a title: `name-[epoch:]version-release.arch`, `name.arch:epoch:version-release` or `name:arch:version`.
pub fn of_title(title: &str) -> Option<&str> {
    let name = crate::fix::package_name(title);
    let rest = title.strip_prefix(name)?;
    let version = match rest.strip_prefix('-') {
        Some(version) => bare_name(version),
        None => {
            let rest = rest.strip_prefix(':')?;
            match rest.split_once(':') {
                Some((arch, version)) if ARCHITECTURES.contains(&arch) => version,
                _ => rest,
            }
        }
    };
    version.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}

/// Which of two versions is the later; `None` where that cannot be told.
///
/// RPM versions carry the release of the distribution they were built for (`.amzn2023`, `.el9_4`): without the same one in
/// both there is no order between them. Of Debian's, the caller has to know that both are of one release.
pub fn compare(scheme: Scheme, one: &str, other: &str) -> Option<Ordering> {
    if !one.is_ascii() || !other.is_ascii() || one.is_empty() || other.is_empty() {
        return None;
    }
    match scheme {
        Scheme::Rpm => {
            let order = rpm_version::rpm_evr_compare(one, other);
            let same = distribution(one).is_some_and(|tag| distribution(other) == Some(tag));
            (order == Ordering::Equal || same).then_some(order)
        }
        Scheme::Deb => Some(deb_version::compare_versions(one, other)),
    }
}

/// `amzn2023`, `amzn2`, `el9`: the distribution that an RPM release names.
fn distribution(version: &str) -> Option<&str> {
    ["amzn", "el"].iter().find_map(|tag| {
        version.match_indices(tag).find_map(|(at, _)| {
            let digits = version[at + tag.len()..].bytes().take_while(u8::is_ascii_digit).count();
            let before = version[..at].ends_with(['.', '+', '_']);
            (digits > 0 && before).then(|| &version[at..at + tag.len() + digits])
        })
    })
}

/// Release of a Debian or Ubuntu system, as [`crate::fact::Relation::release`] has it: `ubuntu:22.04`, `debian:12`.
pub fn release(name: &str, version: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let numbers = |text: &str| -> Vec<String> {
        let parts = text.split(|other: char| !other.is_ascii_digit()).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    // Arc machines state the running kernel as the version, and the release in the name.
    let numbers = if name.contains(' ') && name.bytes().any(|byte| byte.is_ascii_digit()) {
        numbers(&name)
    } else {
        numbers(version)
    };
    match numbers.as_slice() {
        [year, month, ..] if name.contains("ubuntu") => Some(format!("ubuntu:{year}.{month}")),
        [major, ..] if name.contains("debian") => Some(format!("debian:{major}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_name_versions() {
        for (title, version) in [
            ("openssl-libs-1:3.0.8-1.amzn2023.0.11.x86_64", Some("1:3.0.8-1.amzn2023.0.11")),
            ("openssl-libs.x86_64:1:3.0.8-1.amzn2023.0.11", Some("1:3.0.8-1.amzn2023.0.11")),
            ("kernel-6.1.79-99.167.amzn2023.x86_64", Some("6.1.79-99.167.amzn2023")),
            ("libssl3:amd64:3.0.2-0ubuntu1.15", Some("3.0.2-0ubuntu1.15")),
            ("curl", None),
            ("2026-11 Cumulative Update for Windows Server 2019 (KB5046615)", None),
            ("é-1:2-3.x", Some("1:2-3.x")),
            ("", None),
        ] {
            assert_eq!(of_title(title), version, "{title}");
        }
        assert_eq!((bare_name("openssl-libs.x86_64"), bare_name("python3.11")), ("openssl-libs", "python3.11"));
    }

    #[test]
    fn an_order_where_there_is_one() {
        use Ordering::*;
        for (one, other, order) in [
            ("1:3.0.8-1.amzn2023.0.9", "1:3.0.8-1.amzn2023.0.11", Some(Less)),
            ("3.0.8-1.amzn2023.0.12", "1:3.0.8-1.amzn2023.0.11", Some(Less)),
            ("0:2.4-1.el9_4", "2.4-1.el9_4", Some(Equal)),
            ("2.10-1.el9_2", "2.9-1.el9_4", Some(Greater)),
            ("1.1.0-2.module+el8.6.0+19809", "1.0.9-1.el8", Some(Greater)),
            // Another release of the distribution, or none: no order, whatever the digits.
            ("9.9-1.amzn2", "1.0-1.amzn2023", None),
            ("9.9-1", "1.0-1.el9", None),
            ("9.9-1.fc40", "1.0-1.el9", None),
            ("2-1.model9", "1-1.model9", None),
            ("é", "1", None),
            ("", "1", None),
        ] {
            assert_eq!(compare(Scheme::Rpm, one, other), order, "{one} {other}");
        }
        for (one, other, order) in [
            ("3.0.2-0ubuntu1.9", "3.0.2-0ubuntu1.15", Some(Less)),
            ("1:1.0-1", "2.0-1", Some(Greater)),
            ("1.0~rc1-1", "1.0-1", Some(Less)),
            ("2.36-9+deb12u3", "2.36-9+deb12u3", Some(Equal)),
            ("1.0-1é", "1.0-1", None),
        ] {
            assert_eq!(compare(Scheme::Deb, one, other), order, "{one} {other}");
        }
    }

    #[test]
    fn releases() {
        assert_eq!(release("Ubuntu", "22.04").as_deref(), Some("ubuntu:22.04"));
        assert_eq!(release("Debian GNU/Linux", "12 (bookworm)").as_deref(), Some("debian:12"));
        assert_eq!(
            release("Canonical/0001-com-ubuntu-server-jammy/22_04-lts", "22_04-lts-gen2").as_deref(),
            Some("ubuntu:22.04")
        );
        assert_eq!(release("Ubuntu 22.04.3 LTS", "5.15.0-91-generic").as_deref(), Some("ubuntu:22.04"));
        assert_eq!((release("Amazon Linux", "2023"), release("ubuntu", "")), (None, None));
    }
}
