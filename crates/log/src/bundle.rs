//! Entry bundles: leaves behind a two-byte length each.

/// The longest leaf an entry bundle can hold, in bytes.
pub const MAX_LEAF: usize = 65_535;

/// A parsed bundle: the bytes as stored and where each leaf lies in them.
#[derive(Debug)]
pub(crate) struct Bundle {
    bytes: Vec<u8>,
    ranges: Vec<(u32, u32)>,
}

impl Bundle {
    /// The first `count` leaves of `bytes`; `None` if there are fewer or the lengths do not add up.
    pub(crate) fn parse(bytes: Vec<u8>, count: usize) -> Option<Self> {
        let mut ranges = Vec::with_capacity(count.min(256));
        let mut at = 0usize;
        while ranges.len() < count {
            let prefix = bytes.get(at..at + 2)?;
            let length = usize::from(u16::from_be_bytes([prefix[0], prefix[1]]));
            let start = at + 2;
            at = start + length;
            if at > bytes.len() {
                return None;
            }
            ranges.push((u32::try_from(start).ok()?, u32::try_from(at).ok()?));
        }
        Some(Bundle { bytes, ranges })
    }

    pub(crate) fn leaf(&self, position: usize) -> Option<&[u8]> {
        let (start, end) = *self.ranges.get(position)?;
        self.bytes.get(start as usize..end as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.ranges.iter().map(|&(start, end)| &self.bytes[start as usize..end as usize])
    }

    /// Bytes up to the end of the last parsed leaf, as the bundle of just these leaves.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.ranges.last().map_or(0, |&(_, end)| end as usize));
        self.bytes
    }
}

/// Adds a leaf of at most [`MAX_LEAF`] bytes to the bytes of a bundle.
pub(crate) fn push(bytes: &mut Vec<u8>, leaf: &[u8]) {
    debug_assert!(leaf.len() <= MAX_LEAF);
    bytes.extend_from_slice(&(leaf.len() as u16).to_be_bytes());
    bytes.extend_from_slice(leaf);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn leaves_come_back(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut bytes = Vec::new();
            for leaf in &leaves {
                push(&mut bytes, leaf);
            }
            let bundle = Bundle::parse(bytes.clone(), leaves.len()).expect("parses");
            prop_assert!(bundle.iter().eq(leaves.iter().map(Vec::as_slice)));
            prop_assert_eq!(bundle.into_bytes(), bytes);
        }

        #[test]
        fn any_bytes_are_a_bundle_or_are_not(bytes in prop::collection::vec(any::<u8>(), 0..2000), count in any::<usize>()) {
            if let Some(bundle) = Bundle::parse(bytes, count) {
                prop_assert_eq!(bundle.iter().count(), count);
            }
        }
    }
}
