//! The right edge: the partial tiles. They determine the root, so whoever holds them can append and can tell
//! whether any other tile is the one the checkpoint commits to.

use crate::Digest;
use crate::digest::{empty_root, leaf_hash, node_hash};
use crate::tile::{Kind, LEVELS, WIDTH};

/// Hashes of the partial tile of each level, and the size they stand for.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    size: u64,
    partials: [Vec<Digest>; LEVELS as usize],
}

/// A tile that just became full.
#[derive(Debug)]
pub(crate) struct FullTile {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Digest>,
}

impl Edge {
    pub(crate) fn empty() -> Self {
        Edge { size: 0, partials: Default::default() }
    }

    /// Reads the partial tiles of a log of `size` leaves through `read(kind, index, width)`.
    pub(crate) fn load<E>(
        size: u64,
        mut read: impl FnMut(Kind, u64, u64) -> Result<Vec<Digest>, E>,
    ) -> Result<Self, E> {
        let mut edge = Edge { size, ..Edge::empty() };
        for level in 0..LEVELS {
            let kind = Kind::Hashes(level);
            let (index, width) = kind.edge(size);
            if width > 0 {
                edge.partials[usize::from(level)] = read(kind, index, width)?;
            }
        }
        Ok(edge)
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn partial(&self, level: u8) -> &[Digest] {
        self.partials.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Adds a leaf and hands out every tile this fills, lowest level first.
    pub(crate) fn push(&mut self, leaf: &[u8], mut full: impl FnMut(FullTile)) {
        self.size += 1;
        let mut hash = leaf_hash(leaf);
        for level in 0..LEVELS {
            let partial = &mut self.partials[usize::from(level)];
            partial.push(hash);
            if (partial.len() as u64) < WIDTH {
                return;
            }
            let hashes = std::mem::take(partial);
            hash = complete_root(&hashes);
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            full(FullTile { level, index, hashes });
        }
    }

    /// RFC 6962 root: complete subtrees from the smallest, rightmost one to the left.
    pub(crate) fn root(&self) -> Digest {
        let mut root: Option<Digest> = None;
        for partial in &self.partials {
            let mut end = partial.len();
            while end > 0 {
                let start = end & (end - 1);
                let subtree = complete_root(&partial[start..end]);
                root = Some(root.map_or(subtree, |right| node_hash(&subtree, &right)));
                end = start;
            }
        }
        root.unwrap_or_else(empty_root)
    }
}

/// Root of a complete subtree whose nodes at one height are `hashes`: a power of two of them.
pub(crate) fn complete_root(hashes: &[Digest]) -> Digest {
    debug_assert!(hashes.len().is_power_of_two());
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        let half = level.len() / 2;
        for i in 0..half {
            level[i] = node_hash(&level[2 * i], &level[2 * i + 1]);
        }
        level.truncate(half);
    }
    level.first().copied().unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1 as written, for comparison.
    fn mth(leaves: &[Vec<u8>]) -> Digest {
        match leaves.len() {
            0 => empty_root(),
            1 => leaf_hash(&leaves[0]),
            n => {
                let k = n.next_power_of_two() / 2;
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::empty();
        for (leaf, root) in leaves.iter().zip(roots) {
            edge.push(leaf, |_| ());
            assert_eq!(edge.root().to_string(), root);
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let leaves: Vec<Vec<u8>> = (0..65_537u32).map(|i| i.to_be_bytes().to_vec()).collect();
        let mut edge = Edge::empty();
        for (i, leaf) in leaves.iter().enumerate() {
            if [0, 1, 2, 3, 255, 256, 257, 511, 65_535, 65_536].contains(&i) {
                assert_eq!(edge.root(), mth(&leaves[..i]), "size {i}");
            }
            edge.push(leaf, |_| ());
        }
        assert_eq!(edge.root(), mth(&leaves));
    }
}
