use super::*;

#[test]
fn twenty_controls_sorted_by_id() {
    let ids: Vec<_> = CONTROLS.iter().map(|control| control.id.to_owned()).collect();
    let expected: Vec<_> = (1..=20).map(|n| format!("pc-{n:02}")).collect();
    assert_eq!(ids, expected);
    assert!(control("pc-07").is_some_and(|found| std::ptr::eq(found, &PC_07)));
    assert!(control("pc-21").is_none());
}

#[test]
fn each_control_has_the_criteria_it_is_used_for() {
    for control in CONTROLS {
        for framework in [
            Framework::Soc2,
            Framework::Iso27001,
            Framework::Iso27701v2019,
            Framework::PciDss,
            Framework::Nist80053,
            Framework::CisV8,
        ] {
            assert!(control.criteria_of(framework).next().is_some(), "{} {}", control.id, framework.name());
        }
        assert!(control.objective.ends_with('.'), "{}", control.id);
    }
}

#[test]
fn criteria_are_grouped_and_not_repeated() {
    for control in CONTROLS {
        assert!(control.criteria.windows(2).all(|pair| pair[0].framework <= pair[1].framework), "{}", control.id);
        for (at, criterion) in control.criteria.iter().enumerate() {
            let again = control.criteria[at + 1..]
                .iter()
                .any(|other| other.framework == criterion.framework && other.id == criterion.id);
            assert!(!again, "{} {}", control.id, criterion.id);
        }
    }
}

#[test]
fn a_strong_relation_says_why() {
    for control in CONTROLS {
        for criterion in control.criteria {
            if matches!(criterion.relation, Relation::Equal | Relation::Subset) {
                assert!(!criterion.rationale.is_empty(), "{} {}", control.id, criterion.id);
            }
            if criterion.framework == Framework::Iso27701v2025 {
                assert_eq!(criterion.relation, Relation::Supports);
                assert!(criterion.rationale.starts_with("unverified"));
            }
        }
    }
}

#[test]
fn availability_is_kept_apart() {
    let available: Vec<_> = CONTROLS
        .iter()
        .flat_map(|control| control.criteria)
        .filter(|criterion| criterion.category() == Some(Category::Availability))
        .map(|criterion| criterion.id)
        .collect();
    assert_eq!(available, ["A1.1", "A1.2", "A1.3"]);
    for criterion in PC_19.criteria_of(Framework::Iso27001) {
        assert_eq!(criterion.category(), None);
    }
}

#[test]
fn ids_have_the_shape_of_their_framework() {
    for control in CONTROLS {
        for criterion in control.criteria {
            assert!(
                well_formed(criterion.framework, criterion.id),
                "{} {} {}",
                control.id,
                criterion.framework.name(),
                criterion.id
            );
        }
    }
    for (framework, id) in [
        (Framework::Soc2, "CC10.1"),
        (Framework::Soc2, "A.8.8"),
        (Framework::Iso27001, "A.4.1"),
        (Framework::Iso27701v2019, "8.8"),
        (Framework::Iso27701v2025, "A.4.2"),
        (Framework::PciDss, "6.3.3 evidence"),
        (Framework::Nist80053, "SI-2 (2)"),
        (Framework::CisV8, "19.1"),
    ] {
        assert!(!well_formed(framework, id), "{id}");
    }
}

fn well_formed(framework: Framework, id: &str) -> bool {
    let first_within = |text: &str, parts: std::ops::RangeInclusive<usize>, first: &[u32]| {
        numbers(text).is_some_and(|n| parts.contains(&n.len()) && first.contains(&n[0]))
    };
    let clauses = [4, 5, 6, 7, 8, 9, 10];
    match framework {
        Framework::Soc2 => match id.strip_prefix("CC") {
            Some(rest) => first_within(rest, 2..=2, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
            None => id.strip_prefix("A1.").is_some_and(|rest| first_within(rest, 1..=1, &[1, 2, 3])),
        },
        Framework::Iso27001 => match (id.strip_prefix("A."), id.strip_prefix("cl.")) {
            (Some(rest), _) => first_within(rest, 2..=2, &[5, 6, 7, 8]),
            (_, Some(rest)) => first_within(rest, 2..=3, &clauses),
            _ => false,
        },
        Framework::Iso27701v2019 => first_within(id, 3..=4, &[5, 6, 7, 8]),
        Framework::Iso27701v2025 => id.strip_prefix("A.").is_some_and(|rest| first_within(rest, 2..=2, &[1, 2, 3])),
        Framework::PciDss => {
            let requirements: Vec<u32> = (1..=12).collect();
            matches!(id, "App. B" | "App. C") || first_within(id, 3..=5, &requirements)
        }
        Framework::Nist80053 => nist_shape(id),
        Framework::CisV8 => {
            let controls: Vec<u32> = (1..=18).collect();
            first_within(id, 2..=2, &controls)
        }
    }
}

/// `SI-2` or `SI-2(3)`.
fn nist_shape(id: &str) -> bool {
    let Some((family, rest)) = id.split_once('-') else {
        return false;
    };
    let (control, enhancement) = match rest.split_once('(') {
        None => (rest, None),
        Some((control, rest)) => (control, Some(rest)),
    };
    let number = |text: &str| numbers(text).is_some_and(|n| n.len() == 1);
    family.len() == 2
        && family.bytes().all(|b| b.is_ascii_uppercase())
        && number(control)
        && enhancement.is_none_or(|rest| rest.strip_suffix(')').is_some_and(number))
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split('.')
        .map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten().filter(|n| *n > 0)
        })
        .collect()
}

/// Rules are consts that point at controls.
#[test]
fn a_const_can_cite_controls() {
    const CITED: &[&Control] = &[&PC_02, &PC_04];
    assert_eq!(CITED.iter().map(|control| control.id).collect::<Vec<_>>(), ["pc-02", "pc-04"]);
}
