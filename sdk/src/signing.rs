//! Addresses that work without further credentials, by `wharf:signing`. With the feature `signing`.
//!
//! ```
//! use std::time::Duration;
//!
//! use wharf_sdk::signing::{Error, presign};
//!
//! /// Where the caller may put the report, within a quarter of an hour.
//! fn upload_url(id: u32) -> Result<String, Error> {
//!     let url = format!("https://reports.example.com/{id}.pdf");
//!     presign("reports", "PUT", &url, Duration::from_mins(15))
//! }
//! # assert!(upload_url(7).is_ok());
//! ```
//!
//! The key stays with the host. The result is a secret for as long as it is valid: whoever has it may use it.

#[cfg(target_family = "wasm")]
mod host;
#[cfg(not(target_family = "wasm"))]
mod stand_in;

use std::fmt;
use std::time::Duration;

#[cfg(target_family = "wasm")]
use self::host as source;
#[cfg(not(target_family = "wasm"))]
use self::stand_in as source;

/// Why there is no signed address. The text says more.
///
/// It is fit for the caller, so that a tool can hand it on with `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The policy refuses: the key isn't granted, or not for this address, method or time.
    Denied(String),
    /// What was asked for can't be signed.
    Invalid(String),
    /// The key can't be had now.
    Unavailable(String),
}

impl Error {
    /// The policy refused: what the plugin needs isn't granted. Trying again won't help, the operator must allow it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the address isn't signed, since that isn't allowed: {why}"),
            Self::Invalid(why) => write!(f, "the address can't be signed: {why}"),
            Self::Unavailable(why) => write!(f, "the address can't be signed now: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// Signs an address with the key that the operator granted under this name, for one method and for this long, in whole
/// seconds. The address is absolute, and its query is signed with it.
///
/// # Errors
/// When the policy refuses, and when the address can't be signed.
pub fn presign(key: &str, method: &str, url: &str, lifetime: Duration) -> Result<String, Error> {
    // Longer than anybody grants.
    let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
    source::presign(key, method, url, seconds)
}
