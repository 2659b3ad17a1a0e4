//! Times and lengths in words.

use crate::policy::{DAY, HOUR, Seconds};
use jiff::Timestamp;

/// A length in its two largest units' worth of precision: `13 days`, `5 hours`, `40 minutes`.
pub fn length(seconds: Seconds) -> String {
    let seconds = seconds.abs();
    let (count, unit) = match seconds {
        s if s >= 2 * DAY => (s / DAY, "day"),
        s if s >= 2 * HOUR => (s / HOUR, "hour"),
        s if s >= 120 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A length in the past.
pub fn ago(seconds: Seconds) -> String {
    if seconds < 0 { format!("{} ahead", length(seconds)) } else { format!("{} ago", length(seconds)) }
}

/// A time to the minute, in UTC.
pub fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A day, in UTC.
pub fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// `1 host`, `2 hosts`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
