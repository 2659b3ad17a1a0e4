//! Elements with the places where they begin, which serde reads like JSON: what a row struct misses is refused with the
//! place of the element that misses it.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::collections::BTreeMap;
use std::fmt;

/// An element and what it holds.
#[derive(Debug)]
pub(super) struct Node {
    /// Offset of its first byte in the answer.
    pub(super) at: usize,
    /// What it holds.
    pub(super) content: Content,
}

impl Node {
    /// The element of that name inside.
    pub(super) fn member(&self, name: &str) -> Option<&Node> {
        match &self.content {
            Content::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What an element holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Text.
    Text(String),
    /// The `item` or `member` elements of a list.
    List(Vec<Node>),
    /// Other elements, by the names the command line prints.
    Object(BTreeMap<String, Node>),
}

/// What serde misses, and where.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Offset in the answer of the innermost element that does not fit.
    pub(super) at: Option<usize>,
    /// What was expected and found.
    pub(super) message: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Misfit {
        Misfit { at: None, message: message.to_string() }
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for Node {
    type Deserializer = Node;

    fn into_deserializer(self) -> Node {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let at = self.at;
        let read = match self.content {
            Content::Text(text) => visitor.visit_string(text),
            Content::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter())),
            Content::Object(members) => visitor.visit_map(MapDeserializer::new(members.into_iter())),
        };
        read.map_err(|misfit| Misfit { at: misfit.at.or(Some(at)), ..misfit })
    }

    /// An element that is there says something, if only an empty text.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}
