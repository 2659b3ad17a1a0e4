//! Resource Graph pages in the three shapes they come in: a list of objects, a table of columns and rows (2019-04-01),
//! and what `az graph query` prints. `resultTruncated` is text and reads `"false"` on pages that go on.

use crate::codec::json;
use crate::{Answer, Page, Reject};
use patchseal_core::coverage::PageSigns;
use patchseal_core::exchange::Pointer;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
struct Body<'a, T> {
    data: Data<'a, T>,
    #[serde(rename = "totalRecords", alias = "total_records")]
    total: Option<u64>,
    count: Option<u64>,
    #[serde(rename = "$skipToken", alias = "skip_token", alias = "skipToken")]
    skip_token: Option<String>,
}

enum Data<'a, T> {
    List(Vec<T>),
    Table(Table<'a>),
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

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Data<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data<'a, T>, D::Error> {
        struct DataVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for DataVisitor<T> {
            type Value = Data<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows, or a table of columns and rows")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Data<'de, T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Data::List)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Data<'de, T>, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(Data::Table)
            }
        }
        deserializer.deserialize_any(DataVisitor(PhantomData))
    }
}

/// A table's rows as the list of objects it would be.
fn list(table: &Table<'_>) -> Result<String, String> {
    let mut text = String::from("[");
    let names: Vec<String> =
        table.columns.iter().map(|column| serde_json::Value::from(column.name.as_str()).to_string()).collect();
    for (number, row) in table.rows.iter().enumerate() {
        if names.len() != row.len() {
            return Err(format!("a row of {} values under {} columns", row.len(), names.len()));
        }
        text.push_str(if number == 0 { "{" } else { ",{" });
        for (at, (name, value)) in names.iter().zip(row).enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(name);
            text.push(':');
            text.push_str(value.get());
        }
        text.push('}');
    }
    text.push(']');
    Ok(text)
}

/// What a page says of itself, and its rows with the place of each. The rows of a table are written out as objects into
/// `table`, which they borrow from.
pub fn rows<'a, T: Deserialize<'a>>(
    answer: &Answer<'a>,
    table: &'a mut String,
) -> Result<(PageSigns, impl Iterator<Item = (Pointer, T)> + use<'a, T>), Reject> {
    let body: Body<'a, T> = json::read(answer)?;
    let signs = PageSigns {
        // It goes on as long as there is a token, whatever `resultTruncated` says.
        more: body.skip_token.is_some_and(|token| !token.is_empty()),
        // Where the counts of all pages do not add up to the total, pages are missing or the answer was cut; the header
        // that tells of more than 10,000 subscriptions is not in the body.
        totals: body.count.zip(body.total),
    };
    let (place, rows): (&'static &'static str, _) = match body.data {
        Data::List(rows) => (&"/data", rows),
        Data::Table(read) => {
            let reject = |message: String| Reject {
                position: None,
                cut_short: false,
                message: format!("in the table of rows: {message}"),
            };
            *table = list(&read).map_err(reject)?;
            (&"/data/rows", serde_json::from_str(table).map_err(|error| reject(error.to_string()))?)
        }
    };
    Ok((signs, rows.into_iter().enumerate().map(move |(number, row)| (Pointer::Row(place, number as u32), row))))
}

/// The page of a query.
pub fn page(answer: &Answer<'_>, operation: &'static str) -> Page {
    #[derive(serde::Deserialize)]
    struct Head {
        #[serde(rename = "$skipToken", alias = "skip_token", alias = "skipToken")]
        skip_token: Option<String>,
    }
    match json::read::<Head>(answer) {
        Ok(Head { skip_token: Some(token) }) if !token.is_empty() => answer.next(operation, token),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::exchange;

    fn read(body: &[u8]) -> Result<(PageSigns, Vec<String>), Reject> {
        let exchange = exchange(crate::azure::resource_graph::OPERATIONS[0], None);
        let mut table = String::new();
        let (signs, rows) = rows::<&RawValue>(&Answer { exchange: &exchange, body }, &mut table)?;
        Ok((signs, rows.map(|(pointer, row)| format!("{pointer} {}", row.get())).collect()))
    }

    fn signs(body: &str) -> Option<(bool, Option<(u64, u64)>)> {
        read(body.as_bytes()).ok().map(|(signs, _)| (signs.more, signs.totals))
    }

    /// §1.0 trap 1: `resultTruncated` reads "false" although there is more.
    #[test]
    fn signs_of_a_page() {
        let page = r#"{"totalRecords":2876,"count":3,"data":[],"resultTruncated":"false","$skipToken":"ew0K"}"#;
        assert_eq!(signs(page), Some((true, Some((3, 2876)))));
        let printed = r#"{"count":1,"data":[],"skip_token":null,"total_records":1}"#;
        assert_eq!(signs(printed), Some((false, Some((1, 1)))));
        assert_eq!(signs(r#"{"data":[]}"#), Some((false, None)));
        assert_eq!(signs(r#"{"error":{"code":"BadRequest"}}"#), None);
        assert_eq!(signs("["), None);
    }

    #[test]
    fn a_table_reads_as_the_list_it_would_be() {
        let table = br#"{"data":{"columns":[{"name":"id"},{"name":"a\"b"}],"rows":[["x",1],["y",{}]]}}"#;
        let rows = read(table).map(|(_, rows)| rows);
        assert_eq!(rows.unwrap(), [r#"/data/rows/0 {"id":"x","a\"b":1}"#, r#"/data/rows/1 {"id":"y","a\"b":{}}"#]);
        let short = read(br#"{"data":{"columns":[{"name":"id"}],"rows":[[]]}}"#);
        assert_eq!(short.unwrap_err().message, "in the table of rows: a row of 0 values under 1 columns");
    }
}
