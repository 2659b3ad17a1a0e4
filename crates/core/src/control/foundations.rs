//! Controls that everything else rests on: policy, inventory, intake, assessment, ranking.

use super::Relation::{Intersects, Subset, Supports};
use super::{Control, cis, iso27001, iso27701, iso27701_2025, nist, pci, soc2};

/// Why a criterion holds more than `pc-01`.
const PART_01: &str = "the criterion asks for more than a policy on patching";

/// Patch policy.
pub static PC_01: Control = Control {
    id: "pc-01",
    title: "Patch policy",
    objective: "A patch and vulnerability policy with owners and deadlines is approved, published and reviewed on schedule.",
    criteria: &[
        soc2("CC1.3", Supports, ""),
        soc2("CC1.5", Supports, ""),
        soc2("CC2.2", Supports, ""),
        soc2("CC5.3", Subset, PART_01),
        iso27001("A.5.1", Subset, PART_01),
        iso27001("A.5.2", Intersects, ""),
        iso27001("A.5.4", Supports, ""),
        iso27001("A.5.37", Intersects, ""),
        iso27701("6.2.1.1", Subset, PART_01),
        iso27701("6.3.1.1", Intersects, ""),
        iso27701_2025("A.3.3"),
        iso27701_2025("A.3.4"),
        pci("6.1.1", Subset, PART_01),
        pci("6.1.2", Intersects, ""),
        pci("6.3.1", Supports, ""),
        nist("SI-1", Subset, PART_01),
        nist("RA-1", Subset, PART_01),
        nist("CM-1", Supports, ""),
        nist("SI-2", Supports, ""),
        cis("7.1", Subset, PART_01),
        cis("7.2", Subset, PART_01),
    ],
};

/// Why a criterion holds more than `pc-02`.
const PART_02: &str = "the criterion covers all assets; these are the patchable ones";

/// Inventory of assets and software.
pub static PC_02: Control = Control {
    id: "pc-02",
    title: "Inventory of assets and software",
    objective: "Every asset that carries patchable software, in every cloud, is known with its owner and its software.",
    criteria: &[
        soc2("CC2.1", Supports, ""),
        soc2("CC6.1", Intersects, ""),
        soc2("CC7.1", Supports, ""),
        iso27001("A.5.9", Subset, PART_02),
        iso27001("A.8.1", Supports, ""),
        iso27701("6.5.1.1", Subset, PART_02),
        pci("12.5.1", Subset, PART_02),
        pci("6.3.2", Intersects, ""),
        nist("CM-8", Subset, PART_02),
        nist("CM-8(1)", Intersects, ""),
        nist("CM-8(3)", Intersects, ""),
        nist("PM-5", Intersects, ""),
        cis("1.1", Subset, PART_02),
        cis("2.1", Subset, PART_02),
        cis("2.4", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-03`.
const PART_03: &str = "taking in the news is one part of it";

/// Vulnerability and threat intake.
pub static PC_03: Control = Control {
    id: "pc-03",
    title: "Vulnerability and threat intake",
    objective: "News of vulnerabilities, fixes and exploitation reaches those who must act without delay.",
    criteria: &[
        soc2("CC3.2", Intersects, ""),
        soc2("CC7.1", Subset, PART_03),
        iso27001("A.5.7", Subset, PART_03),
        iso27001("A.8.8", Subset, PART_03),
        iso27701("6.9.6.1", Subset, PART_03),
        pci("6.3.1", Subset, PART_03),
        nist("SI-5", Subset, PART_03),
        nist("RA-5(2)", Intersects, ""),
        nist("RA-3", Supports, ""),
        nist("PM-16", Intersects, "outside the baselines the id was checked against"),
        cis("7.1", Supports, ""),
    ],
};

/// Why a criterion holds more than `pc-04`.
const PART_04: &str = "assessing on schedule is one part of it";

/// Assessment coverage.
pub static PC_04: Control = Control {
    id: "pc-04",
    title: "Assessment coverage",
    objective: "Every asset in scope is scanned or assessed on schedule with sufficient access, and the scans succeed.",
    criteria: &[
        soc2("CC7.1", Subset, PART_04),
        soc2("CC4.1", Supports, ""),
        iso27001("A.8.8", Subset, PART_04),
        iso27701("6.9.6.1", Subset, PART_04),
        pci("11.3.1", Subset, PART_04),
        pci("11.3.1.2", Intersects, ""),
        pci("11.3.1.3", Intersects, ""),
        pci("11.3.2", Intersects, ""),
        nist("RA-5", Subset, PART_04),
        nist(
            "RA-5(3)",
            Intersects,
            "both ask that scanning covers every asset; outside the baselines the id was checked against",
        ),
        nist("RA-5(5)", Intersects, ""),
        cis("7.5", Intersects, ""),
        cis("7.6", Intersects, ""),
    ],
};

/// Why a criterion holds more than `pc-05`.
const PART_05: &str = "ranking is one part of it";

/// Risk ranking.
pub static PC_05: Control = Control {
    id: "pc-05",
    title: "Risk ranking",
    objective: "Missing fixes are ranked by severity, known exploitation and exposure, and the ranking sets the deadline.",
    criteria: &[
        soc2("CC3.2", Subset, PART_05),
        soc2("CC3.4", Supports, ""),
        soc2("CC7.1", Intersects, ""),
        iso27001("A.8.8", Subset, PART_05),
        iso27001("cl.6.1.2", Intersects, ""),
        iso27701("6.9.6.1", Subset, PART_05),
        iso27701("5.4.1.2", Intersects, ""),
        pci("6.3.1", Subset, PART_05),
        pci("12.3.1", Intersects, ""),
        nist("RA-3", Subset, PART_05),
        nist("RA-5", Intersects, ""),
        nist("RA-7", Intersects, ""),
        cis("7.2", Intersects, ""),
    ],
};
