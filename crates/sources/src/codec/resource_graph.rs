//! Resource Graph pages in the three shapes they come in: a list of objects, a table of columns and rows (2019-04-01),
//! and what `az graph query` prints. `resultTruncated` is text and reads `"false"` on pages that go on.

use crate::codec::json;
use crate::{Answer, Page, Reject};
use patchseal_core::exchange::Pointer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(serde::Deserialize)]
struct Head {
    #[serde(rename = "totalRecords", alias = "total_records")]
    total: Option<u64>,
    count: Option<u64>,
    #[serde(rename = "$skipToken", alias = "skip_token", alias = "skipToken")]
    skip_token: Option<String>,
}

struct Data<'a> {
    list: &'static str,
    rows: Vec<Cow<'a, RawValue>>,
}

#[derive(serde::Deserialize)]
struct Table<'a> {
    columns: Vec<Column>,
    #[serde(borrow)]
    rows: Vec<Vec<&'a RawValue>>,
}

#[derive(serde::Deserialize)]
struct Column {
    name: String,
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data<'a>, D::Error> {
        struct DataVisitor;
        impl<'de> Visitor<'de> for DataVisitor {
            type Value = Data<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows, or a table of columns and rows")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Data<'de>, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = list.next_element::<&'de RawValue>()? {
                    rows.push(Cow::Borrowed(row));
                }
                Ok(Data { list: "/data", rows })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Data<'de>, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                let rows = table.rows.iter().map(|row| object(&table.columns, row));
                Ok(Data { list: "/data/rows", rows: rows.collect::<Result<_, _>>()? })
            }
        }
        deserializer.deserialize_any(DataVisitor)
    }
}

/// A table's row as the object it would be in a list.
fn object<'a, E: serde::de::Error>(columns: &[Column], row: &[&RawValue]) -> Result<Cow<'a, RawValue>, E> {
    if columns.len() != row.len() {
        return Err(E::custom(format_args!("a row of {} values under {} columns", row.len(), columns.len())));
    }
    let mut text = String::from("{");
    for (column, value) in columns.iter().zip(row) {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::Value::from(column.name.as_str()).to_string());
        text.push(':');
        text.push_str(value.get());
    }
    text.push('}');
    RawValue::from_string(text).map(Cow::Owned).map_err(E::custom)
}

/// The rows of a page and where each stands.
pub fn rows<'a>(answer: &Answer<'a>) -> Result<impl Iterator<Item = (Pointer, Cow<'a, RawValue>)> + use<'a>, Reject> {
    let Data { list, rows } = json::read::<Body<'a>>(answer)?.data;
    Ok(rows.into_iter().enumerate().map(move |(number, row)| (Pointer::Row(list, number as u32), row)))
}

/// The page of a query: it goes on as long as there is a token, whatever `resultTruncated` says.
pub fn page(answer: &Answer<'_>, operation: &'static str) -> Page {
    match json::read::<Head>(answer) {
        Ok(Head { skip_token: Some(token), .. }) if !token.is_empty() => answer.next(operation, token),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// Rows that a page says it holds, and rows that the query has in all. Where the counts of all pages do not add up to
/// the total, pages are missing or the answer was cut; the header that tells of more than 10,000 subscriptions is not
/// in the body.
pub fn totals(body: &[u8]) -> Option<(u64, u64)> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let head: Head = serde_json::from_slice(body).ok()?;
    Some((head.count?, head.total?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// §1.0 trap 1: `resultTruncated` reads "false" although there is more.
    #[test]
    fn totals_of_a_page() {
        let page = br#"{"totalRecords":2876,"count":3,"data":[],"resultTruncated":"false","$skipToken":"ew0K"}"#;
        assert_eq!(totals(page), Some((3, 2876)));
        assert_eq!(totals(br#"{"count":1,"data":[],"skip_token":null,"total_records":1}"#), Some((1, 1)));
        assert_eq!(totals(br#"{"error":{"code":"BadRequest"}}"#), None);
        assert_eq!(totals(b"["), None);
    }
}
