//! Services, their peaks, and the times without changes.

use super::Wrong;
use super::table::{Place, Table};
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use patchseal_core::policy::{Freeze, Peak, PeakTime, Policy, Service};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    if let Some(mut services) = root.table("services")? {
        for name in services.keys() {
            let Some(mut table) = services.table(&name)? else { continue };
            let mut service = Service {
                owner: table.text("owner")?.map(|(owner, _)| owner),
                stateful: table.flag("stateful")?.unwrap_or(false),
                peaks: Vec::new(),
            };
            for own in table.tables("peaks")? {
                let (peak, at) = peak(own)?;
                if service.peaks.iter().any(|known| known.name == peak.name) {
                    return Err(at.wrong(format!("{name} has a peak {:?} already", peak.name)));
                }
                policy.lines.insert(format!("services.{name}.peaks.{}", peak.name), peak.line);
                service.peaks.push(peak);
            }
            table.finish()?;
            policy.services.insert(name, service);
        }
        services.finish()?;
    }
    for mut table in root.tables("freezes")? {
        let (name, at) = table.required_text("name")?;
        let line = at.line();
        let freeze = Freeze {
            name,
            from: table.required_time("from")?,
            to: table.required_time("to")?,
            services: table.words("services")?.unwrap_or_default(),
            line,
        };
        if freeze.to <= freeze.from {
            return Err(at.wrong(format!("freeze {:?} ends before it begins", freeze.name)));
        }
        // Each is judged by its name.
        if policy.freezes.iter().any(|known| known.name == freeze.name) {
            return Err(at.wrong(format!("there is a freeze {:?} already", freeze.name)));
        }
        table.finish()?;
        policy.lines.entry("freezes".to_owned()).or_insert(line);
        policy.lines.insert(format!("freezes.{}", freeze.name), line);
        policy.freezes.push(freeze);
    }
    policy.lines.extend(root.line_of("calendars").map(|line| ("calendars".to_owned(), line)));
    if let Some(words) = root.words("calendars")? {
        policy.calendars = words;
    }
    Ok(())
}

/// A peak: dated by local times of day and date, or recurring by times of day.
fn peak<'t>(mut table: Table<'t>) -> Result<(Peak, Place<'t>), Wrong> {
    let (name, at) = table.required_text("name")?;
    let (zone, place) = table.required_text("zone")?;
    let zone = TimeZone::get(&zone).map_err(|_| {
        place.wrong(format!("no time zone is called {zone:?}: write an IANA name such as \"Europe/Berlin\""))
    })?;
    let (from, from_at) = table.required_text("from")?;
    let (to, to_at) = table.required_text("to")?;
    let days_at = table.place("weekdays");
    let weekdays = match table.words("weekdays")? {
        Some(words) if words.is_empty() => {
            return Err(days_at.wrong("weekdays is empty: leave it out for every day"));
        }
        Some(words) => Some(words.iter().map(|word| weekday(word, days_at)).collect::<Result<Vec<_>, _>>()?),
        None => None,
    };
    let when = if is_time_of_day(&from) {
        PeakTime::Recurring {
            weekdays: weekdays.unwrap_or_default(),
            from: time_of_day("from", &from, from_at)?,
            to: time_of_day("to", &to, to_at)?,
        }
    } else {
        if weekdays.is_some() {
            return Err(
                days_at.wrong("a peak with weekdays recurs: its from and to are times of day such as \"18:00\"")
            );
        }
        let instant = |key: &str, text: &str, at: Place<'t>| {
            zone.to_timestamp(local(key, text, at)?).map_err(|error| at.wrong(format!("{key}: {error}")))
        };
        let (begin, end) = (instant("from", &from, from_at)?, instant("to", &to, to_at)?);
        if end <= begin {
            return Err(to_at.wrong(format!("peak {name:?} ends before it begins")));
        }
        PeakTime::Dated { from: begin, to: end }
    };
    table.finish()?;
    Ok((Peak { name, when, zone, line: at.line() }, at))
}

fn weekday(word: &str, at: Place<'_>) -> Result<Weekday, Wrong> {
    let small = word.to_ascii_lowercase();
    let known = WEEKDAYS.iter().find(|(name, _)| *name == small || name[..3] == small);
    known.map(|(_, day)| *day).ok_or_else(|| {
        let names = super::list(WEEKDAYS.iter().map(|(name, _)| *name));
        at.wrong(format!("no weekday is called {word:?}: the weekdays are {names}, or their first three letters"))
    })
}

/// `18:00`, rather than a date and a time.
fn is_time_of_day(text: &str) -> bool {
    text.contains(':') && !text.contains(['-', 'T', ' '])
}

fn time_of_day(key: &str, text: &str, at: Place<'_>) -> Result<Time, Wrong> {
    let time = text.parse().ok().filter(|_| is_time_of_day(text));
    time.ok_or_else(|| at.wrong(format!("{key} has to be a time of day such as \"18:00\", and is {text:?}")))
}

/// A date and time in the peak's zone. An offset of its own would contradict the zone, and a date alone would leave open
/// whether its day is in.
fn local(key: &str, text: &str, at: Place<'_>) -> Result<DateTime, Wrong> {
    let has_offset = text.ends_with(['Z', 'z']) || text.contains(['+', '[']) || text.matches('-').count() > 2;
    let time = text.parse().ok().filter(|_| text.contains('T') && !has_offset);
    time.ok_or_else(|| {
        at.wrong(format!(
            "{key} has to be a time of day such as \"18:00\", or a date and time of the peak's zone without an offset such \
             as \"2026-11-27T06:00\", and is {text:?}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{built_in, parse};

    fn peaks(lines: &str) -> Result<Vec<Peak>, Wrong> {
        let text = format!("[services.checkout]\nowner = \"payments\"\n{lines}");
        Ok(parse(&text, "patchseal.toml")?.policy.services["checkout"].peaks.clone())
    }

    const HEAD: &str = "[[services.checkout.peaks]]\nname = \"rush\"\nzone = \"Europe/Berlin\"\n";

    #[test]
    fn peaks_recur_or_are_dated() {
        let found = peaks(&format!(
            "{HEAD}weekdays = [\"fri\", \"Saturday\"]\nfrom = \"18:00\"\nto = \"01:30\"\n\n[[services.checkout.peaks]]\nname = \"Black Friday\"\n\
             zone = \"America/New_York\"\nfrom = \"2026-11-27T00:00\"\nto = \"2026-11-28T06:00:00\"\n"
        ))
        .unwrap();
        let [rush, friday] = found.as_slice() else { panic!("{found:?}") };
        let (from, to) = (Time::constant(18, 0, 0, 0), Time::constant(1, 30, 0, 0));
        assert_eq!(rush.when, PeakTime::Recurring { weekdays: vec![Weekday::Friday, Weekday::Saturday], from, to });
        assert_eq!((rush.line, rush.zone.iana_name(), friday.line), (4, Some("Europe/Berlin"), 11));
        let (from, to) = ("2026-11-27T05:00:00Z".parse().unwrap(), "2026-11-28T11:00:00Z".parse().unwrap());
        assert_eq!(friday.when, PeakTime::Dated { from, to });
        let every_day = peaks(&format!("{HEAD}from = \"18:00\"\nto = \"23:00\"\n")).unwrap();
        assert!(matches!(&every_day[0].when, PeakTime::Recurring { weekdays, .. } if weekdays.is_empty()));
    }

    #[test]
    fn errors_point_at_the_line() {
        let check = |lines: &str, line: usize, part: &str| {
            let wrong = peaks(lines).unwrap_err();
            assert!(wrong.line == line && wrong.message.contains(part), "{lines}: {wrong:?}");
        };
        let with = |rest: &str| format!("{HEAD}{rest}");
        check("[[services.checkout.peaks]]\nname = \"rush\"\nfrom = \"18:00\"\nto = \"23:00\"\n", 4, "zone is missing");
        check(&with("from = \"18:00\"\n"), 4, "to is missing");
        check(&with("from = \"18:00\"\nto = \"25:00\"\n"), 7, "time of day such as");
        check(&with("from = \"18:00\"\nto = \"2026-11-28T06:00\"\n"), 7, "time of day such as");
        check(&with("from = \"2026-11-27T06:00\"\nto = \"23:00\"\n"), 7, "without an offset");
        check(&with("from = \"2026-11-27T06:00:00Z\"\nto = \"2026-11-28T06:00\"\n"), 6, "without an offset");
        check(&with("from = \"2026-11-27T06:00-05:00\"\nto = \"2026-11-28T06:00\"\n"), 6, "without an offset");
        check(&with("from = \"2026-11-27\"\nto = \"2026-11-28\"\n"), 6, "a date and time");
        check(&with("from = \"2026-11-28T06:00\"\nto = \"2026-11-27T06:00\"\n"), 7, "ends before it begins");
        check(
            &with("from = \"18:00\"\nto = \"23:00\"\nweekdays = [\"caturday\"]\n"),
            8,
            "no weekday is called \"caturday\"",
        );
        check(&with("from = \"18:00\"\nto = \"23:00\"\nweekdays = []\n"), 8, "every day");
        check(&with("from = \"2026-11-27T06:00\"\nto = \"2026-11-28T06:00\"\nweekdays = [\"fri\"]\n"), 8, "recurs");
        check(&with("from = \"18:00\"\nto = \"23:00\"\nweekday = [\"fri\"]\n"), 8, "did you mean \"weekdays\"?");
        check(
            "[[services.checkout.peaks]]\nname = \"rush\"\nzone = \"Berlin\"\n",
            5,
            "no time zone is called \"Berlin\"",
        );
        let twice = format!("{0}from = \"18:00\"\nto = \"23:00\"\n{0}from = \"08:00\"\nto = \"09:00\"\n", HEAD);
        check(&twice, 9, "has a peak \"rush\" already");
        check("peak = 1\n", 3, "did you mean \"peaks\"?");
    }

    #[test]
    fn freezes_have_names_of_their_own_and_a_limit() {
        let freeze = "[[freezes]]\nname = \"peak\"\nfrom = \"2026-11-25T00:00:00Z\"\nto = \"2026-12-01T08:00:00Z\"\n";
        let wrong = |text: &str| parse(text, "patchseal.toml").map(|_| ()).unwrap_err();
        let twice = wrong(&format!("{freeze}{freeze}"));
        assert!(twice.line == 6 && twice.message.contains("a freeze \"peak\" already"), "{twice:?}");
        let short = wrong("[changes]\nfreeze_max = \"2h\"\n");
        assert!(short.line == 2 && short.message.contains("at least 1d"), "{short:?}");
        let policy = parse("[changes]\nfreeze_max = \"3w\"\n", "patchseal.toml").unwrap().policy;
        assert_eq!((policy.changes.freeze_max, policy.line_of(&["changes.freeze_max"])), (Some(21 * 86_400), Some(2)));
    }

    /// Findings cite the line that set what they expect.
    #[test]
    fn keys_that_rules_cite_have_lines() {
        let text = "calendars = [\"sales\"]\n[tags]\nowner = \"team\"\ninternet_facing = \"public\"\n[tags.exclusion]\nfrozen = []\n[environments]\n\
                    production = [\"live\"]\n[[freezes]]\nname = \"one\"\nfrom = \"2026-11-25T00:00:00Z\"\nto = \"2026-12-01T08:00:00Z\"\n\
                    [[freezes]]\nname = \"two\"\nfrom = \"2026-12-20T00:00:00Z\"\nto = \"2026-12-27T08:00:00Z\"\n";
        let policy = parse(text, "patchseal.toml").unwrap().policy;
        for (key, line) in [
            ("calendars", 1),
            ("tags.owner", 3),
            ("tags.internet_facing", 4),
            ("tags.exclusion", 5),
            ("environments.production", 8),
            ("freezes", 10),
            ("freezes.one", 10),
            ("freezes.two", 14),
        ] {
            assert_eq!(policy.line_of(&[key]), Some(line), "{key}");
        }
        assert_eq!(built_in().policy.line_of(&["tags.exclusion", "environments.production", "freezes"]), None);
    }

    /// What `init` writes is what holds without it, and its examples in comments are read too.
    #[test]
    fn the_policy_to_start_from_is_read() {
        let template = include_str!("../../data/patchseal.toml");
        parse(template, "patchseal.toml").unwrap();
        let open: String = template
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
                {
                    rest
                }
                _ => line,
            })
            .fold(String::new(), |text, line| text + line + "\n");
        let policy = parse(&open, "patchseal.toml").unwrap_or_else(|wrong| panic!("{wrong:?}\n{open}")).policy;
        assert_eq!((policy.freezes.len(), policy.services["checkout"].peaks.len()), (1, 2));
    }
}
