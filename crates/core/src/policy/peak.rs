//! Times of heavy traffic. A freeze forbids changes; a peak is a time that a plan keeps clear of.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

/// A time of heavy traffic of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Name.
    pub name: String,
    /// When.
    pub when: PeakTime,
    /// The zone that its times are told in.
    pub zone: TimeZone,
    /// Line of the policy.
    pub line: u32,
}

/// When a peak is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeakTime {
    /// Once.
    Dated {
        /// Begin.
        from: Timestamp,
        /// End, exclusive.
        to: Timestamp,
    },
    /// On days of every week, at local times: summer time moves it.
    Recurring {
        /// Days on which it begins; empty for every day.
        weekdays: Vec<Weekday>,
        /// Begin.
        from: Time,
        /// End, exclusive; on the next day where it is not later than the begin.
        to: Time,
    },
}

impl Peak {
    /// Whether a time lies in it.
    pub fn covers(&self, time: Timestamp) -> bool {
        match &self.when {
            PeakTime::Dated { from, to } => *from <= time && time < *to,
            PeakTime::Recurring { weekdays, from, to } => {
                let local = self.zone.to_datetime(time);
                let (day, clock) = (local.weekday(), local.time());
                let begins = |day: Weekday| weekdays.is_empty() || weekdays.contains(&day);
                if from < to {
                    begins(day) && *from <= clock && clock < *to
                } else {
                    begins(day) && *from <= clock || begins(day.previous()) && clock < *to
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peak: &Peak, times: &[(&str, bool)]) {
        for (time, expected) in times {
            assert_eq!(peak.covers(time.parse().unwrap()), *expected, "{} at {time}", peak.name);
        }
    }

    fn recurring(weekdays: &[Weekday], from: i8, to: i8) -> Peak {
        Peak {
            name: format!("{from} to {to}"),
            when: PeakTime::Recurring {
                weekdays: weekdays.to_vec(),
                from: Time::constant(from, 0, 0, 0),
                to: Time::constant(to, 0, 0, 0),
            },
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            line: 1,
        }
    }

    /// 18:00 in Berlin is 17:00 UTC in winter and 16:00 UTC in summer.
    #[test]
    fn local_times_follow_the_zone() {
        let evening = recurring(&[], 18, 23);
        check(
            &evening,
            &[("2026-11-24T17:00:00Z", true), ("2026-11-24T16:59:59Z", false), ("2026-11-24T22:00:00Z", false)],
        );
        check(&evening, &[("2026-07-01T16:00:00Z", true), ("2026-07-01T15:59:59Z", false)]);
    }

    /// A Friday night ends on Saturday; a day that ends when it begins is a whole one.
    #[test]
    fn peaks_go_past_midnight() {
        let night = recurring(&[Weekday::Friday], 22, 2);
        check(
            &night,
            &[("2026-11-27T21:00:00Z", true), ("2026-11-28T00:59:00Z", true), ("2026-11-28T01:00:00Z", false)],
        );
        check(&night, &[("2026-11-27T00:30:00Z", false), ("2026-11-28T21:00:00Z", false)]);
        let whole = recurring(&[Weekday::Sunday], 0, 0);
        check(
            &whole,
            &[("2026-11-28T23:00:00Z", true), ("2026-11-29T22:59:59Z", true), ("2026-11-29T23:00:00Z", false)],
        );
    }

    #[test]
    fn dated_peaks_end_exclusively() {
        let when = PeakTime::Dated {
            from: "2026-11-27T05:00:00Z".parse().unwrap(),
            to: "2026-11-28T05:00:00Z".parse().unwrap(),
        };
        let peak = Peak { when, ..recurring(&[], 0, 0) };
        check(&peak, &[("2026-11-27T05:00:00Z", true), ("2026-11-28T05:00:00Z", false)]);
    }
}
