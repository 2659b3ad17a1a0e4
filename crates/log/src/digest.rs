//! SHA-256, and the RFC 6962 prefixes that keep a leaf from passing for a node. Writer and verifier share
//! this file and the note parser, and nothing else.

use std::fmt;
use std::str::FromStr;

use base64::prelude::*;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Displays as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The text is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 lower-case hex digits")]
pub struct ParseDigestError;

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// RFC 6962 §2.1: a leaf is hashed behind a zero byte.
pub(crate) fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest(Sha256::new_with_prefix([0u8]).chain_update(leaf).finalize().into())
}

/// RFC 6962 §2.1: a node is hashed behind a one byte.
pub(crate) fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1u8; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    sha256(&bytes)
}

/// RFC 6962 §2.1: the root of a tree without leaves.
pub(crate) fn empty_root() -> Digest {
    sha256(b"")
}

impl Digest {
    pub(crate) fn to_base64(self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// Only the canonical spelling: one digest, one text.
    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        let mut bytes = [0u8; 33];
        if text.len() != 44 {
            return None;
        }
        let length = BASE64_STANDARD.decode_slice(text, &mut bytes).ok()?;
        let digest = Digest(bytes[..32].try_into().ok()?);
        (length == 32 && digest.to_base64() == text).then_some(digest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(ParseDigestError);
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0]).ok_or(ParseDigestError)? << 4 | nibble(pair[1]).ok_or(ParseDigestError)?;
        }
        Ok(Digest(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_rfc_6962_does() {
        // The vectors of the Certificate Transparency reference implementation.
        let cases = [
            (empty_root(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (leaf_hash(b""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (leaf_hash(&[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
            (
                node_hash(&leaf_hash(b""), &leaf_hash(&[0])),
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
        ];
        for (digest, expected) in cases {
            assert_eq!(digest.to_string(), expected);
        }
    }

    #[test]
    fn one_digest_has_one_spelling() {
        let digest = sha256(b"x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.to_string().to_uppercase().parse::<Digest>(), Err(ParseDigestError));
        assert_eq!(Digest::from_base64(&digest.to_base64()), Some(digest));
        assert_eq!(Digest::from_base64(&"A".repeat(44)), None);
        // The last digit of 32 bytes carries two bits that must be zero.
        let loose = format!("{}B=", "A".repeat(42));
        assert_eq!(Digest::from_base64(&loose), None);
    }
}
