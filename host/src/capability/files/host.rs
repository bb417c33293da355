//! `files` as the guest sees it: a preopened directory.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{WasiFilesystemCtxView, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor as _, OpenFlags, PathFlags,
};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, WasiView};

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

/// The interface that [`guard_open`] stands in front of, in the version that Wasmtime implements.
const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// Puts a look before each opening of a file: only regular files, folders and links are opened. Opening a named pipe
/// would hold a thread until somebody writes to it, and nothing could take the thread back; devices are no files.
///
/// # Errors
/// When Wasmtime has the interface in another version, or another shape.
pub(crate) fn guard_open<T: WasiView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(TYPES)?.func_wrap_async("[method]descriptor.open-at", |mut store, opening: OpenAt| {
        Box::new(async move { Ok((open_at(&mut store.data_mut().filesystem(), opening).await?,)) })
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The parameters of `descriptor.open-at`.
type OpenAt = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);

type Opened = Result<Resource<Descriptor>, ErrorCode>;

async fn open_at(files: &mut WasiFilesystemCtxView<'_>, opening: OpenAt) -> wasmtime::Result<Opened> {
    let (folder, path_flags, path, open_flags, flags) = opening;
    let same_folder = Resource::new_borrow(folder.rep());
    // What isn't there yet is for the opening itself to judge.
    if let Ok(found) = files.stat_at(same_folder, path_flags, path.clone()).await {
        let kind = found.type_;
        if !matches!(kind, DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink) {
            return Ok(Err(ErrorCode::NotPermitted));
        }
    }
    match files.open_at(folder, path_flags, path, open_flags, flags).await {
        Ok(opened) => Ok(Ok(opened)),
        Err(error) => error.downcast().map(Err),
    }
}
