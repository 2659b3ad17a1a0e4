//! XML as AWS Query services answer, read as the JSON that the command line prints of it, so that one row struct reads
//! both. Text stays text: numbers and truth values come as text here.

use super::{json, place};
use crate::operation::{Answer, Page, Reject};
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What an element is. An empty one does not show it, and some names differ from the command line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A list, whose elements stand in `item` or `member`.
    List(&'static str),
    /// An object.
    Object(&'static str),
    /// Text.
    Text(&'static str),
}

/// Kind and JSON name of the elements whose name in upper camel case, or content, does not tell.
pub type Names = fn(&str) -> Option<Kind>;

/// Answers nest eight deep; beyond this nothing is an answer.
const DEPTH: usize = 64;

/// Reads a whole answer, in XML when it begins with `<`, and in JSON otherwise.
pub fn read<T: DeserializeOwned>(answer: &Answer<'_>, names: Names) -> Result<T, Reject> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body).trim_ascii_start();
    if body.first() != Some(&b'<') {
        return json::read(answer);
    }
    let mut value = value(body, names)?;
    // Query services other than EC2 wrap the answer once more, beside its metadata.
    if let Value::Object(members) = &mut value
        && let Some(inner) = members.iter_mut().find_map(|(name, inner)| name.ends_with("Result").then_some(inner))
    {
        value = inner.take();
    }
    serde_json::from_value(value).map_err(|error| refused(None, error.to_string()))
}

/// The page of an answer that continues by a `NextToken`.
pub fn page_by_next_token(answer: &Answer<'_>, operation: &'static str, names: Names) -> Page {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Token {
        next_token: Option<String>,
    }
    match read::<Token>(answer, names) {
        Ok(Token { next_token: Some(token) }) if !token.is_empty() => answer.next(operation, token),
        Ok(_) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// An element that is still open.
#[derive(Default)]
struct Open {
    wire: String,
    kind: Option<Kind>,
    text: String,
    items: Vec<Value>,
    members: Map<String, Value>,
}

impl Open {
    fn new(wire: &str, names: Names) -> Open {
        Open { wire: wire.to_owned(), kind: names(wire), ..Open::default() }
    }

    fn is_item(&self) -> bool {
        matches!(self.wire.as_str(), "item" | "member")
    }

    /// Name as the command line prints it.
    fn name(&self) -> String {
        match self.kind {
            Some(Kind::List(name) | Kind::Object(name) | Kind::Text(name)) => name.to_owned(),
            None => {
                let mut letters = self.wire.chars();
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
            }
        }
    }

    fn close(self) -> Result<Value, String> {
        let leaf = self.items.is_empty() && self.members.is_empty();
        if !leaf && !self.text.trim().is_empty() {
            return Err(format!("<{}> holds text between elements", self.wire));
        }
        match (self.items.is_empty(), self.members.is_empty(), self.kind) {
            (false, false, _) => Err(format!("<{}> holds list items and other elements", self.wire)),
            (true, false, Some(Kind::List(_))) => Err(format!("<{}> is a list and holds other elements", self.wire)),
            (false, true, _) | (true, true, Some(Kind::List(_))) => Ok(Value::Array(self.items)),
            (true, false, _) | (true, true, Some(Kind::Object(_))) => Ok(Value::Object(self.members)),
            (true, true, _) => Ok(Value::String(self.text)),
        }
    }
}

fn value(body: &[u8], names: Names) -> Result<Value, Reject> {
    let text = std::str::from_utf8(body).map_err(|error| Reject {
        cut_short: error.error_len().is_none(),
        ..refused(Some(place(body, error.valid_up_to())), "the answer is not UTF-8".to_owned())
    })?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        let event = reader.read_event();
        let here = |reader: &Reader<&[u8]>| Some(place(body, reader.buffer_position() as usize));
        let closed = match event {
            Ok(Event::Start(tag)) => {
                if open.len() == DEPTH || root.is_some() {
                    let message = if root.is_some() { "a second document begins" } else { "elements nest too deep" };
                    return Err(refused(here(&reader), message.to_owned()));
                }
                open.push(Open::new(tag.local_name().as_ref(), names));
                None
            }
            Ok(Event::Empty(tag)) if root.is_none() => Some(Open::new(tag.local_name().as_ref(), names)),
            Ok(Event::End(_)) => open.pop(),
            Ok(Event::Text(text)) => {
                add(&mut open, &text.xml10_content()).map_err(|message| refused(here(&reader), message))?;
                None
            }
            Ok(Event::CData(text)) => {
                add(&mut open, &text.xml10_content()).map_err(|message| refused(here(&reader), message))?;
                None
            }
            Ok(Event::GeneralRef(entity)) => {
                let character = match entity.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    _ => quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or_default().to_owned(),
                };
                if character.is_empty() {
                    return Err(refused(here(&reader), format!("&{}; is no entity that XML has by itself", &*entity)));
                }
                add(&mut open, &character).map_err(|message| refused(here(&reader), message))?;
                None
            }
            Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => None,
            Ok(Event::Eof) => {
                let message = || match open.last() {
                    Some(element) => format!("the answer ends inside <{}>", element.wire),
                    None => "the answer ends before its first element".to_owned(),
                };
                let unfinished = |()| Reject { cut_short: true, ..refused(here(&reader), message()) };
                return root.filter(|_| open.is_empty()).ok_or(()).map_err(unfinished);
            }
            Ok(Event::Empty(_)) => return Err(refused(here(&reader), "a second document begins".to_owned())),
            Ok(Event::DocType(_)) => return Err(refused(here(&reader), "an answer has no document type".to_owned())),
            Err(error) => {
                let position = Some(place(body, reader.error_position() as usize));
                let rest = body.get(reader.error_position() as usize..).unwrap_or_default();
                let cut_short = match &error {
                    Error::Syntax(_) => true,
                    Error::IllFormed(IllFormedError::UnclosedReference) => !rest.contains(&b'<'),
                    _ => false,
                };
                return Err(Reject { cut_short, ..refused(position, error.to_string()) });
            }
        };
        let Some(element) = closed else { continue };
        let (name, item, wire) = (element.name(), element.is_item(), element.wire.clone());
        let value = element.close().map_err(|message| refused(here(&reader), message))?;
        match open.last_mut() {
            None => root = Some(value),
            Some(parent) if item => parent.items.push(value),
            Some(parent) => {
                if parent.members.insert(name, value).is_some() {
                    return Err(refused(here(&reader), format!("<{wire}> stands twice in <{}>", parent.wire)));
                }
            }
        }
    }
}

fn add(open: &mut [Open], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text stands outside the document".to_owned()),
    }
    Ok(())
}

fn refused(position: Option<(usize, usize)>, message: String) -> Reject {
    Reject { position, cut_short: false, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wire: &str) -> Option<Kind> {
        match wire {
            "tagSet" => Some(Kind::List("Tags")),
            "instanceState" => Some(Kind::Object("State")),
            "ipAddress" => Some(Kind::Text("PublicIpAddress")),
            _ => None,
        }
    }

    fn check(xml: &str, expected: &str) {
        assert_eq!(value(xml.as_bytes(), names).unwrap().to_string(), expected, "{xml}");
    }

    #[test]
    fn elements_become_members() {
        check("<R xmlns=\"u\"><instanceId>i-0a1</instanceId></R>", r#"{"InstanceId":"i-0a1"}"#);
        check("<R><a:ipAddress xmlns:a=\"u\">1</a:ipAddress></R>", r#"{"PublicIpAddress":"1"}"#);
        check("<R>\n  <tagSet>\n <item><key>a</key></item><item/>\n</tagSet>\n</R>", r#"{"Tags":[{"Key":"a"},""]}"#);
        check("<R><tagSet/><instanceState></instanceState><x/></R>", r#"{"State":{},"Tags":[],"X":""}"#);
        check("<R><Any><member>1</member></Any></R>", r#"{"Any":["1"]}"#);
        check("<?xml version=\"1.0\"?><R><a>&lt;&amp;&#x41; <![CDATA[<b>]]></a></R>\n", r#"{"A":"<&A <b>"}"#);
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_place() {
        let refused = |xml: &str| value(xml.as_bytes(), names).unwrap_err();
        assert_eq!(refused("<R>\n<a></b></R>").position.map(|(line, _)| line), Some(2));
        for xml in [
            "<!DOCTYPE R [<!ENTITY e \"x\">]><R/>",
            "<R>&e;</R>",
            "<R><a>1</a><a>2</a></R>",
            "<R><tagSet><key>a</key></tagSet></R>",
            "<R><x><item/><y/></x></R>",
            "<R>text<a/></R>",
            "<R/><R/>",
            "<R/>text",
            "<R>&lt</R>",
        ] {
            let reject = refused(xml);
            assert!(!reject.cut_short && reject.position.is_some(), "{xml}: {reject:?}");
        }
        assert_eq!(refused(&"<a>".repeat(100)).message, "elements nest too deep");
    }

    /// Invariant 1: a document that ends too early is never a shorter one.
    #[test]
    fn a_cut_document_is_cut_short() {
        let whole = "<R><tagSet><item><key>a</key><value>&#233;é</value></item></tagSet></R>";
        for end in 1..whole.len() {
            let reject = value(&whole.as_bytes()[..end], names).unwrap_err();
            assert!(reject.cut_short, "cut at {end}: {reject:?}");
        }
    }
}
