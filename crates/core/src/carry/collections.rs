//! How what holds others is carried.

use super::{Carry, In, Out};
use std::collections::{BTreeMap, BTreeSet};

impl<T: Carry> Carry for Option<T> {
    fn put(&self, out: &mut Out<'_>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<T: Carry> Carry for Box<T> {
    fn put(&self, out: &mut Out<'_>) {
        (**self).put(out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(Box::new(T::take(from)?))
    }
}

/// Of a slice.
pub(crate) fn put_all<T: Carry>(all: &[T], out: &mut Out<'_>) {
    out.number(all.len() as u64);
    for one in all {
        one.put(out);
    }
}

impl<T: Carry> Carry for Vec<T> {
    fn put(&self, out: &mut Out<'_>) {
        put_all(self, out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        let count = from.count()?;
        let mut all = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            all.push(T::take(from)?);
        }
        all.shrink_to_fit();
        Some(all)
    }
}

impl<T: Carry> Carry for Box<[T]> {
    fn put(&self, out: &mut Out<'_>) {
        put_all(self, out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(Vec::take(from)?.into_boxed_slice())
    }
}

impl<K: Carry + Ord, V: Carry> Carry for BTreeMap<K, V> {
    fn put(&self, out: &mut Out<'_>) {
        out.number(self.len() as u64);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        // Collected whole, a map has full nodes; one entry after the other would leave them half empty.
        Some(Vec::<(K, V)>::take(from)?.into_iter().collect())
    }
}

impl<T: Carry + Ord> Carry for BTreeSet<T> {
    fn put(&self, out: &mut Out<'_>) {
        out.number(self.len() as u64);
        for one in self {
            one.put(out);
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(Vec::take(from)?.into_iter().collect())
    }
}

impl<A: Carry, B: Carry> Carry for (A, B) {
    fn put(&self, out: &mut Out<'_>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

impl<A: Carry, B: Carry, C: Carry> Carry for (A, B, C) {
    fn put(&self, out: &mut Out<'_>) {
        self.0.put(out);
        self.1.put(out);
        self.2.put(out);
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?, C::take(from)?))
    }
}
