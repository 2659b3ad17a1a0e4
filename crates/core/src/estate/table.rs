//! Tables of facts. Where two answers of a run state the same thing differently, the greater fact stays, whatever the
//! order they came in.

use crate::exchange::Evidence;
use crate::scope::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A fact, where it belongs and where it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// Account and region.
    pub scope: Arc<Scope>,
    /// The fact.
    pub fact: T,
    /// Where it is said.
    pub evidence: Evidence,
}

/// Facts by key. They are boxed because the nodes of a map that is filled in order stay half empty.
#[derive(Clone, Debug)]
pub struct Table<K, T>(BTreeMap<K, Box<Placed<T>>>);

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Table(BTreeMap::new())
    }
}

impl<K: Ord, T: Ord> Table<K, T> {
    /// Keeps the greater fact.
    pub fn put(&mut self, key: K, scope: &Arc<Scope>, fact: T, evidence: Evidence) {
        let placed = Box::new(Placed { scope: scope.clone(), fact, evidence });
        match self.0.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(placed);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if (&placed.fact, &placed.scope) > (&entry.get().fact, &entry.get().scope) {
                    entry.insert(placed);
                }
            }
        }
    }

    /// Puts a fact in the place of another.
    pub(super) fn replace(&mut self, key: K, scope: &Arc<Scope>, fact: T, evidence: Evidence) {
        self.0.insert(key, Box::new(Placed { scope: scope.clone(), fact, evidence }));
    }

    /// Keeps those that are wanted.
    pub(super) fn retain(&mut self, mut wanted: impl FnMut(&K, &Placed<T>) -> bool) {
        self.0.retain(|key, placed| wanted(key, placed));
    }

    /// The fact of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&Placed<T>>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).map(|placed| &**placed)
    }

    /// All, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Placed<T>)> {
        self.0.iter().map(|(key, placed)| (key, &**placed))
    }

    /// The facts whose keys start here, in order.
    pub fn from<'a>(&'a self, key: &K) -> impl Iterator<Item = (&'a K, &'a Placed<T>)> {
        self.0.range::<K, _>(key..).map(|(key, placed)| (key, &**placed))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All facts, to be changed.
    pub(super) fn facts_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.values_mut().map(|placed| &mut placed.fact)
    }

    /// All facts, the table given up.
    pub(super) fn into_all(self) -> impl Iterator<Item = (K, Box<Placed<T>>)> {
        self.0.into_iter()
    }

    /// Takes over all of another table's facts; the greater one stays.
    pub(super) fn take_over(&mut self, other: Table<K, T>) {
        for (key, placed) in other.0 {
            let Placed { scope, fact, evidence } = *placed;
            self.put(key, &scope, fact, evidence);
        }
    }

    /// Takes over another table's facts of the scopes that `speaks_for` names.
    pub(super) fn merge(&mut self, other: Table<K, T>, speaks_for: &dyn Fn(&Scope) -> bool) {
        let mut other = other.0;
        other.retain(|_, placed| speaks_for(&placed.scope));
        self.0.append(&mut other);
        self.0 = packed(std::mem::take(&mut self.0));
    }
}

/// The same map in full nodes: in the order of keys, as answers mostly come, one entry after the other leaves them half
/// empty.
pub(super) fn packed<K: Ord, T>(map: BTreeMap<K, T>) -> BTreeMap<K, T> {
    map.into_iter().collect()
}

impl<T: crate::carry::Carry> crate::carry::Carry for Placed<T> {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        let Placed { scope, fact, evidence } = self;
        scope.put(out);
        fact.put(out);
        evidence.put(out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        Some(Placed { scope: Arc::take(from)?, fact: T::take(from)?, evidence: Evidence::take(from)? })
    }
}

impl<K: crate::carry::Carry + Ord, T: crate::carry::Carry> crate::carry::Carry for Table<K, T> {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        self.0.put(out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        crate::carry::Carry::take(from).map(Table)
    }
}
