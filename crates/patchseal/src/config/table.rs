//! A TOML table that remembers where each key stands and which keys nobody asked for.

use super::{LONGEST, Wrong};
use jiff::Timestamp;
use patchseal_core::policy::{DAY, HOUR, Seconds};
use patchseal_sources::inventory::{InUse, Mapping};
use std::collections::BTreeMap;
use toml_span::value::ValueInner;
use toml_span::{ErrorKind, Span};

/// A place in the text.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    text: &'t str,
    at: usize,
}

impl Place<'_> {
    pub(super) fn line(&self) -> u32 {
        1 + self.text[..self.at].bytes().filter(|byte| *byte == b'\n').count() as u32
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> Wrong {
        let column = self.at - self.text[..self.at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
        Wrong { line: self.line() as usize, column, message: message.into() }
    }
}

/// A table being read.
pub(super) struct Table<'t> {
    text: &'t str,
    path: String,
    /// Where its first key stands, for what is missing to point at.
    at: usize,
    members: BTreeMap<String, (Span, toml_span::Value<'t>)>,
    asked: Vec<String>,
}

impl<'t> Table<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Table<'t>, Wrong> {
        let mut value = toml_span::parse(text).map_err(|error| {
            let message = match &error.kind {
                ErrorKind::DuplicateKey { key, .. } => format!("key {key:?} stands here a second time"),
                kind => kind.to_string(),
            };
            Place { text, at: error.span.start.min(text.len()) }.wrong(message)
        })?;
        let span = value.span;
        match value.take() {
            ValueInner::Table(table) => Ok(Table::of(text, String::new(), table)),
            _ => Err(Place { text, at: span.start }.wrong("a policy is a table")),
        }
    }

    fn of(text: &'t str, path: String, table: toml_span::value::Table<'t>) -> Table<'t> {
        let members: BTreeMap<_, _> =
            table.into_iter().map(|(key, value)| (key.name.into_owned(), (key.span, value))).collect();
        let at = members.values().map(|(span, _)| span.start).min().unwrap_or(0);
        Table { text, path, at, members, asked: Vec::new() }
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Keys whose values are tables.
    pub(super) fn tables_here(&self) -> Vec<String> {
        let tables = self.members.iter().filter(|(_, (_, value))| value.as_table().is_some());
        tables.map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn place(&self, key: &str) -> Place<'t> {
        Place { text: self.text, at: self.members.get(key).map_or(0, |(span, _)| span.start) }
    }

    pub(super) fn line_of(&self, key: &str) -> Option<u32> {
        self.members.contains_key(key).then(|| self.place(key).line())
    }

    /// Line of its first key.
    pub(super) fn line(&self) -> u32 {
        Place { text: self.text, at: self.at }.line()
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&mut self, key: &str) -> Option<(Place<'t>, ValueInner<'t>)> {
        self.asked.push(key.to_owned());
        let place = self.place(key);
        self.members.remove(key).map(|(_, mut value)| (place, value.take()))
    }

    fn mismatch(&self, place: Place<'_>, key: &str, expected: &str, found: &ValueInner<'_>) -> Wrong {
        place.wrong(format!("{} has to be {expected}, and is {}", self.full(key), found.type_str()))
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<(String, Place<'t>)>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some((place, ValueInner::String(text))) => Ok(Some((text.into_owned(), place))),
            Some((place, other)) => Err(self.mismatch(place, key, "text in quotes", &other)),
        }
    }

    pub(super) fn required_text(&mut self, key: &str) -> Result<(String, Place<'t>), Wrong> {
        let missing = Place { text: self.text, at: self.at }.wrong(format!("{} is missing", self.full(key)));
        self.text(key)?.ok_or(missing)
    }

    pub(super) fn required_time(&mut self, key: &str) -> Result<Timestamp, Wrong> {
        let read = self.required_text(key)?;
        self.as_time(key, read)
    }

    pub(super) fn time(&mut self, key: &str) -> Result<Option<Timestamp>, Wrong> {
        let read = self.text(key)?;
        read.map(|read| self.as_time(key, read)).transpose()
    }

    fn as_time(&self, key: &str, (text, place): (String, Place<'t>)) -> Result<Timestamp, Wrong> {
        text.parse().map_err(|_| {
            let name = self.full(key);
            place.wrong(format!(
                "{name} has to be a time with its offset, such as \"2026-11-25T00:00:00Z\", and is {text:?}"
            ))
        })
    }

    pub(super) fn is_word(&self, key: &str, word: &str) -> bool {
        self.members.get(key).and_then(|(_, value)| value.as_str()) == Some(word)
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<(i64, Place<'t>)>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some((place, ValueInner::Integer(number))) => Ok(Some((number, place))),
            Some((place, other)) => Err(self.mismatch(place, key, "a whole number", &other)),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some((_, ValueInner::Boolean(flag))) => Ok(Some(flag)),
            Some((place, other)) => Err(self.mismatch(place, key, "true or false", &other)),
        }
    }

    /// A length of time: `90m`, `24h`, `15d`, `2w`.
    pub(super) fn duration(&mut self, key: &str) -> Result<Option<(Seconds, Place<'t>)>, Wrong> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit = match unit {
            "m" => Some(60),
            "h" => Some(HOUR),
            "d" => Some(DAY),
            "w" => Some(7 * DAY),
            _ => None,
        };
        let length = number.parse::<Seconds>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        match length.filter(|length| *length <= LONGEST) {
            Some(length) => Ok(Some((length, place))),
            None => {
                let name = self.full(key);
                Err(place.wrong(format!(
                    "{name} has to be a length of time such as \"90m\", \"24h\", \"15d\" or \"2w\", and is {text:?}"
                )))
            }
        }
    }

    pub(super) fn words(&mut self, key: &str) -> Result<Option<Vec<String>>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some((_, ValueInner::String(word))) => Ok(Some(vec![word.into_owned()])),
            Some((place, ValueInner::Array(items))) => {
                let word = |mut item: toml_span::Value<'t>| match item.take() {
                    ValueInner::String(word) => Ok(word.into_owned()),
                    other => Err(self.mismatch(place, key, "a list of texts", &other)),
                };
                items.into_iter().map(word).collect::<Result<Vec<_>, _>>().map(Some)
            }
            Some((place, other)) => Err(self.mismatch(place, key, "a list of texts", &other)),
        }
    }

    pub(super) fn words_by_key(mut self) -> Result<Vec<(String, Vec<String>)>, Wrong> {
        let keys = self.keys();
        keys.into_iter().map(|key| Ok((key.clone(), self.words(&key)?.unwrap_or_default()))).collect()
    }

    pub(super) fn table(&mut self, key: &str) -> Result<Option<Table<'t>>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some((_, ValueInner::Table(table))) => Ok(Some(Table::of(self.text, self.full(key), table))),
            Some((place, other)) => Err(self.mismatch(place, key, "a table", &other)),
        }
    }

    pub(super) fn tables(&mut self, key: &str) -> Result<Vec<Table<'t>>, Wrong> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some((place, ValueInner::Array(items))) => items
                .into_iter()
                .map(|mut item| match item.take() {
                    ValueInner::Table(table) => Ok(Table::of(self.text, self.full(key), table)),
                    other => Err(self.mismatch(place, key, "a list of tables", &other)),
                })
                .collect(),
            Some((place, other)) => Err(self.mismatch(place, key, "a list of tables", &other)),
        }
    }

    /// Refuses what nobody asked for: a misspelt key must not be a setting that silently does not hold.
    pub(super) fn finish(self) -> Result<(), Wrong> {
        let Some((key, (span, _))) = self.members.iter().min_by_key(|(_, (span, _))| span.start) else { return Ok(()) };
        let place = Place { text: self.text, at: span.start };
        let near = self.asked.iter().filter(|known| distance(known, key) <= 2).min_by_key(|known| distance(known, key));
        let hint = match near {
            Some(known) => format!(": did you mean {known:?}?"),
            None => format!(": the keys here are {}", self.asked.join(", ")),
        };
        Err(place.wrong(format!("no key is called {:?}{hint}", self.full(key))))
    }
}

/// Edit distance, for "did you mean".
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(before + 1);
        }
    }
    row[other.len()]
}

/// The column mapping of an outside inventory.
pub(super) fn mapping(table: &mut Table<'_>) -> Result<Mapping, Wrong> {
    let mut mapping = Mapping::default();
    for (key, value) in [
        ("id", &mut mapping.id),
        ("name", &mut mapping.name),
        ("cloud_id", &mut mapping.cloud_id),
        ("address", &mut mapping.address),
        ("os", &mut mapping.os),
        ("owner", &mut mapping.owner),
        ("environment", &mut mapping.environment),
        ("service", &mut mapping.service),
        ("data_class", &mut mapping.data_class),
    ] {
        if let Some((column, _)) = table.text(key)? {
            *value = Some(column);
        }
    }
    if let Some(mut in_use) = table.table("in_use")? {
        let (column, _) = in_use.required_text("column")?;
        mapping.in_use = Some(InUse { column, values: in_use.words("values")?.unwrap_or_default() });
        in_use.finish()?;
    }
    Ok(mapping)
}
