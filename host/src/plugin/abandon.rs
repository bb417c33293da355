//! A second chance for what a call has begun elsewhere: when a call ends without a result, the plugin's `cleanup` is
//! called with the newest state that it named, in a fresh instance with bounds of its own.

use std::sync::Arc;

use tokio::runtime::Handle;
use uuid::Uuid;
use wasmtime::Store;

use super::bindings::cleanup::Reason;
use super::call::ToolResult;
use super::context::{AbandonState, CallContext};
use super::error::CallError;
use super::limits;
use super::load::Core;
use super::run::Time;
use super::store::State;

/// Accompanies a client's call through all its instances. Dropped before it is settled, the call was cancelled.
pub(super) struct Abandonment {
    core: Arc<Core>,
    pub(super) context: CallContext,
    pub(super) call_id: Arc<str>,
    pub(super) state: AbandonState,
    reason: Option<Reason>,
}

impl Abandonment {
    pub(super) fn new(core: Arc<Core>, context: CallContext) -> Self {
        let call_id = Uuid::new_v4().to_string().into();
        Self { core, context, call_id, state: AbandonState::default(), reason: Some(Reason::Cancelled) }
    }

    /// Notes how the call ended. Where the plugin itself ended it, there is nothing to clean up.
    pub(super) fn settle(&mut self, outcome: &Result<ToolResult, CallError>) {
        self.reason = match outcome {
            Err(CallError::TimedOut(_) | CallError::OutOfCpuTime(_)) => Some(Reason::TimedOut),
            Err(CallError::Trapped(_) | CallError::OutOfMemory(_)) => Some(Reason::Trapped),
            Err(CallError::BadResult(_)) => Some(Reason::Refused),
            Err(CallError::Unsupported(_)) => Some(Reason::Cancelled),
            Ok(_) | Err(_) => None,
        };
    }
}

impl Drop for Abandonment {
    fn drop(&mut self) {
        let (Some(reason), Some(state)) = (self.reason, self.state.take()) else {
            return;
        };
        if self.core.exports.cleanup.is_none() {
            return;
        }
        // Outside of a runtime the process is on its way out.
        let Ok(runtime) = Handle::try_current() else { return };
        let (core, call_id) = (Arc::clone(&self.core), Arc::clone(&self.call_id));
        let context = CallContext { caller: Arc::clone(&self.context.caller), ..CallContext::default() };
        let cleanups = core.sandbox.shared.cleanups.clone();
        cleanups.spawn_on(async move { clean_up(&core, context, call_id, reason, state).await }, &runtime);
    }
}

async fn clean_up(core: &Arc<Core>, context: CallContext, call_id: Arc<str>, reason: Reason, state: Vec<u8>) {
    let plugin = &*core.template.plugin;
    let time = Time { wall: limits::CLEANUP_TIME, cpu: limits::CLEANUP_TIME };
    // A line of its own: neither do clean-ups take calls' places, nor calls theirs.
    let line: Arc<str> = format!("{plugin} (cleaning up)").into();
    let Ok(_admitted) = core.sandbox.shared.cleanup_admission.admit(&line, limits::CLEANUP_LANE).await else {
        tracing::warn!(plugin, call = &*call_id, ?reason, "too many calls are being cleaned up after: this one is not");
        return;
    };
    let Ok(mut store) = core.new_store(context, Arc::clone(&call_id), time) else { return };
    let (running, meter) = (Arc::clone(core), Arc::clone(&store.data().meter));
    let cleaning = async move { running.clean_up_in(&mut store, reason, &state).await };
    match core.sandbox.run(time.wall, meter, cleaning).await {
        Ok(Ok(())) => tracing::info!(plugin, call = &*call_id, ?reason, "cleaned up after a call"),
        Ok(Err(error)) => tracing::warn!(plugin, call = &*call_id, ?reason, "cleaning up trapped: {error:#}"),
        Err(_) => tracing::warn!(plugin, call = &*call_id, ?reason, "cleaning up was stopped after {:?}", time.wall),
    }
}

impl Core {
    async fn clean_up_in(&self, store: &mut Store<State>, reason: Reason, state: &Vec<u8>) -> wasmtime::Result<()> {
        let Some(indices) = &self.exports.cleanup else { return Ok(()) };
        let instance = self.pre.instantiate_async(&mut *store).await?;
        indices.load(&mut *store, &instance)?.call_abandoned(store, reason, state).await
    }
}
