//! State that outlives a call, by `wasi:keyvalue`. With the feature `keyvalue`.
//!
//! ```
//! use wharf_sdk::keyvalue::{Bucket, Error};
//!
//! fn visit(page: &str) -> Result<u64, Error> {
//!     let bucket = Bucket::open("default")?;
//!     bucket.set_json("last", &page)?;
//!     bucket.increment("visits", 1)
//! }
//! # assert_eq!(visit("home").unwrap(), 1);
//! ```
//!
//! A bucket is the plugin's own: no other plugin sees what is in it. How much it holds is the operator's to say. Two calls
//! may run at once, and between a `get` and a `set` of one call the other one may have written: [`Bucket::increment`] is
//! the one step that nobody comes between.
//!
//! In native tests there is a bucket of any name, which the thread keeps.

#[cfg(target_family = "wasm")]
mod host;
#[cfg(not(target_family = "wasm"))]
mod stand_in;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(target_family = "wasm")]
use self::host as source;
#[cfg(not(target_family = "wasm"))]
use self::stand_in as source;

/// Most keys of one batch, and of one page of [`Bucket::keys`].
pub const BATCH_KEYS: usize = 1_000;

/// Longest key, in bytes.
pub const KEY_BYTES: usize = 1 << 10;

/// Why something can't be read or written.
///
/// Its text is fit for the caller, so that a tool can hand it on with `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The policy refuses: the bucket isn't granted, or not for this.
    Denied,
    /// There is no bucket of this name.
    NoSuchBucket,
    /// A bound was reached, or the store failed: the text says which.
    Failed(String),
    /// The value isn't JSON of the expected form, or has no form in JSON.
    Json(serde_json::Error),
}

impl Error {
    /// The policy refused: what the plugin needs isn't granted. Trying again won't help, the operator must allow it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied | Self::NoSuchBucket)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the bucket isn't granted for this: the operator has to grant it"),
            Self::NoSuchBucket => f.write_str("there is no such bucket: the operator has to grant it"),
            Self::Failed(why) => write!(f, "the bucket can't be used: {why}"),
            Self::Json(source) => write!(f, "the value isn't JSON of the expected form: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(source) => Some(source),
            _ => None,
        }
    }
}

/// Some of the keys of a bucket, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The keys.
    pub keys: Vec<String>,
    /// What to ask for the next ones with. None: there are no more.
    pub next: Option<u64>,
}

/// Keys with their values, which the operator granted under a name.
#[derive(Debug)]
pub struct Bucket(source::Bucket);

impl Bucket {
    /// The bucket that was granted under this name.
    ///
    /// # Errors
    /// When none was.
    pub fn open(name: &str) -> Result<Self, Error> {
        source::Bucket::open(name).map(Self)
    }

    /// The value of a key. None: there is none.
    ///
    /// # Errors
    /// As each of the following: when the policy refuses it, when a bound is reached, when the store fails.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.get(key)
    }

    /// The value of a key, which [`set_json`](Self::set_json) wrote.
    ///
    /// # Errors
    /// As [`get`](Self::get), and when it isn't JSON of this type.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let value = self.get(key)?;
        value.map(|value| serde_json::from_slice(&value)).transpose().map_err(Error::Json)
    }

    /// Sets a value, in place of another one.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.0.set(key, value.as_ref())
    }

    /// Sets a value, as JSON.
    ///
    /// # Errors
    /// As [`get`](Self::get), and when the value has no form in JSON.
    pub fn set_json(&self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        self.set(key, serde_json::to_vec(value).map_err(Error::Json)?)
    }

    /// Removes a key with its value, if it is there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.delete(key)
    }

    /// Whether there is a value.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn exists(&self, key: &str) -> Result<bool, Error> {
        self.0.exists(key)
    }

    /// The keys: at first with None, then with what [`Keys::next`] said.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn keys(&self, cursor: Option<u64>) -> Result<Keys, Error> {
        self.0.keys(cursor)
    }

    /// Adds to a number, in one step, and returns what it is then. A key that isn't there counts as 0.
    ///
    /// # Errors
    /// As [`get`](Self::get), when the value isn't a number in plain decimal digits, and when the sum exceeds
    /// 9223372036854775807.
    pub fn increment(&self, key: &str, by: u64) -> Result<u64, Error> {
        self.0.increment(key, by)
    }

    /// The values of several keys, in their order. At most [`BATCH_KEYS`] at once.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.0.get_many(&owned(keys))
    }

    /// Sets several values: all of them, or none where it fails. Of two for the same key the later one counts. At most
    /// [`BATCH_KEYS`] at once, each key of at most [`KEY_BYTES`] bytes.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn set_many(&self, values: &[(&str, &[u8])]) -> Result<(), Error> {
        let values: Vec<_> = values.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec())).collect();
        self.0.set_many(&values)
    }

    /// Removes several keys: all of them, or none where it fails. At most [`BATCH_KEYS`] at once.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn delete_many(&self, keys: &[&str]) -> Result<(), Error> {
        self.0.delete_many(&owned(keys))
    }
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[cfg(test)]
mod tests;
