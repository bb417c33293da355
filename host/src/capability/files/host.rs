//! `files` as the guest sees it: preopened directories, with a look before whatever opens or changes something.

use std::collections::HashMap;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor as _, OpenFlags, PathFlags,
};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, WasiView};

use super::NAME;
use super::grant::{Access, Grant, GrantError};
use crate::audit::{Refusal, Witness};

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
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    builder.preopened_dir(&grant.directory, &grant.at, permissions)?;
    Ok(())
}

/// Where the folders are that a guest has open, for records: by the number of their handle. A number that was given
/// back keeps its entry until it is used again, so there are never more of them than handles.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<u32, String>);

impl Places {
    fn path(&self, folder: &Resource<Descriptor>, path: &str) -> String {
        let folder = self.0.get(&folder.rep()).map_or("?", |folder| folder.trim_end_matches('/'));
        format!("{folder}/{path}")
    }
}

/// The data of a store whose guests use files.
pub(crate) trait FilesView: WasiView {
    /// Where open folders are.
    fn places(&mut self) -> &mut Places;

    /// Who sees what the guest does.
    fn witness(&self) -> &Witness;
}

/// The interfaces that [`guard`] stands in front of, in the version that Wasmtime implements.
const TYPES: &str = "wasi:filesystem/types@0.2.12";
const PREOPENS: &str = "wasi:filesystem/preopens@0.2.12";

/// Puts a look before whatever opens or changes a file: it is put on record, and only regular files, folders and links
/// are opened. Opening a named pipe would hold a thread until somebody writes to it, and nothing could take the thread
/// back; devices are no files.
///
/// # Errors
/// When Wasmtime has the interfaces in another version, or another shape.
pub(crate) fn guard<T: FilesView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(PREOPENS)?.func_wrap("get-directories", |mut store: StoreContextMut<'_, T>, (): ()| {
        let opened = preopens::Host::get_directories(&mut store.data_mut().filesystem())?;
        store.data_mut().places().0.extend(opened.iter().map(|(folder, at)| (folder.rep(), at.clone())));
        Ok((opened,))
    })?;
    let types = &mut linker.instance(TYPES)?;
    types.func_wrap_async("[method]descriptor.open-at", |mut store, opening: OpenAt| {
        Box::new(async move { Ok((open_at(store.data_mut(), opening).await?,)) })
    })?;
    guard_one_path(types)?;
    guard_two_paths(types)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What makes or removes something at one path.
fn guard_one_path<T: FilesView>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    type At = (Resource<Descriptor>, String);
    types.func_wrap_async("[method]descriptor.create-directory-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let what = format!("write {}", store.data_mut().places().path(&folder, &path));
            let done = store.data_mut().filesystem().create_directory_at(folder, path).await;
            recorded(store.data().witness(), &what, done)
        })
    })?;
    types.func_wrap_async("[method]descriptor.remove-directory-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let what = format!("remove {}", store.data_mut().places().path(&folder, &path));
            let done = store.data_mut().filesystem().remove_directory_at(folder, path).await;
            recorded(store.data().witness(), &what, done)
        })
    })?;
    types.func_wrap_async("[method]descriptor.unlink-file-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let what = format!("remove {}", store.data_mut().places().path(&folder, &path));
            let done = store.data_mut().filesystem().unlink_file_at(folder, path).await;
            recorded(store.data().witness(), &what, done)
        })
    })
}

/// What gives something another name.
fn guard_two_paths<T: FilesView>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    type Rename = (Resource<Descriptor>, String, Resource<Descriptor>, String);
    type Link = (Resource<Descriptor>, PathFlags, String, Resource<Descriptor>, String);
    type Symlink = (Resource<Descriptor>, String, String);
    types.func_wrap_async("[method]descriptor.rename-at", |mut store, (folder, path, into, name): Rename| {
        Box::new(async move {
            let what = format!("rename {}", store.data_mut().places().path(&folder, &path));
            let done = store.data_mut().filesystem().rename_at(folder, path, into, name).await;
            recorded(store.data().witness(), &what, done)
        })
    })?;
    types.func_wrap_async("[method]descriptor.link-at", |mut store, (folder, flags, path, into, name): Link| {
        Box::new(async move {
            let what = format!("write {}", store.data_mut().places().path(&into, &name));
            let done = store.data_mut().filesystem().link_at(folder, flags, path, into, name).await;
            recorded(store.data().witness(), &what, done)
        })
    })?;
    types.func_wrap_async("[method]descriptor.symlink-at", |mut store, (folder, target, path): Symlink| {
        Box::new(async move {
            let what = format!("write {}", store.data_mut().places().path(&folder, &path));
            let done = store.data_mut().filesystem().symlink_at(folder, target, path).await;
            recorded(store.data().witness(), &what, done)
        })
    })
}

/// The parameters of `descriptor.open-at`.
type OpenAt = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);

type Opened = Result<Resource<Descriptor>, ErrorCode>;

async fn open_at<T: FilesView>(state: &mut T, opening: OpenAt) -> wasmtime::Result<Opened> {
    let (folder, path_flags, path, open_flags, flags) = opening;
    let same_folder = Resource::new_borrow(folder.rep());
    // What isn't there yet is for the opening itself to judge.
    if let Ok(found) = state.filesystem().stat_at(same_folder, path_flags, path.clone()).await {
        let kind = found.type_;
        if !matches!(kind, DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink) {
            return Ok(Err(ErrorCode::NotPermitted));
        }
    }
    let place = state.places().path(&folder, &path);
    let writes = flags.intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY)
        || open_flags.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE);
    let what = format!("{} {place}", if writes { "write" } else { "read" });
    let opened = state.filesystem().open_at(folder, path_flags, path, open_flags, flags).await;
    let (opened,) = recorded(state.witness(), &what, opened)?;
    if let Ok(opened) = &opened {
        state.places().0.insert(opened.rep(), place);
    }
    Ok(opened)
}

/// Puts on record what was done to a file, or refused.
fn recorded<R>(witness: &Witness, what: &str, done: FsResult<R>) -> wasmtime::Result<(Result<R, ErrorCode>,)> {
    let done = match done {
        Ok(done) => Ok(done),
        Err(error) => Err(error.downcast()?),
    };
    let is_refused = matches!(done, Err(ErrorCode::NotPermitted | ErrorCode::ReadOnly));
    let help = "grant the directory with `access = \"read-write\"`, if it is to be changed";
    let refusal = Refusal { by: "operator", why: "no granted directory allows it", help };
    witness.saw(NAME, what, None, is_refused.then_some(refusal));
    Ok((done,))
}
