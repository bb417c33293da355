//! Running guest code: a store, the bounds armed, the instance made, the function called, and what became of it told
//! apart.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Instrument as _;
use wasmtime::component::Instance;
use wasmtime::{PoolConcurrencyLimitError, Store, Trap};
use wasmtime_wasi::I32Exit;

use super::admission::Lane;
use super::attempt::Attempt;
use super::bindings::types::Failure as GuestFailure;
use super::context::{CallContext, Scope, cut};
use super::describe::Listed;
use super::engine::Stopped;
use super::error::{CallError, Exceeded, Failure};
use super::exports::Exports;
use super::limits;
use super::load::Core;
use super::record::Recording;
use super::reuse::Resident;
use super::store::{self, OutOfCpuTime, State};
use crate::audit::Witness;
use crate::caller::CallId;
use crate::text::block;

/// An instance that is about to be called.
pub(super) struct Guest<'a> {
    pub(super) exports: &'a Exports,
    pub(super) store: &'a mut Store<State>,
    pub(super) instance: Instance,
}

impl Attempt {
    /// Makes an instance, or takes one that may serve again, and calls it within its bounds.
    pub(super) async fn enter<R: Send + 'static>(
        &self,
        recording: &mut Recording,
        work: impl for<'a> FnOnce(Guest<'a>) -> BoxFuture<'a, Called<R>> + Send + 'static,
    ) -> Result<R, CallError> {
        let core = &self.core;
        let limits = &core.template.limits;
        let lane = Lane { running: limits.calls_running, waiting: limits.calls_waiting };
        // Waiting is over before the bounds are armed, so that nobody pays for others.
        let admitted = core.sandbox.shared.admission.admit(&core.template.plugin, lane).await?;
        let time = Time { wall: limits.call_time(), cpu: limits.cpu_time() };
        let resident = self.resident(time).await?;
        let (running, meter) = (Arc::clone(core), Arc::clone(&resident.store.data().meter));
        recording.metered(&meter);
        // In its place at once: it is large, and would be copied on its way otherwise.
        let calling = Box::pin(async move {
            // Until the guest has stopped, which runs on to its next yield when it is cancelled, and its instance is gone.
            let (_admitted, mut resident) = (admitted, resident);
            let called = running.call_in(&mut resident, work).await;
            let ended = Ended::of(&resident.store, called);
            // An instance that has reached a bound may be left half done.
            if ended.called.is_ok() && ended.exceeded.is_none() {
                resident.store.data_mut().scope.fall_silent();
                running.residents.keep(resident);
            }
            ended
        });
        let span = tracing::debug_span!("plugin.call", plugin = &*core.template.plugin, call = %self.call_id);
        let ended = core.sandbox.run(time.wall, meter, calling).instrument(span).await;
        core.classify(time, ended).map_err(|error| self.blamed(error))
    }

    /// Says of a call that failed after the policy had refused it something that this is why.
    fn blamed(&self, error: CallError) -> CallError {
        let is_crash = matches!(error, CallError::Trapped(_));
        let is_failure = matches!(
            error,
            CallError::Failed { failure: Failure::Unavailable | Failure::Internal | Failure::NotFound, .. }
        );
        match (is_crash || is_failure).then(|| self.refusal()).flatten() {
            Some(refusal) => CallError::Denied { refusal, problem: error.to_string(), is_crash },
            None => error,
        }
    }

    /// What the policy refused to the call first, if anything.
    pub(super) fn refusal(&self) -> Option<String> {
        let denied = self.witness.denied().into_iter().next()?;
        Some(match denied.why.starts_with(&denied.what) {
            true => format!("{} {}", denied.capability, denied.why),
            false => format!("{} {}: {}", denied.capability, denied.what, denied.why),
        })
    }

    /// A store for a call: fresh, or that of an instance which may serve again.
    async fn resident(&self, time: Time) -> Result<Resident, CallError> {
        let (core, context) = (&self.core, Arc::clone(&self.context));
        let mut resident = match core.residents.take() {
            None => Resident::new(core.new_store(context, self.call_id, self.witness.clone(), time).await?),
            Some(mut kept) => {
                let scope = Scope::new(&core.template, context, self.call_id, time.wall);
                store::renew(&mut kept.store, &core.template, scope, self.witness.clone());
                kept
            }
        };
        resident.store.data_mut().scope.abandon = self.state.clone();
        Ok(resident)
    }
}

impl Core {
    /// Asks for everything that there is.
    pub(super) async fn list(self: &Arc<Self>) -> Result<Listed, CallError> {
        // Closed never: the sandbox lives as long as its plugins.
        let _turn = self.sandbox.shared.listings.acquire().await;
        let most = self.template.limits.list_time();
        let time = Time { wall: most, cpu: most };
        let call = CallId::new();
        let mut store = self.new_store(Arc::new(CallContext::default()), call, self.witness(call), time).await?;
        let (core, meter) = (Arc::clone(self), Arc::clone(&store.data().meter));
        let listing = async move {
            let listed = core.list_in(&mut store).await;
            // What is announced while listing would have it listed again, and so on.
            store.data_mut().scope.forget_announcements();
            Ended::of(&store, listed)
        };
        let ended = self.sandbox.run(time.wall, meter, listing).await;
        self.classify(time, ended)
    }

    async fn list_in(&self, store: &mut Store<State>) -> Called<Listed> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let mut listed = Listed::default();
        if let Some(tools) = &self.exports.tools {
            listed.tools = found!(tools.indices.load(&mut *store, &instance)?.call_list_tools(&mut *store).await?);
        }
        if let Some(indices) = &self.exports.resources {
            let resources = indices.load(&mut *store, &instance)?;
            listed.resources = found!(resources.call_list_resources(&mut *store).await?);
            listed.templates = found!(resources.call_list_templates(&mut *store).await?);
        }
        if let Some(indices) = &self.exports.prompts {
            listed.prompts = found!(indices.load(&mut *store, &instance)?.call_list_prompts(&mut *store).await?);
        }
        Ok(Ok(listed))
    }

    async fn call_in<R>(
        &self,
        resident: &mut Resident,
        work: impl for<'a> FnOnce(Guest<'a>) -> BoxFuture<'a, Called<R>>,
    ) -> Called<R> {
        let store = &mut resident.store;
        let instance = match resident.instance {
            Some(instance) => instance,
            None => self.pre.instantiate_async(&mut *store).await?,
        };
        resident.instance = Some(instance);
        work(Guest { exports: &self.exports, store, instance }).await
    }

    /// Who sees what a call uses.
    pub(super) fn witness(&self, call: CallId) -> Witness {
        Witness::new(self.sandbox.shared.services.audit.clone(), call, Arc::clone(&self.template.plugin))
    }

    /// A store for one instance, within this time.
    pub(super) async fn new_store(
        self: &Arc<Self>,
        context: Arc<CallContext>,
        call: CallId,
        witness: Witness,
        time: Time,
    ) -> Result<Store<State>, CallError> {
        if self.template.access.files.given().is_empty() {
            return self.new_store_at_once(context, call, witness, time);
        }
        // It opens directories, and one on a disk that doesn't answer must hold up nobody else: not a thread that runs calls,
        // nor all of those that may block.
        let (core, places) = (Arc::clone(self), Arc::clone(&self.openings));
        let opening = async move {
            let place = places.acquire_owned().await;
            let opening = spawn_blocking(move || {
                let store = core.new_store_at_once(context, call, witness, time);
                drop(place);
                store
            });
            opening.await.unwrap_or_else(|_| Err(CallError::Trapped("the host failed before the call".into())))
        };
        timeout(time.wall, opening).await.unwrap_or(Err(CallError::TimedOut(time.wall)))
    }

    fn new_store_at_once(
        &self,
        context: Arc<CallContext>,
        call: CallId,
        witness: Witness,
        time: Time,
    ) -> Result<Store<State>, CallError> {
        let scope = Scope::new(&self.template, context, call, time.wall);
        store::new_store(&self.sandbox, &self.template, scope, witness, time.cpu).map_err(|error| {
            tracing::error!(plugin = &*self.template.plugin, "no instance could be prepared: {error:#}");
            CallError::Failed {
                failure: Failure::Unavailable,
                message: format!("no instance could be prepared: {error}"),
            }
        })
    }

    /// Tells apart why a call has no result.
    fn classify<R>(&self, time: Time, ended: Result<Ended<R>, Stopped>) -> Result<R, CallError> {
        let plugin = &*self.template.plugin;
        let Ended { called, exceeded } = match ended {
            Ok(ended) => ended,
            Err(Stopped::TimedOut) => return Err(CallError::TimedOut(time.wall)),
            Err(Stopped::Panicked) => {
                tracing::error!(plugin, "the host panicked within a call");
                return Err(CallError::Trapped("the host failed within the call".into()));
            }
        };
        let error = match called {
            Ok(result) => return result.map_err(Into::into),
            Err(error) => error,
        };
        if error.downcast_ref::<OutOfCpuTime>().is_some() {
            return Err(CallError::OutOfCpuTime(time.cpu));
        }
        if error.is::<PoolConcurrencyLimitError>() {
            return Err(CallError::NoPlace);
        }
        // The alternate form has the guest's backtrace, and none of the host.
        if self.template.traps.may(plugin) {
            tracing::warn!(plugin, "the guest trapped: {}", backtrace(&error));
        }
        if let Some(exceeded) = exceeded {
            return Err(CallError::OutOfMemory(exceeded));
        }
        if error.root_cause().to_string().contains(TOO_MUCH_DATA) {
            let bound = self.template.limits.hostcall_bytes;
            return Err(CallError::BadResult(format!("more than {bound} bytes were to be carried out of the guest")));
        }
        Err(CallError::Trapped(trap_text(&error)))
    }
}

/// What Wasmtime says of a guest that wants too much carried across the border. The error's type is its own secret, and
/// a test pins the words.
const TOO_MUCH_DATA: &str = "fuel allocated for hostcalls has been exhausted";

/// What the guest returned; else its failure ends the function.
macro_rules! found {
    ($called:expr) => {
        match $called {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        }
    };
}
use found;

/// How long a guest may run.
#[derive(Clone, Copy)]
pub(super) struct Time {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

/// What a guest's function returned, or why it trapped.
pub(super) type Called<R> = wasmtime::Result<Result<R, GuestFailure>>;

/// A call that has ended within its wall-clock time, and what of its store says why.
struct Ended<R> {
    called: Called<R>,
    exceeded: Option<Exceeded>,
}

impl<R> Ended<R> {
    fn of(store: &Store<State>, called: Called<R>) -> Self {
        Self { called, exceeded: store.data().limiter.exceeded }
    }
}

/// A trap with where the guest was, as lines of one log entry. Names of functions are the guest's, and there may be many.
pub(super) fn backtrace(error: &wasmtime::Error) -> String {
    let mut text = format!("{error:#}");
    cut(&mut text, limits::FAILURE_BYTES);
    block(&text)
}

/// A trap in few words. The whole of it, with the guest's backtrace, is in the log: it is not for clients.
fn trap_text(error: &wasmtime::Error) -> String {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return trap.to_string();
    }
    match error.downcast_ref::<I32Exit>() {
        Some(exit) => format!("it exited with status {}", exit.0),
        None => error.root_cause().to_string(),
    }
}

impl From<GuestFailure> for CallError {
    fn from(failure: GuestFailure) -> Self {
        let (failure, mut message) = match failure {
            GuestFailure::UnknownName(text) => (Failure::UnknownName, text),
            GuestFailure::InvalidParams(text) => (Failure::InvalidParams, text),
            GuestFailure::NotFound(text) => (Failure::NotFound, text),
            GuestFailure::Unavailable(text) => (Failure::Unavailable, text),
            GuestFailure::Internal(text) => (Failure::Internal, text),
            GuestFailure::Protocol(error) => {
                // A part of a JSON text is none.
                let data = error.data.filter(|data| data.len() <= limits::FAILURE_BYTES);
                (Failure::Protocol { code: error.code, data }, error.message)
            }
        };
        cut(&mut message, limits::FAILURE_BYTES);
        Self::Failed { failure, message }
    }
}
