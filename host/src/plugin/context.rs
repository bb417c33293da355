//! The contract's `context`: facts about the call in progress, and what a guest says while it runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use wasmtime::component::HasData;

use super::announce::{Announced, Announcements};
use super::bindings::context::{Abilities, Caller as GuestCaller, Host, Level, ListKind};
use super::bindings::types::{self, Progress};
use super::limits;
use super::store::Template;
use super::talk::Talk;
use crate::caller::{CallId, Caller};

/// What a guest says while its call runs.
#[derive(Debug, Clone)]
pub enum Event {
    /// How far the call has come.
    Progress(Progress),
    /// A message, with its data as JSON text.
    Log {
        /// How important it is.
        level: Level,
        /// The part of the plugin that says it.
        logger: Option<String>,
        /// JSON text, as the guest gave it.
        data: String,
    },
}

/// Who asks for a call, and who listens to it.
#[derive(Clone, Default)]
pub struct CallContext {
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The endpoint by which the call came; empty for none.
    pub endpoint: Arc<str>,
    /// What may be asked of the client.
    pub abilities: Abilities,
    /// The request's `_meta`, a JSON object as text, without reserved keys; empty for none.
    pub meta: String,
    /// Where events go. Bounded: what doesn't fit is dropped.
    pub events: Option<mpsc::Sender<Event>>,
}

/// The newest state that a guest named for its clean-up. It outlives the instance.
#[derive(Clone, Default)]
pub(super) struct AbandonState(Arc<Mutex<Option<Vec<u8>>>>);

impl AbandonState {
    pub(super) fn set(&self, state: Option<Vec<u8>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(super) fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn get(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One call as its guest sees it.
pub(super) struct Scope {
    plugin: Arc<str>,
    talk: Arc<Talk>,
    context: Arc<CallContext>,
    call_id: CallId,
    deadline: Instant,
    /// Messages that are still logged.
    log_lines: usize,
    /// Messages beyond that.
    unlogged: usize,
    event_bytes: usize,
    announced: Announced,
    announcements: Arc<Announcements>,
    pub(super) abandon: AbandonState,
}

impl Scope {
    pub(super) fn new(template: &Template, context: Arc<CallContext>, call_id: CallId, time: Duration) -> Self {
        // A time too long to add is none at all: nothing runs for years.
        let now = Instant::now();
        Self {
            plugin: Arc::clone(&template.plugin),
            talk: Arc::clone(&template.talk),
            context,
            call_id,
            deadline: now.checked_add(time).unwrap_or(now),
            log_lines: template.limits.log_lines,
            unlogged: 0,
            event_bytes: template.limits.event_bytes,
            announced: Announced::default(),
            announcements: Arc::clone(&template.announcements),
            abandon: AbandonState::default(),
        }
    }

    /// Lets go of who listens, and makes known what was announced, when the call is over and its instance stays.
    pub(super) fn fall_silent(&mut self) {
        self.context = Arc::default();
        self.announce();
    }

    /// For listing: a plugin that announces a change while it lists would be asked without end.
    pub(super) fn forget_announcements(&mut self) {
        self.announced = Announced::default();
    }

    fn announce(&mut self) {
        self.announcements.add(&self.plugin, std::mem::take(&mut self.announced));
    }

    fn send(&self, event: Event) {
        if let Some(events) = &self.context.events {
            // Full or closed: the contract says that events may get lost, and that saying them never waits.
            let _ = events.try_send(event);
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // Now that the call is over, the host may ask the plugin again.
        self.announce();
        if self.unlogged > 0 && self.talk.may(&self.plugin) {
            let (plugin, call, dropped) = (&*self.plugin, self.call_id, self.unlogged);
            tracing::warn!(target: "wharf::guest", plugin, %call, dropped, "more messages than are logged for one call");
        }
    }
}

/// Progress whose message has at most so many bytes.
pub(super) fn within(mut progress: Progress, bytes: usize) -> Progress {
    progress.message.iter_mut().for_each(|message| cut(message, bytes));
    progress
}

/// Shortens a text to so many bytes, and shows that it did.
pub(super) fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes.saturating_sub(ELLIPSIS.len())));
        text.push_str(ELLIPSIS);
        text.shrink_to_fit();
    }
}

/// Stands for what was cut off.
const ELLIPSIS: &str = "…";

/// Tells Wasmtime where in a store's data the context is.
pub(super) struct ContextOf;

impl HasData for ContextOf {
    type Data<'a> = &'a mut Scope;
}

impl types::Host for Scope {}

impl Host for Scope {
    fn who(&mut self) -> GuestCaller {
        let caller = &self.context.caller;
        GuestCaller {
            subject: caller.subject.clone(),
            issuer: caller.issuer.clone(),
            scopes: caller.scopes.clone(),
            client: caller.client.clone(),
        }
    }

    fn client_can(&mut self) -> Abilities {
        self.context.abilities
    }

    fn call_id(&mut self) -> String {
        self.call_id.to_string()
    }

    fn meta(&mut self) -> String {
        match self.context.meta.as_str() {
            "" => "{}".to_owned(),
            meta => meta.to_owned(),
        }
    }

    fn time_left_ms(&mut self) -> u32 {
        let left = self.deadline.saturating_duration_since(Instant::now());
        u32::try_from(left.as_millis()).unwrap_or(u32::MAX)
    }

    fn report(&mut self, progress: Progress) {
        self.send(Event::Progress(within(progress, self.event_bytes)));
    }

    fn log(&mut self, level: Level, mut logger: Option<String>, data: String) {
        logger.iter_mut().for_each(|logger| cut(logger, limits::LOGGER_BYTES));
        if self.log_lines > 0 {
            self.log_lines -= 1;
            let shown = data.get(..data.floor_char_boundary(limits::LOG_LINE_BYTES)).unwrap_or_default();
            let (plugin, call) = (&*self.plugin, self.call_id);
            tracing::debug!(target: "wharf::guest", plugin, %call, ?level, ?logger, "{shown:?}");
        } else {
            self.unlogged = self.unlogged.saturating_add(1);
        }
        // A part of a JSON text is none.
        if data.len() <= self.event_bytes {
            self.send(Event::Log { level, logger, data });
        } else {
            let (plugin, call, bytes) = (&*self.plugin, self.call_id, data.len());
            tracing::debug!(target: "wharf::guest", plugin, %call, bytes, "a message is too large for clients");
        }
    }

    fn list_changed(&mut self, kind: ListKind) {
        self.announced.list(kind);
    }

    fn resource_updated(&mut self, uri: String) {
        if !self.announced.resource(uri) {
            tracing::debug!(target: "wharf::guest", plugin = &*self.plugin, "an update of a resource was dropped");
        }
    }

    fn on_abandon(&mut self, state: Option<Vec<u8>>) {
        let bytes = state.as_ref().map_or(0, Vec::len);
        if bytes > limits::STATE_BYTES {
            if self.talk.may(&self.plugin) {
                tracing::warn!(target: "wharf::guest", plugin = &*self.plugin, bytes, "a state for cleaning up is too large and was not kept");
            }
            return;
        }
        self.abandon.set(state);
    }
}
