//! One token: its digest, whose it is, until when, and what for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat};
use sha2::{Digest as _, Sha256};

use super::EXPIRES_SOON;
use crate::caller::{Caller, Permissions};
use crate::random::random_bytes;

/// Shortest token, in bytes. A shorter one can be guessed.
const TOKEN_BYTES: usize = 16;

/// Random bytes of a token that wharf makes: nobody finds it out from its digest.
const RANDOM_BYTES: usize = 32;

/// How a token begins that wharf makes, so that people and scanners know one where it doesn't belong.
const PREFIX: &str = "wharf_";

/// How a digest begins in the configuration.
const ALGORITHM: &str = "sha256:";

/// Bytes of the digest in an unnamed holder's name: enough to tell tokens apart, and far too few to guess one by.
const NAME_BYTES: usize = 6;

/// How often it is logged that a token which has expired is still presented: clients try again and again.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What is kept of a token's text: it can't be printed, and comparing doesn't tell its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

/// A bearer token.
#[derive(Debug, Clone)]
pub struct Token {
    digest: Digest,
    /// Whoever presents it.
    subject: String,
    expires: Option<SystemTime>,
    permissions: Option<Arc<Permissions>>,
    /// When it was last said that it has expired, in seconds since 1970.
    said: Arc<AtomicU64>,
}

/// Why a text is no token, or no digest of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It can be guessed.
    #[error("the token has {0} characters, and needs at least {TOKEN_BYTES}")]
    Short(usize),
    /// No header can carry it.
    #[error("the token has characters other than visible ASCII")]
    Characters,
    /// It isn't what `wharf token` prints.
    #[error("a digest is `sha256:` and 64 hexadecimal digits, as `wharf token new` and `wharf token hash` print it")]
    Digest,
}

/// A token that nobody else has.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn random_token() -> std::io::Result<String> {
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random_bytes::<RANDOM_BYTES>()?)))
}

impl Digest {
    /// Of a token's text, as it is.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Of a token's text, without the white space around it, if it is fit to be one.
    ///
    /// # Errors
    /// When it is too short, or has characters that no header can carry.
    pub fn of_token(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.len() < TOKEN_BYTES {
            return Err(TokenError::Short(text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        Ok(Self::of(text))
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(ALGORITHM)?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let digits = text.strip_prefix(ALGORITHM).ok_or(TokenError::Digest)?;
        // Any 32 bytes in hexadecimal: this type is the one at hand that reads them.
        blake3::Hash::from_hex(digits).map(|bytes| Self(bytes.into())).map_err(|_| TokenError::Digest)
    }
}

impl Token {
    /// One without a name, which is good for everything and for ever. Its holder is named by its digest, so that holders
    /// of different tokens are different callers.
    ///
    /// # Errors
    /// When the text is too short, or has characters that no header can carry.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let digest = Digest::of_token(text)?;
        let shown: String = digest.0.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self::named(&format!("bearer-{shown}"), digest, None, Permissions::default()))
    }

    /// One whose holder has a name.
    #[must_use]
    pub fn named(name: &str, digest: Digest, expires: Option<SystemTime>, permissions: Permissions) -> Self {
        let permissions = (!permissions.is_everything()).then(|| Arc::new(permissions));
        Self { digest, subject: name.to_owned(), expires, permissions, said: Arc::default() }
    }

    /// Its holder's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.subject
    }

    /// What is kept of its text.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What it may be used for; none for everything.
    #[must_use]
    pub fn permissions(&self) -> Option<&Permissions> {
        self.permissions.as_deref()
    }

    pub(super) fn caller(&self) -> Caller {
        let (subject, permissions) = (Some(self.subject.clone()), self.permissions.clone());
        Caller { subject, permissions, ends: self.expires, ..Caller::default() }
    }

    pub(super) fn has_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// What an operator should know of it.
    pub(super) fn remark(&self, now: SystemTime) -> Option<String> {
        let (name, end) = (&self.subject, self.expires?);
        let date = date(end);
        if self.has_expired(now) {
            return Some(format!("the token `{name}` has expired on {date}: whoever presents it is refused"));
        }
        let is_near = end.duration_since(now).is_ok_and(|left| left <= EXPIRES_SOON);
        is_near.then(|| format!("the token `{name}` expires on {date}: make another one with `wharf token new {name}`"))
    }

    /// Logs that it was presented although it has expired, now and then.
    pub(super) fn note_expired(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let last = self.said.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(last) >= SAID_EVERY.as_secs();
        if is_due && self.said.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(token = self.subject, "a request was refused: its token has expired");
        }
    }
}

fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let date = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    date.unwrap_or(DateTime::UNIX_EPOCH).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_fits_into_a_header() {
        assert_eq!(Token::new("short").unwrap_err(), TokenError::Short(5));
        assert_eq!(Token::new("0123456789 abcdef").unwrap_err(), TokenError::Characters);
        assert!(Token::new("0123456789abcdef\n").unwrap().name().starts_with("bearer-"));
    }

    #[test]
    fn a_digest_is_written_and_read_in_one_form() {
        let digest = Digest::of("0123456789abcdef");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let hex = "0".repeat(64);
        let bad = [hex.clone(), format!("sha512:{hex}"), format!("sha256:{hex}0"), "sha256:".into(), "sha256:x".into()];
        for text in bad {
            assert_eq!(text.parse::<Digest>(), Err(TokenError::Digest), "{text}");
        }
    }

    #[test]
    fn no_two_tokens_are_the_same_and_each_is_known_by_its_beginning() {
        let (one, other) = (random_token().unwrap(), random_token().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("wharf_") && one.len() == 49, "{one}");
        assert!(Token::new(&one).is_ok());
    }
}
