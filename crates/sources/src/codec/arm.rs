//! Azure Resource Manager: lists by `value` and `nextLink`, and arrays as `az` prints them, which moves the members of
//! `properties` up into the resource itself. Ids differ in case from one answer to the next.

use crate::codec::json::{self, Time};
use crate::{Answer, Page, Reject};
use jiff::Timestamp;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::Family;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

/// Text that may be `null`, which then is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Text<'_> {
    /// The text, unless it is empty.
    pub fn some(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.as_ref().to_owned())
    }
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or null")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A resource: what every ARM answer and Resource Graph row has, and the members of its own kind.
pub struct Resource<'a> {
    /// As printed.
    pub id: Text<'a>,
    /// Last part of the id where the answer has no name.
    pub name: String,
    /// Lower case; from the id where the answer has no `type`.
    pub kind: String,
    /// Subscription, lower case.
    pub account: Option<String>,
    /// Location, lower case without spaces.
    pub region: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// `properties`, or the whole resource where they were moved up into it.
    pub properties: &'a RawValue,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    location: Text<'a>,
    #[serde(borrow, default)]
    subscription_id: Text<'a>,
    #[serde(borrow, default)]
    tags: Option<BTreeMap<Cow<'a, str>, Text<'a>>>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
}

/// Reads one resource.
pub fn resource<'a>(pointer: &Pointer, raw: &'a RawValue) -> Result<Resource<'a>, Reject> {
    let row: Envelope<'a> = part(pointer, raw)?;
    if row.id.is_empty() {
        return Err(reject(pointer, "a resource without an id"));
    }
    Ok(Resource {
        name: row.name.some().unwrap_or_else(|| last_segment(&row.id).to_owned()),
        kind: if row.kind.is_empty() { resource_type(&row.id) } else { row.kind.to_ascii_lowercase() },
        account: row.subscription_id.some().map(|id| id.to_ascii_lowercase()).or_else(|| subscription(&row.id)),
        region: row.location.some().map(|name| location(&name)),
        tags: row.tags.unwrap_or_default().into_iter().map(|(k, v)| (k.into_owned(), v.0.into_owned())).collect(),
        properties: row.properties.unwrap_or(raw),
        id: row.id,
    })
}

/// Reads a part of an answer.
pub fn part<'a, T: Deserialize<'a>>(pointer: &Pointer, raw: &'a RawValue) -> Result<T, Reject> {
    serde_json::from_str(raw.get()).map_err(|error| reject(pointer, &error.to_string()))
}

fn reject(pointer: &Pointer, message: &str) -> Reject {
    Reject { position: None, cut_short: false, message: format!("at {pointer}: {message}") }
}

/// The resources of an answer: `{"value": […]}`, an array, or one resource with an `id`. An error document is none.
pub fn resources<'a>(answer: &Answer<'a>) -> Result<Vec<(Pointer, &'a RawValue)>, Reject> {
    #[derive(serde::Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        value: Option<Vec<&'a RawValue>>,
        id: Option<IgnoredAny>,
    }
    let body: &'a RawValue = json::read(answer)?;
    let (list, rows): (&'static &'static str, Vec<&'a RawValue>) = if body.get().starts_with('[') {
        (&"", part(&Pointer::Whole, body)?)
    } else {
        match part::<List<'a>>(&Pointer::Whole, body)? {
            List { value: Some(rows), .. } => (&"/value", rows),
            List { id: Some(_), .. } => return Ok(vec![(Pointer::Whole, body)]),
            _ => return Err(reject(&Pointer::Whole, "neither a list (`value`) nor a resource (`id`)")),
        }
    };
    Ok(rows.into_iter().enumerate().map(|(number, row)| (Pointer::Row(list, number as u32), row)).collect())
}

/// The page of a list that continues by `nextLink`.
pub fn page(answer: &Answer<'_>, operation: &'static str) -> Page {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Link<'a> {
        #[serde(borrow, default)]
        next_link: Text<'a>,
    }
    let Ok(body) = json::read::<&RawValue>(answer) else { return Page::Unreadable };
    match serde_json::from_str::<Link<'_>>(body.get()) {
        Ok(link) if !link.next_link.is_empty() => answer.next(operation, link.next_link.0),
        Ok(_) => Page::Last,
        Err(_) if body.get().starts_with('[') => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// Path and query to ask for: the first page's, or those of a `nextLink`. Its host is dropped, so that a token is never
/// sent to another one.
pub fn path(first: String, next_link: Option<&str>) -> String {
    let Some(link) = next_link else { return first };
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.find('/').map_or(first, |slash| rest[slash..].to_owned())
}

/// A time that the source means: .NET prints year 1 for "never", and year 9999 for "always".
pub fn known(time: Time) -> Option<Timestamp> {
    // 0001-01-02T00:00:00Z and 9999-01-01T00:00:00Z.
    time.0.filter(|time| (-62_135_510_400..253_370_764_800).contains(&time.as_second()))
}

/// An id in the form that joins: lower case, no slash at the end.
pub fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// The parts of an id before and after a segment of that name, in whatever case.
pub fn split_at<'i>(id: &'i str, segment: &str) -> Option<(&'i str, &'i str)> {
    let mut start = 0;
    for part in id.split('/') {
        let end = start + part.len();
        if part.eq_ignore_ascii_case(segment) && start > 0 {
            return Some((&id[..start - 1], id.get(end + 1..).unwrap_or_default()));
        }
        start = end + 1;
    }
    None
}

fn first_segment(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// The part of an id after its last slash.
pub fn last_segment(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Subscription of an id, lower case.
pub fn subscription(id: &str) -> Option<String> {
    let (_, rest) = split_at(id, "subscriptions")?;
    Some(first_segment(rest).to_ascii_lowercase()).filter(|id| !id.is_empty())
}

/// Resource group of an id, lower case.
pub fn resource_group(id: &str) -> Option<String> {
    let (_, rest) = split_at(id, "resourceGroups")?;
    Some(first_segment(rest).to_ascii_lowercase()).filter(|name| !name.is_empty())
}

/// Type of the resource that an id names, such as `microsoft.compute/virtualmachines`; empty when it names none.
pub fn resource_type(id: &str) -> String {
    let id = id.to_ascii_lowercase();
    let Some((_, path)) = id.rsplit_once("/providers/") else { return String::new() };
    let mut segments = path.split('/');
    let mut kind = segments.next().unwrap_or_default().to_owned();
    for name in segments.step_by(2) {
        kind.push('/');
        kind.push_str(name);
    }
    kind
}

/// A location in the form that joins.
pub fn location(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Family of an `osType`, or of an operating system's name: Azure runs Windows and Linux only.
pub fn family(word: &str) -> Family {
    if word.is_empty() {
        Family::Unknown
    } else if word.to_ascii_lowercase().contains("windows") {
        Family::Windows
    } else {
        Family::Linux
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str = "/subscriptions/AB/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/Vm1";

    #[test]
    fn ids_are_taken_apart_in_any_case() {
        assert_eq!(resource_type(VM), "microsoft.compute/virtualmachines");
        assert_eq!((subscription(VM).as_deref(), resource_group(VM).as_deref()), (Some("ab"), Some("rg")));
        let child = format!("{VM}/patchassessmentRESULTS/latest/softwarePatches/x");
        assert_eq!(split_at(&child, "patchAssessmentResults"), Some((VM, "latest/softwarePatches/x")));
        assert_eq!(resource_type(&child), "microsoft.compute/virtualmachines/patchassessmentresults/softwarepatches");
        assert_eq!(resource_type("/subscriptions/ab"), "");
    }

    #[test]
    fn a_next_link_never_names_the_host() {
        let link = "https://elsewhere.example/subscriptions/x?api-version=1&$skiptoken=y";
        assert_eq!(path("/first".into(), Some(link)), "/subscriptions/x?api-version=1&$skiptoken=y");
        assert_eq!(path("/first".into(), None), "/first");
    }

    #[test]
    fn year_one_is_no_time() {
        let time = |text| known(json::text_time(text).unwrap());
        assert_eq!(time("0001-01-01T00:00:00Z"), None);
        assert_eq!(time("2026-11-24T06:00:00Z"), Some("2026-11-24T06:00:00Z".parse().unwrap()));
    }
}
