//! What hosts have and lack: titles as package managers and Windows Update print them.

use super::Options;
use super::host::{Condition, Host};
use super::random::Random;

/// State of a fix on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// In place.
    Installed,
    /// Lacking.
    Missing,
    /// In place after a reboot.
    PendingReboot,
    /// Tried, and lacking.
    Failed,
}

/// A fix on a host.
pub(super) struct Row {
    /// Number in the catalogue.
    pub title: usize,
    /// State.
    pub state: State,
    /// Which of [`Catalogue::times`] it was installed at.
    pub time: usize,
}

/// Every fix there is.
pub(super) struct Catalogue {
    /// Linux, then Windows.
    pub fixes: [Vec<Fix>; 2],
    /// Installation times.
    pub times: Vec<String>,
}

/// A fix.
pub(super) struct Fix {
    /// Title as SSM prints it.
    pub title: String,
    /// Package name as Azure prints it on Linux.
    pub package: String,
    /// Version.
    pub version: String,
    /// `kernel.x86_64` or `KB5046615`.
    pub kb: String,
    /// SSM's classification.
    pub classification: &'static str,
    /// Vendor's severity. None is critical: such a fix would fall due within the days that a fleet spans.
    pub severity: &'static str,
}

const PACKAGES: [&str; 48] = [
    "acl",
    "audit",
    "bash",
    "bind",
    "binutils",
    "bzip2",
    "ca-certificates",
    "chrony",
    "cloud-init",
    "coreutils",
    "cpio",
    "cups",
    "curl",
    "dbus",
    "dhcp",
    "dracut",
    "e2fsprogs",
    "expat",
    "file",
    "gawk",
    "glib2",
    "glibc",
    "gnupg2",
    "gnutls",
    "grub2",
    "gzip",
    "less",
    "libarchive",
    "libssh",
    "libtiff",
    "libxml2",
    "logrotate",
    "lua",
    "ncurses",
    "nettle",
    "nghttp2",
    "openldap",
    "openssh",
    "openssl",
    "pam",
    "perl",
    "python3",
    "rsync",
    "sqlite",
    "sudo",
    "systemd",
    "vim",
    "zlib",
];

const CHANNELS: [&str; 8] = [
    "Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems",
    "Cumulative Update for .NET Framework 3.5, 4.8 and 4.8.1 for Microsoft server operating system version 21H2 for x64",
    "Security Update for Microsoft server operating system version 21H2 for x64-based Systems",
    "Servicing Stack Update for Microsoft server operating system version 21H2 for x64-based Systems",
    "Update for Windows Security platform for x64-based Systems",
    "Security Update for SQL Server 2022 RTM CU for x64-based Systems",
    "Security Update for Microsoft Visual C++ Redistributable for x64-based Systems",
    "Dynamic Cumulative Update for Safe OS for x64-based Systems",
];

/// The channel that a Windows fix supersedes the fixes of.
pub(super) fn channel(fix: &Fix) -> &str {
    CHANNELS.iter().find(|channel| fix.title.contains(*channel)).copied().unwrap_or_default()
}

impl Catalogue {
    /// So many fixes that any host has enough of them.
    pub(super) fn new(options: &Options) -> Catalogue {
        let size = (options.patches as usize).max(64) + 64;
        let parts = ["", "-libs", "-common", "-utils"];
        let linux = |at: usize| {
            let (base, part) = (PACKAGES[at % PACKAGES.len()], parts[at / PACKAGES.len() % parts.len()]);
            let package = format!("{base}{part}");
            let round = at / (PACKAGES.len() * parts.len());
            let version = format!("{}.{}.{}-{}.amzn2023", 1 + at % 7, at % 31, round + at % 5, 1 + at % 13);
            Fix {
                title: format!("{package}-{version}.0.{}.x86_64", 1 + at % 3),
                kb: format!("{package}.x86_64"),
                classification: "Security",
                severity: if at.is_multiple_of(3) { "Important" } else { "Moderate" },
                package,
                version,
            }
        };
        let windows = |at: usize| {
            let channel = CHANNELS[at % CHANNELS.len()];
            let months = at / CHANNELS.len();
            let (year, month) = (2026 - months as u64 / 12, 10 - (months as u64 % 10));
            let kb = format!("KB50{:05}", 10_000 + at * 17);
            let title = format!("{year}-{month:02} {channel} ({kb})");
            Fix {
                package: title.clone(),
                title,
                version: String::new(),
                kb,
                classification: "SecurityUpdates",
                severity: if at.is_multiple_of(3) { "Important" } else { "Moderate" },
            }
        };
        Catalogue {
            fixes: [(0..size).map(linux).collect(), (0..size).map(windows).collect()],
            times: (0..512_i64).map(|at| super::time(super::LAST_DAY - 30 * super::DAY - at * 26_731)).collect(),
        }
    }

    /// The fixes of a host's system.
    pub(super) fn of(&self, host: &Host) -> &[Fix] {
        &self.fixes[usize::from(host.windows)]
    }

    /// A host's rows in a generation. The first are those that are not simply installed; they differ in their lines.
    pub(super) fn rows(&self, options: &Options, host: &Host, generation: u64) -> impl Iterator<Item = Row> {
        let mut random = Random::of(options.seed, &[3, host.number, generation]);
        let size = self.of(host).len();
        let start = random.below(size as u64) as usize;
        let missing = missing(options, host);
        let count = options.patches as usize;
        let odd = match host.condition {
            Condition::RebootPending => Some(State::PendingReboot),
            Condition::PatchFailed => Some(State::Failed),
            _ => None,
        };
        let times = self.times.len() as u64;
        (0..count).map(move |at| {
            let state = match at {
                at if at < missing => State::Missing,
                at if at == missing => odd.unwrap_or(State::Installed),
                _ => State::Installed,
            };
            Row { title: (start + at) % size, state, time: random.below(times) as usize }
        })
    }
}

/// Fixes a host lacks: about 3 %, and on a large fleet a tenth of the hosts lack none.
pub(super) fn missing(options: &Options, host: &Host) -> usize {
    if host.number % 10 == 7 && host.condition != Condition::Overdue {
        return 0;
    }
    ((options.patches * 3).div_ceil(100)).min(6) as usize
}
