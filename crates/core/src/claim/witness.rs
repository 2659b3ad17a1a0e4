//! Which observation may say what of which claim. This is the whole of it: the code asks [`may`] and knows no other rule.

use super::ClaimSource;

/// Who can say something of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// The run's own status, counts and patch list.
    OwnResult,
    /// A separate scan by the patch tool that began after the run ended: SSM `Operation` of `Scan`, an Azure assessment.
    LaterScan,
    /// A vulnerability scanner that looked after the run ended.
    Scanner,
    /// The kernel that runs, against the newest that is installed.
    RunningKernel,
    /// The image that each member was made from, and when it was launched.
    InstanceImage,
}

impl Witness {
    /// All, in the order of the documentation.
    pub const ALL: [Witness; 5] =
        [Witness::OwnResult, Witness::LaterScan, Witness::Scanner, Witness::RunningKernel, Witness::InstanceImage];

    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Witness::OwnResult => "own-result",
            Witness::LaterScan => "later-scan",
            Witness::Scanner => "vulnerability-scanner",
            Witness::RunningKernel => "running-kernel",
            Witness::InstanceImage => "instance-image",
        }
    }
}

/// What a witness may do to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// Confirm it.
    pub verify: bool,
    /// Speak against it.
    pub contradict: bool,
    /// Keep it from being confirmed until the machine has booted.
    pub hold_for_reboot: bool,
    /// On what condition, and why.
    pub because: &'static str,
}

const NEVER: May = May { verify: false, contradict: false, hold_for_reboot: false, because: "" };

/// A source of claims, a witness, and what the one may say of the other. A pair that is not listed may say nothing.
pub const TABLE: &[(&[ClaimSource], Witness, May)] = &[
    (
        RUNS,
        Witness::OwnResult,
        May {
            hold_for_reboot: true,
            because: "a run's own result never verifies that run; it may admit a failure, a rest, or a reboot that is due",
            ..NEVER
        },
    ),
    (
        RUNS,
        Witness::LaterScan,
        May {
            verify: true,
            contradict: true,
            hold_for_reboot: true,
            because: "a separate scan that began after the run ended and whose patches were read whole; it verifies once no \
                      reboot is pending, or the machine was launched after the run",
        },
    ),
    (
        RUNS,
        Witness::Scanner,
        May {
            verify: true,
            contradict: true,
            hold_for_reboot: false,
            because: "another tool that looked after the run ended; where the patch tool has not looked since, it verifies fixes whose \
                      weaknesses it had reported itself, and only where its findings were read whole",
        },
    ),
    (
        RUNS,
        Witness::RunningKernel,
        May { hold_for_reboot: true, because: "package lists show a kernel that was never booted", ..NEVER },
    ),
    (
        &[ClaimSource::ImageRollout],
        Witness::InstanceImage,
        May {
            verify: true,
            contradict: true,
            hold_for_reboot: false,
            because: "every member on a complete list was made from the new image; on Azure, where an image reference can \
                      change without a new machine, also launched since",
        },
    ),
];

/// Claims of runs that install on machines that stay.
const RUNS: &[ClaimSource] = &[
    ClaimSource::Command,
    ClaimSource::InstallReport,
    ClaimSource::MaintenanceWindow,
    ClaimSource::Association,
    ClaimSource::AzureInstallation,
    ClaimSource::AzureMaintenance,
];

/// What a witness may say of claims of a source.
pub fn may(source: ClaimSource, witness: Witness) -> May {
    let own = TABLE.iter().find(|(sources, who, _)| *who == witness && sources.contains(&source));
    own.map_or(NEVER, |(_, _, may)| *may)
}

crate::carry::carried_words! {
    Witness { OwnResult, LaterScan, Scanner, RunningKernel, InstanceImage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pair_is_listed_twice_and_every_source_can_be_verified() {
        for source in ClaimSource::ALL {
            for witness in Witness::ALL {
                let rows = TABLE.iter().filter(|(sources, who, _)| *who == witness && sources.contains(&source));
                assert!(rows.count() <= 1, "{source:?} {witness:?}");
            }
            assert!(Witness::ALL.iter().any(|witness| may(source, *witness).verify), "{source:?}");
        }
    }

    #[test]
    fn no_run_verifies_or_contradicts_itself() {
        for source in ClaimSource::ALL {
            let own = may(source, Witness::OwnResult);
            assert!(!own.verify && !own.contradict, "{source:?}");
        }
    }

    #[test]
    fn an_image_is_verified_by_images_alone() {
        for witness in Witness::ALL {
            let expected = witness == Witness::InstanceImage;
            assert_eq!(may(ClaimSource::ImageRollout, witness).verify, expected, "{witness:?}");
        }
        assert!(!may(ClaimSource::Command, Witness::InstanceImage).verify);
    }

    /// A kernel says that a reboot is due; it names none of the other fixes.
    #[test]
    fn a_running_kernel_holds_back_and_proves_nothing() {
        let kernel = may(ClaimSource::AzureInstallation, Witness::RunningKernel);
        assert!(kernel.hold_for_reboot && !kernel.verify && !kernel.contradict);
    }

    #[test]
    fn every_row_says_why() {
        assert!(TABLE.iter().all(|(sources, _, may)| !sources.is_empty() && !may.because.is_empty()));
    }
}
