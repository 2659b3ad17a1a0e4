use super::Severity::{Critical, High, Low, Medium, Unspecified};
use super::*;

/// (profile, severity, exploited, internet-facing, hours)
type Case = (&'static str, Severity, bool, bool, Option<u32>);

const CASES: &[Case] = &[
    ("industry-default", Critical, false, false, Some(360)),
    ("industry-default", Critical, false, true, Some(168)),
    ("industry-default", High, false, false, Some(720)),
    ("industry-default", High, false, true, Some(720)),
    ("industry-default", Medium, false, false, Some(2160)),
    ("industry-default", Low, false, false, Some(4320)),
    ("industry-default", Unspecified, false, false, Some(720)),
    ("industry-default", Critical, true, true, Some(72)),
    ("industry-default", Low, true, true, Some(72)),
    ("industry-default", Low, true, false, Some(168)),
    ("industry-default", Critical, true, false, Some(168)),
    ("strict-ecommerce", Critical, false, false, Some(168)),
    ("strict-ecommerce", High, false, true, Some(360)),
    ("strict-ecommerce", Medium, false, false, Some(720)),
    ("strict-ecommerce", Low, false, false, Some(2160)),
    ("strict-ecommerce", Unspecified, false, false, Some(360)),
    ("strict-ecommerce", Medium, true, false, Some(72)),
    ("pci-4.0.1", Critical, false, true, Some(720)),
    ("pci-4.0.1", Critical, true, true, Some(720)),
    ("pci-4.0.1", High, false, true, None),
    ("pci-4.0.1", Unspecified, true, true, None),
    ("pci-4.0.1", Low, true, false, None),
];

#[test]
fn tiers() {
    for &(id, severity, exploited, internet_facing, expected) in CASES {
        let profile = profile(id).unwrap();
        let found = limit_hours(profile, severity, exploited, internet_facing, None);
        assert_eq!(found, expected, "{id} {severity} exploited={exploited} internet-facing={internet_facing}");
    }
}

#[test]
fn exploited_never_lengthens() {
    for profile in PROFILES {
        for severity in Severity::ALL {
            for internet_facing in [false, true] {
                let plain = limit_hours(profile, severity, false, internet_facing, None);
                let exploited = limit_hours(profile, severity, true, internet_facing, None);
                let hours = |limit: Option<u32>| limit.unwrap_or(u32::MAX);
                assert!(hours(exploited) <= hours(plain), "{} {severity}", profile.id);
            }
        }
    }
}

/// Written from the published table by exposure and KEV, columns in the order N/partial, N/total,
/// Y/partial, Y/total; 0 stands for the next upgrade.
#[test]
fn bod_26_04_table() {
    let table = [
        ((false, false), [0, 0, 60, 60]),
        ((true, false), [60, 14, 14, 3]),
        ((false, true), [14, 14, 14, 3]),
        ((true, true), [14, 3, 3, 3]),
    ];
    for ((exposed, kev), columns) in table {
        let inputs = [(false, false), (false, true), (true, false), (true, true)];
        for ((automatable, total), count) in inputs.into_iter().zip(columns) {
            let impact = if total { TechnicalImpact::Total } else { TechnicalImpact::Partial };
            let ssvc = Ssvc { automatable: Some(automatable), technical_impact: Some(impact) };
            let expected = if count == 0 { Due::NextUpgrade } else { Due::Hours(count * 24) };
            // The severity plays no part in this profile.
            for severity in Severity::ALL {
                let found = due(&BOD_26_04, severity, kev, exposed, Some(ssvc));
                assert_eq!(found, Some(expected), "{exposed} {kev} {ssvc:?}");
            }
        }
    }
}

#[test]
fn bod_26_04_forensic_triage() {
    let triaged: Vec<_> = bod_26_04::ROWS
        .iter()
        .filter(|row| row.forensic_triage)
        .map(|row| (row.exposed, row.kev, row.automatable, row.technical_impact))
        .collect();
    let total = TechnicalImpact::Total;
    assert_eq!(triaged, [(false, true, true, total), (true, true, false, total), (true, true, true, total)]);
}

#[test]
fn bod_26_04_is_complete_and_defaults_missing_metadata() {
    assert_eq!(bod_26_04::ROWS.len(), 16);
    for (exposed, kev, expected) in [
        (false, false, Due::NextUpgrade),
        (true, false, Due::Hours(336)),
        (false, true, Due::Hours(336)),
        (true, true, Due::Hours(72)),
    ] {
        assert_eq!(due(&BOD_26_04, High, kev, exposed, None), Some(expected));
    }
    assert_eq!(limit_hours(&BOD_26_04, Critical, false, false, None), None);
}

#[test]
fn profiles_are_sorted_and_found() {
    assert!(PROFILES.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert!(profile("legacy").is_none());
    assert_eq!(profile("bod-26-04").map(|p| p.anchor), Some(Anchor::FirstDetected));
}
