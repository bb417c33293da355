//! What a client carries for a plugin that asked a question: sealed, so that the client neither reads nor changes it.
//!
//! A sealed text says nothing outside, serves one caller for one request to one plugin, and for a time. It can be handed
//! in more than once within that time: the host keeps no record of it, so whatever must happen once needs a guard of its
//! own where it happens.

mod binding;
mod carried;
mod key;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;

pub use self::binding::{Binding, digest};
pub use self::carried::{Carried, OpenAsk, Wanted};
pub use self::key::Key;

/// Bytes of what is carried, before it is sealed: twice a plugin's state (its own, and the one to clean up with), and as
/// much again for the schemas of open questions. A client sends it back within one request, beside arguments.
pub const CARRIED_BYTES: usize = 256 << 10;

/// Characters of a sealed text: base64 makes four of three bytes. What is longer isn't even decoded.
pub const TEXT_BYTES: usize = (VERSION_BYTES + NONCE_BYTES + CARRIED_BYTES + TAG_BYTES).div_ceil(3) * 4;

/// Keys beside the newest that still open: each costs a try for a forged text.
pub const OLDER_KEYS: usize = 7;

/// The form of what follows it. Another one is not read.
const VERSION: u8 = 1;
const VERSION_BYTES: usize = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Seals with its newest key, and opens with any of its keys.
pub struct Sealer {
    newest: XChaCha20Poly1305,
    older: Vec<XChaCha20Poly1305>,
}

/// Why nothing was sealed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    /// What is to be carried has too many bytes.
    #[error(
        "a question's state, clean-up state and forms have {bytes} bytes together, beyond {CARRIED_BYTES}: keep large data \
         in a store, and only its key in the state"
    )]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// The operating system gave no random bytes, or an encoder or cipher failed, which none does at these sizes.
    #[error("the state of a question could not be sealed ({0}): make the call again")]
    Failed(&'static str),
}

/// Why a text wasn't opened. To a client all of them look alike; `Debug` tells them apart for the log.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("the request state is not valid for this request: make the request again without it")]
pub enum OpenError {
    /// Longer than anything that was ever sealed.
    TooLong,
    /// Not the form of a sealed text.
    Malformed,
    /// Not sealed with a key of ours for this caller, request, plugin and version of its state.
    Forged,
    /// Sealed by us, too long ago.
    Expired,
}

impl Sealer {
    /// Seals with a key that nobody else has.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> Result<Self, SealError> {
        Key::random().map(|key| Self::new(&key, &[]))
    }

    /// Seals with `newest`. Of `older`, which only open, the first [`OLDER_KEYS`] count.
    #[must_use]
    pub fn new(newest: &Key, older: &[Key]) -> Self {
        Self { newest: newest.cipher(), older: older.iter().take(OLDER_KEYS).map(Key::cipher).collect() }
    }

    /// A text of `A-Z a-z 0-9 - _`, of at most [`TEXT_BYTES`], that opens for the same binding until `lifetime` is over.
    pub fn seal(&self, binding: &Binding<'_>, carried: &Carried, lifetime: Duration) -> Result<String, SealError> {
        self.seal_at(SystemTime::now(), binding, carried, lifetime)
    }

    /// What was sealed for this binding.
    pub fn open(&self, binding: &Binding<'_>, text: &str) -> Result<Carried, OpenError> {
        self.open_at(SystemTime::now(), binding, text)
    }

    fn seal_at(
        &self,
        now: SystemTime,
        to: &Binding<'_>,
        carried: &Carried,
        life: Duration,
    ) -> Result<String, SealError> {
        let expires = milliseconds(now).saturating_add(u64::try_from(life.as_millis()).unwrap_or(u64::MAX));
        let inside = postcard::to_allocvec(&(expires, carried)).map_err(|_| SealError::Failed("encoding"))?;
        if inside.len() > CARRIED_BYTES {
            return Err(SealError::TooLarge { bytes: inside.len() });
        }
        let nonce = XNonce::try_generate().map_err(|_| SealError::Failed("no random bytes"))?;
        let aad = to.encode().map_err(|_| SealError::Failed("encoding"))?;
        let sealed = self.newest.encrypt(&nonce, Payload { msg: &inside, aad: &aad });
        let sealed = sealed.map_err(|_| SealError::Failed("the cipher"))?;
        Ok(URL_SAFE_NO_PAD.encode([&[VERSION], nonce.as_slice(), &sealed].concat()))
    }

    fn open_at(&self, now: SystemTime, to: &Binding<'_>, text: &str) -> Result<Carried, OpenError> {
        if text.len() > TEXT_BYTES {
            return Err(OpenError::TooLong);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| OpenError::Malformed)?;
        let (nonce, sealed) = split(&bytes).ok_or(OpenError::Malformed)?;
        let aad = to.encode().map_err(|_| OpenError::Forged)?;
        let inside = self.decrypt(nonce, Payload { msg: sealed, aad: &aad }).ok_or(OpenError::Forged)?;
        let (expires, carried): (u64, Carried) = postcard::from_bytes(&inside).map_err(|_| OpenError::Malformed)?;
        if milliseconds(now) >= expires {
            return Err(OpenError::Expired);
        }
        Ok(carried)
    }

    fn decrypt(&self, nonce: &[u8; NONCE_BYTES], sealed: Payload<'_, '_>) -> Option<Vec<u8>> {
        let nonce = XNonce::from(*nonce);
        let keys = std::iter::once(&self.newest).chain(&self.older);
        keys.filter_map(|key| key.decrypt(&nonce, Payload { msg: sealed.msg, aad: sealed.aad }).ok()).next()
    }
}

/// The nonce and what is sealed, where the version is ours.
fn split(bytes: &[u8]) -> Option<(&[u8; NONCE_BYTES], &[u8])> {
    let rest = bytes.strip_prefix(&[VERSION])?;
    rest.split_first_chunk().filter(|(_, sealed)| sealed.len() >= TAG_BYTES)
}

fn milliseconds(time: SystemTime) -> u64 {
    // A clock before 1970 opens nothing early: everything sealed then expires in its lifetime, too.
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
