//! `files` as the guest sees it: a preopened directory.

use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::grant::{Access, Grant, GrantError};

/// Whether each granted directory is there now. A call would fail otherwise.
///
/// # Errors
/// The first that isn't, with what the operating system says.
pub(crate) fn check_directories(grants: &[Grant]) -> Result<(), GrantError> {
    grants.iter().try_for_each(|grant| {
        std::fs::read_dir(&grant.directory)
            .map(drop)
            .map_err(|error| GrantError::Directory { directory: grant.directory.clone(), problem: error.to_string() })
    })
}

/// Opens the directory for one instance.
///
/// # Errors
/// When the operating system doesn't open it: it went away, or its permissions changed.
pub(crate) fn preopen(builder: &mut WasiCtxBuilder, grant: &Grant) -> wasmtime::Result<()> {
    let permissions = match grant.access {
        Access::Read => FsPerms::ReadOnly,
    };
    builder.preopened_dir(&grant.directory, &grant.at, permissions)?;
    Ok(())
}
