//! JSON as AWS and Azure print it: times as RFC 3339 text or as seconds since 1970, numbers sometimes as text.

use crate::operation::{Answer, Page, Reject};
use jiff::Timestamp;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads a whole answer; a UTF-8 byte order mark in front (PowerShell writes one) is passed over.
pub fn read<'a, T: Deserialize<'a>>(answer: &Answer<'a>) -> Result<T, Reject> {
    read_with(answer, std::marker::PhantomData)
}

/// Reads a whole answer by a seed.
fn read_with<'a, S: DeserializeSeed<'a>>(answer: &Answer<'a>, seed: S) -> Result<S::Value, Reject> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body);
    // One check of the whole body is ten times as fast as one of every text in it. What is not UTF-8 as a whole may
    // still be so in the texts that are read.
    let read = match std::str::from_utf8(body) {
        Ok(text) => whole(serde_json::Deserializer::from_str(text), seed),
        Err(_) => whole(serde_json::Deserializer::from_slice(body), seed),
    };
    read.map_err(|error| Reject {
        position: Some((error.line(), error.column())),
        cut_short: error.is_eof(),
        message: error.to_string(),
    })
}

fn whole<'a, R: serde_json::de::Read<'a>, S: DeserializeSeed<'a>>(
    mut deserializer: serde_json::Deserializer<R>,
    seed: S,
) -> serde_json::Result<S::Value> {
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads an answer whose member `list` holds its rows, each as it comes: of the largest answers none is held whole.
/// Rows of an answer that is refused in the end count for nothing.
pub fn each<'a, T: Deserialize<'a>>(answer: &Answer<'a>, list: &'static str, row: impl FnMut(T)) -> Result<(), Reject> {
    read_with(answer, Members { list, row, kind: std::marker::PhantomData })
}

/// The members of an object of which one is a list of rows.
struct Members<F, T> {
    list: &'static str,
    row: F,
    kind: std::marker::PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Members<F, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Members<F, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list `{}`", self.list)
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name != self.list {
                map.next_value::<IgnoredAny>()?;
            } else if found {
                return Err(de::Error::duplicate_field(self.list));
            } else {
                found = true;
                map.next_value_seed(Elements { row: &mut self.row, kind: std::marker::PhantomData })?;
            }
        }
        found.then_some(()).ok_or_else(|| de::Error::missing_field(self.list))
    }
}

/// The elements of a list.
struct Elements<'f, F, T> {
    row: &'f mut F,
    kind: std::marker::PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Elements<'_, F, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Elements<'_, F, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(row) = list.next_element()? {
            (self.row)(row);
        }
        Ok(())
    }
}

/// The page of an answer that continues by a `NextToken` (or `nextToken`) member.
pub fn page_by_next_token(answer: &Answer<'_>, operation: &'static str) -> Page {
    #[derive(serde::Deserialize)]
    struct Token {
        #[serde(default, alias = "nextToken")]
        #[serde(rename = "NextToken")]
        token: Option<String>,
    }
    // Its rows were read: what has no such member need not be read again to see that. Most answers are last pages. A name
    // can be spelled with escapes, so that their absence is part of the proof.
    let has = |text: &[u8]| memchr::memmem::find(answer.body, text).is_some();
    if !has(b"extToken") && !has(br"\u") && answer.body.trim_ascii().ends_with(b"}") {
        return Page::Last;
    }
    match read::<Token>(answer) {
        Ok(Token { token: Some(token) }) if !token.is_empty() => answer.next(operation, token),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// The page of an answer that never continues.
pub fn only_page(answer: &Answer<'_>) -> Page {
    match read::<IgnoredAny>(answer) {
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// A time: RFC 3339 text, or seconds since 1970 as a number or text. The epoch itself and empty text are no time:
/// SSM prints 1970 for "never".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        struct TimeVisitor;
        impl<'de> Visitor<'de> for TimeVisitor {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time: RFC 3339 text or seconds since 1970")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                text_time(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
                from_seconds(seconds).map_err(|()| E::invalid_value(de::Unexpected::Signed(seconds), &self))
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
                self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
            }
            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
                from_fraction(seconds).map_err(|()| E::invalid_value(de::Unexpected::Float(seconds), &self))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_none<E: de::Error>(self) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Time, D::Error> {
                deserializer.deserialize_any(self)
            }
        }
        deserializer.deserialize_any(TimeVisitor)
    }
}

fn from_seconds(seconds: i64) -> Result<Time, ()> {
    if seconds == 0 {
        return Ok(Time(None));
    }
    Timestamp::from_second(seconds).map(|time| Time(Some(time))).map_err(|_| ())
}

fn from_fraction(seconds: f64) -> Result<Time, ()> {
    // Milliseconds are all that SSM prints; anything beyond the range of `Timestamp` is refused below.
    let milliseconds = (seconds * 1000.0).round();
    if milliseconds == 0.0 {
        return Ok(Time(None));
    }
    Timestamp::from_millisecond(milliseconds as i64).map(|time| Time(Some(time))).map_err(|_| ())
}

/// The time of a text as providers print it; a date alone counts from 00:00 UTC, the strict reading.
pub fn text_time(text: &str) -> Option<Time> {
    let text = text.trim();
    // Most rows of SSM say so: their patch is in place without a time, or missing.
    if text.is_empty() || text == "1970-01-01T00:00:00Z" {
        return Some(Time(None));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(Time((time.as_second() != 0).then_some(time)));
    }
    // Digits alone would also read as a date in ISO 8601's basic form.
    if let Ok(seconds) = text.parse::<i64>() {
        return from_seconds(seconds).ok();
    }
    // Date-times without an offset: Azure maintenance and Data Sync print UTC so.
    if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
        let time = jiff::tz::TimeZone::UTC.to_timestamp(time).unwrap_or(Timestamp::MAX);
        return Some(Time((time.as_second() != 0).then_some(time)));
    }
    if text.starts_with("9999-12-3") {
        // Azure's "no end" lies one day beyond the range of `Timestamp`.
        return Some(Time(Some(Timestamp::MAX)));
    }
    text.parse::<f64>().ok().filter(|seconds| seconds.is_finite()).and_then(|seconds| from_fraction(seconds).ok())
}

/// A calendar day as text (`2026-09-30`). Other text is refused: taken for none, a frozen baseline would look open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day(pub Option<jiff::civil::Date>);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)? else {
            return Ok(Day(None));
        };
        match text.trim() {
            "" => Ok(Day(None)),
            text => text
                .parse()
                .map(|day| Day(Some(day)))
                .map_err(|_| de::Error::invalid_value(de::Unexpected::Str(text), &"a day such as 2026-09-30")),
        }
    }
}

/// A whole number, printed as a number or (Data Sync) as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(pub Option<u32>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        struct CountVisitor;
        impl<'de> Visitor<'de> for CountVisitor {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of at most 4,294,967,295, or text of one")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
                u32::try_from(number)
                    .map(|number| Count(Some(number)))
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Count, E> {
                u32::try_from(number)
                    .map(|number| Count(Some(number)))
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Count, E> {
                if text.is_empty() {
                    return Ok(Count(None));
                }
                text.parse()
                    .map(|number| Count(Some(number)))
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Count, E> {
                Ok(Count(None))
            }
            fn visit_none<E: de::Error>(self) -> Result<Count, E> {
                Ok(Count(None))
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Count, D::Error> {
                deserializer.deserialize_any(self)
            }
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|time| Time(time.parse().ok()));
        assert_eq!(text_time(text), expected, "{text}");
    }

    #[test]
    fn times_as_systems_manager_prints_them() {
        check("2026-11-28T02:00:00Z", Some("2026-11-28T02:00:00Z"));
        check("2026-11-28T02:00Z", Some("2026-11-28T02:00:00Z"));
        check("2026-11-28T02:00-08:00", Some("2026-11-28T10:00:00Z"));
        check("2026-11-28T02:00-0800", Some("2026-11-28T10:00:00Z"));
        check("2026-11-28T02:00:00.123000-08:00", Some("2026-11-28T10:00:00.123Z"));
        check("2026-11-28 02:00:00-08:00", Some("2026-11-28T10:00:00Z"));
        check("2026-11-28T02:00-08:00[America/Los_Angeles]", Some("2026-11-28T10:00:00Z"));
        check("2026-11-28T02:00:00", Some("2026-11-28T02:00:00Z"));
        check("2026-11-28T02:00", Some("2026-11-28T02:00:00Z"));
        check("2026-11-28", Some("2026-11-28T00:00:00Z"));
        check("1582221233", Some("2020-02-20T17:53:53Z"));
        check("1582221233.421", Some("2020-02-20T17:53:53.421Z"));
        check("1970-01-01T00:00:00Z", Some(""));
        check("1970-01-01T00:00:00", Some(""));
        check("", Some(""));
        check("next Tuesday", None);
        check("inf", None);
    }

    #[test]
    fn the_end_of_time_is_a_time() {
        for text in ["9999-12-31 23:59:59", "9999-12-31T23:59:59Z", "9999-12-31"] {
            assert_eq!(text_time(text), Some(Time(Some(Timestamp::MAX))), "{text}");
        }
    }

    #[test]
    fn a_day_that_cannot_be_read_is_refused() {
        let day = |text: &str| serde_json::from_str::<Day>(text).ok();
        assert_eq!(day(r#""2026-09-30""#), Some(Day("2026-09-30".parse().ok())));
        assert_eq!(day(r#""""#), Some(Day(None)));
        assert_eq!(day("null"), Some(Day(None)));
        assert_eq!(day(r#""soon""#), None);
        assert_eq!(day("20260930"), None);
    }
}

/// Yes or no, printed as a boolean or (XML) as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Flag, D::Error> {
        struct FlagVisitor;
        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
                match text {
                    "true" => Ok(Flag(true)),
                    "false" => Ok(Flag(false)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}
