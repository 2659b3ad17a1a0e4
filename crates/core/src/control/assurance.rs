//! Controls over departures, duties, records, incidents, availability and third parties.

use super::Relation::{Intersects, Subset, Supports};
use super::{Control, cis, iso27001, iso27701, iso27701_2025, nist, pci, soc2};

/// Why a criterion holds more than `pc-13`.
const PART_13: &str = "accepting the risk of a late fix is one case of it";

/// Exceptions with acceptance and expiry.
pub static PC_13: Control = Control {
    id: "pc-13",
    title: "Exceptions with acceptance and expiry",
    objective: "Every departure from a deadline is an approved, reasoned acceptance of risk with an owner and an expiry.",
    criteria: &[
        soc2("CC3.2", Intersects, ""),
        soc2("CC3.3", Supports, ""),
        soc2("CC5.1", Supports, ""),
        soc2("CC9.1", Intersects, ""),
        iso27001("cl.6.1.3", Subset, PART_13),
        iso27001("A.5.36", Intersects, ""),
        iso27001("A.8.8", Supports, ""),
        iso27701("5.4.1.3", Subset, PART_13),
        iso27701("6.15.2.2", Supports, ""),
        pci("12.3.1", Intersects, ""),
        pci("App. B", Intersects, "a compensating control is one way to hold an exception"),
        pci("App. C", Intersects, "documents the compensating control of an exception"),
        nist("CA-5", Subset, PART_13),
        nist("PM-4", Intersects, ""),
        nist("PM-9", Supports, ""),
        nist("RA-7", Subset, PART_13),
        cis("7.2", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-14`.
const PART_14: &str = "compensation for a missing fix is one case of it";

/// Tested compensating controls.
pub static PC_14: Control = Control {
    id: "pc-14",
    title: "Tested compensating controls",
    objective: "What compensates for a missing fix is tested for as long as it is relied on.",
    criteria: &[
        soc2("CC5.1", Intersects, ""),
        soc2("CC5.2", Supports, ""),
        soc2("CC4.1", Intersects, ""),
        soc2("CC6.6", Intersects, ""),
        iso27001("A.8.20", Intersects, ""),
        iso27001("A.8.22", Intersects, ""),
        iso27001("A.8.7", Intersects, ""),
        iso27701("6.10.1.1", Intersects, ""),
        pci("App. B", Subset, PART_14),
        pci("App. C", Intersects, "documents what App. B asks to be shown"),
        pci("6.4.2", Intersects, ""),
        pci("1.4.1", Intersects, ""),
        nist("SC-7", Intersects, ""),
        nist("CA-7", Intersects, ""),
        nist("SI-4", Intersects, ""),
        cis("13.10", Intersects, ""),
        cis("12.2", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-15`.
const PART_15: &str = "the criterion covers all duties; these are those of patching";

/// Segregation of duties.
pub static PC_15: Control = Control {
    id: "pc-15",
    title: "Segregation of duties",
    objective: "No one person requests, approves, deploys and attests the same change.",
    criteria: &[
        soc2("CC1.3", Supports, ""),
        soc2("CC5.1", Subset, PART_15),
        soc2("CC6.3", Intersects, ""),
        soc2("CC8.1", Intersects, ""),
        iso27001("A.5.3", Subset, PART_15),
        iso27001("A.8.2", Intersects, ""),
        iso27001("A.5.15", Supports, ""),
        iso27701("6.3.1.2", Subset, PART_15),
        iso27701("6.6.2.3", Supports, ""),
        iso27701_2025("A.3.9"),
        pci("6.5.4", Intersects, ""),
        pci("7.2.1", Supports, ""),
        nist("AC-5", Subset, PART_15),
        nist("AC-6", Intersects, ""),
        nist("CM-5", Intersects, ""),
        cis("6.8", Supports, ""),
        cis("5.4", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-16`.
const PART_16: &str = "the criterion covers all records; these are those of patching";

/// Trustworthy audit trail.
pub static PC_16: Control = Control {
    id: "pc-16",
    title: "Trustworthy audit trail",
    objective: "Records of patching are complete, time-synchronised, protected from change and kept for the period required.",
    criteria: &[
        soc2("CC4.1", Supports, ""),
        soc2("CC6.1", Supports, ""),
        soc2("CC7.2", Intersects, ""),
        soc2("CC7.3", Supports, ""),
        iso27001("A.8.15", Subset, PART_16),
        iso27001("A.8.17", Intersects, ""),
        iso27001("A.5.33", Subset, PART_16),
        iso27001("A.5.28", Intersects, ""),
        iso27701("6.9.4.1", Subset, PART_16),
        iso27701("6.9.4.2", Subset, PART_16),
        iso27701("6.9.4.4", Intersects, ""),
        iso27701("6.15.1.3", Intersects, ""),
        iso27701_2025("A.3.25"),
        iso27701_2025("A.3.14"),
        pci("10.2.1", Intersects, ""),
        pci("10.3.2", Subset, PART_16),
        pci("10.3.4", Intersects, ""),
        pci("10.5.1", Subset, PART_16),
        pci("10.6.1", Intersects, ""),
        nist("AU-2", Intersects, ""),
        nist("AU-3", Intersects, ""),
        nist("AU-8", Intersects, ""),
        nist("AU-9", Subset, PART_16),
        nist("AU-9(2)", Intersects, ""),
        nist("AU-9(3)", Subset, PART_16),
        nist("AU-10", Intersects, ""),
        nist("AU-11", Subset, PART_16),
        cis("8.1", Supports, ""),
        cis("8.3", Supports, ""),
        cis("8.4", Intersects, ""),
        cis("8.9", Supports, ""),
        cis("8.10", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-17`.
const PART_17: &str = "the criterion covers all controls; this is the monitoring of one";

/// Monitoring of the control itself.
pub static PC_17: Control = Control {
    id: "pc-17",
    title: "Monitoring of the control itself",
    objective: "The patch control is watched continuously, and its own gaps and failures are found, alerted and acted on.",
    criteria: &[
        soc2("CC4.1", Subset, PART_17),
        soc2("CC4.2", Subset, PART_17),
        soc2("CC7.2", Intersects, ""),
        iso27001("cl.9.1", Subset, PART_17),
        iso27001("A.8.16", Intersects, ""),
        iso27001("A.5.35", Supports, ""),
        iso27701("5.7.1", Subset, PART_17),
        iso27701("6.15.2.1", Supports, ""),
        iso27701_2025("A.3.15"),
        pci("10.7.2", Intersects, ""),
        pci("12.4.2", Intersects, ""),
        nist("CA-7", Subset, PART_17),
        nist("CA-7(4)", Intersects, ""),
        nist("SI-4", Supports, ""),
        nist("PM-31", Intersects, ""),
        cis("7.2", Supports, ""),
        cis("8.11", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-18`.
const PART_18: &str = "the criterion covers all events; these come from open weaknesses";

/// Triage of what was exploited before it was patched.
pub static PC_18: Control = Control {
    id: "pc-18",
    title: "Triage of what was exploited before it was patched",
    objective: "A weakness exploited while it stood open on an asset is triaged as a possible incident.",
    criteria: &[
        soc2("CC7.3", Subset, PART_18),
        soc2("CC7.4", Intersects, ""),
        soc2("CC7.5", Supports, ""),
        iso27001("A.5.25", Subset, PART_18),
        iso27001("A.5.26", Intersects, ""),
        iso27001("A.5.27", Supports, ""),
        iso27701("6.13.1.4", Subset, PART_18),
        iso27701("6.13.1.5", Intersects, ""),
        iso27701("6.13.1.6", Supports, ""),
        iso27701_2025("A.3.11"),
        iso27701_2025("A.3.12"),
        pci("12.10.1", Intersects, ""),
        pci("12.10.5", Intersects, ""),
        nist("IR-4", Subset, PART_18),
        nist("IR-5", Intersects, ""),
        nist("IR-6", Supports, ""),
        cis("17.1", Supports, ""),
        cis("17.2", Supports, ""),
        cis("17.8", Supports, ""),
    ],
};

/// Availability while patching.
pub static PC_19: Control = Control {
    id: "pc-19",
    title: "Availability while patching",
    objective: "Patching keeps services available: windows outside peaks, redundancy, and recovery that was tested.",
    criteria: &[
        soc2("A1.1", Supports, ""),
        soc2("A1.2", Intersects, ""),
        soc2("A1.3", Intersects, ""),
        soc2("CC7.5", Supports, ""),
        iso27001("A.8.13", Intersects, ""),
        iso27001("A.8.14", Intersects, ""),
        iso27001("A.5.30", Supports, ""),
        iso27701("6.9.3.1", Intersects, ""),
        iso27701_2025("A.3.24"),
        pci("12.10.1", Supports, ""),
        nist("CP-9", Intersects, ""),
        nist("CP-10", Intersects, ""),
        nist("SI-2", Supports, ""),
        cis("11.2", Intersects, ""),
        cis("11.5", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-20`.
const PART_20: &str = "the criterion covers all third-party risk; this is the patching part";

/// Vendors and subservice organisations.
pub static PC_20: Control = Control {
    id: "pc-20",
    title: "Vendors and subservice organisations",
    objective: "What vendors and subservice organisations patch is agreed, evidenced for the period and reviewed, from procurement on.",
    criteria: &[
        soc2("CC9.2", Subset, PART_20),
        soc2("CC2.3", Supports, ""),
        soc2("CC3.4", Supports, ""),
        iso27001("A.5.19", Subset, PART_20),
        iso27001("A.5.20", Intersects, ""),
        iso27001("A.5.21", Intersects, ""),
        iso27001("A.5.22", Subset, PART_20),
        iso27001("A.5.23", Intersects, ""),
        iso27701("6.12.1.1", Subset, PART_20),
        iso27701("6.12.2.1", Intersects, ""),
        iso27701_2025("A.3.10"),
        pci("12.8.1", Supports, ""),
        pci("12.8.2", Intersects, ""),
        pci("12.8.3", Intersects, ""),
        pci("12.8.4", Subset, PART_20),
        pci("12.8.5", Subset, PART_20),
        pci("12.9.2", Supports, ""),
        nist("SA-9", Subset, PART_20),
        nist("SR-6", Intersects, ""),
        nist("SR-11", Supports, ""),
        nist("CA-2", Supports, ""),
        cis("15.1", Intersects, ""),
        cis("15.2", Intersects, ""),
        cis("15.4", Intersects, ""),
        cis("15.5", Intersects, ""),
    ],
};
