//! The signing key of a log, as the signed-note key text that Go's `note` package reads too.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use rand_core::OsRng;
use signed_note::{Note, Signature, Signer as _, StandardSigner};

use crate::error::At as _;
use crate::{Checkpoint, Error, Result};

/// An Ed25519 key that signs checkpoints of one origin.
pub struct Key {
    secret: String,
    vkey: String,
    signer: StandardSigner,
}

impl Key {
    /// A new key from the randomness of the operating system. The origin names the log, best as a URL without
    /// a scheme, such as `example.com/patchseal`.
    pub fn generate(origin: &str) -> Result<Self> {
        if !signed_note::is_key_name_valid(origin) || origin.chars().any(char::is_control) {
            return Err(Error::Origin { origin: origin.to_owned() });
        }
        let (secret, _) = signed_note::generate_key(&mut OsRng, origin);
        Self::parse(&secret).map_err(|reason| Error::Key { path: origin.into(), reason })
    }

    /// Reads a private key text (`PRIVATE+KEY+origin+hash+base64`).
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).reading(path)?;
        Self::parse(text.trim_end()).map_err(|reason| Error::Key { path: path.into(), reason })
    }

    /// Writes the private key text to a new file that only its owner may read. Never overwrites.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).writing(path)?;
        writeln!(file, "{}", self.secret).and_then(|()| file.sync_all()).writing(path).inspect_err(|_| {
            // Half a key has signed nothing, and would stand in the way of the next attempt.
            let _ = fs::remove_file(path);
        })
    }

    /// The public half: `origin+hash+base64`, what a verifier is configured with.
    pub fn vkey(&self) -> &str {
        &self.vkey
    }

    /// Name of the log this key signs for.
    pub fn origin(&self) -> &str {
        self.signer.name()
    }

    /// Not `Clone`: outside this crate a key is loaded once and lent.
    pub(crate) fn duplicate(&self) -> Self {
        Key { secret: self.secret.clone(), vkey: self.vkey.clone(), signer: self.signer.clone() }
    }

    /// The signed note of a checkpoint.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint) -> Result<String> {
        let refused = |reason: String| Error::Checkpoint { reason };
        let text = checkpoint.text();
        let signature = self.signer.sign(text.as_bytes()).map_err(|error| refused(error.to_string()))?;
        let signature = Signature::new(self.origin().to_owned(), self.signer.key_id(), signature)
            .map_err(|error| refused(error.to_string()))?;
        let note = Note::new(text.as_bytes(), &[signature]).map_err(|error| refused(error.to_string()))?;
        String::from_utf8(note.to_bytes()).map_err(|error| refused(error.to_string()))
    }

    /// Ed25519 keys only: the first byte says so, and C2SP logs must carry such a signature.
    fn parse(secret: &str) -> Result<Self, String> {
        use base64::prelude::*;

        let signer = StandardSigner::new(secret).map_err(|error| error.to_string())?;
        let seed = secret.splitn(5, '+').nth(4).and_then(|text| BASE64_STANDARD.decode(text).ok());
        let seed: [u8; 32] =
            seed.and_then(|bytes| bytes.get(1..)?.try_into().ok()).ok_or("its key is not 32 bytes long")?;
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let vkey = signed_note::new_ed25519_verifier_key(signer.name(), &public);
        Ok(Key { secret: secret.to_owned(), vkey, signer })
    }
}

/// Shows the public half only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("vkey", &self.vkey).finish_non_exhaustive()
    }
}
