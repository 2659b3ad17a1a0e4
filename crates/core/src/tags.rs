//! Tags of a host.

use std::sync::Arc;

/// Key and value. Most tags of a host are those of a hundred others, whole.
pub type Tag = Arc<(Arc<str>, Arc<str>)>;

/// Keys and values, sorted by key. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tags(Arc<[Tag]>);

impl Tags {
    /// From pairs in any order; of two with one key the last stays.
    pub fn new(pairs: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) -> Tags {
        let sorted: std::collections::BTreeMap<Arc<str>, Arc<str>> = pairs.into_iter().collect();
        Tags(sorted.into_iter().map(Arc::new).collect())
    }

    /// From pairs sorted by key, no key twice, as `shared` gives them for equal ones.
    pub fn shared<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        mut shared: impl FnMut(&str, &str) -> Tag,
    ) -> Tags {
        Tags(pairs.into_iter().map(|(key, value)| shared(key, value)).collect())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|tag| (*tag.0).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// All, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|tag| (&*tag.0, &*tag.1))
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

impl crate::carry::Carry for Tags {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        crate::carry::put_all(&self.0, out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        Some(Tags(Vec::take(from)?.into()))
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
