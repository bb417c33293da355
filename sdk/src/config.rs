//! What the operator set in the plugin's `config`, by `wasi:config`.
//!
//! A plugin that uses nothing here doesn't import it.

#[cfg(target_family = "wasm")]
mod host;
#[cfg(not(target_family = "wasm"))]
mod stand_in;

use std::collections::BTreeMap;
use std::fmt;

#[cfg(target_family = "wasm")]
use self::host as source;
#[cfg(not(target_family = "wasm"))]
use self::stand_in as source;

/// The configuration can't be read just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration can't be read: {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

/// The value of one key. None: it isn't set.
///
/// # Errors
/// When the host can't read it.
pub fn get(key: &str) -> Result<Option<String>, Unreadable> {
    source::get(key).map_err(Unreadable)
}

/// All that is set.
///
/// # Errors
/// When the host can't read it.
pub fn all() -> Result<BTreeMap<String, String>, Unreadable> {
    source::all().map_err(Unreadable)
}
