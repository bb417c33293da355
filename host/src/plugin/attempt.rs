//! One client's call, through all the instances that serve it: while it waits for answers, and after pauses.
//!
//! And a second chance for what it has begun elsewhere: when it ends without a result, the plugin's `cleanup` is called
//! with the newest state that it named, in a fresh instance with bounds of its own.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use wasmtime::Store;

use super::bindings::cleanup::Reason;
use super::context::{AbandonState, CallContext, Event};
use super::error::CallError;
use super::limits;
use super::load::{Core, Plugin};
use super::record::{CLEAN_UP, Recording};
use super::run::{Time, backtrace};
use super::store::State;
use super::wait::Outcome;
use crate::audit::{Arguments, Witness};
use crate::caller::CallId;

/// A call of a client. Dropped before it has ended, it was cancelled.
pub struct Attempt {
    pub(super) core: Arc<Core>,
    pub(super) context: Arc<CallContext>,
    pub(super) call_id: CallId,
    pub(super) state: AbandonState,
    pub(super) witness: Witness,
    reason: Option<Reason>,
}

/// A call that waits for its client, without anything of it being held by the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Names the call.
    pub call_id: CallId,
    /// What the plugin's `cleanup` gets, if nobody comes back.
    pub abandon: Option<Vec<u8>>,
}

impl Plugin {
    /// Begins a call.
    #[must_use]
    pub fn begin(&self, context: CallContext) -> Attempt {
        self.resume(Parked { call_id: CallId::new(), abandon: None }, context)
    }

    /// Goes on with a call that was parked.
    #[must_use]
    pub fn resume(&self, parked: Parked, context: CallContext) -> Attempt {
        let state = AbandonState::default();
        state.set(parked.abandon);
        Attempt {
            core: Arc::clone(&self.core),
            context: Arc::new(context),
            call_id: parked.call_id,
            state,
            witness: self.core.witness(parked.call_id),
            reason: Some(Reason::Cancelled),
        }
    }
}

impl Attempt {
    /// Has what the guest says from now on heard by somebody else.
    pub fn listen(&mut self, events: Option<mpsc::Sender<Event>>) {
        self.context = Arc::new(CallContext { events, ..(*self.context).clone() });
    }

    /// Lets go of a call that waits for its client.
    #[must_use]
    pub fn park(mut self) -> Parked {
        self.reason = None;
        Parked { call_id: self.call_id, abandon: self.state.take() }
    }

    /// What [`Attempt::park`] would give, for those who keep a copy in case that this process ends.
    #[must_use]
    pub fn parked(&self) -> Parked {
        Parked { call_id: self.call_id, abandon: self.state.get() }
    }

    /// Ends a call to which nobody came back in time.
    pub fn expire(mut self) {
        self.reason = Some(Reason::Expired);
    }

    /// Notes how one step ended. Where the plugin itself ended the call, there is nothing to clean up.
    pub(super) fn settle<R>(&mut self, outcome: &Result<Outcome<R>, CallError>) {
        self.reason = match outcome {
            Ok(Outcome::Ask(_) | Outcome::Pause(_)) | Err(CallError::Unasked { .. }) => Some(Reason::Cancelled),
            Err(CallError::TimedOut(_) | CallError::OutOfCpuTime(_)) => Some(Reason::TimedOut),
            Err(CallError::Trapped(_) | CallError::OutOfMemory(_) | CallError::Denied { is_crash: true, .. }) => {
                Some(Reason::Trapped)
            }
            // An earlier step of the call may have left something.
            Err(CallError::NoPlace) => Some(Reason::Trapped),
            Err(CallError::BadResult(_)) => Some(Reason::Refused),
            Ok(Outcome::Done(_)) | Err(_) => None,
        };
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (Some(reason), Some(state)) = (self.reason, self.state.take()) else {
            return;
        };
        if self.core.exports.cleanup.is_none() {
            return;
        }
        // Outside of a runtime the process is on its way out.
        let Ok(runtime) = Handle::try_current() else { return };
        let (core, call_id) = (Arc::clone(&self.core), self.call_id);
        let CallContext { caller, endpoint, .. } = &*self.context;
        let (caller, endpoint) = (Arc::clone(caller), Arc::clone(endpoint));
        let context = CallContext { caller, endpoint, ..CallContext::default() };
        let cleanups = core.sandbox.shared.cleanups.clone();
        cleanups.spawn_on(async move { clean_up(&core, context, call_id, reason, state).await }, &runtime);
    }
}

async fn clean_up(core: &Arc<Core>, context: CallContext, call_id: CallId, reason: Reason, state: Vec<u8>) {
    let plugin = &*core.template.plugin;
    let time = Time { wall: limits::CLEANUP_TIME, cpu: limits::CLEANUP_TIME };
    let mut recording = Recording::of(core, &context, call_id, CLEAN_UP, reason_name(reason), || Arguments::None);
    // A line of its own: neither do clean-ups take calls' places, nor calls theirs.
    let line: Arc<str> = format!("{plugin} (cleaning up)").into();
    let Ok(admitted) = core.sandbox.shared.cleanup_admission.admit(&line, limits::CLEANUP_LANE).await else {
        tracing::warn!(plugin, call = %call_id, ?reason, "too many calls are being cleaned up after: this one is not");
        return recording.ended("overloaded");
    };
    let witness = core.witness(call_id);
    let Ok(store) = core.new_store(Arc::new(context), call_id, witness, time).await else {
        return recording.ended("failed");
    };
    let (running, meter) = (Arc::clone(core), Arc::clone(&store.data().meter));
    recording.metered(&meter);
    let cleaning = async move {
        let (_admitted, mut store) = (admitted, store);
        running.clean_up_in(&mut store, reason, &state).await
    };
    match core.sandbox.run(time.wall, meter, cleaning).await {
        Ok(Ok(())) => {
            tracing::info!(plugin, call = %call_id, ?reason, "cleaned up after a call");
            recording.ended("done");
        }
        Ok(Err(error)) => {
            if core.template.traps.may(plugin) {
                tracing::warn!(plugin, call = %call_id, ?reason, "cleaning up trapped: {}", backtrace(&error));
            }
            recording.ended("trapped");
        }
        Err(_) => {
            tracing::warn!(plugin, call = %call_id, ?reason, "cleaning up was stopped after {:?}", time.wall);
            recording.ended("timed-out");
        }
    }
}

const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Cancelled => "cancelled",
        Reason::TimedOut => "timed-out",
        Reason::Trapped => "trapped",
        Reason::Refused => "refused",
        Reason::Expired => "expired",
        Reason::ShuttingDown => "shutting-down",
    }
}

impl Core {
    async fn clean_up_in(&self, store: &mut Store<State>, reason: Reason, state: &Vec<u8>) -> wasmtime::Result<()> {
        let Some(indices) = &self.exports.cleanup else { return Ok(()) };
        let instance = self.pre.instantiate_async(&mut *store).await?;
        indices.load(&mut *store, &instance)?.call_abandoned(store, reason, state).await
    }
}
