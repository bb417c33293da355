//! What a plugin keeps from one call to the next: any serializable value, as JSON.
//!
//! The host seals it, so neither the client nor the model reads or changes it. It may come back to a newer version of
//! the plugin: change the type so that the old form can still be read, or say another `state_version` in
//! [`plugin!`](crate::plugin).

use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// The most bytes that a state may have. The contract says so, since clients carry it in their requests.
pub const MAX_LEN: usize = 64 * 1024;

/// The value as bytes of JSON.
///
/// # Errors
/// When it has no form in JSON, or more than [`MAX_LEN`] bytes.
pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(value).map_err(Error::Write)?;
    if bytes.len() > MAX_LEN { Err(Error::TooLong(bytes.len())) } else { Ok(bytes) }
}

/// The value that was packed, as in a [`cleanup`](mod@crate::cleanup).
///
/// # Errors
/// When the bytes aren't JSON of this type.
pub fn unpack<T: DeserializeOwned>(state: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(state).map_err(|source| Error::Read { what: "state".into(), source })
}

#[cfg(test)]
mod tests;
