//! When a schedule that is written in local time runs next. Systems Manager computes that itself; Azure leaves it to the
//! reader.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A schedule in local time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recurrence {
    /// The first day it may run, and the wall clock time of every run.
    pub start: DateTime,
    /// IANA name of its time zone: runs follow daylight saving time.
    pub zone: String,
    /// Its days.
    pub every: Every,
}

/// Days on which something runs. Weekdays count from Monday, 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Every {
    /// Every so many days from the start.
    Days(u16),
    /// On weekdays of every so many weeks; none: on the weekday of the start.
    Weeks(u16, Vec<i8>),
    /// On days of every so many months; none: on the day of the start.
    MonthDays(u16, Vec<i8>),
    /// On the first (1) to fourth (4) or last (-1) such weekday of every so many months, and so many days after or before.
    MonthWeekday {
        /// Months.
        months: u16,
        /// Which one.
        nth: i8,
        /// Weekday.
        weekday: i8,
        /// Days, -6 to 6.
        offset: i8,
    },
}

/// Days looked ahead. A schedule that runs less often than every three years decides nothing about patches.
const HORIZON: usize = 3 * 366;

impl Recurrence {
    /// The first run after a time. `None` where its zone is not known, or what is written leaves the day open.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        if self.is_ambiguous() {
            return None;
        }
        let zone = TimeZone::get(&self.zone).ok()?;
        // The day before: a wall clock behind midnight can be a day behind in UTC.
        let yesterday = zone.to_datetime(after).date().yesterday().ok()?;
        let first = self.start.date().max(yesterday);
        let days = first.series(1.day()).take(HORIZON).filter(|day| self.runs_on(*day));
        let runs = days.filter_map(|day| zone.to_timestamp(day.to_datetime(self.start.time())).ok());
        runs.into_iter().find(|run| *run > after)
    }

    /// Microsoft's text says neither on which day a week begins, by which every second one is counted, nor which month an
    /// offset counts in, nor what becomes of the 31st in a month of thirty days.
    fn is_ambiguous(&self) -> bool {
        match &self.every {
            Every::Weeks(weeks, on) => *weeks > 1 && !on.is_empty(),
            Every::MonthDays(_, on) if on.is_empty() => self.start.day() > 28,
            Every::MonthDays(_, on) => on.iter().any(|day| *day > 28),
            Every::MonthWeekday { months, offset, .. } => *months > 1 && *offset != 0,
            Every::Days(_) => false,
        }
    }

    fn runs_on(&self, day: Date) -> bool {
        let start = self.start.date();
        let days_since = |from: Date| i64::from((day - from).get_days());
        let every = |number: u16, count: i64| count % i64::from(number.max(1)) == 0;
        let months = |day: Date| {
            let count = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
            count(day) - count(start)
        };
        match &self.every {
            Every::Days(number) => every(*number, days_since(start)),
            Every::Weeks(number, on) if on.is_empty() => every(number.saturating_mul(7), days_since(start)),
            Every::Weeks(_, on) => on.contains(&day.weekday().to_monday_zero_offset()),
            Every::MonthDays(number, on) => {
                let is_day = if on.is_empty() { day.day() == start.day() } else { on.contains(&day.day()) };
                is_day && every(*number, months(day))
            }
            Every::MonthWeekday { months: number, nth, weekday, offset } => {
                let Ok(base) = day.checked_sub(i32::from(*offset).days()) else { return false };
                let Ok(weekday) = Weekday::from_monday_zero_offset(*weekday) else { return false };
                base.nth_weekday_of_month(*nth, weekday).is_ok_and(|found| found == base)
                    && every(*number, months(base))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(start: &str, zone: &str, every: Every, after: &str, expected: &[&str]) {
        let recurrence = Recurrence { start: start.parse().unwrap(), zone: zone.into(), every };
        let mut at: Timestamp = after.parse().unwrap();
        for run in expected {
            at = recurrence.next(at).unwrap();
            assert_eq!(at.to_string(), *run, "{recurrence:?}");
        }
        if expected.is_empty() {
            assert_eq!(recurrence.next(at), None, "{recurrence:?}");
        }
    }

    #[test]
    fn days_and_weeks() {
        let after = "2026-11-24T09:00:00Z";
        check("2026-11-20T09:00", "UTC", Every::Days(1), after, &["2026-11-25T09:00:00Z"]);
        check("2026-11-20T09:00", "UTC", Every::Days(3), after, &["2026-11-26T09:00:00Z", "2026-11-29T09:00:00Z"]);
        check("2026-12-31T09:00", "UTC", Every::Days(5), after, &["2026-12-31T09:00:00Z"]);
        // 2026-11-20 is a Friday.
        check("2026-11-20T09:00", "UTC", Every::Weeks(3, vec![]), after, &["2026-12-11T09:00:00Z"]);
        let weekend = Every::Weeks(1, vec![5, 6]);
        check("2026-11-20T09:00", "UTC", weekend, after, &["2026-11-28T09:00:00Z", "2026-11-29T09:00:00Z"]);
        check("2026-11-20T09:00", "UTC", Every::Weeks(2, vec![5]), after, &[]);
    }

    #[test]
    fn months() {
        let after = "2026-11-24T09:00:00Z";
        let days = Every::MonthDays(1, vec![23, 24]);
        check("2026-01-05T09:00", "UTC", days, after, &["2026-12-23T09:00:00Z", "2026-12-24T09:00:00Z"]);
        check("2026-01-05T09:00", "UTC", Every::MonthDays(2, vec![]), after, &["2027-01-05T09:00:00Z"]);
        check("2026-01-31T09:00", "UTC", Every::MonthDays(1, vec![]), after, &[]);
        check("2026-01-05T09:00", "UTC", Every::MonthDays(1, vec![1, 31]), after, &[]);
        let nth = |months, nth, weekday, offset| Every::MonthWeekday { months, nth, weekday, offset };
        check("2026-01-05T09:00", "UTC", nth(1, -1, 6, 0), after, &["2026-11-29T09:00:00Z", "2026-12-27T09:00:00Z"]);
        check("2026-01-05T09:00", "UTC", nth(1, 4, 0, 0), after, &["2026-12-28T09:00:00Z"]);
        check("2026-01-05T09:00", "UTC", nth(1, -1, 6, -3), after, &["2026-11-26T09:00:00Z"]);
        // The third Sunday of November is the 15th; six days later is over, so December's: the 20th and six days.
        check("2026-01-05T09:00", "UTC", nth(1, 3, 6, 6), after, &["2026-12-26T09:00:00Z"]);
    }

    #[test]
    fn runs_follow_the_wall_clock() {
        let start = "2026-03-27T01:30";
        let runs = ["2026-03-28T00:30:00Z", "2026-03-29T00:30:00Z", "2026-03-29T23:30:00Z"];
        check(start, "Europe/Berlin", Every::Days(1), "2026-03-27T12:00:00Z", &runs);
        check(
            "2026-03-01T23:00",
            "America/New_York",
            Every::Days(1),
            "2026-03-05T03:30:00Z",
            &["2026-03-05T04:00:00Z"],
        );
        check(start, "Nowhere/Land", Every::Days(1), "2026-03-27T12:00:00Z", &[]);
    }
}
