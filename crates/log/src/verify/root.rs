//! RFC 6962 roots by a stack of complete subtrees.

use crate::Digest;
use crate::digest::{empty_root, node_hash};

/// Height of a full tile.
const TILE_HEIGHT: u32 = 8;

/// Root of a tree whose leaves are the roots of full level-0 tiles and, after them, single leaf hashes.
pub(super) fn root(full: &[Digest], partial: &[Digest]) -> Digest {
    let mut stack: Vec<(u32, Digest)> = Vec::new();
    let subtrees = full.iter().map(|hash| (TILE_HEIGHT, *hash)).chain(partial.iter().map(|hash| (0, *hash)));
    for (mut height, mut hash) in subtrees {
        while let Some((_, left)) = stack.pop_if(|(at, _)| *at == height) {
            hash = node_hash(&left, &hash);
            height += 1;
        }
        stack.push((height, hash));
    }
    let right_to_left = stack.into_iter().rev().map(|(_, hash)| hash);
    right_to_left.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::leaf_hash;
    use crate::edge::Edge;

    #[test]
    fn agrees_with_the_writer_at_every_size() {
        let mut edge = Edge::empty();
        let (mut full, mut partial) = (Vec::new(), Vec::new());
        for i in 0..3000u32 {
            assert_eq!(root(&full, &partial), edge.root(), "size {i}");
            edge.push(&i.to_be_bytes(), |_| ());
            partial.push(leaf_hash(&i.to_be_bytes()));
            if partial.len() == 256 {
                full.push(root(&[], &partial));
                partial.clear();
            }
        }
    }
}
