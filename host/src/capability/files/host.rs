//! `files` as the guest sees it: preopened directories, with a look before whatever opens or changes something.

mod doing;

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, HostDescriptor as _, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, WasiView};

use self::doing::{Doing, Done};
use super::grant::{Access, Grant, GrantError, Rules};
use crate::audit::Witness;
use crate::capability::shadow::Shadow;

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

/// What a guest has open, and where it is: by the number of its handle. A number that was given back keeps its entry until
/// it is used again, so there are never more of them than handles.
#[derive(Debug, Default)]
pub(crate) struct Places {
    rules: Arc<Rules>,
    open: HashMap<u32, Place>,
}

/// Where an open file or folder is.
#[derive(Debug, Clone)]
struct Place {
    path: String,
    /// The place of the granted directory that it was reached through.
    at: Arc<str>,
}

impl Places {
    /// Nothing is open yet.
    pub(crate) fn new(rules: Arc<Rules>) -> Self {
        Self { rules, open: HashMap::new() }
    }

    fn place(&self, handle: &Resource<Descriptor>) -> Place {
        let unknown = || Place { path: "?".to_owned(), at: "?".into() };
        self.open.get(&handle.rep()).cloned().unwrap_or_else(unknown)
    }

    fn below(&self, folder: &Resource<Descriptor>, path: &str) -> Place {
        let Place { path: folder, at } = self.place(folder);
        Place { path: format!("{}/{path}", folder.trim_end_matches('/')), at }
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
    let mut preopens = Shadow::of(linker, PREOPENS);
    preopens.func_wrap("get-directories", |mut store: StoreContextMut<'_, T>, (): ()| {
        let opened = preopens::Host::get_directories(&mut store.data_mut().filesystem())?;
        let place = |at: &String| Place { path: at.clone(), at: at.as_str().into() };
        store.data_mut().places().open.extend(opened.iter().map(|(folder, at)| (folder.rep(), place(at))));
        Ok((opened,))
    })?;
    let types = &mut Shadow::of(linker, TYPES);
    types.func_wrap_async("[method]descriptor.open-at", |mut store, opening: OpenAt| {
        Box::new(async move { open_at(store.data_mut(), opening).await })
    })?;
    guard_one_path(types)?;
    guard_two_paths(types)?;
    guard_times(types)?;
    guard_contents(types)
}

/// What makes or removes something at one path.
fn guard_one_path<T: FilesView>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type At = (Resource<Descriptor>, String);
    types.func_wrap_async("[method]descriptor.create-directory-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "write", &folder, &path);
            let done = store.data_mut().filesystem().create_directory_at(folder, path).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async("[method]descriptor.remove-directory-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "remove", &folder, &path);
            let done = store.data_mut().filesystem().remove_directory_at(folder, path).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async("[method]descriptor.unlink-file-at", |mut store, (folder, path): At| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "remove", &folder, &path);
            let done = store.data_mut().filesystem().unlink_file_at(folder, path).await;
            doing.end(store.data_mut(), done).await
        })
    })
}

/// What gives something another name.
fn guard_two_paths<T: FilesView>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type Rename = (Resource<Descriptor>, String, Resource<Descriptor>, String);
    type Link = (Resource<Descriptor>, PathFlags, String, Resource<Descriptor>, String);
    type Symlink = (Resource<Descriptor>, String, String);
    types.func_wrap_async("[method]descriptor.rename-at", |mut store, (folder, path, into, name): Rename| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "rename", &folder, &path).and(store.data_mut(), &into, &name);
            let done = store.data_mut().filesystem().rename_at(folder, path, into, name).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async("[method]descriptor.link-at", |mut store, (folder, flags, path, into, name): Link| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "write", &into, &name).and(store.data_mut(), &folder, &path);
            let done = store.data_mut().filesystem().link_at(folder, flags, path, into, name).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async("[method]descriptor.symlink-at", |mut store, (folder, target, path): Symlink| {
        Box::new(async move {
            let doing = Doing::at(store.data_mut(), "write", &folder, &path).leading_to(&target);
            let done = store.data_mut().filesystem().symlink_at(folder, target, path).await;
            doing.end(store.data_mut(), done).await
        })
    })
}

/// What says when something was changed: it needs no handle that was opened for writing.
fn guard_times<T: FilesView>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type Times = (Resource<Descriptor>, NewTimestamp, NewTimestamp);
    type TimesAt = (Resource<Descriptor>, PathFlags, String, NewTimestamp, NewTimestamp);
    types.func_wrap_async("[method]descriptor.set-times", |mut store, (file, accessed, modified): Times| {
        Box::new(async move {
            let doing = Doing::with(store.data_mut(), "write", &file);
            let done = store.data_mut().filesystem().set_times(file, accessed, modified).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async(
        "[method]descriptor.set-times-at",
        |mut store, (folder, flags, path, accessed, modified): TimesAt| {
            Box::new(async move {
                let doing = Doing::at(store.data_mut(), "write", &folder, &path).following(flags);
                let done = store.data_mut().filesystem().set_times_at(folder, flags, path, accessed, modified).await;
                doing.end(store.data_mut(), done).await
            })
        },
    )
}

/// What changes an open file. That it was opened for writing is on record already, so only refusals are.
fn guard_contents<T: FilesView>(types: &mut Shadow<'_, T>) -> wasmtime::Result<()> {
    type Sized = (Resource<Descriptor>, u64);
    types.func_wrap_async("[method]descriptor.set-size", |mut store, (file, size): Sized| {
        Box::new(async move {
            let doing = Doing::with(store.data_mut(), "write", &file).known();
            let done = store.data_mut().filesystem().set_size(file, size).await;
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async(
        "[method]descriptor.write",
        |mut store, (file, data, at): (Resource<Descriptor>, Vec<u8>, u64)| {
            Box::new(async move {
                let doing = Doing::with(store.data_mut(), "write", &file).known();
                let done = store.data_mut().filesystem().write(file, data, at).await;
                doing.end(store.data_mut(), done).await
            })
        },
    )?;
    types.func_wrap_async("[method]descriptor.write-via-stream", |mut store, (file, at): Sized| {
        Box::new(async move {
            let doing = Doing::with(store.data_mut(), "write", &file).known();
            let done = store.data_mut().filesystem().write_via_stream(file, at);
            doing.end(store.data_mut(), done).await
        })
    })?;
    types.func_wrap_async("[method]descriptor.append-via-stream", |mut store, (file,): (Resource<Descriptor>,)| {
        Box::new(async move {
            let doing = Doing::with(store.data_mut(), "write", &file).known();
            let done = store.data_mut().filesystem().append_via_stream(file);
            doing.end(store.data_mut(), done).await
        })
    })
}

/// The parameters of `descriptor.open-at`.
type OpenAt = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);

async fn open_at<T: FilesView>(state: &mut T, opening: OpenAt) -> Done<Resource<Descriptor>> {
    let (folder, path_flags, path, open_flags, flags) = opening;
    let writes = flags.intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY)
        || open_flags.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE);
    let (verb, access) = if writes { ("write", Access::ReadWrite) } else { ("read", Access::Read) };
    let doing = Doing::at(state, verb, &folder, &path).following(path_flags).needing(access);
    let same_folder = Resource::new_borrow(folder.rep());
    // What isn't there yet is for the opening itself to judge.
    if let Ok(found) = state.filesystem().stat_at(same_folder, path_flags, path.clone()).await
        && !matches!(
            found.type_,
            DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink
        )
    {
        return doing.refuse(state);
    }
    let place = state.places().below(&folder, &path);
    let opened = state.filesystem().open_at(folder, path_flags, path, open_flags, flags).await;
    let (opened,) = doing.end(state, opened).await?;
    if let Ok(opened) = &opened {
        state.places().open.insert(opened.rep(), place);
    }
    Ok((opened,))
}

#[cfg(test)]
mod tests;
