//! Pointers name lists by texts that live as long as the program. What comes back from bytes has to, too: each is made once
//! and stays.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Lists that operations name: there are some sixty, and bytes that bring more than this are none of ours.
const MOST: usize = 1024;

static ONE: Mutex<BTreeMap<String, &'static &'static str>> = Mutex::new(BTreeMap::new());
static TWO: Mutex<BTreeMap<(String, String), &'static [&'static str; 2]>> = Mutex::new(BTreeMap::new());

/// The text of a list.
pub(super) fn list(bytes: &[u8]) -> Option<&'static &'static str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut known = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(list) = known.get(text) {
        return Some(list);
    }
    let new = (known.len() < MOST).then(|| &*Box::leak(Box::new(lasting(text))))?;
    known.insert(text.to_owned(), new);
    Some(new)
}

/// The texts of a list in a list.
pub(super) fn lists(outer: &[u8], inner: &[u8]) -> Option<&'static [&'static str; 2]> {
    let both = (std::str::from_utf8(outer).ok()?.to_owned(), std::str::from_utf8(inner).ok()?.to_owned());
    let mut known = TWO.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lists) = known.get(&both) {
        return Some(lists);
    }
    let new = (known.len() < MOST).then(|| &*Box::leak(Box::new([lasting(&both.0), lasting(&both.1)])))?;
    known.insert(both, new);
    Some(new)
}

fn lasting(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
