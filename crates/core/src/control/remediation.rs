//! Controls over getting a fix onto the machines and showing that it is there.

use super::Relation::{Equal, Intersects, Subset, Supports};
use super::{Control, cis, iso27001, iso27701, iso27701_2025, nist, pci, soc2};

/// Why a criterion holds more than `pc-06`.
const PART_06: &str = "the emergency path is one part of it";

/// Emergency path for exploited weaknesses.
pub static PC_06: Control = Control {
    id: "pc-06",
    title: "Emergency path for exploited weaknesses",
    objective: "A weakness that is being exploited is fixed on an emergency path of its own, with its own deadline and a review afterwards.",
    criteria: &[
        soc2("CC7.1", Subset, PART_06),
        soc2("CC7.3", Supports, ""),
        soc2("CC7.4", Intersects, ""),
        iso27001("A.8.8", Subset, PART_06),
        iso27001("A.5.26", Supports, ""),
        iso27001("A.8.32", Intersects, ""),
        iso27701("6.9.6.1", Subset, PART_06),
        iso27701("6.13.1.5", Supports, ""),
        iso27701_2025("A.3.12"),
        pci("6.3.3", Intersects, "an exploited weakness reaches its deadline through the entity's own ranking"),
        pci("6.5.1", Intersects, ""),
        pci("12.10.1", Supports, ""),
        nist("SI-2", Subset, PART_06),
        nist("SI-5", Intersects, ""),
        nist("IR-4", Supports, ""),
        nist("CM-3", Intersects, ""),
        cis("7.2", Intersects, ""),
        cis("7.7", Intersects, ""),
        cis("17.1", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-07`.
const PART_07: &str = "installing in time is one part of it";

/// Patches within the deadline.
pub static PC_07: Control = Control {
    id: "pc-07",
    title: "Patches within the deadline",
    objective: "Fixes for operating systems and applications are installed on every asset in scope before their deadline.",
    criteria: &[
        soc2("CC6.8", Supports, ""),
        soc2("CC7.1", Subset, PART_07),
        soc2("CC7.4", Intersects, ""),
        iso27001("A.8.8", Subset, PART_07),
        iso27001("A.8.19", Intersects, ""),
        iso27701("6.9.6.1", Subset, PART_07),
        iso27701("6.9.6.2", Intersects, ""),
        pci("6.3.3", Intersects, "4.0.1 sets one month for critical fixes only; other deadlines are the entity's own"),
        nist("SI-2", Subset, PART_07),
        nist("SI-2(2)", Intersects, ""),
        nist("SI-2(3)", Intersects, "outside the baselines the id was checked against"),
        nist("SI-2(4)", Intersects, "outside the baselines the id was checked against"),
        cis("7.3", Intersects, ""),
        cis("7.4", Intersects, ""),
        cis("7.7", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-08`.
const PART_08: &str = "verifying the result is one part of it";

/// Verification after patching.
pub static PC_08: Control = Control {
    id: "pc-08",
    title: "Verification after patching",
    objective: "What a patch run or ticket claims is confirmed by a later, independent assessment of the same asset.",
    criteria: &[
        soc2("CC7.1", Subset, PART_08),
        soc2("CC4.1", Intersects, ""),
        soc2("CC7.4", Supports, ""),
        iso27001("A.8.8", Subset, PART_08),
        iso27001("A.8.29", Intersects, ""),
        iso27701("6.9.6.1", Subset, PART_08),
        pci("11.3.1", Intersects, ""),
        pci("11.3.1.3", Intersects, ""),
        pci("6.5.2", Intersects, ""),
        nist("SI-2(2)", Intersects, ""),
        nist("RA-5", Intersects, ""),
        nist("CM-4", Intersects, ""),
        nist("CM-3(2)", Intersects, ""),
        cis("7.7", Intersects, ""),
    ],
};

/// Attestation of remediation.
pub static PC_09: Control = Control {
    id: "pc-09",
    title: "Attestation of remediation",
    objective: "Management states in writing, within 72 hours of a remediation, what was remediated and on how many of how many assets.",
    criteria: &[
        soc2("CC2.1", Supports, ""),
        soc2("CC4.2", Supports, ""),
        soc2("CC7.4", Supports, ""),
        iso27001("A.5.28", Intersects, ""),
        iso27001("A.5.36", Intersects, ""),
        iso27701("6.13.1.7", Supports, ""),
        iso27701("6.15.2.2", Supports, ""),
        iso27701_2025("A.3.16"),
        pci("6.3.3", Supports, "the attestation is evidence of installation in time"),
        pci("12.4.2", Supports, ""),
        nist("CA-2", Supports, ""),
        nist("CA-7", Supports, ""),
        nist("AU-10", Supports, ""),
        cis("7.2", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-10`.
const PART_10: &str = "the criterion covers all changes; these are patches";

/// Authorised and tested patch changes.
pub static PC_10: Control = Control {
    id: "pc-10",
    title: "Authorised and tested patch changes",
    objective: "Patch changes are authorised, tested outside production and can be rolled back.",
    criteria: &[
        soc2("CC8.1", Subset, PART_10),
        iso27001("A.8.32", Subset, PART_10),
        iso27001("A.8.31", Intersects, ""),
        iso27001("A.8.29", Intersects, ""),
        iso27701("6.9.1.2", Subset, PART_10),
        iso27701("6.11.2.2", Intersects, ""),
        iso27701("6.11.2.3", Intersects, ""),
        pci("6.5.1", Subset, PART_10),
        pci("6.5.2", Intersects, ""),
        nist("CM-3", Subset, PART_10),
        nist("CM-3(2)", Intersects, "both ask that changes are tested before they are made"),
        nist("CM-4", Intersects, ""),
        nist("CM-5", Supports, ""),
        cis("4.1", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-11`.
const PART_11: &str = "the criterion covers configuration in general; these are patch-bearing baselines";

/// Current baselines and images.
pub static PC_11: Control = Control {
    id: "pc-11",
    title: "Current baselines and images",
    objective: "Machines start from hardened, current images and baselines, and drift from them is found.",
    criteria: &[
        soc2("CC7.1", Subset, PART_11),
        soc2("CC6.8", Supports, ""),
        soc2("CC8.1", Supports, ""),
        iso27001("A.8.9", Subset, PART_11),
        iso27001("A.8.19", Intersects, ""),
        iso27701("6.9.5.1", Supports, ""),
        pci("2.2.1", Intersects, ""),
        pci("1.2.1", Supports, ""),
        nist("CM-2", Subset, PART_11),
        nist("CM-6", Intersects, ""),
        nist("CM-3", Supports, ""),
        cis("4.1", Intersects, ""),
        cis("4.6", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-12`.
const PART_12: &str = "unsupported components are one part of it";

/// No unsupported components.
pub static PC_12: Control = Control {
    id: "pc-12",
    title: "No unsupported components",
    objective: "Components without vendor support are removed, replaced or covered by a documented mitigation before support ends.",
    criteria: &[
        soc2("CC3.4", Supports, ""),
        soc2("CC7.1", Subset, PART_12),
        iso27001("A.8.8", Subset, PART_12),
        iso27001("A.5.9", Supports, ""),
        iso27701("6.9.6.1", Subset, PART_12),
        pci("12.3.4", Subset, PART_12),
        pci("6.3.3", Supports, "a component without support receives no fix to install"),
        nist("SA-22", Equal, "both ask to replace unsupported components or to justify them"),
        nist("CM-8", Supports, ""),
        nist("SI-2(6)", Intersects, "outside the baselines the id was checked against"),
        cis("2.2", Subset, PART_12),
        cis("2.3", Intersects, ""),
    ],
};
