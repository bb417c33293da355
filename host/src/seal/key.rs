//! What seals and opens.

use std::fmt;

use chacha20poly1305::aead::{Generate as _, KeyInit as _};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305};

use super::SealError;

/// Says what the operator's bytes are used for here: the same bytes serve elsewhere without harm.
const PURPOSE: &str = "wharf sealed request state, XChaCha20-Poly1305, version 1";

/// A secret of 32 bytes. `Debug` doesn't show it.
pub struct Key(CipherKey);

impl Key {
    /// A new one. What it seals opens in this process only.
    pub fn random() -> Result<Self, SealError> {
        CipherKey::try_generate().map(Self).map_err(|_| SealError::Failed("no random bytes"))
    }

    /// The operator's, for hosts that open what another one sealed, or that restart. The bytes must be random.
    #[must_use]
    pub fn from_config(bytes: &[u8; 32]) -> Self {
        Self(blake3::derive_key(PURPOSE, bytes).into())
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}
