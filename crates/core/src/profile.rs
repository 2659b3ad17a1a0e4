//! How long a fix may be missing, as data: limits by severity, or by the SSVC decision table of
//! CISA BOD 26-04.
//!
//! Where practice names a range, the stricter bound stands here and the comment says so. A profile
//! holds limits and the moment they count from; pauses, approvals and exceptions are not its
//! business.

use crate::severity::Severity;

mod bod_26_04;

/// A named set of limits.
#[derive(Debug)]
pub struct Profile {
    /// The name the policy uses, such as `industry-default`.
    pub id: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Where the limits come from.
    pub source: &'static str,
    /// What starts the clock.
    pub anchor: Anchor,
    /// The limits themselves.
    pub limits: Limits,
}

/// The moment a clock starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The first observation that the fix is missing. It rewards not looking, so whoever applies it
    /// caps it by the scan interval.
    FirstDetected,
    /// The vendor's release of the fix.
    VendorRelease,
    /// The publication of the vulnerability.
    Published,
    /// The later of the fix's release and the asset's entry into scope.
    FixAvailable,
    /// The listing in CISA's catalogue of known exploited vulnerabilities (KEV).
    KevAdded,
}

/// Limits by severity, or by decision table.
#[derive(Debug)]
pub enum Limits {
    /// One tier a severity, and one that applies on top when the weakness is being exploited.
    Tiers {
        /// Critical.
        critical: Tier,
        /// High, and whatever nobody rated.
        high: Tier,
        /// Medium.
        medium: Tier,
        /// Low.
        low: Tier,
        /// Known to be exploited, whatever the severity.
        exploited: Tier,
    },
    /// A complete decision table over exposure, KEV, automatability and technical impact.
    Ssvc(&'static [SsvcRow]),
}

/// Limits of one severity in hours; `None`: the profile sets no limit of its own, the organisation
/// documents one elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// For an asset that is not internet-facing.
    pub internal: Option<u32>,
    /// For an internet-facing asset.
    pub internet_facing: Option<u32>,
}

/// One row of a decision table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SsvcRow {
    /// Untrusted parties can reach the asset over a public network.
    pub exposed: bool,
    /// The vulnerability is in KEV.
    pub kev: bool,
    /// An attacker can reliably automate reconnaissance to exploitation.
    pub automatable: bool,
    /// What the attacker gains.
    pub technical_impact: TechnicalImpact,
    /// When the fix is due.
    pub due: Due,
    /// The asset is also to be examined for compromise.
    pub forensic_triage: bool,
}

/// SSVC's technical impact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TechnicalImpact {
    /// Limited control or disclosure.
    Partial,
    /// Total control or disclosure.
    Total,
}

/// When a fix is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// This many hours after the anchor.
    Hours(u32),
    /// With the next scheduled upgrade or rebuild; no fixed day count.
    NextUpgrade,
}

/// What is known of a vulnerability's SSVC decision points besides exposure and KEV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ssvc {
    /// Automatable, if assessed.
    pub automatable: Option<bool>,
    /// Technical impact, if assessed.
    pub technical_impact: Option<TechnicalImpact>,
}

const fn days(count: u32) -> u32 {
    count * 24
}

const fn everywhere(hours: u32) -> Tier {
    Tier { internal: Some(hours), internet_facing: Some(hours) }
}

const ELSEWHERE: Tier = Tier { internal: None, internet_facing: None };

/// The default: what most SOC 2 policies of the industry promise.
pub static INDUSTRY_DEFAULT: Profile = Profile {
    id: "industry-default",
    title: "Common practice of SOC 2 patch policies",
    source: "judgement of this project from common practice; no standard sets these numbers",
    anchor: Anchor::FirstDetected,
    limits: Limits::Tiers {
        critical: Tier { internal: Some(days(15)), internet_facing: Some(days(7)) },
        high: everywhere(days(30)),
        medium: everywhere(days(90)),
        low: everywhere(days(180)),
        // Practice says 7 to 14 days for internal assets: the stricter bound.
        exploited: Tier { internal: Some(days(7)), internet_facing: Some(72) },
    },
};

/// For assets that hold card or personal data or face the internet.
pub static STRICT_ECOMMERCE: Profile = Profile {
    id: "strict-ecommerce",
    title: "Strict limits for card data, personal data and internet-facing shops",
    source: "judgement of this project from common practice; no standard sets these numbers",
    // Not the detection: a strict promise must not depend on how often somebody looks.
    anchor: Anchor::FixAvailable,
    limits: Limits::Tiers {
        critical: everywhere(days(7)),
        high: everywhere(days(15)),
        medium: everywhere(days(30)),
        low: everywhere(days(90)),
        // Mitigation is expected in 24 to 48 hours; this is the limit of the fix itself.
        exploited: everywhere(72),
    },
};

/// PCI DSS 4.0.1 requirement 6.3.3: only critical fixes have a day count there.
pub static PCI_4_0_1: Profile = Profile {
    id: "pci-4.0.1",
    title: "PCI DSS 4.0.1, requirement 6.3.3",
    source: "PCI DSS 4.0.1, requirements 6.3.1 and 6.3.3",
    anchor: Anchor::VendorRelease,
    limits: Limits::Tiers {
        // One month; 30 days is the stricter reading of a month.
        critical: everywhere(days(30)),
        // Version 4.0 named high too, 4.0.1 took it back: the entity documents its own time frame.
        high: ELSEWHERE,
        medium: ELSEWHERE,
        low: ELSEWHERE,
        // Exploitation enters through the entity's own ranking under 6.3.1.
        exploited: ELSEWHERE,
    },
};

/// CISA BOD 26-04: no severities, but a decision table.
///
/// The anchor follows a secondary reading (the earlier of KEV listing and detection on the asset)
/// that was not checked against the directive's appendix: the part that needs the KEV date is left
/// to the policy.
pub static BOD_26_04: Profile = Profile {
    id: "bod-26-04",
    title: "CISA Binding Operational Directive 26-04",
    source: "CISA BOD 26-04; table as published by CERT/CC, cisa:DT_BOD2604:1.0.0",
    anchor: Anchor::FirstDetected,
    limits: Limits::Ssvc(&bod_26_04::ROWS),
};

/// Every built-in profile, sorted by id.
pub static PROFILES: &[&Profile] = &[&BOD_26_04, &INDUSTRY_DEFAULT, &PCI_4_0_1, &STRICT_ECOMMERCE];

/// The built-in profile of that name.
pub fn profile(id: &str) -> Option<&'static Profile> {
    PROFILES.iter().copied().find(|profile| profile.id == id)
}

/// The row of a decision table for a vulnerability on an asset.
///
/// Missing metadata takes CISA's defaults: not automatable, total impact. Whether it is in KEV is
/// never defaulted, so `kev` has to come from a catalogue that was read. `None` only if the table
/// is not complete.
pub fn ssvc_row(rows: &'static [SsvcRow], exposed: bool, kev: bool, ssvc: Ssvc) -> Option<&'static SsvcRow> {
    let automatable = ssvc.automatable.unwrap_or(false);
    let technical_impact = ssvc.technical_impact.unwrap_or(TechnicalImpact::Total);
    rows.iter().find(|row| {
        row.exposed == exposed
            && row.kev == kev
            && row.automatable == automatable
            && row.technical_impact == technical_impact
    })
}

/// When a fix is due under a profile; `None`: the profile sets no limit of its own.
///
/// `exploited` means listed in KEV for a decision table, known to be exploited otherwise; there the
/// shorter of the severity's limit and the exploited limit holds. `ssvc` matters to a decision
/// table only. An unrated severity counts as high ([`Severity::for_clock`]), so under a profile
/// that leaves high to the organisation it has no limit here either.
pub fn due(
    profile: &Profile,
    severity: Severity,
    exploited: bool,
    internet_facing: bool,
    ssvc: Option<Ssvc>,
) -> Option<Due> {
    let (by_severity, by_exploitation) = match &profile.limits {
        Limits::Ssvc(rows) => {
            let row = ssvc_row(rows, internet_facing, exploited, ssvc.unwrap_or_default())?;
            return Some(row.due);
        }
        Limits::Tiers { critical, high, medium, low, exploited: on_top } => {
            let tier = match severity {
                Severity::Critical => critical,
                Severity::High | Severity::Unspecified => high,
                Severity::Medium => medium,
                Severity::Low => low,
            };
            (tier.limit(internet_facing), on_top.limit(internet_facing).filter(|_| exploited))
        }
    };
    by_severity.into_iter().chain(by_exploitation).min().map(Due::Hours)
}

/// The limit in hours after the profile's anchor. `None` both where the profile sets no limit and
/// where the fix is due with the next upgrade; [`due`] tells them apart.
pub fn limit_hours(
    profile: &Profile,
    severity: Severity,
    exploited: bool,
    internet_facing: bool,
    ssvc: Option<Ssvc>,
) -> Option<u32> {
    match due(profile, severity, exploited, internet_facing, ssvc)? {
        Due::Hours(hours) => Some(hours),
        Due::NextUpgrade => None,
    }
}

impl Tier {
    const fn limit(&self, internet_facing: bool) -> Option<u32> {
        if internet_facing { self.internet_facing } else { self.internal }
    }
}

#[cfg(test)]
mod tests;
