//! An approver's private key: PKCS #8 in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it too.

use crate::error::Error;
use base64::prelude::*;
use ed25519_dalek::SigningKey;
use std::io::Write as _;
use std::path::Path;

/// What stands before the 32 bytes of a key: version 0, the algorithm 1.3.101.112, and two octet strings (RFC 8410, 7).
const PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A new key from the randomness of the operating system.
pub fn generate() -> SigningKey {
    SigningKey::generate(&mut rand_core::OsRng)
}

/// The key of 32 bytes.
pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
    SigningKey::from_bytes(seed)
}

/// The public half, as the policy holds it.
pub fn public(key: &SigningKey) -> String {
    BASE64_STANDARD.encode(key.verifying_key().as_bytes())
}

/// The text of a key's file.
pub fn text(key: &SigningKey) -> String {
    let der = [PREFIX.as_slice(), key.as_bytes()].concat();
    format!("{BEGIN}\n{}\n{END}\n", BASE64_STANDARD.encode(der))
}

/// Writes a key to a new file that only its owner may read. Never overwrites.
pub fn save(key: &SigningKey, path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::Usage(format!("{} is there already: a key is never overwritten", path.display()))
        }
        _ => Error::Write { path: path.to_path_buf(), source },
    };
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text(key).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|source| Error::Write { path: path.to_path_buf(), source })
}

/// Reads a key.
pub fn load(path: &Path) -> Result<SigningKey, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    parse(&text).ok_or_else(|| {
        Error::Usage(format!(
            "{} is no Ed25519 private key in PEM: `patchseal exception key` makes one",
            path.display()
        ))
    })
}

fn parse(text: &str) -> Option<SigningKey> {
    let body: String = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(body).ok()?;
    let seed: [u8; 32] = der.strip_prefix(&PREFIX)?.try_into().ok()?;
    Some(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The private key of RFC 8410, section 10.3.
    #[test]
    fn a_key_of_other_tools_is_read() {
        let text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = parse(text).unwrap();
        assert_eq!(super::text(&key), text);
        // Its public half in section 10.1, without the prefix.
        assert_eq!(public(&key), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
        assert!(parse("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").is_none());
        assert!(parse("").is_none());
    }
}
