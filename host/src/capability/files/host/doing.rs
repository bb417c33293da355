//! One thing that is done to a file: what is put on record of it, and who refused it, if somebody did.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{Descriptor, ErrorCode, HostDescriptor as _, PathFlags};

use super::{FilesView, Place};
use crate::capability::decision::{By, Refused};
use crate::capability::files::NAME;
use crate::capability::files::grant::Access;
use crate::capability::record::Record as _;

/// What the guest gets.
pub(super) type Done<R> = wasmtime::Result<(Result<R, ErrorCode>,)>;

/// Something that is about to be done.
pub(super) struct Doing {
    what: String,
    /// The places of the granted directories.
    places: Vec<Arc<str>>,
    /// What the policy has to allow in each of them.
    access: Access,
    /// The folders and paths that it is about.
    paths: Vec<(u32, String)>,
    follows: PathFlags,
    leads_out: bool,
    /// Only a refusal is put on record.
    is_known: bool,
}

impl Doing {
    /// Changes what is at a path below an open folder.
    pub(super) fn at(state: &mut impl FilesView, verb: &str, folder: &Resource<Descriptor>, path: &str) -> Self {
        let place = state.places().below(folder, path);
        Self { paths: vec![(folder.rep(), path.to_owned())], ..Self::of(verb, place) }
    }

    /// Changes what is open.
    pub(super) fn with(state: &mut impl FilesView, verb: &str, handle: &Resource<Descriptor>) -> Self {
        let place = state.places().place(handle);
        Self::of(verb, place)
    }

    fn of(verb: &str, Place { path, at }: Place) -> Self {
        Self {
            what: format!("{verb} {path}"),
            places: vec![at],
            access: Access::ReadWrite,
            paths: Vec::new(),
            follows: PathFlags::empty(),
            leads_out: false,
            is_known: false,
        }
    }

    /// And what is at another path.
    pub(super) fn and(mut self, state: &mut impl FilesView, folder: &Resource<Descriptor>, path: &str) -> Self {
        self.places.push(state.places().place(folder).at);
        self.paths.push((folder.rep(), path.to_owned()));
        self
    }

    /// Only what needs this much.
    pub(super) fn needing(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// Makes a link that leads there: never to a path of the host.
    pub(super) fn leading_to(self, target: &str) -> Self {
        Self { leads_out: target.starts_with('/'), ..self }
    }

    /// Whether a link at the end of the path is followed.
    pub(super) fn following(self, follows: PathFlags) -> Self {
        Self { follows, ..self }
    }

    /// That it may be done is on record already.
    pub(super) fn known(self) -> Self {
        Self { is_known: true, ..self }
    }

    /// Puts on record what became of it. What the operating system refuses, nobody has refused who decides here.
    pub(super) async fn end<R>(self, state: &mut impl FilesView, done: FsResult<R>) -> Done<R> {
        let done = match done {
            Ok(done) => Ok(done),
            Err(error) => Err(error.downcast()?),
        };
        let is_refused = matches!(done, Err(ErrorCode::NotPermitted | ErrorCode::ReadOnly));
        let refused = if is_refused { self.refusal(state).await } else { None };
        if refused.is_some() || !self.is_known {
            state.witness().used(NAME, &self.what, None, refused.as_ref().map_or(Ok(()), Err));
        }
        Ok((done,))
    }

    /// Refuses what is neither a file nor a folder nor a link.
    pub(super) fn refuse<R>(self, state: &impl FilesView) -> Done<R> {
        let why = "only files, folders and links are opened: no pipes, sockets and devices";
        let refused = Refused::new(By::Operator, why, "no grant gives them: the plugin has to use something else");
        state.witness().used(NAME, &self.what, None, Err(&refused));
        Ok((Err(ErrorCode::NotPermitted),))
    }

    /// Who didn't let it be done, if somebody decided so.
    async fn refusal(&self, state: &mut impl FilesView) -> Option<Refused> {
        let rules = &state.places().rules;
        let refused = self.places.iter().find_map(|at| rules.decide_at(at, self.access).err());
        match refused {
            None if self.leads_out(state).await => Some(self.leading_out()),
            refused => refused,
        }
    }

    /// Wasmtime says the same of paths that lead out of a directory as the system of what it doesn't permit. But the system
    /// lets everybody look at what is there.
    async fn leads_out(&self, state: &mut impl FilesView) -> bool {
        let mut leads_out = self.leads_out;
        for (folder, path) in &self.paths {
            let found = state.filesystem().stat_at(Resource::new_borrow(*folder), self.follows, path.clone()).await;
            let error = found.err().and_then(|error| error.downcast().ok());
            leads_out |= matches!(error, Some(ErrorCode::NotPermitted));
        }
        leads_out
    }

    fn leading_out(&self) -> Refused {
        let at = self.places.first().map_or("?", |at| &**at);
        let why = format!("the path leads out of the directory at {at}");
        Refused::new(By::Operator, why, "grant the directory to which it leads, if the plugin should have it")
    }
}
