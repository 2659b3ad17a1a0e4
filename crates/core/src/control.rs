//! The built-in control catalogue, `pc-01` to `pc-20`, and its crosswalk to the criteria of others.
//!
//! The assignments and relations are judgements of this project, not statements of the bodies that
//! publish the frameworks: agree them with the firm that signs the report. Criteria are named by
//! their ids only; what a control asks is said in our own words. The ids of ISO/IEC 27701:2025 were
//! not checked against the standard's text, and that edition has, as far as is known, no control of
//! its own for technical vulnerabilities: each is only `Supports` and says so.

mod assurance;
mod foundations;
pub mod own;
mod remediation;

pub use assurance::{PC_13, PC_14, PC_15, PC_16, PC_17, PC_18, PC_19, PC_20};
pub use foundations::{PC_01, PC_02, PC_03, PC_04, PC_05};
pub use remediation::{PC_06, PC_07, PC_08, PC_09, PC_10, PC_11, PC_12};

/// One control of the catalogue.
#[derive(Debug)]
pub struct Control {
    /// `pc-01` to `pc-20`.
    pub id: &'static str,
    /// A short name.
    pub title: &'static str,
    /// What the control is to achieve, in one sentence of our own.
    pub objective: &'static str,
    /// The criteria it is mapped to, grouped by framework.
    pub criteria: &'static [Criterion],
}

/// A criterion, requirement or control of a framework, and how ours relates to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Who publishes it.
    pub framework: Framework,
    /// The id there, such as `CC7.1`, `A.8.8`, `cl.9.1`, `6.3.3`, `App. B`, `SI-2(2)`.
    pub id: &'static str,
    /// How our control relates to it.
    pub relation: Relation,
    /// Why; may be empty where the titles say it.
    pub rationale: &'static str,
}

/// A framework, in the edition the crosswalk was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// AICPA trust services criteria.
    Soc2,
    /// ISO/IEC 27001: Annex A controls, and clauses as `cl.`.
    Iso27001,
    /// ISO/IEC 27701:2019, by clause.
    Iso27701v2019,
    /// ISO/IEC 27701:2025; unverified.
    Iso27701v2025,
    /// PCI DSS.
    PciDss,
    /// NIST SP 800-53.
    Nist80053,
    /// CIS Critical Security Controls, by safeguard.
    CisV8,
}

/// The part of a SOC 2 report a criterion belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The common criteria, `CC…`: in every report.
    Security,
    /// `A1.…`: only where availability is in the report's scope.
    Availability,
}

/// How a control relates to a criterion, read from the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Both ask for the same.
    Equal,
    /// All the control asks lies within the criterion, which asks for more.
    Subset,
    /// They share a part; each asks for more.
    Intersects,
    /// The control helps to meet the criterion or gives evidence for it, without being asked there.
    Supports,
}

/// The whole catalogue, sorted by id.
pub static CONTROLS: &[&Control] = &[
    &PC_01, &PC_02, &PC_03, &PC_04, &PC_05, &PC_06, &PC_07, &PC_08, &PC_09, &PC_10, &PC_11, &PC_12, &PC_13, &PC_14,
    &PC_15, &PC_16, &PC_17, &PC_18, &PC_19, &PC_20,
];

/// The built-in control of that id.
pub fn control(id: &str) -> Option<&'static Control> {
    CONTROLS.iter().copied().find(|control| control.id == id)
}

impl Framework {
    /// Every framework of the crosswalk.
    pub const ALL: [Framework; 7] = [
        Self::Soc2,
        Self::Iso27001,
        Self::Iso27701v2019,
        Self::Iso27701v2025,
        Self::PciDss,
        Self::Nist80053,
        Self::CisV8,
    ];

    /// The name without the edition.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Soc2 => "SOC 2",
            Self::Iso27001 => "ISO/IEC 27001",
            Self::Iso27701v2019 | Self::Iso27701v2025 => "ISO/IEC 27701",
            Self::PciDss => "PCI DSS",
            Self::Nist80053 => "NIST SP 800-53",
            Self::CisV8 => "CIS Controls",
        }
    }

    /// The edition the ids are taken from.
    pub const fn edition(self) -> &'static str {
        match self {
            Self::Soc2 => "2017 TSC with 2022 points of focus",
            Self::Iso27001 => "2022",
            Self::Iso27701v2019 => "2019",
            Self::Iso27701v2025 => "2025",
            Self::PciDss => "4.0.1",
            Self::Nist80053 => "rev 5",
            Self::CisV8 => "8",
        }
    }

    /// What to know before relying on the ids of an edition.
    pub const fn caveat(self) -> Option<&'static str> {
        match self {
            Self::Iso27701v2025 => Some("unverified: mapped without the text of this edition"),
            _ => None,
        }
    }
}

impl Criterion {
    /// Which part of a SOC 2 report the criterion belongs to; `None` for other frameworks.
    pub fn category(&self) -> Option<Category> {
        match self.framework {
            Framework::Soc2 if self.id.starts_with("A1.") => Some(Category::Availability),
            Framework::Soc2 => Some(Category::Security),
            _ => None,
        }
    }
}

impl Control {
    /// The criteria of one framework, in the catalogue's order.
    pub fn criteria_of(&self, framework: Framework) -> impl Iterator<Item = &'static Criterion> {
        self.criteria.iter().filter(move |criterion| criterion.framework == framework)
    }
}

impl Relation {
    /// Every relation, the closest first.
    pub const ALL: [Relation; 4] = [Self::Equal, Self::Subset, Self::Intersects, Self::Supports];

    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Subset => "subset",
            Self::Intersects => "intersects",
            Self::Supports => "supports",
        }
    }

    /// What the word means, read from the control.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Equal => "both ask for the same",
            Self::Subset => "all that the control asks lies within the criterion, which asks for more",
            Self::Intersects => "they share a part, and each asks for more",
            Self::Supports => {
                "the control helps to meet the criterion or gives evidence for it, without being asked there"
            }
        }
    }
}

const fn soc2(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::Soc2, id, relation, rationale }
}

const fn iso27001(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::Iso27001, id, relation, rationale }
}

const fn iso27701(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::Iso27701v2019, id, relation, rationale }
}

/// No relation can be claimed to a text that was not read.
const fn iso27701_2025(id: &'static str) -> Criterion {
    Criterion {
        framework: Framework::Iso27701v2025,
        id,
        relation: Relation::Supports,
        rationale: "unverified: mapped without the text of the 2025 edition",
    }
}

const fn pci(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::PciDss, id, relation, rationale }
}

const fn nist(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::Nist80053, id, relation, rationale }
}

const fn cis(id: &'static str, relation: Relation, rationale: &'static str) -> Criterion {
    Criterion { framework: Framework::CisV8, id, relation, rationale }
}

#[cfg(test)]
mod tests;
