//! XML as AWS Query services answer, read as the JSON that the command line prints of it, so that one row struct reads
//! both. Text stays text: numbers and truth values come as text here.

mod node;

use super::{json, place};
use crate::operation::{Answer, Page, Reject};
use node::{Content, Node};
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

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

/// How much of a document is read.
struct Limits {
    bytes: usize,
    elements: usize,
}

/// A page of a thousand machines, the most that `DescribeInstances` gives, is some 10 MB and 150 elements a machine. An
/// element takes many times its own bytes in memory, so that a file made to hurt has to end somewhere.
const LIMITS: Limits = Limits { bytes: 64 << 20, elements: 3_000_000 };

/// Reads a whole answer, in XML when it begins with `<`, and in JSON otherwise.
pub fn read<T: DeserializeOwned>(answer: &Answer<'_>, names: Names) -> Result<T, Reject> {
    let (body, skipped) = trimmed(answer.body);
    if body.first() != Some(&b'<') {
        return json::read(answer);
    }
    let here = |at: usize| Some(place(answer.body, skipped + at));
    let document = document(body, names, &LIMITS).map_err(|stop| stop.reject(here))?;
    // Query services name the root after the action (source: the sample responses of the API references of EC2 and
    // Auto Scaling). Another action's answer may miss nothing that this one's needs.
    let action = answer.exchange.operation.rsplit('.').next().unwrap_or_default();
    let expected = format!("{action}Response");
    if document.root != expected {
        let said = said(&document).map_or(String::new(), |(code, message)| format!(": {code}: {message}"));
        let message = format!("the document is a <{}>, and a <{expected}> was expected{said}", document.root);
        return Err(refused(here(document.node.at), message));
    }
    let mut node = document.node;
    // Query services other than EC2 wrap the answer once more, beside its metadata.
    if let Content::Object(members) = &mut node.content
        && let Some(inner) = members.remove(&format!("{action}Result"))
    {
        node = inner;
    }
    T::deserialize(node).map_err(|misfit| refused(misfit.at.and_then(here), misfit.message))
}

/// Code and message of an error document: `Response` with `Errors` (EC2), or `ErrorResponse` (the other Query services).
pub fn error(body: &[u8]) -> Option<(String, String)> {
    let (body, _) = trimmed(body);
    (body.first() == Some(&b'<')).then(|| document(body, |_| None, &LIMITS).ok()).flatten().as_ref().and_then(said)
}

fn said(document: &Document) -> Option<(String, String)> {
    let root = &document.node;
    let error = match document.root.as_str() {
        "Response" => root.member("Errors")?.member("Error")?,
        "ErrorResponse" => root.member("Error")?,
        _ => return None,
    };
    let text = |name| error.member(name).and_then(Node::text).unwrap_or_default().trim().to_owned();
    Some((text("Code"), text("Message"))).filter(|(code, _)| !code.is_empty())
}

/// The document without a byte order mark and white space before it, and how many bytes those were.
fn trimmed(body: &[u8]) -> (&[u8], usize) {
    let rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    (rest, body.len() - rest.len())
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
    at: usize,
    wire: String,
    kind: Option<Kind>,
    text: String,
    items: Vec<Node>,
    members: BTreeMap<String, Node>,
}

impl Open {
    fn new(at: usize, wire: &str, names: Names) -> Open {
        Open { at, wire: wire.to_owned(), kind: names(wire), ..Open::default() }
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

    fn close(self) -> Result<Node, String> {
        let leaf = self.items.is_empty() && self.members.is_empty();
        if !leaf && !self.text.trim().is_empty() {
            return Err(format!("<{}> holds text between elements", self.wire));
        }
        let content = match (self.items.is_empty(), self.members.is_empty(), self.kind) {
            (false, false, _) => return Err(format!("<{}> holds list items and other elements", self.wire)),
            (true, false, Some(Kind::List(_))) => {
                return Err(format!("<{}> is a list and holds other elements", self.wire));
            }
            (false, true, _) | (true, true, Some(Kind::List(_))) => Content::List(self.items),
            (true, false, _) | (true, true, Some(Kind::Object(_))) => Content::Object(self.members),
            (true, true, _) => Content::Text(self.text),
        };
        Ok(Node { at: self.at, content })
    }
}

/// A whole document.
struct Document {
    /// Name of its root element.
    root: String,
    node: Node,
}

/// Where and why reading stopped.
struct Stop {
    at: usize,
    cut_short: bool,
    message: String,
}

impl Stop {
    fn reject(self, place: impl Fn(usize) -> Option<(usize, usize)>) -> Reject {
        Reject { position: place(self.at), cut_short: self.cut_short, message: self.message }
    }
}

fn document(body: &[u8], names: Names, limits: &Limits) -> Result<Document, Stop> {
    if body.len() > limits.bytes {
        let (found, most) = (body.len(), limits.bytes);
        let message = format!("the answer has {found} bytes, and no more than {most} are read: save it in pages");
        return Err(Stop { at: 0, cut_short: false, message });
    }
    let text = std::str::from_utf8(body).map_err(|error| Stop {
        at: error.valid_up_to(),
        cut_short: error.error_len().is_none(),
        message: "the answer is not UTF-8".to_owned(),
    })?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Document> = None;
    let mut elements = 0;
    loop {
        let at = reader.buffer_position() as usize;
        let wrong = |message: String| Stop { at, cut_short: false, message };
        let closed = match reader.read_event() {
            Ok(Event::Start(_) | Event::Empty(_)) if root.is_some() => {
                return Err(wrong("a second document begins".to_owned()));
            }
            Ok(Event::Start(_) | Event::Empty(_)) if elements == limits.elements => {
                return Err(wrong(format!("the answer has more than {elements} elements: save it in pages")));
            }
            Ok(Event::Start(_)) if open.len() == DEPTH => return Err(wrong("elements nest too deep".to_owned())),
            Ok(Event::Start(tag)) => {
                elements += 1;
                open.push(Open::new(at, tag.local_name().as_ref(), names));
                None
            }
            Ok(Event::Empty(tag)) => {
                elements += 1;
                Some(Open::new(at, tag.local_name().as_ref(), names))
            }
            Ok(Event::End(_)) => open.pop(),
            Ok(Event::Text(text)) => {
                add(&mut open, &text.xml10_content()).map_err(wrong)?;
                None
            }
            Ok(Event::CData(text)) => {
                add(&mut open, &text.xml10_content()).map_err(wrong)?;
                None
            }
            Ok(Event::GeneralRef(entity)) => {
                let character = match entity.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    _ => quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or_default().to_owned(),
                };
                if character.is_empty() {
                    return Err(wrong(format!("&{}; is no entity that XML has by itself", &*entity)));
                }
                add(&mut open, &character).map_err(wrong)?;
                None
            }
            Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => None,
            Ok(Event::Eof) => {
                let message = match open.last() {
                    Some(element) => format!("the answer ends inside <{}>", element.wire),
                    None => "the answer ends before its first element".to_owned(),
                };
                return root.filter(|_| open.is_empty()).ok_or(Stop { at, cut_short: true, message });
            }
            Ok(Event::DocType(_)) => return Err(wrong("an answer has no document type".to_owned())),
            Err(error) => {
                let at = reader.error_position() as usize;
                let rest = body.get(at..).unwrap_or_default();
                let cut_short = match &error {
                    Error::Syntax(_) => true,
                    Error::IllFormed(IllFormedError::UnclosedReference) => !rest.contains(&b'<'),
                    _ => false,
                };
                return Err(Stop { at, cut_short, message: error.to_string() });
            }
        };
        let Some(element) = closed else { continue };
        let (name, item, wire) = (element.name(), element.is_item(), element.wire.clone());
        let node = element.close().map_err(wrong)?;
        match open.last_mut() {
            None => root = Some(Document { root: wire, node }),
            Some(parent) if item => parent.items.push(node),
            Some(parent) => {
                if parent.members.insert(name, node).is_some() {
                    return Err(wrong(format!("<{wire}> stands twice in <{}>", parent.wire)));
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
mod tests;
