//! One step of a call for the audit, gathered while it runs: also of one that is never finished.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Level;

use super::attempt::Attempt;
use super::bindings::types::Resumption;
use super::context::CallContext;
use super::error::CallError;
use super::load::Core;
use super::meter::Meter;
use super::wait::Outcome;
use crate::audit::{self, Arguments, Audit};
use crate::caller::CallId;

/// The protocol's names, and one for what the host does by itself.
pub(super) const CALL_TOOL: &str = "tools/call";
pub(super) const READ: &str = "resources/read";
pub(super) const GET_PROMPT: &str = "prompts/get";
pub(super) const COMPLETE: &str = "completion/complete";
pub(super) const CLEAN_UP: &str = "cleanup";

/// A step that is being recorded, if anybody wants it recorded. Dropped before its end, it was cancelled.
pub(super) struct Recording(Option<Step>);

struct Step {
    audit: Audit,
    call: Option<audit::Call>,
    begun: Instant,
    meter: Option<Arc<Meter>>,
}

impl Attempt {
    /// Begins to record a step.
    pub(super) fn record(
        &self,
        method: &'static str,
        name: &str,
        resumed: Option<&Resumption>,
        arguments: impl FnOnce() -> Arguments,
    ) -> Recording {
        let mut recording = Recording::of(&self.core, &self.context, self.call_id, method, name, arguments);
        if let (Some(call), Some(resumed)) = (recording.call(), resumed) {
            call.resumed = true;
            call.bytes_in = call.bytes_in.saturating_add(resumed.state.len());
        }
        recording
    }
}

impl Recording {
    pub(super) fn of(
        core: &Core,
        context: &CallContext,
        id: CallId,
        method: &'static str,
        name: &str,
        arguments: impl FnOnce() -> Arguments,
    ) -> Self {
        let audit = &core.sandbox.shared.services.audit;
        if !audit.is_on() && !tracing::enabled!(Level::DEBUG) {
            return Self(None);
        }
        let arguments = arguments();
        let call = audit::Call {
            id,
            caller: Arc::clone(&context.caller),
            endpoint: Arc::clone(&context.endpoint),
            method,
            resumed: false,
            plugin: Arc::clone(&core.template.plugin),
            digest: Arc::clone(&core.template.digest),
            name: name.to_owned(),
            bytes_in: arguments.bytes(),
            arguments,
            outcome: "cancelled",
            time: Duration::ZERO,
            cpu: Duration::ZERO,
            memory_bytes: 0,
            bytes_out: 0,
        };
        Self(Some(Step { audit: audit.clone(), call: Some(call), begun: Instant::now(), meter: None }))
    }

    /// What the guest uses is metered here.
    pub(super) fn metered(&mut self, meter: &Arc<Meter>) {
        if let Some(step) = &mut self.0 {
            step.meter = Some(Arc::clone(meter));
        }
    }

    /// Notes how much came back.
    pub(super) fn returned(&mut self, bytes: usize) {
        if let Some(call) = self.call() {
            call.bytes_out = bytes;
        }
    }

    /// Notes how the step ended. `has_failed`: the plugin says so in its result.
    pub(super) fn end<R>(&mut self, outcome: &Result<Outcome<R>, CallError>, has_failed: bool) {
        let Some(call) = self.call() else { return };
        call.outcome = match outcome {
            Ok(Outcome::Done(_)) if has_failed => "failed",
            Ok(Outcome::Done(_)) => "done",
            Ok(Outcome::Ask(asking)) => {
                call.bytes_out = asking.state.len();
                "asked"
            }
            Ok(Outcome::Pause(pause)) => {
                call.bytes_out = pause.state.len();
                "paused"
            }
            Err(error) => error.kind(),
        };
    }

    /// Notes how it ended, in a word.
    pub(super) fn ended(&mut self, outcome: &'static str) {
        if let Some(call) = self.call() {
            call.outcome = outcome;
        }
    }

    fn call(&mut self) -> Option<&mut audit::Call> {
        self.0.as_mut()?.call.as_mut()
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        let Some(mut call) = self.call.take() else { return };
        call.time = self.begun.elapsed();
        if let Some(meter) = &self.meter {
            (call.cpu, call.memory_bytes) = (meter.settled(), meter.memory_bytes());
        }
        let audit::Call { id, method, plugin, outcome, time, cpu, memory_bytes, .. } = &call;
        tracing::debug!(call = %id, method, plugin = &**plugin, outcome, ?time, ?cpu, memory_bytes, "a step ended");
        self.audit.call(&call);
    }
}
