//! The one call in progress: its facts, and what a plugin may say while it runs.

#[cfg(target_family = "wasm")]
mod host;

use std::fmt::Display;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

#[cfg(target_family = "wasm")]
use self::host::Host as Context;
#[cfg(not(target_family = "wasm"))]
use crate::testing::StandIn as Context;
use crate::{Abilities, Caller, Error, Level, ListKind, Progress, Resumption, state};

/// The call in progress. A tool gets it as `call: &Call`, as its last parameter.
#[derive(Debug)]
pub struct Call {
    pub(crate) context: Context,
    pub(crate) resumed: Option<Resumption>,
}

impl Call {
    /// The call that this instance was made for. Tools are handed it; this is for whoever implements an interface of
    /// the contract by hand, with the `resumed` that the function got.
    pub fn current(resumed: Option<Resumption>) -> Self {
        Self { context: Context::default(), resumed }
    }

    /// Who calls, as far as the host knows.
    pub fn caller(&self) -> Caller {
        self.context.who()
    }

    /// What this client can be asked. Asking for more fails the call.
    pub fn client_can(&self) -> Abilities {
        self.context.client_can()
    }

    /// Names this call. It stays the same when the call is made again after a question or a pause, so it serves as an
    /// idempotency key towards a remote system.
    pub fn id(&self) -> String {
        self.context.call_id()
    }

    /// The request's `_meta`, without the keys that MCP reserves for itself.
    pub fn meta(&self) -> Map<String, Value> {
        // The host promises an object; whatever else it were, there would be nothing in it for a plugin.
        serde_json::from_str(&self.context.meta()).unwrap_or_default()
    }

    /// Until the host stops this instance.
    pub fn time_left(&self) -> Duration {
        Duration::from_millis(self.context.time_left_ms().into())
    }

    /// Says how far the call is. Dropped when nobody listens, or when reports come too fast.
    pub fn report(&self, progress: Progress) {
        self.context.report(progress);
    }

    /// A message of any form for the client and for the host's own log.
    pub fn log(&self, level: Level, logger: Option<&str>, data: &impl Serialize) {
        let json = serde_json::to_string(data).unwrap_or_else(|error| {
            Value::from(format!("a log message can't be written as JSON: {error}")).to_string()
        });
        self.context.log(level, logger, json);
    }

    /// Logs a text that helps whoever works on the plugin.
    pub fn debug(&self, message: impl Display) {
        self.log(Level::Debug, None, &message.to_string());
    }

    /// Logs a text about what goes as it should.
    pub fn info(&self, message: impl Display) {
        self.log(Level::Info, None, &message.to_string());
    }

    /// Logs a text about something that goes on, but not as it should.
    pub fn warning(&self, message: impl Display) {
        self.log(Level::Warning, None, &message.to_string());
    }

    /// Logs a text about something that failed.
    pub fn error(&self, message: impl Display) {
        self.log(Level::Error, None, &message.to_string());
    }

    /// Has the host list the plugin's tools again after this call.
    pub fn tools_changed(&self) {
        self.context.list_changed(ListKind::Tools);
    }

    /// Has the host list the plugin's resources and templates again after this call.
    pub fn resources_changed(&self) {
        self.context.list_changed(ListKind::Resources);
    }

    /// Has the host list the plugin's prompts again after this call.
    pub fn prompts_changed(&self) {
        self.context.list_changed(ListKind::Prompts);
    }

    /// Tells whoever subscribed to the URI that what is behind it has changed.
    pub fn resource_updated(&self, uri: &str) {
        self.context.resource_updated(uri);
    }

    /// If this call ends without a result, [`cleanup`](mod@crate::cleanup) gets the newest state that was given here. Give
    /// it before something is begun elsewhere that would have to be aborted.
    ///
    /// # Errors
    /// As [`state::pack`].
    pub fn on_abandon(&self, state: &impl Serialize) -> Result<(), Error> {
        self.context.on_abandon(Some(state::pack(state)?));
        Ok(())
    }

    /// Takes back what [`on_abandon`](Self::on_abandon) was given: there is nothing left to abort.
    pub fn nothing_to_abandon(&self) {
        self.context.on_abandon(None);
    }

    /// What the call was resumed with. None: it is made for the first time.
    pub fn resumed(&self) -> Option<&Resumption> {
        self.resumed.as_ref()
    }
}
