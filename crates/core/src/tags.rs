//! Tags of a host.

use std::sync::Arc;

/// Keys and values, sorted by key. Cheap to clone: many hosts carry the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tags(Arc<[(Arc<str>, Arc<str>)]>);

impl Tags {
    /// From pairs in any order; of two with one key the last stays.
    pub fn new(pairs: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) -> Tags {
        let sorted: std::collections::BTreeMap<Arc<str>, Arc<str>> = pairs.into_iter().collect();
        Tags(sorted.into_iter().collect())
    }

    /// The same, with the texts that `shared` gives for equal ones.
    pub fn share(&self, mut shared: impl FnMut(&str) -> Arc<str>) -> Tags {
        Tags(self.0.iter().map(|(key, value)| (shared(key), shared(value))).collect())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// All, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Tags {
    fn default() -> Tags {
        Tags(Arc::new([]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_key_and_keeps_the_last_of_two() {
        let tags = Tags::new([("b".into(), "1".into()), ("a".into(), "2".into()), ("b".into(), "3".into())]);
        assert_eq!(tags.get("b"), Some("3"));
        assert_eq!(tags.get("c"), None);
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert!(!tags.is_empty() && Tags::default().is_empty());
    }
}
