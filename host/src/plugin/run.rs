//! Running guest code: a store, the bounds armed, the instance made, the function called, and what became of it told
//! apart.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Store, Trap};
use wasmtime_wasi::I32Exit;

use super::abandon::Abandonment;
use super::admission::Lane;
use super::bindings::tools::{self, Outcome};
use super::bindings::types::{Failure as GuestFailure, Resumption};
use super::context::{CallContext, Scope};
use super::engine::Stopped;
use super::error::{CallError, Failure};
use super::load::Core;
use super::reuse::Resident;
use super::store::{self, OutOfCpuTime, State};

impl Core {
    /// Asks what tools there are.
    pub(super) async fn list_tools(self: &Arc<Self>, context: CallContext) -> Result<Vec<tools::Tool>, CallError> {
        let most = self.template.limits.list_time();
        let time = Time { wall: most, cpu: most };
        let mut store = self.new_store(context, Arc::from("list"), time)?;
        let (core, meter) = (Arc::clone(self), Arc::clone(&store.data().meter));
        let listing = async move {
            let listed = core.list_tools_in(&mut store).await;
            Ended::of(&store, listed)
        };
        let ended = self.sandbox.run(time.wall, meter, listing).await;
        self.classify(time, ended)
    }

    /// Calls a tool once, with what a pause has left.
    pub(super) async fn call_tool(
        self: &Arc<Self>,
        name: &str,
        arguments: &Arc<String>,
        resumed: Option<Resumption>,
        abandonment: &Abandonment,
    ) -> Result<Outcome, CallError> {
        let limits = &self.template.limits;
        let lane = Lane { running: limits.calls_running, waiting: limits.calls_waiting };
        // Waiting is over before the bounds are armed, so that nobody pays for others.
        let _admitted = self.sandbox.shared.admission.admit(&self.template.plugin, lane).await?;
        let time = Time { wall: limits.call_time(), cpu: limits.cpu_time() };
        let resident = self.resident(abandonment, time)?;
        let (core, meter) = (Arc::clone(self), Arc::clone(&resident.store.data().meter));
        let (name, arguments) = (name.to_owned(), Arc::clone(arguments));
        let calling = async move {
            let mut resident = resident;
            let called = core.call_tool_in(&mut resident, &name, &arguments, resumed.as_ref()).await;
            let ended = Ended::of(&resident.store, called);
            if ended.called.is_ok() {
                resident.store.data_mut().scope.fall_silent();
                core.residents.keep(resident);
            }
            ended
        };
        let ended = self.sandbox.run(time.wall, meter, calling).await;
        self.classify(time, ended)
    }

    /// A store for a call: fresh, or that of an instance which may serve again.
    fn resident(&self, abandonment: &Abandonment, time: Time) -> Result<Resident, CallError> {
        let (context, call) = (abandonment.context.clone(), Arc::clone(&abandonment.call_id));
        let mut resident = match self.residents.take() {
            None => Resident::new(self.new_store(context, call, time)?),
            Some(mut kept) => {
                let scope = Scope::new(&self.template, context, call, time.wall);
                store::renew(&mut kept.store, &self.template, scope);
                kept
            }
        };
        resident.store.data_mut().scope.abandon = abandonment.state.clone();
        Ok(resident)
    }

    async fn list_tools_in(&self, store: &mut Store<State>) -> Called<Vec<tools::Tool>> {
        let indices = self.exports.tools.as_ref().ok_or_else(not_exported)?;
        let instance = self.pre.instantiate_async(&mut *store).await?;
        indices.load(&mut *store, &instance)?.call_list_tools(store).await
    }

    async fn call_tool_in(
        &self,
        resident: &mut Resident,
        name: &str,
        arguments: &String,
        resumed: Option<&Resumption>,
    ) -> Called<Outcome> {
        let store = &mut resident.store;
        let guest = match resident.guest.take() {
            Some(guest) => guest,
            None => {
                let indices = self.exports.tools.as_ref().ok_or_else(not_exported)?;
                let instance = self.pre.instantiate_async(&mut *store).await?;
                indices.load(&mut *store, &instance)?
            }
        };
        let called = guest.call_call_tool(store, name, arguments, resumed).await;
        resident.guest = Some(guest);
        called
    }

    /// A store for one instance, within this time.
    pub(super) fn new_store(
        &self,
        context: CallContext,
        call: Arc<str>,
        time: Time,
    ) -> Result<Store<State>, CallError> {
        let scope = Scope::new(&self.template, context, call, time.wall);
        store::new_store(&self.sandbox, &self.template, scope, time.cpu).map_err(|error| {
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
        let Ended { called, wanted_more_memory } = match ended {
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
        // The alternate form has the guest's backtrace, and none of the host.
        tracing::warn!(plugin, "the guest trapped: {error:#}");
        if wanted_more_memory {
            return Err(CallError::OutOfMemory(self.template.limits.memory_bytes));
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

/// How long a guest may run.
#[derive(Clone, Copy)]
pub(super) struct Time {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

/// What a guest's function returned, or why it trapped.
type Called<R> = wasmtime::Result<Result<R, GuestFailure>>;

/// A call that has ended within its wall-clock time, and what of its store says why.
struct Ended<R> {
    called: Called<R>,
    wanted_more_memory: bool,
}

impl<R> Ended<R> {
    fn of(store: &Store<State>, called: Called<R>) -> Self {
        Self { called, wanted_more_memory: store.data().limiter.exceeded }
    }
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

fn not_exported() -> wasmtime::Error {
    wasmtime::Error::msg("the plugin does not export this interface")
}

impl From<GuestFailure> for CallError {
    fn from(failure: GuestFailure) -> Self {
        let (failure, message) = match failure {
            GuestFailure::UnknownName(text) => (Failure::UnknownName, text),
            GuestFailure::InvalidParams(text) => (Failure::InvalidParams, text),
            GuestFailure::NotFound(text) => (Failure::NotFound, text),
            GuestFailure::Unavailable(text) => (Failure::Unavailable, text),
            GuestFailure::Internal(text) => (Failure::Internal, text),
            GuestFailure::Protocol(error) => (Failure::Protocol { code: error.code, data: error.data }, error.message),
        };
        Self::Failed { failure, message }
    }
}
