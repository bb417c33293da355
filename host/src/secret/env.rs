//! A secret in an environment variable. Guests have an environment of their own, which doesn't hold it.

use std::os::unix::ffi::OsStringExt as _;

use zeroize::Zeroizing;

/// The variable's bytes.
///
/// # Errors
/// When it isn't set.
pub(super) fn read(variable: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let value = std::env::var_os(variable).ok_or_else(|| "it is not set".to_owned())?;
    Ok(Zeroizing::new(value.into_vec()))
}
