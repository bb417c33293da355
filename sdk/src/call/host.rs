//! The context of a call as the host gives it. Its counterpart outside of wasm is `testing::StandIn`.

use crate::bindings::base::wharf::plugin::context;
use crate::{Abilities, Caller, Level, ListKind, Progress};

/// Everything is the host's: there is nothing to hold here.
#[derive(Debug, Default)]
pub(crate) struct Host(());

impl Host {
    pub(crate) fn who(&self) -> Caller {
        context::who()
    }

    pub(crate) fn client_can(&self) -> Abilities {
        context::client_can()
    }

    pub(crate) fn call_id(&self) -> String {
        context::call_id()
    }

    pub(crate) fn meta(&self) -> String {
        context::meta()
    }

    pub(crate) fn time_left_ms(&self) -> u32 {
        context::time_left_ms()
    }

    pub(crate) fn report(&self, progress: Progress) {
        context::report(&progress);
    }

    pub(crate) fn log(&self, level: Level, logger: Option<&str>, data: String) {
        context::log(level, logger, &data);
    }

    pub(crate) fn list_changed(&self, kind: ListKind) {
        context::list_changed(kind);
    }

    pub(crate) fn resource_updated(&self, uri: &str) {
        context::resource_updated(uri);
    }

    pub(crate) fn on_abandon(&self, state: Option<Vec<u8>>) {
        context::on_abandon(state.as_deref());
    }
}
