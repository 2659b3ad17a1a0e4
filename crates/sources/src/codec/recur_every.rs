//! `recurEvery` of Azure maintenance configurations: `3Days`, `Week Saturday,Sunday`, `Month day23,day24`,
//! `Month Last Sunday Offset-3`. Source: REST reference of `Microsoft.Maintenance/maintenanceConfigurations`.

use patchseal_core::recurrence::Every;

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The days of a schedule; `None` where it is not written as documented.
pub fn every(text: &str) -> Option<Every> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let number = if number.is_empty() { 1 } else { number.parse().ok().filter(|number| *number > 0)? };
    // A list may be written with a space behind its commas.
    let rest = rest.replace(", ", ",");
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (unit, words) = words.split_first()?;
    match (unit.trim_end_matches('s'), words) {
        ("day", []) => Some(Every::Days(number)),
        ("week", []) => Some(Every::Weeks(number, Vec::new())),
        ("week", [days]) => Some(Every::Weeks(number, list(days, weekday)?)),
        ("month", []) => Some(Every::MonthDays(number, Vec::new())),
        ("month", [days]) => Some(Every::MonthDays(number, list(days, month_day)?)),
        ("month", [nth, day, rest @ ..]) => {
            let nth = match *nth {
                "last" => -1,
                word => 1 + ["first", "second", "third", "fourth"].iter().position(|known| *known == word)? as i8,
            };
            let offset = match rest {
                [] => 0,
                [offset] => offset.strip_prefix("offset")?.parse().ok().filter(|days| (-6..=6).contains(days))?,
                _ => return None,
            };
            Some(Every::MonthWeekday { months: number, nth, weekday: weekday(day)?, offset })
        }
        _ => None,
    }
}

fn list(text: &str, one: fn(&str) -> Option<i8>) -> Option<Vec<i8>> {
    text.split(',').map(one).collect()
}

fn weekday(name: &str) -> Option<i8> {
    WEEKDAYS.iter().position(|known| *known == name).map(|at| at as i8)
}

fn month_day(text: &str) -> Option<i8> {
    text.strip_prefix("day")?.parse().ok().filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trap 13, and the examples of the reference.
    #[test]
    fn schedules_as_documented() {
        let nth = |months, nth, weekday, offset| Some(Every::MonthWeekday { months, nth, weekday, offset });
        for (text, expected) in [
            ("Day", Some(Every::Days(1))),
            ("5Days", Some(Every::Days(5))),
            ("3Weeks", Some(Every::Weeks(3, vec![]))),
            ("2Weeks Saturday,Sunday", Some(Every::Weeks(2, vec![5, 6]))),
            ("Week Saturday, Sunday", Some(Every::Weeks(1, vec![5, 6]))),
            ("2Months", Some(Every::MonthDays(2, vec![]))),
            ("Month day23,day24", Some(Every::MonthDays(1, vec![23, 24]))),
            ("Month Second Tuesday", nth(1, 2, 1, 0)),
            ("Month Last Sunday Offset-3", nth(1, -1, 6, -3)),
            ("Month Third Sunday Offset6", nth(1, 3, 6, 6)),
            ("Month Third Sunday Offset7", None),
            ("Month Fifth Sunday", None),
            ("Month day32", None),
            ("0Days", None),
            ("Fortnight", None),
            ("Week Caturday", None),
            ("", None),
        ] {
            assert_eq!(every(text), expected, "{text}");
        }
    }
}
