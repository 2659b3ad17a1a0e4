//! Whether every document of a feed was read. A vendor's document that is missing says nothing, and what nobody says of a
//! weakness must not pass for safe.

use super::Estate;
use jiff::Timestamp;

/// The feed whose documents are whole by themselves: a repository of Amazon Linux has one, and it ends where it ends.
const WHOLE_BY_ITSELF: &str = "amazon";

impl Estate {
    /// Why a feed of relations is not known to be whole; of documents that were changed since a time, where one is given.
    /// What proves it is the vendor's own index: the list of updates of the Security Update API, `changes.csv` or `index.txt`
    /// of a CSAF directory, `modified_id.csv` of Open Source Vulnerabilities.
    pub fn feed_gap(&self, feed: &str, since: Option<Timestamp>) -> Option<String> {
        if feed == WHOLE_BY_ITSELF {
            return None;
        }
        let documents = &self.facts.feed_documents;
        let from = (feed.to_owned(), true, String::new());
        let mut listed = documents.from(&from).take_while(|((name, ..), _)| name == feed).peekable();
        if listed.peek().is_none() {
            return Some(format!("nothing says how many documents the feed {feed} has: its index was not given"));
        }
        let concerns = |dated: Option<Timestamp>| dated.zip(since).is_none_or(|(dated, since)| dated >= since);
        let missing: Vec<&str> = listed
            .filter(|(_, placed)| concerns(placed.fact.dated))
            .map(|(_, placed)| placed.fact.id.as_str())
            .filter(|id| documents.get(&(feed.to_owned(), false, (*id).to_owned())).is_none())
            .collect();
        if let Some(first) = missing.first() {
            let more = if missing.len() > 1 { format!(" and {} more", missing.len() - 1) } else { String::new() };
            return Some(format!("the index of the feed {feed} names {first}{more}, which was not given"));
        }
        // An index from before what was read may be from before other documents, too.
        let from = (feed.to_owned(), false, String::new());
        let read = documents.from(&from).take_while(|((name, listed, _), _)| name == feed && !listed);
        let unlisted = read
            .map(|(_, placed)| placed.fact.id.as_str())
            .find(|id| documents.get(&(feed.to_owned(), true, (*id).to_owned())).is_none())?;
        Some(format!("the index of the feed {feed} does not name {unlisted}, which was given: it is older than that"))
    }
}
